"""Returns zeros of the right shape from every function of the LSTM."""

import numpy as np


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    return np.zeros_like(prev_h), np.zeros_like(prev_c), (x, prev_h, prev_c, Wx, Wh, b)


def lstm_step_backward(dnext_h, dnext_c, cache):
    return tuple(np.zeros_like(a) for a in cache)


def lstm_forward(x, h0, Wx, Wh, b):
    N, T, _ = x.shape
    return np.zeros((N, T, h0.shape[1])), (x, h0, Wx, Wh, b)


def lstm_backward(dh, cache):
    return tuple(np.zeros_like(a) for a in cache)
