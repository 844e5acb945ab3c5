"""Sequences of different lengths in one minibatch, without computing their padding.

With the longest sequence first, those that still run at step t are the first ones of the
minibatch. Packed, the M steps that count are rows (M, D), one time step after the other: a matrix
product takes them all at once, and a loop over time takes them step by step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def lengths_of(mask: np.ndarray) -> np.ndarray:
    """Length (N,) of each sequence of a mask (N, T): up to the last step that counts."""
    return (mask * np.arange(1, mask.shape[1] + 1)).max(axis=1)


def longest_first(lengths: np.ndarray) -> np.ndarray:
    """Order (N,) of a minibatch in which the longest comes first; equals stay in their order."""
    return np.argsort(-lengths, kind="stable")


def batch_sizes(N: int, T: int, lengths: np.ndarray | None) -> np.ndarray:
    """How many sequences still run at each step (``batch_sizes`` of PyTorch's packed sequences).

    Parameters
    ----------
    N, T : int
        Sequences in the minibatch, and steps.
    lengths : ndarray of shape (N,), integers from 0 to T, longest first; or None
        Steps that count in each sequence. None: all T.

    Returns
    -------
    ndarray of shape (T,), integers from 0 to N

    Raises
    ------
    ValueError
        If there are not N lengths, one lies outside 0 to T, or a longer one follows a shorter.
    """
    if lengths is None:
        return np.full(T, N)
    lengths = np.asarray(lengths)
    if lengths.shape != (N,):
        raise ValueError(f"lengths is {lengths.shape}; a minibatch of {N} needs (N,) = ({N},)")
    if N and (lengths.min() < 0 or lengths.max() > T):
        raise ValueError(
            f"lengths run from {lengths.min()} to {lengths.max()}; {T} steps allow 0 to {T}"
        )
    if np.any(np.diff(lengths) > 0):
        raise ValueError(f"lengths are {lengths.tolist()}; the longest sequence must come first")
    return (np.arange(T)[:, np.newaxis] < lengths).sum(axis=1)


def pack(x: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """From (N, T, D) to the rows (M, D) that count, one time step after the other."""
    return np.concatenate([x[:n, t] for t, n in enumerate(sizes)])


def steps(rows: np.ndarray, sizes: np.ndarray) -> list[np.ndarray]:
    """The T steps (n_t, D) of packed rows (M, D): views, so that what is written stays."""
    return np.split(rows, sizes.cumsum())[:-1]


def unpack(parts: Sequence[np.ndarray], N: int) -> np.ndarray:
    """From T steps (n_t, D) to (N, T, D), with zeros for the padding; always a copy."""
    out = np.zeros((len(parts), N, *parts[0].shape[1:]), parts[0].dtype)
    for padded, part in zip(out, parts, strict=True):
        padded[: len(part)] = part
    return out.swapaxes(0, 1)
