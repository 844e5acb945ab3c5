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
    raise NotImplementedError("TODO: implement gru_step_forward in cs231n_rnn/layers/gru.py")


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
    raise NotImplementedError("TODO: implement gru_step_backward in cs231n_rnn/layers/gru.py")


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
    raise NotImplementedError("TODO: implement gru_forward in cs231n_rnn/layers/gru.py")


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
    raise NotImplementedError("TODO: implement gru_backward in cs231n_rnn/layers/gru.py")
