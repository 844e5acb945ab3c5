"""Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers 2000).

a = x_t Wx + h_{t-1} Wh + b holds four blocks of H columns, always in the order i, f, o, g:
i, f, o = sigmoid of the first three (input, forget and output gate), g = tanh of the fourth.
Then c_t = f c_{t-1} + i g and h_t = o tanh(c_t).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.activations import sigmoid
from cs231n_rnn.layers.packing import batch_sizes, pack, steps, unpack

# BEGIN SOLUTION
# The part of a step after the matrix products, which one step and a whole sequence share.


def _cell_forward(a: np.ndarray, prev_c: np.ndarray) -> tuple[np.ndarray, np.ndarray, Any]:
    """From a (N, 4H) and prev_c (N, H) to next_h (N, H), next_c (N, H) and a cache.

    The gates take the place of a: fresh memory for each step would cost as much as the gates.
    """
    H = prev_c.shape[1]
    sigmoid(a[:, : 3 * H], out=a[:, : 3 * H])
    np.tanh(a[:, 3 * H :], out=a[:, 3 * H :])
    i, f, o, g = np.split(a, 4, axis=1)
    next_c = f * prev_c + i * g
    tanh_c = np.tanh(next_c)
    next_h = o * tanh_c
    return next_h, next_c, (i, f, o, g, prev_c, tanh_c)


def _cell_backward(
    dnext_h: np.ndarray, dnext_c: np.ndarray, cache: Any, out: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """From dnext_h and dnext_c (N, H) to da (N, 4H), in out if given, and dprev_c (N, H)."""
    i, f, o, g, prev_c, tanh_c = cache
    do = dnext_h * tanh_c
    # The cell state has two users: the next step, and this step's hidden state.
    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)
    di = dc * g
    df = dc * prev_c
    dg = dc * i
    gates = [di * i * (1 - i), df * f * (1 - f), do * o * (1 - o), dg * (1 - g**2)]
    return np.concatenate(gates, axis=1, out=out), dc * f


# END SOLUTION


def lstm_step_forward(
    x: np.ndarray,
    prev_h: np.ndarray,
    prev_c: np.ndarray,
    Wx: np.ndarray,
    Wh: np.ndarray,
    b: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, Any]:
    """One time step of an LSTM.

    Parameters
    ----------
    x : ndarray of shape (N, D)
        Input at this time step.
    prev_h : ndarray of shape (N, H)
        Hidden state of the time step before.
    prev_c : ndarray of shape (N, H)
        Cell state of the time step before.
    Wx : ndarray of shape (D, 4H)
        Input-to-hidden weights, gates in the order i, f, o, g.
    Wh : ndarray of shape (H, 4H)
        Hidden-to-hidden weights.
    b : ndarray of shape (4H,)
        Bias.

    Returns
    -------
    next_h : ndarray of shape (N, H)
    next_c : ndarray of shape (N, H)
    cache : values that lstm_step_backward needs
    """
    # sigmoid is provided; it does not overflow.
    # BEGIN SOLUTION
    a = x @ Wx + prev_h @ Wh + b  # (N, 4H)
    next_h, next_c, cell = _cell_forward(a, prev_c)
    return next_h, next_c, (x, prev_h, Wx, Wh, cell)
    # END SOLUTION


def lstm_step_backward(
    dnext_h: np.ndarray, dnext_c: np.ndarray, cache: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gradient of one time step of an LSTM.

    Parameters
    ----------
    dnext_h : ndarray of shape (N, H)
        Gradient of the loss with respect to the next hidden state.
    dnext_c : ndarray of shape (N, H)
        Gradient of the loss with respect to the next cell state.
    cache : from lstm_step_forward

    Returns
    -------
    dx : ndarray of shape (N, D)
    dprev_h : ndarray of shape (N, H)
    dprev_c : ndarray of shape (N, H)
    dWx : ndarray of shape (D, 4H)
    dWh : ndarray of shape (H, 4H)
    db : ndarray of shape (4H,)
    """
    # Draw the computational graph first. How many arrows leave next_c?
    # BEGIN SOLUTION
    x, prev_h, Wx, Wh, cell = cache
    da, dprev_c = _cell_backward(dnext_h, dnext_c, cell)
    dx = da @ Wx.T  # (N, D)
    dprev_h = da @ Wh.T  # (N, H)
    dWx = x.T @ da  # (D, 4H)
    dWh = prev_h.T @ da  # (H, 4H)
    db = da.sum(axis=0)  # (4H,)
    return dx, dprev_h, dprev_c, dWx, dWh, db
    # END SOLUTION


def lstm_forward(
    x: np.ndarray,
    h0: np.ndarray,
    Wx: np.ndarray,
    Wh: np.ndarray,
    b: np.ndarray,
    lengths: np.ndarray | None = None,
) -> tuple[np.ndarray, Any]:
    """Run an LSTM over a whole sequence, from a cell state of zeros.

    Parameters
    ----------
    x : ndarray of shape (N, T, D)
        Inputs of all time steps.
    h0 : ndarray of shape (N, H)
        Initial hidden state.
    Wx : ndarray of shape (D, 4H)
    Wh : ndarray of shape (H, 4H)
    b : ndarray of shape (4H,)
    lengths : ndarray of shape (N,), integers, longest first; optional
        How many steps of each sequence count. Nobody looks at h after them, nor gives a
        gradient there, so those steps need not be computed. Ignoring this is right too.

    Returns
    -------
    h : ndarray of shape (N, T, H)
        Hidden states of all time steps. The cell states stay inside.
    cache : values that lstm_backward needs
    """
    # As in rnn_forward: first with lstm_step_forward in a loop, then with a single matrix product
    # for the inputs of all time steps.
    # BEGIN SOLUTION
    N, T, _ = x.shape
    sizes = batch_sizes(N, T, lengths)
    inputs = pack(x, sizes)  # (M, D), what is not padding
    a = inputs @ Wx  # (M, 4H)
    a += b  # in place: the largest array of all
    before, after, cells = [], [], []
    h_t, c_t = h0, np.zeros(h0.shape, a.dtype)
    for a_t in steps(a, sizes):
        n = len(a_t)  # sequences that still run
        before.append(h_t[:n])
        a_t += h_t[:n] @ Wh
        h_t, c_t, cell = _cell_forward(a_t, c_t[:n])
        after.append(h_t)
        cells.append(cell)
    return unpack(after, N), (sizes, inputs, Wx, Wh, np.concatenate(before), cells)
    # END SOLUTION


def lstm_backward(
    dh: np.ndarray, cache: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Backpropagation through time for an LSTM.

    Parameters
    ----------
    dh : ndarray of shape (N, T, H)
        Gradient of the loss with respect to every hidden state, as the layer above gives it.
    cache : from lstm_forward

    Returns
    -------
    dx : ndarray of shape (N, T, D)
    dh0 : ndarray of shape (N, H)
    dWx : ndarray of shape (D, 4H)
    dWh : ndarray of shape (H, 4H)
    db : ndarray of shape (4H,)
    """
    # Two gradients travel back from step to step: that of the hidden state and that of the cell
    # state. Nothing outside uses the last cell state. What is its gradient, then?
    # BEGIN SOLUTION
    sizes, inputs, Wx, Wh, before, cells = cache
    N, _, H = dh.shape
    da = np.empty((len(inputs), 4 * H), dtype=before.dtype)  # (M, 4H)
    dprev_h = np.zeros((N, H), dtype=da.dtype)
    dprev_c = np.zeros_like(dprev_h)
    for t, da_t in reversed([*enumerate(steps(da, sizes))]):
        n = len(da_t)
        dnext_h = dh[:n, t] + dprev_h[:n]
        _, dprev_c[:n] = _cell_backward(dnext_h, dprev_c[:n], cells[t], out=da_t)
        dprev_h[:n] = da_t @ Wh.T
    dx = unpack(steps(da @ Wx.T, sizes), N)
    dWx = inputs.T @ da  # (D, 4H)
    dWh = before.T @ da  # (H, 4H)
    db = da.sum(axis=0)  # (4H,)
    return dx, dprev_h, dWx, dWh, db
    # END SOLUTION
