"""Which steps of a minibatch count, where its sequences have different lengths."""

from __future__ import annotations

import numpy as np


def valid_steps(N: int, T: int, lengths: np.ndarray | None) -> np.ndarray:
    """Mask of the steps before each sequence's end, time first.

    Indexing a (T, N, D) array with it packs the steps that count into (M, D) rows, one time
    step after the other. With the longest sequence first, the sequences that still run at
    step t are the first ones of the minibatch.

    Parameters
    ----------
    N, T : int
        Sequences in the minibatch, and steps.
    lengths : ndarray of shape (N,), integers from 0 to T, longest first; or None
        Steps that count in each sequence. None: all T.

    Returns
    -------
    ndarray of shape (T, N), boolean

    Raises
    ------
    ValueError
        If there are not N lengths, one lies outside 0 to T, or a longer one follows a shorter.
    """
    if lengths is None:
        return np.ones((T, N), dtype=bool)
    lengths = np.asarray(lengths)
    if lengths.shape != (N,):
        raise ValueError(f"lengths is {lengths.shape}; a minibatch of {N} needs (N,) = ({N},)")
    if N and (lengths.min() < 0 or lengths.max() > T):
        raise ValueError(
            f"lengths run from {lengths.min()} to {lengths.max()}; {T} steps allow 0 to {T}"
        )
    if np.any(np.diff(lengths) > 0):
        raise ValueError(f"lengths are {lengths.tolist()}; the longest sequence must come first")
    return np.arange(T)[:, np.newaxis] < lengths
