"""Softmax loss over a vocabulary: for single words, and for every step of padded sequences."""

from __future__ import annotations

import numpy as np

from cs231n_rnn.layers.shapes import require_shapes


def softmax_loss(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Cross-entropy of the right words, averaged over them.

    Parameters
    ----------
    x : ndarray of shape (M, V)
        Scores of the V words.
    y : ndarray of shape (M,), integers in [0, V)
        Index of the right word.

    Returns
    -------
    loss : float, in nats per word; 0 where M is 0
    dx : ndarray of shape (M, V)
        Gradient of the loss with respect to x.

    Raises
    ------
    ValueError
        If the shapes do not fit together, or a y lies outside [0, V).
    """
    require_shapes("softmax_loss", x=(x, "M V"), y=(y, "M"))
    M, V = x.shape
    if M == 0:
        return 0.0, np.zeros_like(x)
    if y.min() < 0 or y.max() >= V:
        raise ValueError(
            f"y runs from {y.min()} to {y.max()}; softmax_loss needs 0 to {V - 1}, for V = {V}"
        )
    # Only differences of scores matter; with the largest at 0, exp does not overflow.
    scores = x - x.max(axis=1, keepdims=True)  # (M, V)
    rows = np.arange(M)
    right = scores[rows, y]  # (M,)
    dx = np.exp(scores, out=scores)
    total = dx.sum(axis=1, keepdims=True)  # (M, 1)
    loss = float(np.mean(np.log(total[:, 0]) - right, dtype=np.float64))
    dx /= total * M
    dx[rows, y] -= 1 / M
    return loss, dx


def packed_softmax_loss(x: np.ndarray, y: np.ndarray, N: int) -> tuple[float, np.ndarray]:
    """Cross-entropy of the M words of N sequences, summed over time, averaged over the minibatch.

    As ``temporal_softmax_loss``, of the words that count alone: x (M, V) and y (M,).
    """
    loss, dx = softmax_loss(x, y)
    words_per_sequence = len(x) / max(N, 1)
    dx *= words_per_sequence
    return loss * words_per_sequence, dx


def temporal_softmax_loss(
    x: np.ndarray, y: np.ndarray, mask: np.ndarray
) -> tuple[float, np.ndarray]:
    """Cross-entropy of the right words, summed over time, averaged over the minibatch.

    Parameters
    ----------
    x : ndarray of shape (N, T, V)
        Scores of the V words at each step.
    y : ndarray of shape (N, T), integers in [0, V) where the mask is True
        Index of the right word.
    mask : ndarray of shape (N, T), boolean
        False where the step is padding: it adds neither loss nor gradient.

    Returns
    -------
    loss : float, in nats per sequence
    dx : ndarray of shape (N, T, V)
        Gradient of the loss with respect to x.

    Raises
    ------
    ValueError
        If the shapes do not fit together, or a y outside [0, V) is not masked.
    """
    require_shapes("temporal_softmax_loss", x=(x, "N T V"), y=(y, "N T"), mask=(mask, "N T"))
    valid = np.asarray(mask, dtype=bool)
    dx = np.zeros_like(x)
    loss, dx[valid] = packed_softmax_loss(x[valid], y[valid], len(x))
    return loss, dx
