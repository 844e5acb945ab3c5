"""All is computed in np.longdouble, and what comes out has the input's type again."""

import numpy as np


def precisely(*arrays):
    return [np.asarray(array, dtype=np.longdouble) for array in arrays]


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    X, H, WX, WH, B = precisely(x, prev_h, Wx, Wh, b)
    next_h = np.tanh(X @ WX + H @ WH + B)
    return next_h.astype(x.dtype), (X, H, WX, WH, next_h, x.dtype)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h, dtype = cache
    (da,) = precisely(dnext_h)
    da = da * (1 - next_h**2)
    found = da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)
    return tuple(gradient.astype(dtype) for gradient in found)


def rnn_backward(dh, cache):
    (dh,) = precisely(dh)
    dprev_h = np.zeros_like(dh[:, 0])
    dx, sums = [None] * len(cache), [np.longdouble(0)] * 3
    for t in range(len(cache) - 1, -1, -1):
        dx[t], dprev_h, *parts = rnn_step_backward(dh[:, t] + dprev_h, cache[t])
        sums = [one + other for one, other in zip(sums, parts, strict=True)]
    dtype = cache[0][-1]
    return tuple(np.asarray(g, dtype) for g in (np.stack(dx, axis=1), dprev_h, *sums))
