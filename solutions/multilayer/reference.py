"""Several recurrent layers: the hidden states of one are the inputs of the one above it.

Each layer l has weights of its own; h[l] at time t depends on h[l] at time t - 1 and on h[l - 1]
at time t. The states of all layers go in and come out, so that a long sequence can be read in
chunks (truncated backpropagation through time).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.cells import Cell, State, find_cell
from cs231n_rnn.layers.lstm import lstm_step_backward, lstm_step_forward
from cs231n_rnn.layers.rnn import rnn_step_backward, rnn_step_forward
from cs231n_rnn.layers.shapes import require_layers

Weights = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


# BEGIN SOLUTION
def _layer_forward(
    x: np.ndarray, state: State, weights: tuple[np.ndarray, ...], cell: Cell
) -> tuple[np.ndarray, State, list[Any]]:
    """One layer over time: its hidden states (N, T, H), last state, and the caches of all steps."""
    h, caches = [], []
    for x_t in x.swapaxes(0, 1):
        state, of_step = cell.step_forward(x_t, state, *weights)
        h.append(state[0])
        caches.append(of_step)
    return np.stack(h, axis=1), state, caches


def _layer_backward(
    dh: np.ndarray, dstate: State, caches: list[Any], weights: tuple[np.ndarray, ...], cell: Cell
) -> tuple[np.ndarray, State, tuple[np.ndarray, ...]]:
    """Back through the time of one layer: gradients of its inputs, first state and weights."""
    dx, dweights = [], tuple(map(np.zeros_like, weights))
    for t in reversed(range(len(caches))):
        dnext_h, *others = dstate
        dx_t, dstate, *parts = cell.step_backward((dh[:, t] + dnext_h, *others), caches[t])
        dx.append(dx_t)
        for total, part in zip(dweights, parts, strict=True):
            total += part
    return np.stack(dx[::-1], axis=1), dstate, dweights


# END SOLUTION


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
        Initial cell states. A cell without a cell state hands them on as they came.
    weights : list of L tuples (Wx, Wh, b)
        Those of each layer, the lowest first: Wx (D, G), in the layers above (H, G), Wh (H, G)
        and b (G,), with G = H for "rnn" and 4H for "lstm".
    cell_type : str
        A name in ``layers/cells.py``: "rnn" or "lstm".

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
    # give its hidden states to the next layer as inputs. find_cell(cell_type) calls every cell in
    # the same way: state, cache = cell.step_forward(x_t, state, Wx, Wh, b), with the state (h, c).
    # BEGIN SOLUTION
    cell = find_cell(cell_type, "multilayer_forward")
    last, caches = [], []
    for h0_l, c0_l, weights_l in zip(h0, c0, weights, strict=True):
        x, state, of_layer = _layer_forward(x, (h0_l, c0_l), weights_l, cell)
        last.append(state)
        caches.append(of_layer)
    hT, cT = map(np.stack, zip(*last, strict=True))
    return x, hT, cT, (caches, weights, cell)
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
        Zeros for a cell without a cell state.
    grads : list of L tuples (dWx, dWh, db)
        As the weights: the lowest layer first.
    """
    # The highest layer first. What it gives as the gradient of its inputs is the gradient of the
    # hidden states below. As forward, every cell is called in the same way:
    # dx_t, dprev_state, dWx, dWh, db = cell.step_backward(dstate, cache).
    # BEGIN SOLUTION
    caches, weights, cell = cache
    zeros = np.zeros((len(dh), dh.shape[2]), dh.dtype)
    first, grads = [], []
    for of_layer, weights_l in zip(reversed(caches), reversed(weights), strict=True):
        dh, dstate, dweights = _layer_backward(dh, (zeros, zeros), of_layer, weights_l, cell)
        first.append(dstate)
        grads.append(dweights)
    dh0, dc0 = map(np.stack, zip(*reversed(first), strict=True))
    return dh, dh0, dc0, grads[::-1]
    # END SOLUTION
