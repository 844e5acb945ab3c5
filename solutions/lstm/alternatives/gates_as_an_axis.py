"""The four gates are an axis of their own, a (N, 4, H), and einsum does every product."""

import numpy as np


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    H = prev_h.shape[1]
    U, V = Wx.reshape(-1, 4, H), Wh.reshape(H, 4, H)
    a = np.einsum("nd,dkh->nkh", x, U) + np.einsum("nj,jkh->nkh", prev_h, V) + b.reshape(4, H)
    # sigmoid(z) = (1 + tanh(z / 2)) / 2: one tanh for all four gates
    half = np.array([0.5, 0.5, 0.5, 1.0])[:, None]
    y = np.tanh(a * half)
    y[:, :3] = (y[:, :3] + 1) / 2
    next_c = np.einsum("nh,nh->nh", y[:, 1], prev_c) + y[:, 0] * y[:, 3]
    next_h = y[:, 2] * np.tanh(next_c)
    return next_h, next_c, (x, prev_h, prev_c, Wx, Wh, y, next_c)


def lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, Wx, Wh, y, next_c = cache
    U, V = (weights.reshape(len(weights), 4, -1) for weights in (Wx, Wh))
    tc = np.tanh(next_c)
    dc = dnext_c + dnext_h * y[:, 2] * (1 - tc**2)
    dy = np.stack([dc * y[:, 3], dc * prev_c, dnext_h * tc, dc * y[:, 0]], axis=1)
    slope = np.concatenate([y[:, :3] - y[:, :3] ** 2, 1 - y[:, 3:] ** 2], axis=1)
    da = dy * slope  # (N, 4, H)
    dx = np.einsum("nkh,dkh->nd", da, U)
    dprev_h = np.einsum("nkh,jkh->nj", da, V)
    dWx = np.einsum("nd,nkh->dkh", x, da).reshape(x.shape[1], -1)
    dWh = np.einsum("nj,nkh->jkh", prev_h, da).reshape(prev_h.shape[1], -1)
    return dx, dprev_h, dc * y[:, 1], dWx, dWh, np.einsum("nkh->kh", da).ravel()
