"""The caches hold inputs alone; backward computes all again, with 1 / cosh² for tanh's slope."""

import numpy as np

from cs231n_rnn.layers.activations import sigmoid


def inside(x, prev_h, prev_c, Wx, Wh, b):
    H = len(Wh)
    a = x @ Wx + prev_h @ Wh + b
    i, f, o = sigmoid(a[:, :H]), sigmoid(a[:, H:-H][:, :H]), sigmoid(a[:, -2 * H : -H])
    return a, i, f, o, np.tanh(a[:, -H:])


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    _, i, f, o, g = inside(x, prev_h, prev_c, Wx, Wh, b)
    next_c = f * prev_c + i * g
    return o * np.tanh(next_c), next_c, {"inputs": (x, prev_h, prev_c, Wx, Wh, b)}


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, _ = cache["inputs"]
    a, i, f, o, g = inside(*cache["inputs"])
    H = len(Wh)
    next_c = f * prev_c + i * g
    dc = dnext_c + dnext_h * o / np.square(np.cosh(next_c))
    da = np.zeros_like(a)
    da[:, :H] = dc * g * i * sigmoid(-a[:, :H])
    da[:, H : 2 * H] = dc * prev_c * f * sigmoid(-a[:, H : 2 * H])
    da[:, 2 * H : -H] = dnext_h * np.tanh(next_c) * o * sigmoid(-a[:, 2 * H : -H])
    da[:, -H:] = dc * i / np.square(np.cosh(a[:, -H:]))
    dinputs = np.dot(da, Wx.T), np.dot(da, Wh.T), dc * f
    return (*dinputs, np.dot(x.T, da), np.dot(prev_h.T, da), np.sum(da, 0))


def lstm_forward(x, h0, Wx, Wh, b, lengths=None):
    h, c = [h0], [np.zeros_like(h0)]
    for t in range(x.shape[1]):
        next_h, next_c, _ = lstm_step_forward(x[:, t], h[t], c[t], Wx, Wh, b)
        h.append(next_h)
        c.append(next_c)
    return np.stack(h[1:], axis=1), {"x": x, "h0": h0, "weights": (Wx, Wh, b)}


def lstm_backward(dh, cache):
    def state_before(t):
        h, c = cache["h0"], np.zeros_like(cache["h0"])
        for s in range(t):
            h, c, _ = lstm_step_forward(cache["x"][:, s], h, c, *cache["weights"])
        return h, c

    dprev_h = dprev_c = np.zeros_like(dh[:, 0])
    dx, totals = np.zeros_like(cache["x"]), [0, 0, 0]
    for t in reversed(range(dh.shape[1])):
        inputs = (cache["x"][:, t], *state_before(t), *cache["weights"])
        dx[:, t], dprev_h, dprev_c, *parts = lstm_step_backward(
            dh[:, t] + dprev_h, dprev_c, {"inputs": inputs}
        )
        totals = [total + part for total, part in zip(totals, parts, strict=True)]
    return (dx, dprev_h, *totals)
