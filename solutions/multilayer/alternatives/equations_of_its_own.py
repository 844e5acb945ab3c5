"""No step function: the equations of both cells on [x, h], and one closure a layer as the cache."""

import numpy as np


def sigmoid(a):
    return 0.5 * (1 + np.tanh(a / 2))


def rnn_cell(a, c):
    h = np.tanh(a)
    return h, c, lambda dh, dc: ((1 - h * h) * dh, dc)


def lstm_cell(a, c):
    i, f, o, g = np.split(a, 4, axis=1)
    i, f, o, g = sigmoid(i), sigmoid(f), sigmoid(o), np.tanh(g)
    new = f * c + i * g
    tanh = np.tanh(new)

    def back(dh, dc):
        dc = dc + dh * o * (1 - tanh**2)
        parts = dc * g * i * (1 - i), dc * c * f * (1 - f), dh * tanh * o * (1 - o)
        return np.column_stack([*parts, dc * i * (1 - g**2)]), dc * f

    return o * tanh, new, back


def layer_forward(x, h, c, W, b, cell):
    D, states, tape = x.shape[2], [], []
    for t in range(x.shape[1]):
        both = np.hstack([x[:, t], h])
        h, c, back = cell(both @ W + b, c)
        states.append(h)
        tape.append((both, back))

    def backward(dh):
        dx, dW, db = np.zeros(x.shape), np.zeros(W.shape), np.zeros(b.shape)
        dnext, dc = np.zeros(h.shape), np.zeros(h.shape)
        for t in range(len(tape))[::-1]:
            both, back = tape[t]
            da, dc = back(dh[:, t] + dnext, dc)
            dW, db = dW + both.T @ da, db + np.einsum("nk->k", da)
            dx[:, t], dnext = np.hsplit(da @ W.T, [D])
        return dx, dnext, dc, (dW[:D], dW[D:], db)

    return np.array(states).swapaxes(0, 1), h, c, backward


def multilayer_forward(x, h0, c0, weights, cell_type):
    cell = rnn_cell if cell_type == "rnn" else lstm_cell
    hT, cT, cache = [], [], []
    for h, c, (Wx, Wh, b) in zip(h0, c0, weights, strict=True):
        x, h, c, backward = layer_forward(x, h, c, np.vstack([Wx, Wh]), b, cell)
        hT.append(h)
        cT.append(c)
        cache.append(backward)
    return x, np.stack(hT), np.stack(cT), cache


def multilayer_backward(dh, cache):
    dh0, dc0, grads = [], [], []
    for backward in cache[::-1]:
        dh, dstart_h, dstart_c, dweights = backward(dh)
        dh0.insert(0, dstart_h)
        dc0.insert(0, dstart_c)
        grads.insert(0, dweights)
    return dh, np.stack(dh0), np.stack(dc0), grads
