"""The derivative of tanh is written 1 / cosh², from a cache that holds the pre-activation."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    a = np.matmul(x, Wx)
    np.add(a, np.matmul(prev_h, Wh), out=a)
    np.add(a, b, out=a)
    return np.tanh(a), {"a": a, "weights": (Wx, Wh), "inputs": (x, prev_h)}


def rnn_step_backward(dnext_h, cache):
    da = dnext_h / np.cosh(cache["a"]) ** 2
    dx, dprev_h = (da.dot(weights.T) for weights in cache["weights"])
    dWx, dWh = (inputs.T.dot(da) for inputs in cache["inputs"])
    return dx, dprev_h, dWx, dWh, np.add.reduce(da)


def rnn_backward(dh, cache):
    dx, dlater, sums = [], 0, None
    for dh_t, step_cache in zip(np.rollaxis(dh, 1)[::-1], cache[::-1], strict=True):
        dx_t, dlater, *parts = rnn_step_backward(dh_t + dlater, step_cache)
        dx = [dx_t, *dx]
        sums = parts if sums is None else [s + p for s, p in zip(sums, parts, strict=True)]
    return (np.moveaxis(np.array(dx), 0, 1), dlater, *sums)
