"""Returns NaN everywhere, and infinities."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    return np.full_like(prev_h, np.nan), (x, prev_h, Wx, Wh, b)


def rnn_step_backward(dnext_h, cache):
    return tuple(np.full_like(a, np.inf) for a in cache)
