"""Returns objects, words, records, dates and nothing where numbers are needed."""

import numpy as np

VALUES = (
    "words",
    None,
    {"next_h": 1},
    np.array([object(), "a"], dtype=object),
    np.array(["a", "b"]),
    np.zeros((3, 4), dtype=[("a", float), ("b", object)]),
    np.zeros((3, 4), dtype="M8[s]"),
    np.zeros((3, 4), dtype=complex),
    np.zeros((3, 4), dtype=np.longdouble),
    np.zeros((0, 5)),
    (i for i in range(3)),
)
calls = 0


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    global calls
    calls += 1
    return VALUES[calls % len(VALUES)], None
