"""Leaves a child in a session of its own that ignores signals and never ends."""

import contextlib
import os
import signal
import time

import numpy as np


def ignore_all():
    for number in range(1, 65):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)


forked = False


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    global forked
    if not forked and os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        ignore_all()
        time.sleep(600)
    forked = True
    return np.zeros_like(prev_h), None
