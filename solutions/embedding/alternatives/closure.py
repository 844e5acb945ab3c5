"""The cache is the backward pass itself, a function that remembers what it needs."""

import numpy as np


def word_embedding_forward(x, W):
    def backward(dout):
        flat = np.zeros(W.size, W.dtype)
        places = np.ravel_multi_index((x[..., None], np.arange(W.shape[1])), W.shape)
        np.add.at(flat, places.ravel(), dout.ravel())
        return flat.reshape(W.shape)

    return W[x, :], backward


def word_embedding_backward(dout, cache):
    return cache(dout)
