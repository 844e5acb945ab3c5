"""Three loops in plain Python over nested lists; the gradient is float64 whatever comes in."""

import copy

import numpy as np


def word_embedding_forward(x, W):
    N, T = x.shape
    out = []
    for n in range(N):
        sentence = []
        for t in range(T):
            sentence.append(list(W[x[n, t]]))
        out.append(sentence)
    return np.array(out), [copy.deepcopy(x.tolist()), [W.shape[0], W.shape[1]]]


def word_embedding_backward(dout, cache):
    [words, [V, D]] = cache
    dW = np.zeros((V, D))
    for n, sentence in enumerate(words):
        for t, word in enumerate(sentence):
            for d in range(D):
                dW[word, d] = dW[word, d] + dout[n, t, d]
    return dW
