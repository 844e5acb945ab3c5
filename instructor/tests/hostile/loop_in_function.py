"""Never ends, in one function."""


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    while True:
        pass
