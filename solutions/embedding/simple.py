"""Word embedding as a good student writes it: out[n, t] = W[x[n, t]].

The misconceptions are written against this text, not against the reference.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def word_embedding_forward(x: np.ndarray, W: np.ndarray) -> tuple[np.ndarray, Any]:
    """Look up the vector of every word in a minibatch of sequences."""
    # BEGIN SOLUTION
    out = W[x]  # (N, T, D)
    return out, (x, W)
    # END SOLUTION


def word_embedding_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Gradient of the word vectors."""
    # BEGIN SOLUTION
    x, W = cache
    dW = np.zeros_like(W)
    np.add.at(dW, x, dout)
    return dW
    # END SOLUTION
