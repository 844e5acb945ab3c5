"""Cross-entropy of images whose pixels are drawn one by one: on with probability sigmoid(logit)."""

from __future__ import annotations

import numpy as np

from cs231n_rnn.layers.activations import sigmoid
from cs231n_rnn.layers.shapes import require_shapes


def bernoulli_loss(logits: np.ndarray, x: np.ndarray) -> tuple[float, np.ndarray]:
    """Minus log probability of images, summed over the pixels, averaged over the minibatch.

    Parameters
    ----------
    logits : ndarray of shape (N, B, A)
    x : ndarray of shape (N, B, A)
        Pixels, 0 or 1. In between it is the mean over such pixels.

    Returns
    -------
    loss : float, in nats per image
    dlogits : ndarray of shape (N, B, A)

    Raises
    ------
    ValueError
        If the shapes do not fit, or a pixel lies outside [0, 1].
    """
    require_shapes("bernoulli_loss", logits=(logits, "N B A"), x=(x, "N B A"))
    if x.size and not 0 <= x.min() <= x.max() <= 1:
        raise ValueError(f"x runs from {x.min()} to {x.max()}; bernoulli_loss needs 0 to 1")
    N = max(len(x), 1)
    # log(1 + exp(logits)) - x logits, where exp may overflow.
    losses = np.logaddexp(0, logits) - x * logits
    return float(losses.sum(dtype=np.float64) / N), (sigmoid(logits) - x) / N
