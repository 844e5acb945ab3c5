"""The backward pass pops the cache, starts from the scalar 0, and writes into its own argument."""
# ruff: noqa: F821

import numpy as np


def rnn_forward(x, h0, Wx, Wh, b, lengths=None):
    N, T, D = x.shape
    N, H = h0.shape
    h = np.zeros([N, T, H])
    cache = []
    for t in range(T):
        h0, step_cache = rnn_step_forward(x[:, t, :], h0, Wx, Wh, b)
        h[:, t, :] = h0
        cache.append(step_cache)
    cache.append(D)
    return h, cache


def rnn_backward(dh, cache):
    D = cache.pop()
    N, T, _ = dh.shape
    dx = np.zeros((N, T, D))
    dprev_h = dWx = dWh = db = 0
    while cache:
        T -= 1
        dh[:, T, :] += dprev_h
        dx[:, T, :], dprev_h, dWx_t, dWh_t, db_t = rnn_step_backward(dh[:, T, :], cache.pop())
        dWx = dWx + dWx_t
        dWh = dWh + dWh_t
        db = db + db_t
    return dx, dprev_h, dWx, dWh, db
