"""Raises an exception whose text and name have millions of letters."""


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    raise type("E" * 10**6, (Exception,), {})("x" * 10**7)
