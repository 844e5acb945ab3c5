"""A complex step through the gates and the cell state, four of them at any size."""

import numpy as np


def cell(a, c, H):
    i, f, o = (1 / (1 + np.exp(-a[k])) for k in range(3))
    next_c = f * c + i * np.tanh(a[3])
    return o * np.tanh(next_c), next_c


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    a = np.split(x @ Wx + prev_h @ Wh + b, 4, axis=1)
    next_h, next_c = cell(a, prev_c, prev_h.shape[1])
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, a)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, a = cache
    found = []
    for k in range(5):
        moved = [part + (1e-30j if k == j else 0) for j, part in enumerate([*a, prev_c])]
        h, c = cell(moved[:4], moved[4], prev_h.shape[1])
        found.append((dnext_h * h.imag + dnext_c * c.imag) / 1e-30)
    da = np.hstack(found[:4])
    return da @ Wx.T, da @ Wh.T, found[4], x.T @ da, prev_h.T @ da, da.sum(axis=0)
