"""float64 inside whatever comes in, and the input's type again on the way out, by a decorator."""

import functools

import numpy as np

from cs231n_rnn.layers.activations import sigmoid


def in_double_precision(function):
    def cast(value, dtype):
        return value.astype(dtype) if isinstance(value, np.ndarray) else value

    @functools.wraps(function)
    def wrapper(*arguments, **options):
        dtype = arguments[0].dtype
        found = function(*(cast(value, np.float64) for value in arguments), **options)
        return tuple(cast(value, dtype) for value in found)

    return wrapper


@in_double_precision
def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    i, f, o, g = np.split(x @ Wx + prev_h @ Wh + b, 4, 1)
    i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
    next_c = f * prev_c + i * g
    return o * np.tanh(next_c), next_c, (x, prev_h, prev_c, Wx, Wh, i, f, o, g, np.tanh(next_c))


@in_double_precision
def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, i, f, o, g, tanh_c = cache
    dc = dnext_c + dnext_h * o * (1 - tanh_c**2)
    da = dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dnext_h * tanh_c * o * (1 - o)
    da = np.hstack([*da, dc * i * (1 - g**2)])
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, prev_h.T @ da, da.sum(axis=0)


@in_double_precision
def lstm_forward(x, h0, Wx, Wh, b, lengths=None):
    h, c, caches = h0, np.zeros(h0.shape), []
    out = np.full((*x.shape[:2], h0.shape[1]), np.nan)
    for t in range(x.shape[1]):
        h, c, cache = lstm_step_forward(x[:, t], h, c, Wx, Wh, b)
        out[:, t] = h
        caches.append(cache)
    return out, caches
