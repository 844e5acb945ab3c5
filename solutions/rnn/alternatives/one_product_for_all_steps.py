"""Products over all steps at once, into buffers made beforehand; the cache is an object array."""

import numpy as np


def rnn_forward(x, h0, Wx, Wh, b, lengths=None):
    a = np.tensordot(x, Wx, axes=1) + b
    h = np.empty_like(a)
    recurrent = np.empty_like(h0)
    prev_h = h0
    for t in range(x.shape[1]):
        np.matmul(prev_h, Wh, out=recurrent)
        np.add(a[:, t], recurrent, out=recurrent)
        np.tanh(recurrent, out=h[:, t])
        prev_h = h[:, t]
    before = np.insert(h[:, :-1], 0, h0, axis=1)
    cache = np.array([x, before, Wx, Wh, h, None], dtype=object)
    return h.copy(), cache


def rnn_backward(dh, cache):
    x, before, Wx, Wh, h, _ = cache
    slope = 1 - h * h
    da = np.empty_like(h)
    carried = np.zeros_like(h[:, 0])
    for t in range(h.shape[1])[::-1]:
        np.add(dh[:, t], carried, out=carried)
        np.multiply(carried, slope[:, t], out=da[:, t])
        np.dot(da[:, t], Wh.T, out=carried)
    rows = da.reshape(-1, da.shape[-1])
    dWx = x.reshape(len(rows), -1).T @ rows
    dWh = before.reshape(len(rows), -1).T @ rows
    return da @ Wx.T, carried, dWx, dWh, rows.sum(0)
