"""The cache is an object array; the gradients of equal words are cumulative sums' differences."""

import numpy as np


def word_embedding_forward(x, W):
    cache = np.empty(2, dtype=object)
    cache[0], cache[1] = x, W
    return W[x], cache


def word_embedding_backward(dout, cache):
    x, W = cache
    rows = dout.reshape(-1, W.shape[1])
    order = np.argsort(x.ravel(), kind="mergesort")
    words, counts = np.unique(x, return_counts=True)
    sums = np.vstack([np.zeros(W.shape[1]), np.cumsum(rows[order], axis=0)])
    ends = np.cumsum(counts)
    dW = np.zeros(W.shape)
    dW[words] = sums[ends] - sums[ends - counts]
    return dW
