"""A cell is an object with a forward and a backward method, and one such object is the cache."""

import numpy as np

from cs231n_rnn.layers.activations import sigmoid


class Cell:
    def __init__(self, Wx, Wh, b):
        self.Wx, self.Wh, self.b = Wx, Wh, b

    def forward(self, x, h, c):
        self.x, self.h, self.c = x, h, c
        parts = np.split(x @ self.Wx + h @ self.Wh + self.b, 4, axis=-1)
        self.i, self.f, self.o = (sigmoid(part) for part in parts[:3])
        self.g = np.tanh(parts[3])
        self.next_c = self.f * c + self.i * self.g
        return self.o * np.tanh(self.next_c), self.next_c

    def backward(self, dh, dc):
        t = np.tanh(self.next_c)
        dc = dc + dh * self.o * (1 - t**2)
        da = np.concatenate(
            [
                dc * self.g * self.i * (1 - self.i),
                dc * self.c * self.f * (1 - self.f),
                dh * t * self.o * (1 - self.o),
                dc * self.i * (1 - self.g**2),
            ],
            axis=-1,
        )
        self.dWx, self.dWh, self.db = self.x.T @ da, self.h.T @ da, da.sum(0)
        return da @ self.Wx.T, da @ self.Wh.T, dc * self.f


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    cell = Cell(Wx, Wh, b)
    return (*cell.forward(x, prev_h, prev_c), cell)


def lstm_step_backward(dnext_h, dnext_c, cell):
    return (*cell.backward(dnext_h, dnext_c), cell.dWx, cell.dWh, cell.db)


def lstm_forward(x, h0, Wx, Wh, b, lengths=None):
    cells = [Cell(Wx, Wh, b) for _ in range(x.shape[1])]
    state = h0, h0 * 0
    h = np.zeros(x.shape[:2] + h0.shape[1:], h0.dtype)
    for t, cell in enumerate(cells):
        state = cell.forward(x[:, t], *state)
        h[:, t] = state[0]
    return h, cells


def lstm_backward(dh, cells):
    back = [None] * len(cells)
    dstate = np.zeros_like(dh[:, 0]), np.zeros_like(dh[:, 0])
    for t in reversed(range(len(cells))):
        back[t], *dstate = cells[t].backward(dh[:, t] + dstate[0], dstate[1])
    dweights = (sum(getattr(cell, name) for cell in cells) for name in ("dWx", "dWh", "db"))
    return (np.stack(back, axis=1), dstate[0], *dweights)
