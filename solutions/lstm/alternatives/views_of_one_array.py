"""Time first, all steps in one big array that gates and states are views of, few products."""

import numpy as np

from cs231n_rnn.layers.activations import sigmoid


def lstm_forward(x, h0, Wx, Wh, b, lengths=None):
    N, T = x.shape[:2]
    H = h0.shape[1]
    memory = np.zeros((T + 1, N, 6 * H), dtype=h0.dtype)
    gates, c, h = memory[..., : 4 * H], memory[..., 4 * H : 5 * H], memory[..., 5 * H :]
    h[-1] = h0  # row T is "the step before the first" until the last step is done
    np.matmul(x.transpose(1, 0, 2), Wx, out=gates[:T])
    first = h0.copy()
    for t in range(T):
        prev_h, prev_c = (h[t - 1], c[t - 1]) if t else (first, np.zeros_like(first))
        gates[t] += prev_h @ Wh + b
        gates[t, :, : 3 * H] = sigmoid(gates[t, :, : 3 * H])
        gates[t, :, 3 * H :] = np.tanh(gates[t, :, 3 * H :])
        i, f, o, g = (gates[t, :, k * H : (k + 1) * H] for k in range(4))
        c[t] = f * prev_c + i * g
        h[t] = o * np.tanh(c[t])
    return h[:T].transpose(1, 0, 2), (x, first, Wx, Wh, memory.copy())


def lstm_backward(dh, cache):
    x, h0, Wx, Wh, memory = cache
    T, N, H = len(memory) - 1, len(h0), h0.shape[1]
    i, f, o, g, c, h = np.split(memory[:T], 6, axis=2)
    prev_c = np.concatenate([np.zeros_like(c[:1]), c[:-1]])
    prev_h = np.concatenate([h0[np.newaxis], h[:-1]])
    tanh_c = np.tanh(c)
    # All that does not depend on later steps is computed for all steps at once.
    to_c = o * (1 - tanh_c**2)
    from_c = np.concatenate([g * i * (1 - i), prev_c * f * (1 - f), i * (1 - g**2)], axis=2)
    to_o = tanh_c * o * (1 - o)
    da = np.empty((T, N, 4 * H), dtype=memory.dtype)
    dprev_h, dprev_c = np.zeros_like(h0), np.zeros_like(h0)
    for t in range(T - 1, -1, -1):
        dnext_h = dh[:, t] + dprev_h
        dc = dprev_c + dnext_h * to_c[t]
        di, df, dg = np.split(np.tile(dc, 3) * from_c[t], 3, axis=1)
        np.concatenate([di, df, dnext_h * to_o[t], dg], axis=1, out=da[t])
        dprev_c = dc * f[t]
        dprev_h = da[t] @ Wh.T
    dx = np.einsum("tnk,dk->ntd", da, Wx)
    dWx = np.einsum("ntd,tnk->dk", x, da)
    dWh = np.einsum("tnh,tnk->hk", prev_h, da)
    return dx, dprev_h, dWx, dWh, da.sum(axis=(0, 1))
