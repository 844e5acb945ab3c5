"""Probes of cs231n_rnn/layers/rnn.py."""

from cs231n_rnn.checking import case, draw
from cs231n_rnn.layers import rnn

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
    """x, prev_h, Wx, Wh, b; a large scale drives tanh to its ends."""
    x, prev_h, Wx, Wh, b = draw(rng, (N, D), (N, H), (D, H), (H, H), (H,))
    return scale * x, prev_h, Wx, Wh, b


def sequence_inputs(rng, N, T, D, H):
    """x, h0, Wx, Wh, b."""
    return draw(rng, (N, T, D), (N, H), (D, H), (H, H), (H,))


@case("rnn_step_forward", **STEP, large_activations={"N": 3, "D": 5, "H": 4, "scale": 1e4})
def step_forward(rng, N, D, H, scale=1.0):
    next_h, _ = rnn.rnn_step_forward(*step_inputs(rng, N, D, H, scale))
    return {"next_h": next_h}


@case("rnn_step_backward", **STEP, large_activations={"N": 3, "D": 5, "H": 4, "scale": 1e4})
def step_backward(rng, N, D, H, scale=1.0):
    _, cache = rnn.rnn_step_forward(*step_inputs(rng, N, D, H, scale))
    (dnext_h,) = draw(rng, (N, H))
    names = "dx", "dprev_h", "dWx", "dWh", "db"
    return dict(zip(names, rnn.rnn_step_backward(dnext_h, cache), strict=True))


@case("rnn_forward", **SEQUENCE)
def forward(rng, N, T, D, H):
    h, _ = rnn.rnn_forward(*sequence_inputs(rng, N, T, D, H))
    return {"h": h}


@case("rnn_forward")
def later_inputs_leave_earlier_states_unchanged(rng):
    N, T, D, H = 2, 5, 3, 4
    x, h0, Wx, Wh, b = sequence_inputs(rng, N, T, D, H)
    before, _ = rnn.rnn_forward(x.copy(), h0, Wx, Wh, b)
    before = before.copy()
    x[:, 3] += 1
    after, _ = rnn.rnn_forward(x, h0, Wx, Wh, b)
    return {"change": abs(after - before).max(axis=(0, 2)) > 1e-12}


@case("rnn_backward", **SEQUENCE, tolerance=1e-7)
def backward(rng, N, T, D, H):
    _, cache = rnn.rnn_forward(*sequence_inputs(rng, N, T, D, H))
    (dh,) = draw(rng, (N, T, H))
    names = "dx", "dh0", "dWx", "dWh", "db"
    return dict(zip(names, rnn.rnn_backward(dh, cache), strict=True))


@case("rnn_backward", tolerance=1e-7)
def gradient_at_the_last_step_only(rng):
    N, T, D, H = 2, 4, 3, 5
    _, cache = rnn.rnn_forward(*sequence_inputs(rng, N, T, D, H))
    (dh,) = draw(rng, (N, T, H))
    dh[:, :-1] = 0
    dx, dh0, dWx, dWh, db = rnn.rnn_backward(dh, cache)
    return {"dx": dx, "dh0": dh0, "dWx": dWx, "dWh": dWh, "db": db}
