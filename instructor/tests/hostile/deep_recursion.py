"""Calls itself without an end, with no limit on that."""

import sys

sys.setrecursionlimit(10**9)


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    return sorted([x], key=lambda _: rnn_step_forward(x, prev_h, Wx, Wh, b))
