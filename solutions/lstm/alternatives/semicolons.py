"""xrange, semicolons, prints, and caches that are nested lists consumed by .pop()."""
# ruff: noqa: B018, E702, F821, RUF059
# fmt: off

import numpy as np

try:
    xrange
except NameError:
    xrange = range


def lstm_forward(x, h0, Wx, Wh, b, lengths=None):
    N, T, D = x.shape; H = h0.shape[1]
    h = np.zeros((T, N, H)); c = np.zeros((N, H)); cache = [[Wx.shape], []]
    ht = h0
    for t in xrange(T):
        ht, c, ct = lstm_step_forward(x[:, t, :], ht, c, Wx, Wh, b); h[t] = ht; cache[1] += [ct]
    print("最後の隠れ状態", h[-1].mean()); print()
    return h.transpose(1, 0, 2), cache


def lstm_backward(dh, cache):
    N, T, H = dh.shape; (D, G), = cache[0]
    dx = np.zeros((N, T, D)); dWx = np.zeros((D, G)); dWh = np.zeros((H, G)); db = np.zeros(G)
    dht = np.zeros((N, H)); dct = np.zeros((N, H))
    for t in xrange(T - 1, -1, -1):
        dht += dh[:, t, :]  # 上の層から
        dxt, dht, dct, dWxt, dWht, dbt = lstm_step_backward(dht, dct, cache[1].pop())
        dx[:, t, :] = dxt; dWx += dWxt; dWh += dWht; db += dbt
    return dx, dht, dWx, dWh, db
