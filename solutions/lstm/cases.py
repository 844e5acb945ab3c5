"""Probes of cs231n_rnn/layers/lstm.py."""

import numpy as np

from cs231n_rnn.checking import call, call_backward, case, random_arrays
from cs231n_rnn.layers import lstm

STEP = {
    "unequal_sizes": {"N": 3, "D": 5, "H": 4},
    "one_example": {"N": 1, "D": 3, "H": 4},
    "one_input": {"N": 4, "D": 1, "H": 3},
    "one_hidden_unit": {"N": 4, "D": 3, "H": 1},
    "large_activations": {"N": 3, "D": 5, "H": 4, "scale": 1e4},
    "float32": {"N": 2, "D": 4, "H": 3, "dtype": "float32"},
}
SEQUENCE = {
    "unequal_sizes": {"N": 2, "T": 6, "D": 3, "H": 5},
    "one_example": {"N": 1, "T": 3, "D": 4, "H": 2},
    "one_time_step": {"N": 3, "T": 1, "D": 2, "H": 4},
    "one_input": {"N": 3, "T": 4, "D": 1, "H": 2},
    "one_hidden_unit": {"N": 3, "T": 4, "D": 2, "H": 1},
    "one_of_each": {"N": 1, "T": 1, "D": 1, "H": 1},
    "float32": {"N": 3, "T": 4, "D": 2, "H": 3, "dtype": "float32"},
}
# BEGIN HIDDEN
SMALL = {"small_weights": True}
HIDDEN_STEP = {
    "wide_input": {"N": 2, "D": 9, "H": 3} | SMALL,
    "wide_state": {"N": 5, "D": 2, "H": 7} | SMALL,
    "at_scale": {"N": 32, "D": 32, "H": 32} | SMALL,
}
HIDDEN_SEQUENCE = {
    "many_steps": {"N": 2, "T": 17, "D": 3, "H": 4} | SMALL,
    "many_examples": {"N": 9, "T": 2, "D": 4, "H": 3} | SMALL,
    "at_scale": {"N": 24, "T": 8, "D": 24, "H": 24} | SMALL,
}
# Wide, for few examples: a loop over single numbers still ends in time, a difference for each
# weight does not.
WIDE_STEP = {"N": 4, "D": 160, "H": 160} | SMALL
WIDE_SEQUENCE = {"N": 4, "T": 8, "D": 64, "H": 64} | SMALL
# END HIDDEN
STEP_GRADIENTS = "dx, dprev_h, dprev_c, dWx, dWh, db"
SEQUENCE_GRADIENTS = "dx, dh0, dWx, dWh, db"


def step_inputs(rng, N, D, H, scale=1.0, dtype=float, small_weights=False):
    """x, prev_h, prev_c, Wx, Wh, b, with a scale for all examples but the last.

    Small weights keep the gates away from their ends.
    """
    shapes = (N, D), (N, H), (N, H), (D, 4 * H), (H, 4 * H), (4 * H,)
    x, prev_h, prev_c, Wx, Wh, b = random_arrays(rng, *shapes, dtype=dtype)
    x[:-1] *= scale  # a large one drives tanh to its ends, where the gradient is 0
    if small_weights:
        Wx, Wh = Wx / np.sqrt(D), Wh / np.sqrt(H)
    return x, prev_h, prev_c, Wx, Wh, b


def sequence_inputs(rng, N, T, D, H, dtype=float, small_weights=False):
    """x, h0, Wx, Wh, b, likewise."""
    shapes = (N, T, D), (N, H), (D, 4 * H), (H, 4 * H), (4 * H,)
    x, h0, Wx, Wh, b = random_arrays(rng, *shapes, dtype=dtype)
    if small_weights:
        Wx, Wh = Wx / np.sqrt(D), Wh / np.sqrt(H)
    return x, h0, Wx, Wh, b


# BEGIN HIDDEN
@case("lstm_step_forward", hidden=True, **HIDDEN_STEP)
# END HIDDEN
@case("lstm_step_forward", **STEP)
def step_forward(rng, **sizes):
    next_h, next_c, _ = call(
        lstm.lstm_step_forward, *step_inputs(rng, **sizes), returns="next_h, next_c, cache"
    )
    return {"next_h": next_h, "next_c": next_c}


@case("lstm_step_forward")
def gates_in_the_order_i_f_o_g(rng):
    N, D, H = 4, 3, 2
    x, prev_h, prev_c, Wx, Wh, _ = step_inputs(rng, N, D, H)
    # i shut, f open, o half open, g at 1: each gate gives itself away.
    b = np.repeat([-50.0, 50.0, 0.0, 50.0], H)
    next_h, next_c, _ = call(
        lstm.lstm_step_forward,
        x,
        prev_h,
        prev_c,
        0 * Wx,
        0 * Wh,
        b,
        returns="next_h, next_c, cache",
    )
    return {"next_h": next_h, "next_c": next_c}


# BEGIN HIDDEN
@case("lstm_step_forward", hidden=True)
def transposed_memory(rng):
    *arrays, b = step_inputs(rng, 3, 4, 5, small_weights=True)
    columns = [np.asfortranarray(a) for a in arrays]
    next_h, next_c, _ = call(lstm.lstm_step_forward, *columns, b, returns="next_h, next_c, cache")
    return {"next_h": next_h, "next_c": next_c}


# END HIDDEN


# BEGIN HIDDEN
@case("lstm_step_backward", hidden=True, **HIDDEN_STEP)
@case("lstm_step_backward", hidden=True, deadline=True, in_time=WIDE_STEP)
# END HIDDEN
@case("lstm_step_backward", **STEP)
def step_backward(rng, **sizes):
    return backward_of_a_step(rng, 1, 1, **sizes)


@case(
    "lstm_step_backward",
    through_the_hidden_state={"hidden": 1, "cell": 0},
    through_the_cell_state={"hidden": 0, "cell": 1},
)
def one_path_only(rng, hidden, cell):
    return backward_of_a_step(rng, hidden, cell, N=2, D=4, H=3)


def backward_of_a_step(rng, hidden, cell, **sizes):
    """Gradients, where the loss uses the hidden state, the cell state, or both."""
    inputs = step_inputs(rng, **sizes)
    *_, cache = call(lstm.lstm_step_forward, *inputs, returns="next_h, next_c, cache")
    _, prev_h, prev_c, *_ = inputs
    dnext_h, dnext_c = random_arrays(rng, prev_h.shape, prev_c.shape, dtype=prev_h.dtype)
    gradients = hidden * dnext_h, cell * dnext_c
    return call_backward(lstm.lstm_step_backward, *gradients, cache, returns=STEP_GRADIENTS)


# BEGIN HIDDEN
@case("lstm_forward", hidden=True, **HIDDEN_SEQUENCE)
# END HIDDEN
@case("lstm_forward", **SEQUENCE)
def forward(rng, **sizes):
    h, _ = call(lstm.lstm_forward, *sequence_inputs(rng, **sizes), returns="h, cache")
    return {"h": h}


@case("lstm_forward")
def later_inputs_leave_earlier_states_unchanged(rng):
    N, T, D, H = 2, 5, 3, 4
    x, *rest = sequence_inputs(rng, N, T, D, H)
    before, _ = call(lstm.lstm_forward, x, *rest, returns="h, cache")
    before = before.copy()
    x[:, 3] += 1
    after, _ = call(lstm.lstm_forward, x, *rest, returns="h, cache")
    return {"change": abs(after - before).max(axis=(0, 2)) > 1e-12, "h": after}


# BEGIN HIDDEN
@case("lstm_backward", hidden=True, tolerance=1e-7, **HIDDEN_SEQUENCE)
@case("lstm_backward", hidden=True, deadline=True, tolerance=1e-7, in_time=WIDE_SEQUENCE)
# END HIDDEN
@case("lstm_backward", **SEQUENCE, tolerance=1e-7)
def backward(rng, **sizes):
    return backward_of_a_sequence(rng, slice(None), **sizes)


@case("lstm_backward", tolerance=1e-7)
def gradient_at_the_last_step_only(rng):
    return backward_of_a_sequence(rng, slice(-1, None), N=2, T=4, D=3, H=5)


# BEGIN HIDDEN
@case("lstm_backward", hidden=True, tolerance=1e-7)
def gradient_at_the_first_step_only(rng):
    return backward_of_a_sequence(rng, slice(1), N=3, T=5, D=2, H=4, small_weights=True)


# END HIDDEN


def backward_of_a_sequence(rng, steps, **sizes):
    """Gradients, where the layer above uses the hidden states of some steps only."""
    x, h0, *weights = sequence_inputs(rng, **sizes)
    _, cache = call(lstm.lstm_forward, x, h0, *weights, returns="h, cache")
    (full,) = random_arrays(rng, (*x.shape[:2], h0.shape[1]), dtype=x.dtype)
    dh = np.zeros_like(full)
    dh[:, steps] = full[:, steps]
    return call_backward(lstm.lstm_backward, dh, cache, returns=SEQUENCE_GRADIENTS)
