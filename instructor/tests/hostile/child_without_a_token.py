"""Leaves a program that has neither its session nor its environment."""

import subprocess

import numpy as np

started = False


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    global started
    if not started:
        started = True
        subprocess.Popen(["sleep", "987.654321"], env={}, start_new_session=True)
    return np.zeros_like(prev_h), None
