"""hstack of [x, h] against stacked weights, a stable sigmoid of its own, np.split for the gates."""

import numpy as np


def logistic(z):
    positive = z >= 0
    e = np.exp(-np.abs(z))
    return np.where(positive, 1 / (1 + e), e / (1 + e))


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    both = np.hstack([x, prev_h])
    weights = np.vstack([Wx, Wh])
    ai, af, ao, ag = np.split(both.dot(weights) + b, 4, axis=1)
    i, f, o = map(logistic, (ai, af, ao))
    g = np.tanh(ag)
    next_c = prev_c * f + g * i
    squashed = np.tanh(next_c)
    return squashed * o, next_c, [(both, weights), (i, f, o, g), prev_c, squashed]


def lstm_step_backward(dnext_h, dnext_c, cache):
    (both, weights), (i, f, o, g), prev_c, squashed = cache
    H = prev_c.shape[1]
    dc = dnext_c + o * dnext_h * (1 - squashed * squashed)
    blocks = (
        g * dc * i * (1 - i),
        prev_c * dc * f * (1 - f),
        squashed * dnext_h * o * (1 - o),
        i * dc * (1 - g * g),
    )
    da = np.column_stack(blocks)
    dboth = da.dot(weights.T)
    dweights = both.T.dot(da)
    dx, dprev_h = dboth[:, :-H], dboth[:, -H:]
    return dx, dprev_h, f * dc, dweights[:-H], dweights[-H:], da.sum(axis=0)


def lstm_backward(dh, cache):
    T = dh.shape[1]
    dhs, dcs, others = [0] * (T + 1), [np.zeros(dh[:, 0].shape)] * (T + 1), [()] * T
    for t in np.arange(T)[::-1]:
        dx_t, dhs[t], dcs[t], *parts = lstm_step_backward(
            dh[:, t] + dhs[t + 1], dcs[t + 1], cache[t]
        )
        others[t] = dx_t, *parts
    dx, dWx, dWh, db = zip(*others, strict=True)
    return np.hstack([dx_t[:, None] for dx_t in dx]), dhs[0], sum(dWx), sum(dWh), sum(db)
