"""Word embedding: every word of the vocabulary has a vector, which is learnt like any weight.

x holds word indices, W the vectors, one a row: out[n, t] = W[x[n, t]].
"""

from __future__ import annotations

from typing import Any

import numpy as np


def word_embedding_forward(x: np.ndarray, W: np.ndarray) -> tuple[np.ndarray, Any]:
    """Look up the vector of every word in a minibatch of sequences.

    Parameters
    ----------
    x : ndarray of shape (N, T), integers
        Word indices, 0 <= x < V.
    W : ndarray of shape (V, D)
        Word vectors.

    Returns
    -------
    out : ndarray of shape (N, T, D)
    cache : values that word_embedding_backward needs
    """
    # One line of NumPy indexing does it for all words at once.
    raise NotImplementedError(
        "TODO: implement word_embedding_forward in cs231n_rnn/layers/embedding.py"
    )


def word_embedding_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Gradient of the word vectors. Indices have no gradient.

    Parameters
    ----------
    dout : ndarray of shape (N, T, D)
        Gradient of the loss with respect to out.
    cache : from word_embedding_forward

    Returns
    -------
    dW : ndarray of shape (V, D)
    """
    # A word that is in several places gets the sum of the gradients from all of them.
    # np.add.at does just that; whoever wants it faster sorts the words first.
    raise NotImplementedError(
        "TODO: implement word_embedding_backward in cs231n_rnn/layers/embedding.py"
    )
