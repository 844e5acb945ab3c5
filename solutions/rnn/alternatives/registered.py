"""A decorator keeps each forward call's cache in a table of the module and hands out its number."""

import functools
from collections.abc import Callable

import numpy as np

TABLE: dict[int, object] = {}
HIDDEN_AXIS: int = 1


def keeps_its_cache(function: Callable) -> Callable:
    @functools.wraps(function)
    def forward(*args, **kwargs):
        out, cache = function(*args, **kwargs)
        number = len(TABLE)
        TABLE[number] = cache
        print("кэш номер", number)
        return out, number

    return forward


def finds_its_cache(function: Callable) -> Callable:
    return lambda dout, number: function(dout, TABLE[number])


@keeps_its_cache
def rnn_step_forward(x: np.ndarray, prev_h: np.ndarray, Wx, Wh, b) -> tuple[np.ndarray, int]:
    next_h: np.ndarray = np.tanh(np.dot(x, Wx) + np.dot(prev_h, Wh) + b)
    assert next_h.shape[HIDDEN_AXIS] == Wh.shape[0], "скрытое состояние"
    return next_h, (x, prev_h, Wx, Wh, next_h)


@finds_its_cache
def rnn_step_backward(dnext_h: np.ndarray, cache: tuple) -> tuple[np.ndarray, ...]:
    x, prev_h, Wx, Wh, next_h = cache
    da = dnext_h * (1 - next_h**2)
    return da.dot(Wx.T), da.dot(Wh.T), x.T.dot(da), prev_h.T.dot(da), da.sum(0)


@keeps_its_cache
def rnn_forward(x, h0, Wx, Wh, b, lengths=None):
    h, numbers = [h0], []
    for t in range(x.shape[1]):
        next_h, number = rnn_step_forward(x[:, t], h[-1], Wx, Wh, b)
        h += [next_h]
        numbers += [number]
    return np.concatenate([state[:, None] for state in h[1:]], axis=1), numbers


@finds_its_cache
def rnn_backward(dh, cache):
    T = dh.shape[1]
    found = [None] * T
    dprev_h = np.zeros(dh[:, 0].shape)
    for t in range(T - 1, -1, -1):
        found[t] = rnn_step_backward(dh[:, t] + dprev_h, cache[t])
        dprev_h = found[t][1]
    dx, _, dWx, dWh, db = zip(*found, strict=True)
    return np.array(dx).transpose(1, 0, 2), dprev_h, np.sum(dWx, 0), np.sum(dWh, 0), np.sum(db, 0)
