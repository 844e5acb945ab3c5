"""Vanilla recurrent network: h_t = tanh(x_t Wx + h_{t-1} Wh + b).

The same weights serve every time step, so their gradient is a sum over time
(backpropagation through time).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.packing import batch_sizes, pack, steps, unpack


def rnn_step_forward(
    x: np.ndarray, prev_h: np.ndarray, Wx: np.ndarray, Wh: np.ndarray, b: np.ndarray
) -> tuple[np.ndarray, Any]:
    """One time step of a vanilla RNN with a tanh.

    Parameters
    ----------
    x : ndarray of shape (N, D)
        Input at this time step.
    prev_h : ndarray of shape (N, H)
        Hidden state of the time step before.
    Wx : ndarray of shape (D, H)
        Input-to-hidden weights.
    Wh : ndarray of shape (H, H)
        Hidden-to-hidden weights.
    b : ndarray of shape (H,)
        Bias.

    Returns
    -------
    next_h : ndarray of shape (N, H)
    cache : values that rnn_step_backward needs
    """
    raise NotImplementedError("TODO: implement rnn_step_forward in cs231n_rnn/layers/rnn.py")


def rnn_step_backward(
    dnext_h: np.ndarray, cache: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Gradient of one time step of a vanilla RNN.

    Parameters
    ----------
    dnext_h : ndarray of shape (N, H)
        Gradient of the loss with respect to the next hidden state.
    cache : from rnn_step_forward

    Returns
    -------
    dx : ndarray of shape (N, D)
    dprev_h : ndarray of shape (N, H)
    dWx : ndarray of shape (D, H)
    dWh : ndarray of shape (H, H)
    db : ndarray of shape (H,)
    """
    # The derivative of tanh can be written with the output of tanh.
    raise NotImplementedError("TODO: implement rnn_step_backward in cs231n_rnn/layers/rnn.py")


def rnn_forward(
    x: np.ndarray,
    h0: np.ndarray,
    Wx: np.ndarray,
    Wh: np.ndarray,
    b: np.ndarray,
    lengths: np.ndarray | None = None,
) -> tuple[np.ndarray, Any]:
    """Run a vanilla RNN over a whole sequence.

    Parameters
    ----------
    x : ndarray of shape (N, T, D)
        Inputs of all time steps.
    h0 : ndarray of shape (N, H)
        Initial hidden state.
    Wx : ndarray of shape (D, H)
    Wh : ndarray of shape (H, H)
    b : ndarray of shape (H,)
    lengths : ndarray of shape (N,), integers, longest first; optional
        How many steps of each sequence count. Nobody looks at h after them, nor gives a
        gradient there, so those steps need not be computed. Ignoring this is right too.

    Returns
    -------
    h : ndarray of shape (N, T, H)
        Hidden states of all time steps (h0 is not among them).
    cache : values that rnn_backward needs
    """
    # Get it right with rnn_step_forward in a loop first. Then make it fast: only prev_h Wh must
    # wait for the step before; x Wx of all time steps is a single matrix product.
    raise NotImplementedError("TODO: implement rnn_forward in cs231n_rnn/layers/rnn.py")


def rnn_backward(
    dh: np.ndarray, cache: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Backpropagation through time for a vanilla RNN.

    Parameters
    ----------
    dh : ndarray of shape (N, T, H)
        Gradient of the loss with respect to every hidden state, as the layer above gives it:
        what comes back through later time steps is not in it.
    cache : from rnn_forward

    Returns
    -------
    dx : ndarray of shape (N, T, D)
    dh0 : ndarray of shape (N, H)
    dWx : ndarray of shape (D, H)
    dWh : ndarray of shape (H, H)
    db : ndarray of shape (H,)
    """
    # A hidden state has two users: the layer above, and the next time step.
    # The weights are used at every step: their gradients are sums over time, and here too a
    # single matrix product at the end can take the place of one a step.
    raise NotImplementedError("TODO: implement rnn_backward in cs231n_rnn/layers/rnn.py")
