"""Gated recurrent unit (Cho et al. 2014): an LSTM's idea with two gates and no cell state.

a = x_t Wx + b holds three blocks of H columns, always in the order r, z, n, and so does Wh. The
reset gate r and the update gate z are sigmoids of x_t Wx + h_{t-1} Wh + b. The candidate is
n = tanh(x_t Wxn + (r h_{t-1}) Whn + bn), and h_t = z h_{t-1} + (1 - z) n.

As in the paper, r scales the hidden state before Whn. PyTorch's GRU scales the product h_{t-1} Whn
instead: the two agree where Whn is diagonal, and differ elsewhere. In both, z = 1 keeps the state.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.activations import sigmoid
from cs231n_rnn.layers.packing import batch_sizes, pack, steps, unpack

# BEGIN SOLUTION
# The part of a step that needs no input weights, which one step and a whole sequence share.


def _cell_forward(a: np.ndarray, prev_h: np.ndarray, Wh: np.ndarray) -> tuple[np.ndarray, Any]:
    """From a (N, 3H), the inputs' part, and prev_h (N, H) to next_h (N, H) and a cache."""
    H = prev_h.shape[1]
    gates = sigmoid(a[:, : 2 * H] + prev_h @ Wh[:, : 2 * H])  # (N, 2H)
    r, z = gates[:, :H], gates[:, H:]
    reset = r * prev_h
    n = np.tanh(a[:, 2 * H :] + reset @ Wh[:, 2 * H :])
    next_h = z * prev_h + (1 - z) * n
    return next_h, (prev_h, r, z, n, reset)


def _cell_backward(
    dnext_h: np.ndarray, cache: Any, Wh: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """From dnext_h (N, H) to da (N, 3H) and dprev_h (N, H)."""
    prev_h, r, z, n, _ = cache
    H = prev_h.shape[1]
    dz = dnext_h * (prev_h - n)
    dan = dnext_h * (1 - z) * (1 - n**2)
    dreset = dan @ Wh[:, 2 * H :].T
    dr = dreset * prev_h
    dgates = np.concatenate([dr * r * (1 - r), dz * z * (1 - z)], axis=1)  # (N, 2H)
    # The hidden state has four users: both gates, the candidate, and the sum at the end.
    dprev_h = dnext_h * z + dreset * r + dgates @ Wh[:, : 2 * H].T
    return np.concatenate([dgates, dan], axis=1), dprev_h


def _hidden_weights_gradient(da: np.ndarray, prev_h: np.ndarray, reset: np.ndarray) -> np.ndarray:
    """Of dWh (H, 3H) the gates' part comes from the hidden state, the candidate's from r h."""
    H = prev_h.shape[1]
    return np.concatenate([prev_h.T @ da[:, : 2 * H], reset.T @ da[:, 2 * H :]], axis=1)


# END SOLUTION


def gru_step_forward(
    x: np.ndarray, prev_h: np.ndarray, Wx: np.ndarray, Wh: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, Any]:
    """One time step of a GRU.

    Parameters
    ----------
    x : ndarray of shape (N, D)
        Input at this time step.
    prev_h : ndarray of shape (N, H)
        Hidden state of the time step before.
    Wx : ndarray of shape (D, 3H)
        Input-to-hidden weights, in the order r, z, n.
    Wh : ndarray of shape (H, 3H)
        Hidden-to-hidden weights.
    b : ndarray of shape (3H,)
        Bias.

    Returns
    -------
    next_h : ndarray of shape (N, H)
    cache : values that gru_step_backward needs
    """
    # The candidate reads r * prev_h, so its product must wait for the reset gate.
    # BEGIN SOLUTION
    next_h, cell = _cell_forward(x @ Wx + b, prev_h, Wh)
    return next_h, (x, Wx, Wh, cell)
    # END SOLUTION


def gru_step_backward(
    dnext_h: np.ndarray, cache: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gradient of one time step of a GRU.

    Parameters
    ----------
    dnext_h : ndarray of shape (N, H)
        Gradient of the loss with respect to the next hidden state.
    cache : from gru_step_forward

    Returns
    -------
    dx : ndarray of shape (N, D)
    dprev_h : ndarray of shape (N, H)
    dWx : ndarray of shape (D, 3H)
    dWh : ndarray of shape (H, 3H)
    db : ndarray of shape (3H,)
    """
    # Draw the computational graph first. How many arrows leave prev_h?
    # BEGIN SOLUTION
    x, Wx, Wh, cell = cache
    prev_h, *_, reset = cell
    da, dprev_h = _cell_backward(dnext_h, cell, Wh)
    dx = da @ Wx.T  # (N, D)
    dWx = x.T @ da  # (D, 3H)
    dWh = _hidden_weights_gradient(da, prev_h, reset)  # (H, 3H)
    db = da.sum(axis=0)  # (3H,)
    return dx, dprev_h, dWx, dWh, db
    # END SOLUTION


def gru_forward(
    x: np.ndarray,
    h0: np.ndarray,
    Wx: np.ndarray,
    Wh: np.ndarray,
    b: np.ndarray,
    lengths: np.ndarray | None = None,
) -> tuple[np.ndarray, Any]:
    """Run a GRU over a whole sequence.

    Parameters
    ----------
    x : ndarray of shape (N, T, D)
        Inputs of all time steps.
    h0 : ndarray of shape (N, H)
        Initial hidden state.
    Wx : ndarray of shape (D, 3H)
    Wh : ndarray of shape (H, 3H)
    b : ndarray of shape (3H,)
    lengths : ndarray of shape (N,), integers, longest first; optional
        How many steps of each sequence count. Nobody looks at h after them, nor gives a gradient
        there, so those steps need not be computed. Ignoring this is right too.

    Returns
    -------
    h : ndarray of shape (N, T, H)
        Hidden states of all time steps (h0 is not among them).
    cache : values that gru_backward needs
    """
    # As in rnn_forward and lstm_forward: gru_step_forward in a loop is right.
    # BEGIN SOLUTION
    N, T, _ = x.shape
    sizes = batch_sizes(N, T, lengths)
    inputs = pack(x, sizes)  # (M, D), what is not padding
    a = inputs @ Wx + b  # (M, 3H)
    after, cells = [], []
    h_t = h0
    for a_t in steps(a, sizes):
        h_t, cell = _cell_forward(a_t, h_t[: len(a_t)], Wh)
        after.append(h_t)
        cells.append(cell)
    return unpack(after, N), (sizes, inputs, Wx, Wh, cells)
    # END SOLUTION


def gru_backward(
    dh: np.ndarray, cache: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Backpropagation through time for a GRU.

    Parameters
    ----------
    dh : ndarray of shape (N, T, H)
        Gradient of the loss with respect to every hidden state, as the layer above gives it.
    cache : from gru_forward

    Returns
    -------
    dx : ndarray of shape (N, T, D)
    dh0 : ndarray of shape (N, H)
    dWx : ndarray of shape (D, 3H)
    dWh : ndarray of shape (H, 3H)
    db : ndarray of shape (3H,)
    """
    # A hidden state has two users: the layer above, and the next time step.
    # BEGIN SOLUTION
    sizes, inputs, Wx, Wh, cells = cache
    N, _, H = dh.shape
    da = np.empty((len(inputs), 3 * H), dtype=inputs.dtype)  # (M, 3H)
    dprev_h = np.zeros((N, H), dtype=da.dtype)
    for t, da_t in reversed([*enumerate(steps(da, sizes))]):
        n = len(da_t)
        dnext_h = dh[:n, t] + dprev_h[:n]
        da_t[:], dprev_h[:n] = _cell_backward(dnext_h, cells[t], Wh)
    dx = unpack(steps(da @ Wx.T, sizes), N)
    dWx = inputs.T @ da  # (D, 3H)
    before, *_, reset = (np.concatenate(parts) for parts in zip(*cells, strict=True))  # (M, H)
    dWh = _hidden_weights_gradient(da, before, reset)  # (H, 3H)
    db = da.sum(axis=0)  # (3H,)
    return dx, dprev_h, dWx, dWh, db
    # END SOLUTION
