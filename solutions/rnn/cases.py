"""Probes of cs231n_rnn/layers/rnn.py."""

import numpy as np

from cs231n_rnn.checking import call, call_backward, case, random_arrays
from cs231n_rnn.layers import rnn

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
    "at_scale": {"N": 64, "D": 48, "H": 48} | SMALL,
}
HIDDEN_SEQUENCE = {
    "many_steps": {"N": 2, "T": 17, "D": 3, "H": 4} | SMALL,
    "many_examples": {"N": 9, "T": 2, "D": 4, "H": 3} | SMALL,
    "at_scale": {"N": 32, "T": 10, "D": 32, "H": 32} | SMALL,
}
# Wide, for few examples: a loop over single numbers still ends in time, a difference for each
# weight does not.
WIDE_STEP = {"N": 4, "D": 320, "H": 320} | SMALL
WIDE_SEQUENCE = {"N": 4, "T": 8, "D": 128, "H": 128} | SMALL
# END HIDDEN
STEP_GRADIENTS = "dx, dprev_h, dWx, dWh, db"
SEQUENCE_GRADIENTS = "dx, dh0, dWx, dWh, db"


def step_inputs(rng, N, D, H, scale=1.0, dtype=float, small_weights=False):
    """x, prev_h, Wx, Wh, b, with a scale for all examples but the last.

    Small weights keep tanh away from its ends.
    """
    x, prev_h, Wx, Wh, b = random_arrays(rng, (N, D), (N, H), (D, H), (H, H), (H,), dtype=dtype)
    x[:-1] *= scale  # a large one drives tanh to its ends, where the gradient is 0
    if small_weights:
        Wx, Wh = Wx / np.sqrt(D), Wh / np.sqrt(H)
    return x, prev_h, Wx, Wh, b


def sequence_inputs(rng, N, T, D, H, dtype=float, small_weights=False):
    """x, h0, Wx, Wh, b, likewise."""
    shapes = (N, T, D), (N, H), (D, H), (H, H), (H,)
    x, h0, Wx, Wh, b = random_arrays(rng, *shapes, dtype=dtype)
    if small_weights:
        Wx, Wh = Wx / np.sqrt(D), Wh / np.sqrt(H)
    return x, h0, Wx, Wh, b


# BEGIN HIDDEN
@case("rnn_step_forward", hidden=True, **HIDDEN_STEP)
# END HIDDEN
@case("rnn_step_forward", **STEP)
def step_forward(rng, **sizes):
    next_h, _ = call(rnn.rnn_step_forward, *step_inputs(rng, **sizes), returns="next_h, cache")
    return {"next_h": next_h}


# BEGIN HIDDEN
@case("rnn_step_forward", hidden=True)
def transposed_memory(rng):
    *arrays, b = step_inputs(rng, 3, 4, 5, small_weights=True)
    columns = [np.asfortranarray(a) for a in arrays]
    next_h, _ = call(rnn.rnn_step_forward, *columns, b, returns="next_h, cache")
    return {"next_h": next_h}


# END HIDDEN


# BEGIN HIDDEN
@case("rnn_step_backward", hidden=True, **HIDDEN_STEP)
@case("rnn_step_backward", hidden=True, deadline=True, in_time=WIDE_STEP)
# END HIDDEN
@case("rnn_step_backward", **STEP)
def step_backward(rng, **sizes):
    x, prev_h, *weights = step_inputs(rng, **sizes)
    _, cache = call(rnn.rnn_step_forward, x, prev_h, *weights, returns="next_h, cache")
    (dnext_h,) = random_arrays(rng, prev_h.shape, dtype=x.dtype)
    return call_backward(rnn.rnn_step_backward, dnext_h, cache, returns=STEP_GRADIENTS)


# BEGIN HIDDEN
@case("rnn_forward", hidden=True, **HIDDEN_SEQUENCE)
# END HIDDEN
@case("rnn_forward", **SEQUENCE)
def forward(rng, **sizes):
    h, _ = call(rnn.rnn_forward, *sequence_inputs(rng, **sizes), returns="h, cache")
    return {"h": h}


@case("rnn_forward")
def later_inputs_leave_earlier_states_unchanged(rng):
    N, T, D, H = 2, 5, 3, 4
    x, *rest = sequence_inputs(rng, N, T, D, H)
    before, _ = call(rnn.rnn_forward, x, *rest, returns="h, cache")
    before = before.copy()
    x[:, 3] += 1
    after, _ = call(rnn.rnn_forward, x, *rest, returns="h, cache")
    return {"change": abs(after - before).max(axis=(0, 2)) > 1e-12, "h": after}


# BEGIN HIDDEN
@case("rnn_backward", hidden=True, tolerance=1e-7, **HIDDEN_SEQUENCE)
@case("rnn_backward", hidden=True, deadline=True, tolerance=1e-7, in_time=WIDE_SEQUENCE)
# END HIDDEN
@case("rnn_backward", **SEQUENCE, tolerance=1e-7)
def backward(rng, **sizes):
    return backward_of_a_sequence(rng, slice(None), **sizes)


@case("rnn_backward", tolerance=1e-7)
def gradient_at_the_last_step_only(rng):
    return backward_of_a_sequence(rng, slice(-1, None), N=2, T=4, D=3, H=5)


# BEGIN HIDDEN
@case("rnn_backward", hidden=True, tolerance=1e-7)
def gradient_at_the_first_step_only(rng):
    return backward_of_a_sequence(rng, slice(1), N=3, T=5, D=2, H=4, small_weights=True)


# END HIDDEN


def backward_of_a_sequence(rng, steps, **sizes):
    """Gradients, where the layer above uses the hidden states of some steps only."""
    x, h0, *weights = sequence_inputs(rng, **sizes)
    _, cache = call(rnn.rnn_forward, x, h0, *weights, returns="h, cache")
    (full,) = random_arrays(rng, (*x.shape[:2], h0.shape[1]), dtype=x.dtype)
    dh = np.zeros_like(full)
    dh[:, steps] = full[:, steps]
    return call_backward(rnn.rnn_backward, dh, cache, returns=SEQUENCE_GRADIENTS)
