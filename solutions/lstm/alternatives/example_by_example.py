"""Loops over examples with vectors in place of matrices, outer products for the weights."""

import numpy as np


def sigmoid_of_a_number(value):
    return 1 / (1 + np.exp(-value)) if value > 0 else 1 - 1 / (1 + np.exp(value))


gate = np.vectorize(sigmoid_of_a_number, otypes=[float])


def one_forward(x, h, c, Wx, Wh, b):
    H = len(h)
    a = x @ Wx + h @ Wh + b
    i, f, o = gate(a[: 3 * H]).reshape(3, H)
    g = np.tanh(a[3 * H :])
    new = f * c + i * g
    return o * np.tanh(new), new, (x, h, c, i, f, o, g, new)


def one_backward(dh, dc, Wx, Wh, x, h, c, i, f, o, g, new):
    dc = dc + dh * o * (1 - np.tanh(new) ** 2)
    da = np.r_[
        dc * g * i * (1 - i),
        dc * c * f * (1 - f),
        dh * np.tanh(new) * o * (1 - o),
        dc * i * (1 - g * g),
    ]
    return Wx @ da, Wh @ da, dc * f, np.outer(x, da), np.outer(h, da), da


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    rows = [one_forward(*row, Wx, Wh, b) for row in zip(x, prev_h, prev_c, strict=True)]
    h, c, caches = zip(*rows, strict=True)
    return np.array(h), np.array(c), [Wx, Wh, caches]


def lstm_step_backward(dnext_h, dnext_c, cache):
    Wx, Wh, caches = cache
    steps = zip(dnext_h, dnext_c, caches, strict=True)
    found = [one_backward(dh, dc, Wx, Wh, *row) for dh, dc, row in steps]
    dx, dprev_h, dprev_c, dWx, dWh, db = map(np.array, zip(*found, strict=True))
    return dx, dprev_h, dprev_c, dWx.sum(axis=0), dWh.sum(axis=0), db.sum(axis=0)


def lstm_forward(x, h0, Wx, Wh, b, lengths=None):
    h, caches = np.zeros((*x.shape[:2], h0.shape[1])), []
    for n, state in enumerate(h0):
        cell, memory = np.zeros(len(state)), []
        for t in range(x.shape[1]):
            state, cell, step = one_forward(x[n, t], state, cell, Wx, Wh, b)
            h[n, t] = state
            memory.append(step)
        caches.append(memory)
    return h, (caches, Wx, Wh)


def lstm_backward(dh, cache):
    caches, Wx, Wh = cache
    dx, dh0 = np.zeros((*dh.shape[:2], len(Wx))), np.zeros(dh[:, 0].shape)
    dWx, dWh, db = np.zeros(Wx.shape), np.zeros(Wh.shape), np.zeros(Wx.shape[1])
    for n, memory in enumerate(caches):
        dstate = dcell = 0
        for t in reversed(range(len(memory))):
            back = one_backward(dh[n, t] + dstate, dcell, Wx, Wh, *memory[t])
            dx[n, t], dstate, dcell = back[:3]
            dWx += back[3]
            dWh += back[4]
            db += back[5]
        dh0[n] = dstate
    return dx, dh0, dWx, dWh, db
