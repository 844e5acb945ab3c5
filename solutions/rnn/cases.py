"""Hidden probes of cs231n_rnn/layers/rnn.py: other sizes, and one to be quick at."""

import numpy as np

from cs231n_rnn.checking import call, call_backward, case, random_arrays
from cs231n_rnn.layers import rnn

STEP = {
    "wide_input": {"N": 2, "D": 9, "H": 3},
    "wide_state": {"N": 5, "D": 2, "H": 7},
    "at_scale": {"N": 64, "D": 48, "H": 48},
}
SEQUENCE = {
    "many_steps": {"N": 2, "T": 17, "D": 3, "H": 4},
    "many_examples": {"N": 9, "T": 2, "D": 4, "H": 3},
    "at_scale": {"N": 32, "T": 10, "D": 32, "H": 32},
}
STEP_GRADIENTS = "dx, dprev_h, dWx, dWh, db"
SEQUENCE_GRADIENTS = "dx, dh0, dWx, dWh, db"


def step_inputs(rng, N, D, H):
    """x, prev_h, Wx, Wh, b, with weights that keep tanh away from its ends."""
    x, prev_h, Wx, Wh, b = random_arrays(rng, (N, D), (N, H), (D, H), (H, H), (H,))
    return x, prev_h, Wx / np.sqrt(D), Wh / np.sqrt(H), b


def sequence_inputs(rng, N, T, D, H):
    """x, h0, Wx, Wh, b, likewise."""
    x, h0, Wx, Wh, b = random_arrays(rng, (N, T, D), (N, H), (D, H), (H, H), (H,))
    return x, h0, Wx / np.sqrt(D), Wh / np.sqrt(H), b


@case("rnn_step_forward", **STEP)
def step_forward(rng, **sizes):
    next_h, _ = call(rnn.rnn_step_forward, *step_inputs(rng, **sizes), returns="next_h, cache")
    return {"next_h": next_h}


@case("rnn_step_forward")
def transposed_memory(rng):
    x, prev_h, Wx, Wh, b = step_inputs(rng, 3, 4, 5)
    columns = [np.asfortranarray(a) for a in (x, prev_h, Wx, Wh)]
    next_h, _ = call(rnn.rnn_step_forward, *columns, b, returns="next_h, cache")
    return {"next_h": next_h}


def gradients_of_a_step(rng, **sizes):
    """Gradients of a step, by the student's two functions."""
    inputs = step_inputs(rng, **sizes)
    _, cache = call(rnn.rnn_step_forward, *inputs, returns="next_h, cache")
    (dnext_h,) = random_arrays(rng, inputs[1].shape)
    return call_backward(rnn.rnn_step_backward, dnext_h, cache, returns=STEP_GRADIENTS)


@case("rnn_step_backward", **STEP)
def step_backward(rng, **sizes):
    return gradients_of_a_step(rng, **sizes)


# Wide, for few examples: a loop over single numbers still ends in time, a difference for each
# weight does not.
@case("rnn_step_backward", deadline=True, in_time={"N": 4, "D": 320, "H": 320})
def step_backward_in_time(rng, **sizes):
    return gradients_of_a_step(rng, **sizes)


@case("rnn_forward", **SEQUENCE)
def forward(rng, **sizes):
    h, _ = call(rnn.rnn_forward, *sequence_inputs(rng, **sizes), returns="h, cache")
    return {"h": h}


def gradients_of_a_sequence(rng, steps, **sizes):
    """Gradients of a sequence whose layer above uses some of the steps."""
    inputs = sequence_inputs(rng, **sizes)
    h, cache = call(rnn.rnn_forward, *inputs, returns="h, cache")
    (full,) = random_arrays(rng, h.shape)
    dh = np.zeros_like(full)
    dh[:, steps] = full[:, steps]
    return call_backward(rnn.rnn_backward, dh, cache, returns=SEQUENCE_GRADIENTS)


@case("rnn_backward", tolerance=1e-7, **SEQUENCE)
def backward(rng, **sizes):
    return gradients_of_a_sequence(rng, slice(None), **sizes)


@case("rnn_backward", tolerance=1e-7)
def gradient_at_the_first_step_only(rng):
    return gradients_of_a_sequence(rng, slice(1), N=3, T=5, D=2, H=4)


@case("rnn_backward", deadline=True, tolerance=1e-7, in_time={"N": 4, "T": 8, "D": 128, "H": 128})
def backward_in_time(rng, **sizes):
    return gradients_of_a_sequence(rng, slice(None), **sizes)
