"""Words become one-hot rows, so looking up and summing are matrix products; the cache is a dict."""

import numpy as np


def one_hot(words, V, like):
    return (words.reshape(-1, 1) == np.arange(V)).astype(like.dtype)


def word_embedding_forward(x, W):
    V, D = W.shape
    rows = one_hot(x, V, W)
    return rows.dot(W).reshape(*x.shape, D), {"rows": rows}


def word_embedding_backward(dout, cache):
    rows = cache["rows"]
    return rows.T.dot(dout.reshape(len(rows), -1))
