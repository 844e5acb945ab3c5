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
    raise NotImplementedError(
        "TODO: implement multilayer_forward in cs231n_rnn/layers/multilayer.py"
    )


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
    raise NotImplementedError(
        "TODO: implement multilayer_backward in cs231n_rnn/layers/multilayer.py"
    )
