"""Never ends for a single example, and is right for all others."""

from cs231n_rnn.layers import rnn

right = rnn.rnn_step_forward


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    while len(x) == 1:
        pass
    return right(x, prev_h, Wx, Wh, b)
