"""Stops its own process without ending it."""

import os
import signal


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    os.kill(os.getpid(), signal.SIGSTOP)
