"""The cache holds the arguments alone: the backward pass runs the forward pass again."""

import numpy as np


def rnn_step_forward(*arguments):
    x, prev_h, Wx, Wh, b = arguments
    return np.tanh(prev_h @ Wh + b + x @ Wx), arguments


def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, _ = cache
    next_h, _ = rnn_step_forward(*cache)
    dtanh = (1.0 - next_h) * (1.0 + next_h) * dnext_h
    gradients = [dtanh @ Wx.T, dtanh @ Wh.T, x.T @ dtanh, prev_h.T @ dtanh]
    gradients.append(np.ones(len(x), dtanh.dtype) @ dtanh)
    return gradients


def rnn_forward(x, h0, Wx, Wh, b, lengths=None):
    states = [h0]
    for x_t in x.swapaxes(0, 1):
        states.append(rnn_step_forward(x_t, states[-1], Wx, Wh, b)[0])
    return np.stack(states[1:], axis=1), locals()


def rnn_backward(dh, cache):
    x, h0, Wx, Wh, b = (cache[name] for name in ("x", "h0", "Wx", "Wh", "b"))
    h, _ = rnn_forward(x, h0, Wx, Wh, b)
    before = np.concatenate((h0[:, None], h), axis=1)
    totals = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]
    dx, dprev_h = np.empty_like(x), np.zeros_like(h0)
    for t in range(h.shape[1])[::-1]:
        step_cache = (x[:, t], before[:, t], Wx, Wh, b)
        dx[:, t], dprev_h, *found = rnn_step_backward(dh[:, t] + dprev_h, step_cache)
        for total, part in zip(totals, found, strict=True):
            total += part
    return (dx, dprev_h, *totals)
