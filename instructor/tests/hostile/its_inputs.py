"""Returns its inputs."""


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    return prev_h, (x, prev_h, Wx, Wh, b)


def rnn_step_backward(dnext_h, cache):
    return cache
