"""Reads memory that is not there."""

import ctypes


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    ctypes.string_at(0)
