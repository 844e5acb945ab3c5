"""Several recurrent layers as a good student writes them: one loop over layers, one over time.

The misconceptions are written against this text, not against the reference.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.lstm import lstm_step_backward, lstm_step_forward
from cs231n_rnn.layers.rnn import rnn_step_backward, rnn_step_forward
from cs231n_rnn.layers.shapes import require_shapes

Weights = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def require_layers(
    x: np.ndarray, h0: np.ndarray, c0: np.ndarray, weights: Weights, cell_type: str
) -> None:
    """Refuse states that do not fit the inputs or weights, no time step, and an unknown cell."""
    if cell_type not in ("rnn", "lstm"):
        raise ValueError(f'cell_type is {cell_type!r}; multilayer_forward needs "rnn" or "lstm"')
    require_shapes("multilayer_forward", x=(x, "N T D"), h0=(h0, "L N H"), c0=(c0, "L N H"))
    if x.shape[1] < 1:
        raise ValueError(f"x is {x.shape}; multilayer_forward needs at least one time step")
    if len(h0) != len(weights) or not weights:
        raise ValueError(
            f"h0 has the states of {len(h0)} layers and weights are those of {len(weights)}; "
            "multilayer_forward needs as many of both, and at least one"
        )


def multilayer_forward(
    x: np.ndarray, h0: np.ndarray, c0: np.ndarray, weights: Weights, cell_type: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Any]:
    """Run a stack of recurrent layers over a whole sequence."""
    require_layers(x, h0, c0, weights, cell_type)
    # BEGIN SOLUTION
    N, T, _ = x.shape
    H = h0.shape[2]
    hT = np.zeros_like(h0)
    cT = np.zeros_like(c0)
    layer_caches = []
    below = x
    for layer in range(len(weights)):
        Wx, Wh, b = weights[layer]
        h = np.zeros((N, T, H), dtype=x.dtype)
        step_caches = []
        prev_h = h0[layer]
        prev_c = c0[layer]
        for t in range(T):
            x_t = below[:, t]
            if cell_type == "rnn":
                next_h, step_cache = rnn_step_forward(x_t, prev_h, Wx, Wh, b)
                next_c = prev_c
            else:
                next_h, next_c, step_cache = lstm_step_forward(x_t, prev_h, prev_c, Wx, Wh, b)
            h[:, t] = next_h
            step_caches.append(step_cache)
            prev_h = next_h
            prev_c = next_c
        hT[layer] = prev_h
        cT[layer] = prev_c
        layer_caches.append(step_caches)
        below = h
    return h, hT, cT, (layer_caches, weights, cell_type)
    # END SOLUTION


def multilayer_backward(
    dh: np.ndarray, cache: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Weights]:
    """Backpropagation through time, and down through the layers."""
    # BEGIN SOLUTION
    layer_caches, weights, cell_type = cache
    N, T, H = dh.shape
    L = len(weights)
    dh0 = np.zeros((L, N, H), dtype=dh.dtype)
    dc0 = np.zeros((L, N, H), dtype=dh.dtype)
    grads: Weights = []
    for layer in reversed(range(L)):
        Wx, Wh, b = weights[layer]
        step_caches = layer_caches[layer]
        dx = np.zeros((N, T, len(Wx)), dtype=dh.dtype)
        dWx = np.zeros_like(Wx)
        dWh = np.zeros_like(Wh)
        db = np.zeros_like(b)
        dprev_h = np.zeros((N, H), dtype=dh.dtype)
        dprev_c = np.zeros((N, H), dtype=dh.dtype)
        for t in reversed(range(T)):
            dnext_h = dh[:, t] + dprev_h
            if cell_type == "rnn":
                dx_t, dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dnext_h, step_caches[t])
            else:
                dx_t, dprev_h, dprev_c, dWx_t, dWh_t, db_t = lstm_step_backward(
                    dnext_h, dprev_c, step_caches[t]
                )
            dx[:, t] = dx_t
            dWx += dWx_t
            dWh += dWh_t
            db += db_t
        dh0[layer] = dprev_h
        dc0[layer] = dprev_c
        grads.insert(0, (dWx, dWh, db))
        dh = dx
    return dx, dh0, dc0, grads
    # END SOLUTION
