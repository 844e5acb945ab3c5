"""Is right, and leaves threads that never end and are no daemons."""

import threading
import time

from cs231n_rnn.layers import rnn

right = rnn.rnn_step_forward


def busy():
    while True:
        time.sleep(0.01)


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    if threading.active_count() < 4:
        threading.Thread(target=busy).start()
    return right(x, prev_h, Wx, Wh, b)
