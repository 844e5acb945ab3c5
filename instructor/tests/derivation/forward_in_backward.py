"""The backward pass calls its own forward pass with the bias moved, once for each row."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    return np.tanh(x @ Wx + prev_h @ Wh + b), (x, prev_h, Wx, Wh, b)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, b = cache
    ahead, _ = rnn_step_forward(x, prev_h, Wx, Wh, b + 1e-5)
    before, _ = rnn_step_forward(x, prev_h, Wx, Wh, b - 1e-5)
    da = dnext_h * (ahead - before) / 2e-5
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)
