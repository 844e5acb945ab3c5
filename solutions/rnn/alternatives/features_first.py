"""Everything inside is transposed, features first and examples last, so h is a view of that."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    column = np.tanh(Wx.T @ x.T + Wh.T @ prev_h.T + b[:, np.newaxis])
    return column.T, {"x": x.T, "h": prev_h.T, "Wx": Wx, "Wh": Wh, "out": column}


def rnn_step_backward(dnext_h, cache):
    da = dnext_h.T - dnext_h.T * cache["out"] * cache["out"]
    dx = np.dot(cache["Wx"], da).T
    dprev_h = np.dot(cache["Wh"], da).T
    dWx = np.dot(cache["x"], da.T)
    dWh = np.dot(cache["h"], da.T)
    return dx, dprev_h, dWx, dWh, da.sum(1)


def rnn_forward(x, h0, Wx, Wh, b, lengths=None):
    N, T = x.shape[:2]
    H = b.size
    inputs = np.transpose(x, (1, 2, 0))  # (T, D, N)
    states = np.empty((T + 1, H, N), np.result_type(x, Wx))  # one big array, used through views
    states[0] = h0.T
    for t in range(T):
        states[t + 1] = np.tanh(Wx.T @ inputs[t] + Wh.T @ states[t] + b.reshape(H, 1))
    cache = {"inputs": inputs, "states": states, "Wx": Wx, "Wh": Wh}
    return np.transpose(states[1:], (2, 0, 1)).copy(order="F"), cache


def rnn_backward(dh, cache):
    inputs, states = cache["inputs"], cache["states"]
    Wx, Wh = cache["Wx"], cache["Wh"]
    T = len(inputs)
    da = np.zeros_like(states[1:])
    carried = np.zeros_like(states[0])
    for t in range(T - 1, -1, -1):
        da[t] = (dh[:, t].T + carried) * (1 - np.square(states[t + 1]))
        carried = Wh @ da[t]
    dx = np.swapaxes(np.matmul(Wx, da), 1, 2).swapaxes(0, 1)
    dWx = np.tensordot(inputs, da, axes=([0, 2], [0, 2]))
    dWh = np.tensordot(states[:-1], da, axes=([0, 2], [0, 2]))
    return dx, carried.T, dWx, dWh, np.sum(da, axis=(0, 2))
