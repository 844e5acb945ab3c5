"""Inverted dropout (Srivastava et al. 2014): at rate 0 the layer is the identity."""

from __future__ import annotations

import numpy as np


def dropout_forward(
    x: np.ndarray, rate: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray | None]:
    """Set a random part of x to zero and scale the rest, so that the mean stays.

    Parameters
    ----------
    x : ndarray of any shape
    rate : float in [0, 1)
        Probability that an element is dropped. 0 returns x itself and draws nothing.
    rng : numpy.random.Generator

    Returns
    -------
    out : ndarray of the shape and dtype of x
    cache : values that dropout_backward needs

    Raises
    ------
    ValueError
        If the rate is outside [0, 1).
    """
    if not 0 <= rate < 1:
        raise ValueError(f"rate is {rate}; dropout_forward needs 0 <= rate < 1")
    if rate == 0:
        return x, None
    kept = rng.random(x.shape, dtype=np.float32) >= rate
    scale = kept * x.dtype.type(1 / (1 - rate))
    return x * scale, scale


def dropout_backward(dout: np.ndarray, cache: np.ndarray | None) -> np.ndarray:
    """Gradient of dropout.

    Parameters
    ----------
    dout : ndarray of the shape of out
    cache : from dropout_forward

    Returns
    -------
    ndarray of the shape of x
    """
    return dout if cache is None else dout * cache
