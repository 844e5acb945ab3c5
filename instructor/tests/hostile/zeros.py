"""Returns zeros of the right shape from every function of a file."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    return np.zeros_like(prev_h), (x, prev_h, Wx, Wh, b)


def rnn_step_backward(dnext_h, cache):
    return tuple(np.zeros_like(a) for a in cache)


def rnn_forward(x, h0, Wx, Wh, b):
    N, T, _ = x.shape
    return np.zeros((N, T, h0.shape[1])), (x, h0, Wx, Wh, b)


def rnn_backward(dh, cache):
    return tuple(np.zeros_like(a) for a in cache)
