"""Hidden probes of cs231n_rnn/layers/attention.py: other sizes, and some to be quick at."""

import numpy as np

from cs231n_rnn.checking import call, call_backward, case, random_arrays
from cs231n_rnn.layers import attention

LOOK = {
    "many_locations": {"N": 2, "L": 17, "H": 3},
    "wide_state": {"N": 5, "L": 2, "H": 9},
    "square": {"N": 2, "L": 5, "H": 5},
    "at_scale": {"N": 16, "L": 25, "H": 24},
}
STEP = {
    "wide_input": {"N": 2, "L": 4, "D": 9, "H": 3},
    "wide_state": {"N": 5, "L": 3, "D": 2, "H": 7},
    "at_scale": {"N": 16, "L": 20, "D": 24, "H": 24},
}
SEQUENCE = {
    "many_steps": {"N": 2, "T": 17, "L": 3, "D": 4, "H": 5},
    "many_examples": {"N": 9, "T": 2, "L": 5, "D": 4, "H": 3},
    "as_many_steps_as_locations": {"N": 2, "T": 4, "L": 4, "D": 3, "H": 5},
    "at_scale": {"N": 16, "T": 8, "L": 20, "D": 16, "H": 16},
}
STEP_RETURNS = "next_h, next_c, weights, cache"
SEQUENCE_RETURNS = "h, weights, cache"
STEP_GRADIENTS = "dx, dprev_h, dprev_c, dA, dWx, dWh, db"
SEQUENCE_GRADIENTS = "dx, dh0, dA, dWx, dWh, db"


def step_inputs(rng, N, L, D, H):
    """x, prev_h, prev_c, A, Wx, Wh, b, with weights that keep the gates away from their ends."""
    shapes = (N, D), (N, H), (N, H), (N, L, H), (D + H, 4 * H), (H, 4 * H), (4 * H,)
    *arrays, Wx, Wh, b = random_arrays(rng, *shapes)
    return *arrays, Wx / np.sqrt(D + H), Wh / np.sqrt(H), b


def sequence_inputs(rng, N, T, L, D, H):
    """x, h0, A, Wx, Wh, b, likewise."""
    shapes = (N, T, D), (N, H), (N, L, H), (D + H, 4 * H), (H, 4 * H), (4 * H,)
    x, h0, A, Wx, Wh, b = random_arrays(rng, *shapes)
    return x, h0, A, Wx / np.sqrt(D + H), Wh / np.sqrt(H), b


def look_at(prev_h, A):
    return call(attention.attention_forward, prev_h, A, returns="attn, weights, cache")


@case("attention_forward", **LOOK)
def look(rng, N, L, H):
    attn, weights, _ = look_at(*random_arrays(rng, (N, H), (N, L, H)))
    return {"attn": attn, "weights": weights}


@case("attention_forward", transposed_memory={"order": "F"}, every_second_location={"order": "C"})
def memory_of_another_layout(rng, order):
    prev_h, A = random_arrays(rng, (3, 4), (3, 10, 4))
    attn, weights, _ = look_at(np.asarray(prev_h, order=order), np.asarray(A, order=order)[:, ::2])
    return {"attn": attn, "weights": weights}


@case("attention_forward", huge={"scale": 1e6}, huge_and_negative={"scale": -1e6})
def one_location_stands_out(rng, scale):
    prev_h, A = random_arrays(rng, (4, 3), (4, 6, 3))
    attn, weights, _ = look_at(prev_h, scale * A)
    return {"attn": attn, "weights": weights}


def gradients_of_a_look(rng, N, L, H):
    prev_h, A, dattn = random_arrays(rng, (N, H), (N, L, H), (N, H))
    *_, cache = look_at(prev_h, A)
    return call_backward(attention.attention_backward, dattn, cache, returns="dprev_h, dA")


@case("attention_backward", **LOOK)
def look_backward(rng, **sizes):
    return gradients_of_a_look(rng, **sizes)


# Wide, for few images: a loop over single numbers still ends in time, a difference for each
# number of A does not.
@case("attention_backward", deadline=True, in_time={"N": 2, "L": 50, "H": 1600})
def look_backward_in_time(rng, **sizes):
    return gradients_of_a_look(rng, **sizes)


@case("attention_lstm_step_forward", **STEP)
def step_forward(rng, **sizes):
    next_h, next_c, weights, _ = call(
        attention.attention_lstm_step_forward, *step_inputs(rng, **sizes), returns=STEP_RETURNS
    )
    return {"next_h": next_h, "next_c": next_c, "weights": weights}


def gradients_of_a_step(rng, **sizes):
    """Gradients of a step, by the student's functions."""
    inputs = step_inputs(rng, **sizes)
    *_, cache = call(attention.attention_lstm_step_forward, *inputs, returns=STEP_RETURNS)
    gradients = random_arrays(rng, inputs[1].shape, inputs[1].shape)
    return call_backward(
        attention.attention_lstm_step_backward, *gradients, cache, returns=STEP_GRADIENTS
    )


@case("attention_lstm_step_backward", **STEP)
def step_backward(rng, **sizes):
    return gradients_of_a_step(rng, **sizes)


@case("attention_lstm_step_backward", deadline=True, in_time={"N": 3, "L": 10, "D": 96, "H": 112})
def step_backward_in_time(rng, **sizes):
    return gradients_of_a_step(rng, **sizes)


@case("attention_lstm_forward", **SEQUENCE)
def forward(rng, **sizes):
    h, weights, _ = call(
        attention.attention_lstm_forward, *sequence_inputs(rng, **sizes), returns=SEQUENCE_RETURNS
    )
    return {"h": h, "weights": weights}


LENGTHS = np.array([5, 5, 2, 0])


@case("attention_lstm_forward")
def lengths_down_to_0(rng):
    inputs = sequence_inputs(rng, N=4, T=6, L=2, D=3, H=4)
    h, weights, _ = call(
        attention.attention_lstm_forward, *inputs, LENGTHS, returns=SEQUENCE_RETURNS
    )
    counts = (np.arange(6) < LENGTHS[:, np.newaxis])[:, :, np.newaxis]
    return {"h": np.where(counts, h, 0), "weights": np.where(counts, weights, 0)}


def gradients_of_a_sequence(rng, counts, *lengths, **sizes):
    """Gradients of a sequence whose layer above uses the steps that count (N or 1, T)."""
    inputs = sequence_inputs(rng, **sizes)
    h, _, cache = call(
        attention.attention_lstm_forward, *inputs, *lengths, returns=SEQUENCE_RETURNS
    )
    (dh,) = random_arrays(rng, h.shape)
    dh *= counts[:, :, np.newaxis]
    return call_backward(attention.attention_lstm_backward, dh, cache, returns=SEQUENCE_GRADIENTS)


@case("attention_lstm_backward", tolerance=1e-7, **SEQUENCE)
def backward(rng, T, **sizes):
    return gradients_of_a_sequence(rng, np.ones((1, T)), T=T, **sizes)


@case("attention_lstm_backward", tolerance=1e-7)
def gradient_at_the_first_step_only(rng):
    return gradients_of_a_sequence(rng, np.eye(1, 5), N=3, T=5, L=4, D=2, H=6)


@case("attention_lstm_backward", tolerance=1e-7)
def lengths_down_to_0_backward(rng):
    counts = np.arange(6) < LENGTHS[:, np.newaxis]
    return gradients_of_a_sequence(rng, counts, LENGTHS, N=4, T=6, L=2, D=3, H=4)


@case(
    "attention_lstm_backward",
    deadline=True,
    tolerance=1e-7,
    in_time={"N": 3, "T": 6, "L": 10, "D": 48, "H": 56},
)
def backward_in_time(rng, T, **sizes):
    return gradients_of_a_sequence(rng, np.ones((1, T)), T=T, **sizes)


PADDED = np.array([[1, 1, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]], dtype=bool)


@case("attention_forward", padded={"scale": 1.0}, padded_and_huge={"scale": 1e6})
def padded_look(rng, scale):
    prev_h, A = random_arrays(rng, (3, 4), (3, 6, 4))
    A[~PADDED] *= scale
    attn, weights, _ = call(
        attention.attention_forward, prev_h, A, PADDED, returns="attn, weights, cache"
    )
    return {"attn": attn, "weights": weights}


@case("attention_lstm_step_forward")
def padded_step(rng):
    next_h, next_c, weights, _ = call(
        attention.attention_lstm_step_forward,
        *step_inputs(rng, N=3, L=6, D=2, H=5),
        PADDED,
        returns=STEP_RETURNS,
    )
    return {"next_h": next_h, "next_c": next_c, "weights": weights}


@case("attention_lstm_forward")
def padded_sequence(rng):
    inputs = sequence_inputs(rng, N=3, T=5, L=6, D=3, H=4)
    h, weights, _ = call(
        attention.attention_lstm_forward, *inputs, None, PADDED, returns=SEQUENCE_RETURNS
    )
    return {"h": h, "weights": weights}


@case("attention_lstm_backward", tolerance=1e-7)
def padded_sequence_backward(rng):
    inputs = sequence_inputs(rng, N=3, T=5, L=6, D=3, H=4)
    h, _, cache = call(
        attention.attention_lstm_forward, *inputs, None, PADDED, returns=SEQUENCE_RETURNS
    )
    (dh,) = random_arrays(rng, h.shape)
    return call_backward(attention.attention_lstm_backward, dh, cache, returns=SEQUENCE_GRADIENTS)
