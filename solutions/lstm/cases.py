"""Hidden probes of cs231n_rnn/layers/lstm.py: other sizes, and one to be quick at."""

import numpy as np

from cs231n_rnn.checking import call, call_backward, case, random_arrays
from cs231n_rnn.layers import lstm

STEP = {
    "wide_input": {"N": 2, "D": 9, "H": 3},
    "wide_state": {"N": 5, "D": 2, "H": 7},
    "at_scale": {"N": 32, "D": 32, "H": 32},
}
SEQUENCE = {
    "many_steps": {"N": 2, "T": 17, "D": 3, "H": 4},
    "many_examples": {"N": 9, "T": 2, "D": 4, "H": 3},
    "at_scale": {"N": 24, "T": 8, "D": 24, "H": 24},
}
STEP_GRADIENTS = "dx, dprev_h, dprev_c, dWx, dWh, db"
SEQUENCE_GRADIENTS = "dx, dh0, dWx, dWh, db"


def step_inputs(rng, N, D, H):
    """x, prev_h, prev_c, Wx, Wh, b, with weights that keep the gates away from their ends."""
    shapes = (N, D), (N, H), (N, H), (D, 4 * H), (H, 4 * H), (4 * H,)
    x, prev_h, prev_c, Wx, Wh, b = random_arrays(rng, *shapes)
    return x, prev_h, prev_c, Wx / np.sqrt(D), Wh / np.sqrt(H), b


def sequence_inputs(rng, N, T, D, H):
    """x, h0, Wx, Wh, b, likewise."""
    x, h0, Wx, Wh, b = random_arrays(rng, (N, T, D), (N, H), (D, 4 * H), (H, 4 * H), (4 * H,))
    return x, h0, Wx / np.sqrt(D), Wh / np.sqrt(H), b


@case("lstm_step_forward", **STEP)
def step_forward(rng, **sizes):
    next_h, next_c, _ = call(
        lstm.lstm_step_forward, *step_inputs(rng, **sizes), returns="next_h, next_c, cache"
    )
    return {"next_h": next_h, "next_c": next_c}


@case("lstm_step_forward")
def transposed_memory(rng):
    *arrays, b = step_inputs(rng, 3, 4, 5)
    columns = [np.asfortranarray(a) for a in arrays]
    next_h, next_c, _ = call(lstm.lstm_step_forward, *columns, b, returns="next_h, next_c, cache")
    return {"next_h": next_h, "next_c": next_c}


def gradients_of_a_step(rng, **sizes):
    """Gradients of a step, by the student's two functions."""
    inputs = step_inputs(rng, **sizes)
    *_, cache = call(lstm.lstm_step_forward, *inputs, returns="next_h, next_c, cache")
    gradients = random_arrays(rng, inputs[1].shape, inputs[1].shape)
    return call_backward(lstm.lstm_step_backward, *gradients, cache, returns=STEP_GRADIENTS)


@case("lstm_step_backward", **STEP)
def step_backward(rng, **sizes):
    return gradients_of_a_step(rng, **sizes)


# Wide, for few examples: a loop over single numbers still ends in time, a difference for each
# weight does not.
@case("lstm_step_backward", deadline=True, in_time={"N": 4, "D": 160, "H": 160})
def step_backward_in_time(rng, **sizes):
    return gradients_of_a_step(rng, **sizes)


@case("lstm_forward", **SEQUENCE)
def forward(rng, **sizes):
    h, _ = call(lstm.lstm_forward, *sequence_inputs(rng, **sizes), returns="h, cache")
    return {"h": h}


def gradients_of_a_sequence(rng, steps, **sizes):
    """Gradients of a sequence whose layer above uses some of the steps."""
    inputs = sequence_inputs(rng, **sizes)
    h, cache = call(lstm.lstm_forward, *inputs, returns="h, cache")
    (full,) = random_arrays(rng, h.shape)
    dh = np.zeros_like(full)
    dh[:, steps] = full[:, steps]
    return call_backward(lstm.lstm_backward, dh, cache, returns=SEQUENCE_GRADIENTS)


@case("lstm_backward", tolerance=1e-7, **SEQUENCE)
def backward(rng, **sizes):
    return gradients_of_a_sequence(rng, slice(None), **sizes)


@case("lstm_backward", tolerance=1e-7)
def gradient_at_the_first_step_only(rng):
    return gradients_of_a_sequence(rng, slice(1), N=3, T=5, D=2, H=4)


@case("lstm_backward", deadline=True, tolerance=1e-7, in_time={"N": 4, "T": 8, "D": 64, "H": 64})
def backward_in_time(rng, **sizes):
    return gradients_of_a_sequence(rng, slice(None), **sizes)
