"""Returns the largest and smallest numbers that there are, in many kinds."""

import numpy as np

KINDS = ("float64", "int64", "uint64", "float16", "bool", "float32", "int8")
calls = 0


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    global calls
    kind = np.dtype(KINDS[calls % len(KINDS)])
    calls += 1
    limits = {"f": np.finfo, "i": np.iinfo, "u": np.iinfo}.get(kind.kind)
    largest = limits(kind).max if limits else True
    return np.full(prev_h.shape, largest, kind), (x, prev_h, Wx, Wh, b)


def rnn_step_backward(dnext_h, cache):
    return tuple(np.full(a.shape, (-1) ** i * 1.7e308) for i, a in enumerate(cache))
