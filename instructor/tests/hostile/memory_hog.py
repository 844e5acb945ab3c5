"""Takes all memory."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    taken = []
    while True:
        taken.append(np.ones(2**22))
