"""Several recurrent layers: the hidden states of one are the inputs of the one above it.

Each layer l has weights of its own; h[l] at time t depends on h[l] at time t - 1 and on h[l - 1]
at time t. The states of all layers go in and come out, so that a long sequence can be read in
chunks (truncated backpropagation through time).
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
    """Refuse states that do not fit the inputs or the weights, no time step, and an unknown cell.

    Raises
    ------
    ValueError
        Naming what came and what is needed.
    """
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
    """Run a stack of recurrent layers over a whole sequence.

    Parameters
    ----------
    x : ndarray of shape (N, T, D)
        Inputs of all time steps.
    h0 : ndarray of shape (L, N, H)
        Initial hidden states of all layers, the lowest first.
    c0 : ndarray of shape (L, N, H)
        Initial cell states. The vanilla RNN hands them on as they came.
    weights : list of L tuples (Wx, Wh, b)
        Those of each layer, the lowest first: Wx (D, G), in the layers above (H, G), Wh (H, G)
        and b (G,), with G = H for "rnn" and 4H for "lstm".
    cell_type : {"rnn", "lstm"}

    Returns
    -------
    h : ndarray of shape (N, T, H)
        Hidden states of the highest layer at all time steps.
    hT : ndarray of shape (L, N, H)
        Hidden states of all layers after the last time step.
    cT : ndarray of shape (L, N, H)
        Cell states of all layers after the last time step.
    cache : values that multilayer_backward needs

    Raises
    ------
    ValueError
        If the states are not those of as many layers, or the cell type is unknown.
    """
    require_layers(x, h0, c0, weights, cell_type)
    # Layer by layer: run your step function over time, from this layer's state in h0 and c0, and
    # give its hidden states to the next layer as inputs.
    # BEGIN SOLUTION
    hT, cT = np.empty_like(h0), np.empty_like(c0)
    layer_steps = []
    for layer, (Wx, Wh, b) in enumerate(weights):
        h_t, c_t = h0[layer], c0[layer]
        states, steps = [], []
        for x_t in x.swapaxes(0, 1):
            if cell_type == "rnn":
                h_t, step = rnn_step_forward(x_t, h_t, Wx, Wh, b)
            else:
                h_t, c_t, step = lstm_step_forward(x_t, h_t, c_t, Wx, Wh, b)
            states.append(h_t)
            steps.append(step)
        x = np.stack(states, axis=1)  # (N, T, H), what the layer above reads
        hT[layer], cT[layer] = h_t, c_t
        layer_steps.append(steps)
    return x, hT, cT, (layer_steps, weights, cell_type)
    # END SOLUTION


def multilayer_backward(
    dh: np.ndarray, cache: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Weights]:
    """Backpropagation through time, and down through the layers.

    Parameters
    ----------
    dh : ndarray of shape (N, T, H)
        Gradient of the loss with respect to the hidden states of the highest layer. Nothing else
        uses the last states.
    cache : from multilayer_forward

    Returns
    -------
    dx : ndarray of shape (N, T, D)
    dh0 : ndarray of shape (L, N, H)
    dc0 : ndarray of shape (L, N, H)
        Zeros for the vanilla RNN.
    grads : list of L tuples (dWx, dWh, db)
        As the weights: the lowest layer first.
    """
    # The highest layer first. What it gives as the gradient of its inputs is the gradient of the
    # hidden states below.
    # BEGIN SOLUTION
    layer_steps, weights, cell_type = cache
    N, T, H = dh.shape
    L = len(weights)
    dh0, dc0 = np.zeros((L, N, H), dh.dtype), np.zeros((L, N, H), dh.dtype)
    grads: Weights = []
    for layer in reversed(range(L)):
        dweights = [np.zeros_like(w) for w in weights[layer]]
        dx_steps = []
        for t in reversed(range(T)):
            dnext_h = dh[:, t] + dh0[layer]
            if cell_type == "rnn":
                dx_t, dh0[layer], *parts = rnn_step_backward(dnext_h, layer_steps[layer][t])
            else:
                dx_t, dh0[layer], dc0[layer], *parts = lstm_step_backward(
                    dnext_h, dc0[layer], layer_steps[layer][t]
                )
            dx_steps.append(dx_t)
            for total, part in zip(dweights, parts, strict=True):
                total += part
        dh = np.stack(dx_steps[::-1], axis=1)  # the hidden states below, or x
        dWx, dWh, db = dweights
        grads.insert(0, (dWx, dWh, db))
    return dh, dh0, dc0, grads
    # END SOLUTION
