"""The logistic function, which opens and shuts every gate."""

from __future__ import annotations

import numpy as np


def sigmoid(x: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Logistic function, 1 / (1 + exp(-x)), which overflows for no x.

    Parameters
    ----------
    x : ndarray of any shape
    out : ndarray of the same shape, optional
        Where to write the result; x itself will do. A new array if not given.

    Returns
    -------
    ndarray of the same shape and dtype, between 0 and 1
    """
    # The same function through tanh, which saturates where exp(-x) overflows.
    out = np.multiply(x, 0.5, out=out)
    np.tanh(out, out=out)
    out *= 0.5
    out += 0.5
    return out
