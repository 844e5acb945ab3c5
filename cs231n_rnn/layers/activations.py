"""The logistic function, which opens and shuts every gate."""

from __future__ import annotations

import numpy as np


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Logistic function, 1 / (1 + exp(-x)), which overflows for no x.

    Parameters
    ----------
    x : ndarray of any shape

    Returns
    -------
    ndarray of the same shape and dtype, between 0 and 1
    """
    # The same function through tanh, which saturates where exp(-x) overflows.
    out = np.tanh(0.5 * x)
    out *= 0.5
    out += 0.5
    return out
