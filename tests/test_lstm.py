"""Probes of cs231n_rnn/layers/lstm.py."""

import numpy as np

from cs231n_rnn.checking import case, draw
from cs231n_rnn.layers import lstm

STEP = {
    "unequal_sizes": {"N": 3, "D": 5, "H": 4},
    "one_example": {"N": 1, "D": 3, "H": 4},
    "one_input": {"N": 4, "D": 1, "H": 3},
    "one_hidden_unit": {"N": 4, "D": 3, "H": 1},
}
SEQUENCE = {
    "unequal_sizes": {"N": 2, "T": 6, "D": 3, "H": 5},
    "one_example": {"N": 1, "T": 3, "D": 4, "H": 2},
    "one_time_step": {"N": 3, "T": 1, "D": 2, "H": 4},
    "one_of_each": {"N": 1, "T": 1, "D": 1, "H": 1},
}


def step_inputs(rng, N, D, H, scale=1.0):
    """x, prev_h, prev_c, Wx, Wh, b; a large scale drives every gate to its ends."""
    shapes = (N, D), (N, H), (N, H), (D, 4 * H), (H, 4 * H), (4 * H,)
    x, prev_h, prev_c, Wx, Wh, b = draw(rng, *shapes)
    return scale * x, prev_h, prev_c, Wx, Wh, b


def sequence_inputs(rng, N, T, D, H):
    """x, h0, Wx, Wh, b."""
    return draw(rng, (N, T, D), (N, H), (D, 4 * H), (H, 4 * H), (4 * H,))


@case("lstm_step_forward", **STEP, large_activations={"N": 3, "D": 5, "H": 4, "scale": 1e4})
def step_forward(rng, N, D, H, scale=1.0):
    next_h, next_c, _ = lstm.lstm_step_forward(*step_inputs(rng, N, D, H, scale))
    return {"next_h": next_h, "next_c": next_c}


@case("lstm_step_forward")
def gates_in_the_order_i_f_o_g(rng):
    N, D, H = 4, 3, 2
    x, prev_h, prev_c, Wx, Wh, _ = step_inputs(rng, N, D, H)
    # i shut, f open, o half open, g at 1: each gate gives itself away.
    b = np.repeat([-50.0, 50.0, 0.0, 50.0], H)
    next_h, next_c, _ = lstm.lstm_step_forward(x, prev_h, prev_c, 0 * Wx, 0 * Wh, b)
    return {"next_h": next_h, "next_c": next_c}


@case("lstm_step_backward", **STEP, large_activations={"N": 3, "D": 5, "H": 4, "scale": 1e4})
def step_backward(rng, N, D, H, scale=1.0):
    *_, cache = lstm.lstm_step_forward(*step_inputs(rng, N, D, H, scale))
    dnext_h, dnext_c = draw(rng, (N, H), (N, H))
    names = "dx", "dprev_h", "dprev_c", "dWx", "dWh", "db"
    return dict(zip(names, lstm.lstm_step_backward(dnext_h, dnext_c, cache), strict=True))


@case(
    "lstm_step_backward",
    through_the_hidden_state={"through": 0},
    through_the_cell_state={"through": 1},
)
def one_path_only(rng, through):
    N, D, H = 2, 4, 3
    *_, cache = lstm.lstm_step_forward(*step_inputs(rng, N, D, H))
    gradients = draw(rng, (N, H), (N, H))
    gradients[1 - through] *= 0
    names = "dx", "dprev_h", "dprev_c", "dWx", "dWh", "db"
    return dict(zip(names, lstm.lstm_step_backward(*gradients, cache), strict=True))


@case("lstm_forward", **SEQUENCE)
def forward(rng, N, T, D, H):
    h, _ = lstm.lstm_forward(*sequence_inputs(rng, N, T, D, H))
    return {"h": h}


@case("lstm_forward")
def later_inputs_leave_earlier_states_unchanged(rng):
    N, T, D, H = 2, 5, 3, 4
    x, h0, Wx, Wh, b = sequence_inputs(rng, N, T, D, H)
    before, _ = lstm.lstm_forward(x.copy(), h0, Wx, Wh, b)
    before = before.copy()
    x[:, 3] += 1
    after, _ = lstm.lstm_forward(x, h0, Wx, Wh, b)
    return {"change": abs(after - before).max(axis=(0, 2)) > 1e-12}


@case("lstm_backward", **SEQUENCE, tolerance=1e-7)
def backward(rng, N, T, D, H):
    _, cache = lstm.lstm_forward(*sequence_inputs(rng, N, T, D, H))
    (dh,) = draw(rng, (N, T, H))
    names = "dx", "dh0", "dWx", "dWh", "db"
    return dict(zip(names, lstm.lstm_backward(dh, cache), strict=True))


@case("lstm_backward", tolerance=1e-7)
def gradient_at_the_last_step_only(rng):
    N, T, D, H = 2, 4, 3, 5
    _, cache = lstm.lstm_forward(*sequence_inputs(rng, N, T, D, H))
    (dh,) = draw(rng, (N, T, H))
    dh[:, :-1] = 0
    dx, dh0, dWx, dWh, db = lstm.lstm_backward(dh, cache)
    return {"dx": dx, "dh0": dh0, "dWx": dWx, "dWh": dWh, "db": db}
