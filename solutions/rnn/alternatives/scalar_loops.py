"""Loops over examples and hidden units, where each number is a dot product of its own."""

import math

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.zeros((len(x), len(b)))
    for n in range(len(x)):
        for j in range(len(b)):
            next_h[n, j] = math.tanh(x[n].dot(Wx[:, j]) + prev_h[n].dot(Wh[:, j]) + b[j])
    return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, next_h = cache
    dx, dprev_h, dWx, dWh = (np.zeros(array.shape) for array in cache[:4])
    db = np.zeros(len(Wh))
    for n in range(len(x)):
        for j in range(len(Wh)):
            da = dnext_h[n, j] * (1 - next_h[n, j] ** 2)
            dx[n] += da * Wx[:, j]
            dprev_h[n] += da * Wh[:, j]
            dWx[:, j] += da * x[n]
            dWh[:, j] += da * prev_h[n]
            db[j] += da
    return dx, dprev_h, dWx, dWh, db
