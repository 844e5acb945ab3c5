"""Attention of a hidden state over image locations as a good student writes it.

One equation a line; the loops over time call the step functions. The misconceptions are written
against this text, not against the reference.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.lstm import lstm_step_backward, lstm_step_forward
from cs231n_rnn.layers.shapes import require_shapes


def attention_forward(
    prev_h: np.ndarray, A: np.ndarray, mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, Any]:
    """Scaled dot-product attention of a hidden state over the locations of an image."""
    require_shapes("attention_forward", prev_h=(prev_h, "N H"), A=(A, "N L H"))
    if not A.shape[1]:
        raise ValueError(f"A is {A.shape}; attention_forward needs at least one location")
    if mask is not None:
        require_shapes("attention_forward", A=(A, "N L H"), mask=(mask, "N L"))
        if not mask.any(axis=1).all():
            raise ValueError("a row of the mask is all False; attention_forward needs a location")
    # BEGIN SOLUTION
    H = A.shape[2]
    scores = np.einsum("nh,nlh->nl", prev_h, A)
    scores = scores / H**0.5
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    scores = scores - scores.max(axis=1, keepdims=True)
    weights = np.exp(scores)
    weights = weights / weights.sum(axis=1, keepdims=True)
    attn = np.einsum("nl,nlh->nh", weights, A)
    return attn, weights, (prev_h, A, weights)
    # END SOLUTION


def attention_backward(dattn: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of attention."""
    # BEGIN SOLUTION
    prev_h, A, weights = cache
    H = A.shape[2]
    # attn is the weighted sum of the locations' vectors.
    dweights = np.einsum("nh,nlh->nl", dattn, A)
    dA_summed = np.einsum("nl,nh->nlh", weights, dattn)
    # weights are the softmax of the scores.
    mean = (weights * dweights).sum(axis=1, keepdims=True)
    dscores = weights * (dweights - mean)
    # scores are scaled dot products.
    dscores = dscores / H**0.5
    dprev_h = np.einsum("nl,nlh->nh", dscores, A)
    dA_scored = np.einsum("nl,nh->nlh", dscores, prev_h)
    dA = dA_summed + dA_scored
    return dprev_h, dA
    # END SOLUTION


def attention_lstm_step_forward(
    x: np.ndarray,
    prev_h: np.ndarray,
    prev_c: np.ndarray,
    A: np.ndarray,
    Wx: np.ndarray,
    Wh: np.ndarray,
    b: np.ndarray,
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Any]:
    """One time step of an LSTM that looks at an image."""
    # BEGIN SOLUTION
    attn, weights, attention_cache = attention_forward(prev_h, A, mask)
    inputs = np.hstack([x, attn])  # (N, D + H)
    next_h, next_c, lstm_cache = lstm_step_forward(inputs, prev_h, prev_c, Wx, Wh, b)
    return next_h, next_c, weights, (attention_cache, lstm_cache, x.shape[1])
    # END SOLUTION


def attention_lstm_step_backward(
    dnext_h: np.ndarray, dnext_c: np.ndarray, cache: Any
) -> tuple[np.ndarray, ...]:
    """Gradient of one time step of the attention LSTM."""
    # BEGIN SOLUTION
    attention_cache, lstm_cache, D = cache
    dinputs, dprev_h_gates, dprev_c, dWx, dWh, db = lstm_step_backward(dnext_h, dnext_c, lstm_cache)
    dx = dinputs[:, :D]
    dattn = dinputs[:, D:]
    dprev_h_look, dA = attention_backward(dattn, attention_cache)
    dprev_h = dprev_h_gates + dprev_h_look
    return dx, dprev_h, dprev_c, dA, dWx, dWh, db
    # END SOLUTION


def attention_lstm_forward(
    x: np.ndarray,
    h0: np.ndarray,
    A: np.ndarray,
    Wx: np.ndarray,
    Wh: np.ndarray,
    b: np.ndarray,
    lengths: np.ndarray | None = None,
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, Any]:
    """Run the attention LSTM over a whole sequence, from a cell state of zeros."""
    # BEGIN SOLUTION
    N, T, _ = x.shape
    L, H = A.shape[1:]
    h = np.zeros((N, T, H), dtype=x.dtype)
    weights = np.zeros((N, T, L), dtype=x.dtype)
    step_caches = []
    prev_h = h0
    prev_c = np.zeros_like(h0)
    for t in range(T):
        next_h, next_c, weights_t, step_cache = attention_lstm_step_forward(
            x[:, t], prev_h, prev_c, A, Wx, Wh, b, mask
        )
        h[:, t] = next_h
        weights[:, t] = weights_t
        step_caches.append(step_cache)
        prev_h = next_h
        prev_c = next_c
    return h, weights, (step_caches, x, A, Wx, Wh)
    # END SOLUTION


def attention_lstm_backward(
    dh: np.ndarray, cache: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Backpropagation through time for the attention LSTM."""
    # BEGIN SOLUTION
    step_caches, x, A, Wx, Wh = cache
    N, T, H = dh.shape
    dx = np.zeros_like(x)
    dA = np.zeros_like(A)
    dWx = np.zeros_like(Wx)
    dWh = np.zeros_like(Wh)
    db = np.zeros(4 * H, dtype=dh.dtype)
    dprev_h = np.zeros((N, H), dtype=dh.dtype)
    dprev_c = np.zeros((N, H), dtype=dh.dtype)
    for t in reversed(range(T)):
        dnext_h = dh[:, t] + dprev_h
        dnext_c = dprev_c
        dx_t, dprev_h, dprev_c, dA_t, dWx_t, dWh_t, db_t = attention_lstm_step_backward(
            dnext_h, dnext_c, step_caches[t]
        )
        dx[:, t] = dx_t
        dA += dA_t
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    dh0 = dprev_h
    return dx, dh0, dA, dWx, dWh, db
    # END SOLUTION
