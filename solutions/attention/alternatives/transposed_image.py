"""A is kept as (N, H, L), time stands first, and the gates are computed without an LSTM step."""

import numpy as np

from cs231n_rnn.layers.activations import sigmoid


def softmax(scores):
    e = np.exp(scores - scores.max(axis=-1)[..., None])
    return e / e.sum(axis=-1)[..., None]


def attention_lstm_forward(x, h0, A, Wx, Wh, b, lengths=None, mask=None):
    (N, T, D), H = x.shape, h0.shape[1]
    AT = np.ascontiguousarray(A.transpose(0, 2, 1))  # (N, H, L)
    W = np.vstack([Wx, Wh])
    barred = 0.0 if mask is None else np.where(mask, 0, -np.inf).astype(A.dtype)
    h, c = [h0], [np.zeros_like(h0)]
    looks, rows, gates = [], [], []
    for t in range(T):
        w = softmax(np.squeeze(h[t][:, None] @ AT, axis=1) / H**0.5 + barred)
        attn = np.squeeze(AT @ w[:, :, None], axis=2)
        row = np.hstack([x[:, t], attn, h[t]])  # (N, D + 2H)
        a = (row @ W + b).reshape(N, 4, H)
        g = np.concatenate([sigmoid(a[:, :3]), np.tanh(a[:, 3:])], axis=1)
        c.append(g[:, 1] * c[t] + g[:, 0] * g[:, 3])
        h.append(g[:, 2] * np.tanh(c[t + 1]))
        looks.append(w)
        rows.append(row)
        gates.append(g)
    return np.stack(h[1:], 1), np.stack(looks, 1), (AT, W, D, h, c, looks, rows, gates)


def attention_lstm_backward(dh, cache):
    AT, W, D, h, c, looks, rows, gates = cache
    N, T, H = dh.shape
    dprev_h = dprev_c = np.zeros_like(h[0])
    dAT, dW, db, dx = np.zeros_like(AT), 0, 0, [None] * T
    for t in range(T - 1, -1, -1):
        i, f, o, g = gates[t].swapaxes(0, 1)
        tanh_c = np.tanh(c[t + 1])
        dnext_h = dh[:, t] + dprev_h
        dc = dprev_c + dnext_h * o * (1 - tanh_c * tanh_c)
        da = np.stack([dc * g, dc * c[t], dnext_h * tanh_c, dc * i], axis=1)
        da[:, :3] *= gates[t][:, :3] * (1 - gates[t][:, :3])
        da[:, 3] *= 1 - g * g
        da, dprev_c = da.reshape(N, 4 * H), dc * f
        dx[t], dattn, dprev_h = np.split(da @ W.T, [D, D + H], axis=1)
        dw = np.squeeze(dattn[:, None] @ AT, axis=1)
        ds = looks[t] * (dw - (looks[t] * dw).sum(axis=1)[:, None]) / H**0.5
        dprev_h = dprev_h + np.squeeze(AT @ ds[:, :, None], axis=2)
        dAT += dattn[:, :, None] * looks[t][:, None] + h[t][:, :, None] * ds[:, None]
        dW, db = dW + rows[t].T @ da, db + da.sum(axis=0)
    dWx, dWh = dW[:-H], dW[-H:]
    return np.stack(dx, 1), dprev_h, dAT.transpose(0, 2, 1), dWx, dWh, db
