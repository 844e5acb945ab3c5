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
    raise NotImplementedError("TODO: implement attention_forward in cs231n_rnn/layers/attention.py")


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
    raise NotImplementedError(
        "TODO: implement attention_backward in cs231n_rnn/layers/attention.py"
    )


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
    raise NotImplementedError(
        "TODO: implement attention_lstm_step_forward in cs231n_rnn/layers/attention.py"
    )


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
    raise NotImplementedError(
        "TODO: implement attention_lstm_step_backward in cs231n_rnn/layers/attention.py"
    )


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
    raise NotImplementedError(
        "TODO: implement attention_lstm_forward in cs231n_rnn/layers/attention.py"
    )


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
    raise NotImplementedError(
        "TODO: implement attention_lstm_backward in cs231n_rnn/layers/attention.py"
    )
