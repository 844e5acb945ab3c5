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
    # BEGIN SOLUTION
    out = W[x]  # (N, T, D)
    return out, (x, W)
    # END SOLUTION


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
    # BEGIN SOLUTION
    x, W = cache
    dW = np.zeros_like(W)
    words, sums = _sums_by_word(x.ravel(), dout.reshape(-1, W.shape[1]))
    dW[words] = sums
    return dW
    # END SOLUTION


# BEGIN SOLUTION
def _sums_by_word(words: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The words that occur, and the sum of the rows of each."""
    order = np.argsort(words, kind="stable")
    distinct, first = np.unique(words[order], return_index=True)
    # Sorted, a word's rows are neighbours; reduceat sums each run, far faster than np.add.at.
    return distinct, np.add.reduceat(rows[order], first, axis=0)


# END SOLUTION
