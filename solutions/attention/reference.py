"""Attention of a hidden state over image locations (Xu et al. 2015, Bahdanau et al. 2015).

Every location l of an image has a vector A_l of as many numbers as the hidden state. Its score is
the scaled dot product h . A_l / sqrt(H) (Vaswani et al. 2017, equation 1), the softmax of the
scores are the weights, and what the network sees is the weighted sum of the A_l. The attention
LSTM reads the word and what it sees side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.lstm import lstm_step_backward, lstm_step_forward
from cs231n_rnn.layers.packing import batch_sizes, pack, steps, unpack
from cs231n_rnn.layers.shapes import require_locations

# BEGIN SOLUTION
# isort: split
# What follows the matrix products of a step is an LSTM's, with or without attention.
from cs231n_rnn.layers.lstm import _cell_backward, _cell_forward


def _softmax(scores: np.ndarray) -> np.ndarray:
    """Softmax over the last axis, without an exponential that overflows."""
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights /= weights.sum(axis=-1, keepdims=True)
    return weights


def _scores_backward(dattn: np.ndarray, A: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """From dattn (N, H) to the gradient (N, L) of A . h, before it is scaled."""
    dweights = (A @ dattn[:, :, np.newaxis])[:, :, 0]  # (N, L)
    dscores = weights * (dweights - (weights * dweights).sum(axis=1, keepdims=True))
    return dscores / A.shape[2] ** 0.5


# END SOLUTION


def attention_forward(
    prev_h: np.ndarray, A: np.ndarray, mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, Any]:
    """Scaled dot-product attention of a hidden state over the locations of an image.

    Parameters
    ----------
    prev_h : ndarray of shape (N, H)
        Hidden state of the time step before: what is looked for.
    A : ndarray of shape (N, L, H)
        A vector for each of the L locations.
    mask : ndarray of shape (N, L), boolean, optional
        True where a location counts; without it, all do. Notebook 9 needs it: sentences of
        different lengths are padded, and nobody must look at the padding.

    Returns
    -------
    attn : ndarray of shape (N, H)
        The weighted sum of the locations' vectors.
    weights : ndarray of shape (N, L)
        Positive, and 1 in sum over the locations; exactly 0 where the mask is False.
    cache : values that attention_backward needs

    Raises
    ------
    ValueError
        If the shapes do not fit, or an image has no location that counts.
    """
    require_locations(prev_h, A, mask)
    # Score every location, turn the scores into weights with a softmax that does not overflow,
    # and sum up the locations' vectors with these weights. Which score has weight exactly 0?
    # BEGIN SOLUTION
    H = prev_h.shape[1]
    scores = (A @ prev_h[:, :, np.newaxis])[:, :, 0] / H**0.5  # (N, L)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    weights = _softmax(scores)
    attn = (weights[:, np.newaxis] @ A)[:, 0]  # (N, H)
    # A copy: who scales the weights for a picture must not change the gradient.
    return attn, weights.copy(), (prev_h, A, weights)
    # END SOLUTION


def attention_backward(dattn: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of attention.

    Parameters
    ----------
    dattn : ndarray of shape (N, H)
        Gradient of the loss with respect to attn. Nothing else uses the weights.
    cache : from attention_forward

    Returns
    -------
    dprev_h : ndarray of shape (N, H)
    dA : ndarray of shape (N, L, H)
    """
    # Two arrows leave A: it is scored, and it is summed up.
    # BEGIN SOLUTION
    prev_h, A, weights = cache
    dscores = _scores_backward(dattn, A, weights)  # (N, L)
    dprev_h = (dscores[:, np.newaxis] @ A)[:, 0]  # (N, H)
    dA = weights[:, :, np.newaxis] * dattn[:, np.newaxis]  # (N, L, H)
    dA += dscores[:, :, np.newaxis] * prev_h[:, np.newaxis]
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
    """One time step of an LSTM that looks at an image.

    Parameters
    ----------
    x : ndarray of shape (N, D)
        Input at this time step, a word vector say.
    prev_h : ndarray of shape (N, H)
        Hidden state of the time step before. It decides where to look.
    prev_c : ndarray of shape (N, H)
        Cell state of the time step before.
    A : ndarray of shape (N, L, H)
        A vector for each location of the image.
    Wx : ndarray of shape (D + H, 4H)
        Weights of the LSTM's input: x first, then what it sees. Gates in the order i, f, o, g.
    Wh : ndarray of shape (H, 4H)
        Hidden-to-hidden weights.
    b : ndarray of shape (4H,)
        Bias.
    mask : ndarray of shape (N, L), boolean, optional
        True where a location counts, as in attention_forward.

    Returns
    -------
    next_h : ndarray of shape (N, H)
    next_c : ndarray of shape (N, H)
    weights : ndarray of shape (N, L)
        Where it looked.
    cache : values that attention_lstm_step_backward needs
    """
    # Look with prev_h, put x and what you see side by side, and take your LSTM's step on that.
    # BEGIN SOLUTION
    attn, weights, look = attention_forward(prev_h, A, mask)
    seen = np.concatenate([x, attn], axis=1)  # (N, D + H)
    next_h, next_c, step = lstm_step_forward(seen, prev_h, prev_c, Wx, Wh, b)
    return next_h, next_c, weights, (look, step)
    # END SOLUTION


def attention_lstm_step_backward(
    dnext_h: np.ndarray, dnext_c: np.ndarray, cache: Any
) -> tuple[np.ndarray, ...]:
    """Gradient of one time step of the attention LSTM.

    Parameters
    ----------
    dnext_h : ndarray of shape (N, H)
    dnext_c : ndarray of shape (N, H)
    cache : from attention_lstm_step_forward

    Returns
    -------
    dx : ndarray of shape (N, D)
    dprev_h : ndarray of shape (N, H)
    dprev_c : ndarray of shape (N, H)
    dA : ndarray of shape (N, L, H)
    dWx : ndarray of shape (D + H, 4H)
    dWh : ndarray of shape (H, 4H)
    db : ndarray of shape (4H,)
    """
    # prev_h was used twice: by the gates, and to decide where to look.
    # BEGIN SOLUTION
    look, step = cache
    dseen, dprev_h, dprev_c, dWx, dWh, db = lstm_step_backward(dnext_h, dnext_c, step)
    dx, dattn = np.split(dseen, [-dnext_h.shape[1]], axis=1)
    dlook, dA = attention_backward(dattn, look)
    return dx, dprev_h + dlook, dprev_c, dA, dWx, dWh, db
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
    """Run the attention LSTM over a whole sequence, from a cell state of zeros.

    Parameters
    ----------
    x : ndarray of shape (N, T, D)
        Inputs of all time steps.
    h0 : ndarray of shape (N, H)
        Initial hidden state.
    A : ndarray of shape (N, L, H)
        A vector for each location of the image, the same at all time steps.
    Wx : ndarray of shape (D + H, 4H)
    Wh : ndarray of shape (H, 4H)
    b : ndarray of shape (4H,)
    lengths : ndarray of shape (N,), integers, longest first; optional
        How many steps of each sequence count, as in lstm_forward. Ignoring this is right too.
    mask : ndarray of shape (N, L), boolean, optional
        True where a location counts, at all time steps. It must not be ignored.

    Returns
    -------
    h : ndarray of shape (N, T, H)
        Hidden states of all time steps.
    weights : ndarray of shape (N, T, L)
        Where it looked at each step.
    cache : values that attention_lstm_backward needs
    """
    # A loop over time around attention_lstm_step_forward, as in lstm_forward.
    # BEGIN SOLUTION
    N, T, D = x.shape
    sizes = batch_sizes(N, T, lengths)
    inputs = pack(x, sizes)  # (M, D), what is not padding
    # As in lstm_forward, the words' part of all steps in one product. What a step sees and its
    # hidden state are side by side, for another product.
    a = inputs @ Wx[:D]  # (M, 4H)
    a += b
    W_state = np.concatenate([Wx[D:], Wh])  # (2H, 4H)
    done = []
    h_t, c_t = h0, np.zeros(h0.shape, a.dtype)
    for a_t in steps(a, sizes):
        n = len(a_t)  # sequences that still run
        counts = None if mask is None else mask[:n]
        attn, weights_t, _ = attention_forward(h_t[:n], A[:n], counts)
        seen_t = np.concatenate([attn, h_t[:n]], axis=1)  # (n, 2H)
        a_t += seen_t @ W_state
        h_t, c_t, cell = _cell_forward(a_t, c_t[:n])
        done.append((h_t, weights_t, seen_t, cell))
    h, weights, seen, cells = zip(*done, strict=True)
    cache = sizes, inputs, A, Wx, W_state, np.concatenate(seen), weights, cells
    return unpack(h, N), unpack(weights, N), cache
    # END SOLUTION


def attention_lstm_backward(
    dh: np.ndarray, cache: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Backpropagation through time for the attention LSTM.

    Parameters
    ----------
    dh : ndarray of shape (N, T, H)
        Gradient of the loss with respect to every hidden state, as the layer above gives it.
    cache : from attention_lstm_forward

    Returns
    -------
    dx : ndarray of shape (N, T, D)
    dh0 : ndarray of shape (N, H)
    dA : ndarray of shape (N, L, H)
    dWx : ndarray of shape (D + H, 4H)
    dWh : ndarray of shape (H, 4H)
    db : ndarray of shape (4H,)
    """
    # The image is looked at in every step. What does that mean for dA?
    # BEGIN SOLUTION
    sizes, inputs, A, Wx, W_state, seen, weights, cells = cache
    N, T, H = dh.shape
    D = len(Wx) - H
    da = np.empty((len(inputs), 4 * H), dtype=seen.dtype)  # (M, 4H)
    dattn, dscores = np.zeros((T, N, H), da.dtype), np.zeros((T, N, A.shape[1]), da.dtype)
    dprev_h = np.zeros((N, H), dtype=da.dtype)
    dprev_c = np.zeros_like(dprev_h)
    for t, da_t in reversed([*enumerate(steps(da, sizes))]):
        n = len(da_t)
        dnext_h = dh[:n, t] + dprev_h[:n]
        _, dprev_c[:n] = _cell_backward(dnext_h, dprev_c[:n], cells[t], out=da_t)
        dattn[t, :n], dprev_h[:n] = np.split(da_t @ W_state.T, 2, axis=1)
        dscores[t, :n] = _scores_backward(dattn[t, :n], A[:n], weights[t])
        dprev_h[:n] += (dscores[t, :n, np.newaxis] @ A[:n])[:, 0]
    # The sum over time of both gradients of A, as two products for each image.
    before = unpack(steps(seen[:, H:], sizes), N)  # (N, T, H), the hidden states that looked
    dA = unpack(weights, N).swapaxes(1, 2) @ dattn.swapaxes(0, 1)  # (N, L, H)
    dA += dscores.transpose(1, 2, 0) @ before
    dx = unpack(steps(da @ Wx[:D].T, sizes), N)
    dW_attn, dWh = np.split(seen.T @ da, 2)  # (H, 4H) each
    dWx = np.concatenate([inputs.T @ da, dW_attn])
    return dx, dprev_h, dA, dWx, dWh, da.sum(axis=0)
    # END SOLUTION
