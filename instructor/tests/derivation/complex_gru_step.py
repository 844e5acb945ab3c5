"""A complex step through each gate of the GRU, and the products by hand."""

import numpy as np


def opened(a):
    return 1 / (1 + np.exp(-a))


def slope(function, a):
    return function(a + 1e-30j).imag / 1e-30


def gru_step_forward(x, prev_h, Wx, Wh, b):
    H = prev_h.shape[1]
    a = x @ Wx[:, : 2 * H] + prev_h @ Wh[:, : 2 * H] + b[: 2 * H]
    r, z = opened(a[:, :H]), opened(a[:, H:])
    an = x @ Wx[:, 2 * H :] + (r * prev_h) @ Wh[:, 2 * H :] + b[2 * H :]
    n = np.tanh(an)
    return z * prev_h + (1 - z) * n, (x, prev_h, Wx, Wh, a, an, r, z, n)


def gru_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, a, an, r, z, n = cache
    H = prev_h.shape[1]
    dan = dnext_h * (1 - z) * slope(np.tanh, an)
    dreset = dan @ Wh[:, 2 * H :].T
    gates = np.hstack([dreset * prev_h, dnext_h * (prev_h - n)]) * slope(opened, a)
    da = np.hstack([gates, dan])
    dprev_h = dnext_h * z + dreset * r + gates @ Wh[:, : 2 * H].T
    dWh = np.hstack([prev_h.T @ gates, (r * prev_h).T @ dan])
    return da @ Wx.T, dprev_h, x.T @ da, dWh, da.sum(axis=0)
