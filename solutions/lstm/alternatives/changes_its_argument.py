"""The step adds to its argument dnext_c in place; c0 and the first gradients are scalar zeros."""

import numpy as np


def sigma(v):
    return (1 + np.tanh(v / 2)) / 2


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    a = np.dot(x, Wx) + np.dot(prev_h, Wh) + b
    a[:, : 3 * H] = sigma(a[:, : 3 * H])
    a[:, 3 * H :] = np.tanh(a[:, 3 * H :])
    i, f, o, g = a[:, :H], a[:, H : 2 * H], a[:, 2 * H : 3 * H], a[:, 3 * H :]
    next_c = f * prev_c
    next_c += i * g
    next_h = o * np.tanh(next_c)
    cache = x, prev_h, prev_c, Wx, Wh, a, next_c
    return next_h, next_c, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, gates, next_c = cache
    i, f, o, g = np.hsplit(gates, 4)
    tc = np.tanh(next_c)
    dnext_c += dnext_h * o * (1 - tc**2)
    da = np.zeros(gates.shape)
    H = tc.shape[1]
    da[:, 0 * H : 1 * H] = dnext_c * g * i * (1 - i)
    da[:, 1 * H : 2 * H] = dnext_c * prev_c * f * (1 - f)
    da[:, 2 * H : 3 * H] = dnext_h * tc * o * (1 - o)
    da[:, 3 * H : 4 * H] = dnext_c * i * (1 - g**2)
    dnext_c *= f
    return da.dot(Wx.T), da.dot(Wh.T), dnext_c, x.T.dot(da), prev_h.T.dot(da), np.sum(da, axis=0)


def lstm_forward(x, h0, Wx, Wh, b, lengths=None):
    h, caches, prev_h, prev_c = [], [], h0, 0
    for t in range(x.shape[1]):
        prev_h, prev_c, cache = lstm_step_forward(x[:, t], prev_h, prev_c, Wx, Wh, b)
        h.append(prev_h)
        caches.append(cache)
    return np.swapaxes(h, 0, 1), caches


def lstm_backward(dh, cache):
    N, T, H = dh.shape
    dx = np.zeros((N, T, cache[0][3].shape[0]))
    dprev_h, dWx, dWh, db = 0, 0, 0, 0
    dprev_c = np.zeros((N, H))
    for t in reversed(range(T)):
        step = lstm_step_backward(dh[:, t] + dprev_h, dprev_c, cache[t])
        dx[:, t], dprev_h, dprev_c = step[:3]
        dWx, dWh, db = dWx + step[3], dWh + step[4], db + step[5]
    return dx, dprev_h, dWx, dWh, db
