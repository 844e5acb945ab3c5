"""np.take forward and a weighted np.bincount a column backward; the cache is a namedtuple."""

import collections

import numpy as np

EmbeddingCache = collections.namedtuple("EmbeddingCache", "words vocabulary_size")


def word_embedding_forward(x, W):
    return np.take(W, x, axis=0), EmbeddingCache(x.ravel(), W.shape[0])


def word_embedding_backward(dout, cache):
    columns = np.moveaxis(dout, 2, 0).reshape(dout.shape[2], -1)
    sums = [np.bincount(cache.words, c, cache.vocabulary_size) for c in columns]
    return np.stack(sums, axis=1)
