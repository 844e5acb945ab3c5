"""Recursion over time in both directions: a sequence is its first steps and one more."""
# ruff: noqa: F821

import numpy as np


def rnn_forward(x, h0, Wx, Wh, b, lengths=None):
    if x.shape[1] == 0:
        return h0[:, None][:, :0], None
    h, cache = rnn_forward(x[:, :-1], h0, Wx, Wh, b)
    prev_h = h[:, -1] if h.shape[1] else h0
    next_h, step_cache = rnn_step_forward(x[:, -1], prev_h, Wx, Wh, b)
    return np.concatenate([h, next_h[:, None]], axis=1), (cache, step_cache)


def rnn_backward(dh, cache, dlater=0):
    cache, step_cache = cache
    dx_t, dprev_h, *dweights = rnn_step_backward(dh[:, -1] + dlater, step_cache)
    if cache is None:
        return (dx_t[:, None], dprev_h, *dweights)
    dx, dh0, *dearlier = rnn_backward(dh[:, :-1], cache, dprev_h)
    dx = np.concatenate([dx, dx_t[:, None]], axis=1)
    return (dx, dh0, *[one + other for one, other in zip(dearlier, dweights, strict=True)])
