"""Opens 10,000 files and keeps them."""

import os

import numpy as np

kept = []


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    for _ in range(10_000):
        kept.append(os.open("/dev/null", os.O_RDONLY))
    return np.zeros_like(prev_h), None
