"""Clipping of gradients by their global norm (Pascanu, Mikolov and Bengio 2013, section 3.2).

Where gradients explode, one minibatch can throw the parameters far away. Clipping keeps the
direction of the step and bounds its length. It cannot bring back a gradient that has vanished.
"""

from __future__ import annotations

import math

import numpy as np


def require_finite(grads: dict[str, np.ndarray], max_norm: float) -> None:
    """Refuse a norm that bounds nothing, and a gradient that clipping cannot fix.

    Raises
    ------
    ValueError
        If max_norm is not above 0, or a gradient holds NaN or infinity; the message names it.
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm is {max_norm}; clip_gradients needs a number above 0")
    for name, grad in grads.items():
        if not np.all(np.isfinite(grad)):
            raise ValueError(f"the gradient of {name} is not finite; clipping cannot fix that")


def clip_gradients(
    grads: dict[str, np.ndarray], max_norm: float
) -> tuple[dict[str, np.ndarray], float]:
    """Scale all gradients down together where their global norm exceeds a bound.

    Parameters
    ----------
    grads : dict of str to ndarray
    max_norm : float
        The largest global norm: the root of the sum of the squares of all elements of all arrays.

    Returns
    -------
    clipped : dict of str to ndarray
        Under the same names, of the same dtypes; ``grads`` itself stays as it was.
    norm : float
        The global norm before clipping.

    Raises
    ------
    ValueError
        If max_norm is not above 0 or a gradient is not finite.
    """
    require_finite(grads, max_norm)
    # One norm for all arrays, and one factor for all: the direction must stay.
    # BEGIN SOLUTION
    norm = math.hypot(*map(_norm, grads.values()))
    factor = max_norm / norm if norm > max_norm else 1.0
    # np.multiply with dtype, since a Python float may widen a float32 of no dimension.
    return {name: np.multiply(g, factor, dtype=g.dtype) for name, g in grads.items()}, norm
    # END SOLUTION


# BEGIN SOLUTION
def _norm(grad: np.ndarray) -> float:
    """Root of the sum of the squares; each alone may be too large for float32."""
    largest = float(np.abs(grad).max(initial=0))
    return largest * float(np.linalg.norm(grad / largest)) if largest else 0.0


# END SOLUTION
