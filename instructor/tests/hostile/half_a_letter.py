"""Raises an exception whose text no encoding takes, with markup and control characters."""


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    raise ValueError("\ud800 \udfff<script>alert(1)</script>\x00\x1b[2J\u202e=1+1")
