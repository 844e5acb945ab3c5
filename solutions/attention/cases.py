"""Probes of cs231n_rnn/layers/attention.py."""

import numpy as np

from cs231n_rnn.checking import call, call_backward, case, random_arrays
from cs231n_rnn.layers import attention

LOOK = {
    "unequal_sizes": {"N": 3, "L": 5, "H": 4},
    "one_image": {"N": 1, "L": 4, "H": 3},
    "one_location": {"N": 3, "L": 1, "H": 4},
    "one_hidden_unit": {"N": 4, "L": 3, "H": 1},
    # As many images, locations and hidden units: a wrong axis fits, and shows in the numbers.
    "cube": {"N": 4, "L": 4, "H": 4},
    "large_activations": {"N": 3, "L": 5, "H": 4, "scale": 100},
    "float32": {"N": 2, "L": 4, "H": 3, "dtype": "float32"},
}
STEP = {
    "unequal_sizes": {"N": 3, "L": 2, "D": 5, "H": 4},
    "one_example": {"N": 1, "L": 4, "D": 3, "H": 2},
    "one_location": {"N": 2, "L": 1, "D": 3, "H": 4},
    "one_hidden_unit": {"N": 4, "L": 3, "D": 2, "H": 1},
    # As many inputs as hidden units: x and what is seen may stand in either order.
    "square": {"N": 2, "L": 3, "D": 4, "H": 4},
    "large_activations": {"N": 3, "L": 2, "D": 5, "H": 4, "scale": 100},
    "float32": {"N": 2, "L": 5, "D": 4, "H": 3, "dtype": "float32"},
}
SEQUENCE = {
    "unequal_sizes": {"N": 2, "T": 6, "L": 4, "D": 3, "H": 5},
    "one_example": {"N": 1, "T": 3, "L": 5, "D": 4, "H": 2},
    "one_time_step": {"N": 3, "T": 1, "L": 5, "D": 2, "H": 4},
    "one_input": {"N": 3, "T": 4, "L": 5, "D": 1, "H": 2},
    "one_hidden_unit": {"N": 3, "T": 4, "L": 5, "D": 2, "H": 1},
    "one_location": {"N": 2, "T": 4, "L": 1, "D": 3, "H": 5},
    # As many steps as locations: weights may be (N, L, T) and still fit.
    "cube": {"N": 3, "T": 3, "L": 3, "D": 3, "H": 3},
    "one_of_each": {"N": 1, "T": 1, "L": 1, "D": 1, "H": 1},
    "float32": {"N": 3, "T": 4, "L": 5, "D": 2, "H": 3, "dtype": "float32"},
}
STEP_RETURNS = "next_h, next_c, weights, cache"
SEQUENCE_RETURNS = "h, weights, cache"
STEP_GRADIENTS = "dx, dprev_h, dprev_c, dA, dWx, dWh, db"
SEQUENCE_GRADIENTS = "dx, dh0, dA, dWx, dWh, db"


def look_inputs(rng, N, L, H, scale=1.0, dtype=float):
    """prev_h and A, with a scale for all images but the last."""
    arrays = random_arrays(rng, (N, H), (N, L, H), dtype=dtype)
    for array in arrays:
        array[:-1] *= scale  # scores of thousands, whose exponential overflows
    return arrays


def step_inputs(rng, N, L, D, H, scale=1.0, dtype=float):
    """x, prev_h, prev_c, A, Wx, Wh, b, with a scale for all examples but the last."""
    shapes = (N, D), (N, H), (N, H), (N, L, H), (D + H, 4 * H), (H, 4 * H), (4 * H,)
    arrays = random_arrays(rng, *shapes, dtype=dtype)
    for array in arrays[:4]:
        array[:-1] *= scale
    return arrays


def sequence_inputs(rng, N, T, L, D, H, dtype=float):
    """x, h0, A, Wx, Wh, b."""
    shapes = (N, T, D), (N, H), (N, L, H), (D + H, 4 * H), (H, 4 * H), (4 * H,)
    return random_arrays(rng, *shapes, dtype=dtype)


@case("attention_forward", **LOOK)
def look(rng, **sizes):
    attn, weights, _ = call(
        attention.attention_forward, *look_inputs(rng, **sizes), returns="attn, weights, cache"
    )
    return {"attn": attn, "weights": weights}


@case("attention_forward")
def permuted_locations(rng):
    prev_h, A = look_inputs(rng, N=2, L=5, H=3)
    attn, weights, _ = call(
        attention.attention_forward,
        prev_h,
        A[:, [3, 0, 4, 1, 2]],
        returns="attn, weights, cache",
    )
    return {"attn": attn, "weights": weights, "sum of weights": np.sum(weights, axis=1)}


@case("attention_forward")
def equal_locations(rng):
    """What is the same everywhere is seen as it is, wherever one looks."""
    prev_h, A = look_inputs(rng, N=3, L=4, H=2)
    A[:] = A[:, :1]
    attn, weights, _ = call(attention.attention_forward, prev_h, A, returns="attn, weights, cache")
    return {"attn": attn, "weights": weights}


SEVERAL_LOCATIONS = {name: sizes for name, sizes in LOOK.items() if sizes["L"] > 1}


@case("attention_backward", **SEVERAL_LOCATIONS)
def look_backward(rng, **sizes):
    return backward_of_a_look(rng, **sizes)


def backward_of_a_look(rng, **sizes):
    inputs = look_inputs(rng, **sizes)
    *_, cache = call(attention.attention_forward, *inputs, returns="attn, weights, cache")
    (dattn,) = random_arrays(rng, inputs[0].shape, dtype=inputs[0].dtype)
    return call_backward(attention.attention_backward, dattn, cache, returns="dprev_h, dA")


@case("attention_backward", one_location=LOOK["one_location"])
def one_location_backward(rng, **sizes):
    found = backward_of_a_look(rng, **sizes)
    # It has all the weight whatever prev_h is: of that gradient only rounding is left.
    return {**found, "dprev_h": np.round(found["dprev_h"], 12)}


@case("attention_lstm_step_forward", **STEP)
def step_forward(rng, **sizes):
    next_h, next_c, weights, _ = call(
        attention.attention_lstm_step_forward, *step_inputs(rng, **sizes), returns=STEP_RETURNS
    )
    return {"next_h": next_h, "next_c": next_c, "weights": weights}


@case("attention_lstm_step_backward", **STEP)
def step_backward(rng, **sizes):
    return backward_of_a_step(rng, 1, 1, **sizes)


@case(
    "attention_lstm_step_backward",
    through_the_hidden_state={"hidden": 1, "cell": 0},
    through_the_cell_state={"hidden": 0, "cell": 1},
)
def one_path_only(rng, hidden, cell):
    return backward_of_a_step(rng, hidden, cell, N=2, L=3, D=4, H=5)


def backward_of_a_step(rng, hidden, cell, N, H, **options):
    """Gradients, where the loss uses the hidden state, the cell state, or both."""
    inputs = step_inputs(rng, N=N, H=H, **options)
    *_, cache = call(attention.attention_lstm_step_forward, *inputs, returns=STEP_RETURNS)
    dnext_h, dnext_c = random_arrays(rng, (N, H), (N, H), dtype=inputs[0].dtype)
    return call_backward(
        attention.attention_lstm_step_backward,
        hidden * dnext_h,
        cell * dnext_c,
        cache,
        returns=STEP_GRADIENTS,
    )


@case("attention_lstm_forward", **SEQUENCE)
def forward(rng, **sizes):
    h, weights, _ = call(
        attention.attention_lstm_forward, *sequence_inputs(rng, **sizes), returns=SEQUENCE_RETURNS
    )
    return {"h": h, "weights": weights}


@case("attention_lstm_forward")
def later_inputs_leave_earlier_states_unchanged(rng):
    x, *rest = sequence_inputs(rng, N=2, T=5, L=3, D=4, H=6)
    before, *_ = call(attention.attention_lstm_forward, x, *rest, returns=SEQUENCE_RETURNS)
    before = before.copy()
    x[:, 3] += 1
    after, *_ = call(attention.attention_lstm_forward, x, *rest, returns=SEQUENCE_RETURNS)
    return {"change": abs(after - before).max(axis=(0, 2)) > 1e-12, "h": after}


LENGTHS = np.array([4, 3, 3, 1])


@case("attention_lstm_forward")
def lengths_given(rng):
    """What comes after a sequence's length is free."""
    inputs = sequence_inputs(rng, N=4, T=4, L=3, D=2, H=5)
    h, weights, _ = call(
        attention.attention_lstm_forward, *inputs, LENGTHS, returns=SEQUENCE_RETURNS
    )
    counts = (np.arange(4) < LENGTHS[:, np.newaxis])[:, :, np.newaxis]
    return {"h": np.where(counts, h, 0), "weights": np.where(counts, weights, 0)}


@case("attention_lstm_backward", **SEQUENCE, tolerance=1e-7)
def backward(rng, **sizes):
    return backward_of_a_sequence(rng, slice(None), **sizes)


@case("attention_lstm_backward", tolerance=1e-7)
def gradient_at_the_last_step_only(rng):
    return backward_of_a_sequence(rng, slice(-1, None), N=2, T=4, L=6, D=3, H=5)


@case("attention_lstm_backward", tolerance=1e-7)
def lengths_given_backward(rng):
    return backward_of_a_sequence(rng, slice(None), LENGTHS, N=4, T=4, L=3, D=2, H=5)


def backward_of_a_sequence(rng, steps, lengths=None, **sizes):
    """Gradients, where the layer above uses the hidden states of some steps only."""
    x, h0, *rest = sequence_inputs(rng, **sizes)
    given = [] if lengths is None else [lengths]
    *_, cache = call(
        attention.attention_lstm_forward, x, h0, *rest, *given, returns=SEQUENCE_RETURNS
    )
    (full,) = random_arrays(rng, (*x.shape[:2], h0.shape[1]), dtype=x.dtype)
    dh = np.zeros_like(full)
    dh[:, steps] = full[:, steps]
    for n, length in enumerate([] if lengths is None else lengths):
        dh[n, length:] = 0
    return call_backward(attention.attention_lstm_backward, dh, cache, returns=SEQUENCE_GRADIENTS)


# Padding among the locations: what stands there is as large as it likes, and is not looked at.


def some_count(rng, N, L):
    """A mask, with one location or more that count in each row, and one row where all do."""
    mask = rng.random((N, L)) < 0.5
    mask[np.arange(N), rng.integers(L, size=N)] = True
    mask[-1] = True
    mask[0, 1:] = False
    mask[0, 0] = True
    return mask


@case("attention_forward", masked={"N": 3, "L": 5, "H": 4}, masked_square={"N": 4, "L": 4, "H": 4})
def masked_look(rng, **sizes):
    prev_h, A = look_inputs(rng, **sizes)
    mask = some_count(rng, sizes["N"], sizes["L"])
    A[~mask] *= 100
    attn, weights, _ = call(
        attention.attention_forward, prev_h, A, mask, returns="attn, weights, cache"
    )
    return {"attn": attn, "weights": weights}


@case("attention_backward")
def masked_look_backward(rng):
    prev_h, A = look_inputs(rng, N=3, L=5, H=4)
    mask = some_count(rng, 3, 5)[::-1].copy()  # where all count first: dprev_h is not 0 there
    *_, cache = call(attention.attention_forward, prev_h, A, mask, returns="attn, weights, cache")
    (dattn,) = random_arrays(rng, prev_h.shape)
    return call_backward(attention.attention_backward, dattn, cache, returns="dprev_h, dA")


@case("attention_lstm_step_forward")
def masked_step(rng):
    inputs = step_inputs(rng, N=3, L=5, D=2, H=4)
    next_h, next_c, weights, _ = call(
        attention.attention_lstm_step_forward, *inputs, some_count(rng, 3, 5), returns=STEP_RETURNS
    )
    return {"next_h": next_h, "next_c": next_c, "weights": weights}


@case("attention_lstm_forward")
def masked_sequence(rng):
    inputs = sequence_inputs(rng, N=3, T=4, L=5, D=2, H=6)
    mask = some_count(rng, 3, 5)
    h, weights, _ = call(
        attention.attention_lstm_forward, *inputs, None, mask, returns=SEQUENCE_RETURNS
    )
    return {"h": h, "weights": weights}


@case("attention_lstm_backward", tolerance=1e-7)
def masked_sequence_backward(rng):
    inputs = sequence_inputs(rng, N=3, T=4, L=5, D=2, H=6)
    h, _, cache = call(
        attention.attention_lstm_forward,
        *inputs,
        np.array([4, 3, 1]),
        some_count(rng, 3, 5),
        returns=SEQUENCE_RETURNS,
    )
    (dh,) = random_arrays(rng, h.shape)
    dh[1, 3:] = dh[2, 1:] = 0
    return call_backward(attention.attention_lstm_backward, dh, cache, returns=SEQUENCE_GRADIENTS)


# BEGIN HIDDEN
HIDDEN_LOOK = {
    "many_locations": {"N": 2, "L": 17, "H": 3},
    "wide_state": {"N": 5, "L": 2, "H": 9},
    "square": {"N": 2, "L": 5, "H": 5},
    "at_scale": {"N": 16, "L": 25, "H": 24},
}
HIDDEN_STEP = {
    "wide_input": {"N": 2, "L": 4, "D": 9, "H": 3},
    "wide_state": {"N": 5, "L": 3, "D": 2, "H": 7},
    "at_scale": {"N": 16, "L": 20, "D": 24, "H": 24},
}
HIDDEN_SEQUENCE = {
    "many_steps": {"N": 2, "T": 17, "L": 3, "D": 4, "H": 5},
    "many_examples": {"N": 9, "T": 2, "L": 5, "D": 4, "H": 3},
    "as_many_steps_as_locations": {"N": 2, "T": 4, "L": 4, "D": 3, "H": 5},
    "at_scale": {"N": 16, "T": 8, "L": 20, "D": 16, "H": 16},
}


def hidden_step_inputs(rng, N, L, D, H):
    """x, prev_h, prev_c, A, Wx, Wh, b, with weights that keep the gates away from their ends."""
    shapes = (N, D), (N, H), (N, H), (N, L, H), (D + H, 4 * H), (H, 4 * H), (4 * H,)
    *arrays, Wx, Wh, b = random_arrays(rng, *shapes)
    return *arrays, Wx / np.sqrt(D + H), Wh / np.sqrt(H), b


def hidden_sequence_inputs(rng, N, T, L, D, H):
    """x, h0, A, Wx, Wh, b, likewise."""
    shapes = (N, T, D), (N, H), (N, L, H), (D + H, 4 * H), (H, 4 * H), (4 * H,)
    x, h0, A, Wx, Wh, b = random_arrays(rng, *shapes)
    return x, h0, A, Wx / np.sqrt(D + H), Wh / np.sqrt(H), b


def look_at(prev_h, A):
    return call(attention.attention_forward, prev_h, A, returns="attn, weights, cache")


@case("attention_forward", hidden=True, **HIDDEN_LOOK)
def hidden_look(rng, N, L, H):
    attn, weights, _ = look_at(*random_arrays(rng, (N, H), (N, L, H)))
    return {"attn": attn, "weights": weights}


@case(
    "attention_forward",
    hidden=True,
    transposed_memory={"order": "F"},
    every_second_location={"order": "C"},
)
def memory_of_another_layout(rng, order):
    prev_h, A = random_arrays(rng, (3, 4), (3, 10, 4))
    attn, weights, _ = look_at(np.asarray(prev_h, order=order), np.asarray(A, order=order)[:, ::2])
    return {"attn": attn, "weights": weights}


@case("attention_forward", hidden=True, huge={"scale": 1e6}, huge_and_negative={"scale": -1e6})
def one_location_stands_out(rng, scale):
    prev_h, A = random_arrays(rng, (4, 3), (4, 6, 3))
    attn, weights, _ = look_at(prev_h, scale * A)
    return {"attn": attn, "weights": weights}


def gradients_of_a_look(rng, N, L, H):
    prev_h, A, dattn = random_arrays(rng, (N, H), (N, L, H), (N, H))
    *_, cache = look_at(prev_h, A)
    return call_backward(attention.attention_backward, dattn, cache, returns="dprev_h, dA")


@case("attention_backward", hidden=True, **HIDDEN_LOOK)
def hidden_look_backward(rng, **sizes):
    return gradients_of_a_look(rng, **sizes)


# Wide, for few images: a loop over single numbers still ends in time, a difference for each
# number of A does not.
@case("attention_backward", hidden=True, deadline=True, in_time={"N": 2, "L": 50, "H": 1600})
def look_backward_in_time(rng, **sizes):
    return gradients_of_a_look(rng, **sizes)


@case("attention_lstm_step_forward", hidden=True, **HIDDEN_STEP)
def hidden_step_forward(rng, **sizes):
    next_h, next_c, weights, _ = call(
        attention.attention_lstm_step_forward,
        *hidden_step_inputs(rng, **sizes),
        returns=STEP_RETURNS,
    )
    return {"next_h": next_h, "next_c": next_c, "weights": weights}


def gradients_of_a_step(rng, **sizes):
    """Gradients of a step, by the student's functions."""
    inputs = hidden_step_inputs(rng, **sizes)
    *_, cache = call(attention.attention_lstm_step_forward, *inputs, returns=STEP_RETURNS)
    gradients = random_arrays(rng, inputs[1].shape, inputs[1].shape)
    return call_backward(
        attention.attention_lstm_step_backward, *gradients, cache, returns=STEP_GRADIENTS
    )


@case("attention_lstm_step_backward", hidden=True, **HIDDEN_STEP)
def hidden_step_backward(rng, **sizes):
    return gradients_of_a_step(rng, **sizes)


@case(
    "attention_lstm_step_backward",
    hidden=True,
    deadline=True,
    in_time={"N": 3, "L": 10, "D": 96, "H": 112},
)
def step_backward_in_time(rng, **sizes):
    return gradients_of_a_step(rng, **sizes)


@case("attention_lstm_forward", hidden=True, **HIDDEN_SEQUENCE)
def hidden_forward(rng, **sizes):
    h, weights, _ = call(
        attention.attention_lstm_forward,
        *hidden_sequence_inputs(rng, **sizes),
        returns=SEQUENCE_RETURNS,
    )
    return {"h": h, "weights": weights}


HIDDEN_LENGTHS = np.array([5, 5, 2, 0])


@case("attention_lstm_forward", hidden=True)
def lengths_down_to_0(rng):
    inputs = hidden_sequence_inputs(rng, N=4, T=6, L=2, D=3, H=4)
    h, weights, _ = call(
        attention.attention_lstm_forward, *inputs, HIDDEN_LENGTHS, returns=SEQUENCE_RETURNS
    )
    counts = (np.arange(6) < HIDDEN_LENGTHS[:, np.newaxis])[:, :, np.newaxis]
    return {"h": np.where(counts, h, 0), "weights": np.where(counts, weights, 0)}


def gradients_of_a_sequence(rng, counts, *lengths, **sizes):
    """Gradients of a sequence whose layer above uses the steps that count (N or 1, T)."""
    inputs = hidden_sequence_inputs(rng, **sizes)
    h, _, cache = call(
        attention.attention_lstm_forward, *inputs, *lengths, returns=SEQUENCE_RETURNS
    )
    (dh,) = random_arrays(rng, h.shape)
    dh *= counts[:, :, np.newaxis]
    return call_backward(attention.attention_lstm_backward, dh, cache, returns=SEQUENCE_GRADIENTS)


@case("attention_lstm_backward", hidden=True, tolerance=1e-7, **HIDDEN_SEQUENCE)
def hidden_backward(rng, T, **sizes):
    return gradients_of_a_sequence(rng, np.ones((1, T)), T=T, **sizes)


@case("attention_lstm_backward", hidden=True, tolerance=1e-7)
def gradient_at_the_first_step_only(rng):
    return gradients_of_a_sequence(rng, np.eye(1, 5), N=3, T=5, L=4, D=2, H=6)


@case("attention_lstm_backward", hidden=True, tolerance=1e-7)
def lengths_down_to_0_backward(rng):
    counts = np.arange(6) < HIDDEN_LENGTHS[:, np.newaxis]
    return gradients_of_a_sequence(rng, counts, HIDDEN_LENGTHS, N=4, T=6, L=2, D=3, H=4)


@case(
    "attention_lstm_backward",
    hidden=True,
    deadline=True,
    tolerance=1e-7,
    in_time={"N": 3, "T": 6, "L": 10, "D": 48, "H": 56},
)
def backward_in_time(rng, T, **sizes):
    return gradients_of_a_sequence(rng, np.ones((1, T)), T=T, **sizes)


PADDED = np.array([[1, 1, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1]], dtype=bool)


@case("attention_forward", hidden=True, padded={"scale": 1.0}, padded_and_huge={"scale": 1e6})
def padded_look(rng, scale):
    prev_h, A = random_arrays(rng, (3, 4), (3, 6, 4))
    A[~PADDED] *= scale
    attn, weights, _ = call(
        attention.attention_forward, prev_h, A, PADDED, returns="attn, weights, cache"
    )
    return {"attn": attn, "weights": weights}


@case("attention_lstm_step_forward", hidden=True)
def padded_step(rng):
    next_h, next_c, weights, _ = call(
        attention.attention_lstm_step_forward,
        *hidden_step_inputs(rng, N=3, L=6, D=2, H=5),
        PADDED,
        returns=STEP_RETURNS,
    )
    return {"next_h": next_h, "next_c": next_c, "weights": weights}


@case("attention_lstm_forward", hidden=True)
def padded_sequence(rng):
    inputs = hidden_sequence_inputs(rng, N=3, T=5, L=6, D=3, H=4)
    h, weights, _ = call(
        attention.attention_lstm_forward, *inputs, None, PADDED, returns=SEQUENCE_RETURNS
    )
    return {"h": h, "weights": weights}


@case("attention_lstm_backward", hidden=True, tolerance=1e-7)
def padded_sequence_backward(rng):
    inputs = hidden_sequence_inputs(rng, N=3, T=5, L=6, D=3, H=4)
    h, _, cache = call(
        attention.attention_lstm_forward, *inputs, None, PADDED, returns=SEQUENCE_RETURNS
    )
    (dh,) = random_arrays(rng, h.shape)
    return call_backward(attention.attention_lstm_backward, dh, cache, returns=SEQUENCE_GRADIENTS)


# END HIDDEN
