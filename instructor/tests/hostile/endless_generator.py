"""Returns generators and sequences without an end."""

import itertools


class Sequence:
    def __len__(self):
        return 2**40

    def __getitem__(self, index):
        return Sequence()


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    return Sequence(), itertools.count()


def rnn_step_backward(dnext_h, cache):
    return itertools.count()
