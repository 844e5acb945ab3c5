"""Is right, and writes 10 GB to the standard output and the standard error."""

import os

from cs231n_rnn.layers import rnn

right = rnn.rnn_step_forward
written = 0


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    global written
    while written < 10**10:
        for stream in (1, 2):
            written += os.write(stream, bytes(10**8))
    print("over")
    return right(x, prev_h, Wx, Wh, b)
