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
    raise NotImplementedError("TODO: implement lstm_step_forward in cs231n_rnn/layers/lstm.py")


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
    raise NotImplementedError("TODO: implement lstm_step_backward in cs231n_rnn/layers/lstm.py")


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
    raise NotImplementedError("TODO: implement lstm_forward in cs231n_rnn/layers/lstm.py")


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
    raise NotImplementedError("TODO: implement lstm_backward in cs231n_rnn/layers/lstm.py")
