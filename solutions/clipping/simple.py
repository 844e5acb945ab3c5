"""Clipping of gradients as a good student writes it.

The misconceptions are written against this text, not against the reference.
"""

from __future__ import annotations

import numpy as np


def require_finite(grads: dict[str, np.ndarray], max_norm: float) -> None:
    """Refuse a norm that bounds nothing, and a gradient that clipping cannot mend."""
    if not max_norm > 0:
        raise ValueError(f"max_norm is {max_norm}; clip_gradients needs a number above 0")
    for name, grad in grads.items():
        if not np.all(np.isfinite(grad)):
            raise ValueError(f"the gradient of {name} is not finite; clipping cannot mend that")


def clip_gradients(
    grads: dict[str, np.ndarray], max_norm: float
) -> tuple[dict[str, np.ndarray], float]:
    """Scale all gradients down together where their global norm exceeds a bound."""
    require_finite(grads, max_norm)
    # BEGIN SOLUTION
    squares = 0.0
    for grad in grads.values():
        squares += float(np.sum(grad.astype(float) ** 2))
    norm = float(np.sqrt(squares))
    scale = 1.0
    if norm > max_norm:
        scale = max_norm / norm
    clipped = {}
    for name in grads:
        grad = grads[name]
        clipped[name] = (scale * grad).astype(grad.dtype)
    return clipped, norm
    # END SOLUTION
