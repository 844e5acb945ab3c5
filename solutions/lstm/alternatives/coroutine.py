"""A coroutine keeps the state between time steps; the cache is a generator that runs backward."""
# ruff: noqa: F821

import numpy as np


def remembering(h, c, weights, memory):
    x_t = yield
    while True:
        h, c, step_cache = lstm_step_forward(x_t, h, c, *weights)
        memory.append(step_cache)
        x_t = yield h


def lstm_forward(x, h0, Wx, Wh, b, lengths=None):
    memory = []
    network = remembering(h0, np.zeros_like(h0), (Wx, Wh, b), memory)
    next(network)
    h = [network.send(x_t) for x_t in np.swapaxes(x, 0, 1)]
    return np.stack(h, axis=1), (memory.pop() for _ in h)


def lstm_backward(dh, cache):
    found = []
    dh_later = dc_later = np.zeros_like(dh[:, 0])
    for t, step_cache in zip(range(dh.shape[1])[::-1], cache, strict=True):
        step = lstm_step_backward(dh[:, t] + dh_later, dc_later, step_cache)
        dh_later, dc_later = step[1:3]
        found.insert(0, step)
    dx, dh0, _, *dweights = zip(*found, strict=True)
    return (np.stack(dx, axis=1), dh0[0], *(np.sum(parts, axis=0) for parts in dweights))
