"""A step's cache is a function that takes its gradient back; the sequence has a list of them."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    next_h = np.tanh(x @ Wx + prev_h @ Wh + b)

    def back(dnext_h):
        def through_tanh(gradient):
            return gradient * (1 - next_h**2)

        da = through_tanh(dnext_h)
        return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, da.sum(axis=0)

    return next_h, back


def rnn_step_backward(dnext_h, cache):
    return cache(dnext_h)


def rnn_forward(x, h0, Wx, Wh, b, lengths=None):
    def steps(h):
        for t in range(x.shape[1]):
            h, back = rnn_step_forward(x[:, t], h, Wx, Wh, b)
            yield h, back

    states = list(steps(h0))
    return np.array([h for h, _ in states]).swapaxes(0, 1), [back for _, back in states]


def rnn_backward(dh, cache):
    dlater = 0
    found = []
    for t, back in reversed(list(enumerate(cache))):
        found.append(back(dh[:, t] + dlater))
        dlater = found[-1][1]
    dx, dstates, dWx, dWh, db = zip(*reversed(found), strict=True)
    return np.stack(dx, axis=1), dstates[0], sum(dWx), sum(dWh), sum(db)
