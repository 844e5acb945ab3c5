"""Attention: its weights, dtypes, untouched inputs, steps and sequences, refusals by name."""

import numpy as np
import pytest

from cs231n_rnn.layers.attention import (
    attention_backward,
    attention_forward,
    attention_lstm_backward,
    attention_lstm_forward,
    attention_lstm_step_backward,
    attention_lstm_step_forward,
)

N, T, L, D, H = 4, 5, 7, 2, 6
LENGTHS = np.array([5, 3, 3, 0])
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
SHAPES = (N, T, D), (N, H), (N, L, H), (D + H, 4 * H), (H, 4 * H), (4 * H,)


def draw_inputs(rng, dtype=np.float64, scale=1.0):
    """x, h0, A, Wx, Wh, b."""
    return [(scale * rng.standard_normal(shape)).astype(dtype) for shape in SHAPES]


def as_step(x, h0, A, *weights):
    """Inputs of a step from those of a sequence, with a cell state."""
    return [x[:, 0], h0, h0[::-1].copy(), A, *weights]


def run_layers(inputs, rng, lengths=None):
    """Outputs and gradients of all three layers, as arrays in a row."""
    attn, weights, cache = attention_forward(*inputs[1:3])
    found = [attn, weights, *attention_backward(attn, cache)]
    *outputs, cache = attention_lstm_step_forward(*as_step(*inputs))
    found += [*outputs, *attention_lstm_step_backward(*outputs[:2], cache)]
    h, weights, cache = attention_lstm_forward(*inputs, lengths)
    dh = rng.standard_normal(h.shape).astype(h.dtype)
    return [*found, h, weights, *attention_lstm_backward(dh, cache)]


# Weights.


@DTYPES
@pytest.mark.parametrize("scale", [0, 1e-3, 1, 10])
def test_weights_are_positive_and_one_in_sum(rng, dtype, scale):
    x, h0, A, *others = draw_inputs(rng, dtype)
    _, weights, _ = attention_forward(scale * h0, A)
    _, over_time, _ = attention_lstm_forward(x, scale * h0, A, *others)
    for found in (weights, over_time):
        assert np.all(found > 0)
        sums = found.sum(axis=-1)
        np.testing.assert_allclose(sums, np.ones_like(sums), rtol=4 * np.finfo(dtype).eps)


def test_a_state_of_zeros_looks_everywhere_alike(rng):
    A = rng.standard_normal((N, L, H))
    attn, weights, _ = attention_forward(np.zeros((N, H)), A)
    np.testing.assert_allclose(weights, np.full((N, L), 1 / L), rtol=1e-14)
    np.testing.assert_allclose(attn, A.mean(axis=1), rtol=1e-12, atol=1e-14)


def test_the_same_vector_added_everywhere_moves_what_is_seen_and_not_the_weights(rng):
    prev_h, A, v = rng.standard_normal((N, H)), rng.standard_normal((N, L, H)), np.arange(H)
    attn, weights, _ = attention_forward(prev_h, A)
    moved, other, _ = attention_forward(prev_h, A + v)
    np.testing.assert_allclose(other, weights, rtol=1e-11)
    np.testing.assert_allclose(moved, attn + v, rtol=1e-11, atol=1e-13)


# What every layer keeps to.


@DTYPES
@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
def test_layers_keep_the_dtype(rng, dtype, lengths):
    arrays = run_layers(draw_inputs(rng, dtype), rng, lengths)
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


@pytest.mark.parametrize("lengths", [None, LENGTHS], ids=["full", "ragged"])
def test_layers_leave_their_inputs_unchanged(rng, lengths):
    inputs = draw_inputs(rng)
    before = [array.copy() for array in inputs]
    run_layers(inputs, rng, lengths)
    for array, kept in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(array, kept)


def test_backward_twice_gives_the_same_and_leaves_its_arguments_unchanged(rng):
    inputs = draw_inputs(rng)
    dh = rng.standard_normal((N, T, H))
    for backward, arguments, cache in (
        (attention_backward, [dh[:, 0]], attention_forward(*inputs[1:3])[-1]),
        (
            attention_lstm_step_backward,
            [dh[:, 0], dh[:, 1]],
            attention_lstm_step_forward(*as_step(*inputs))[-1],
        ),
        (attention_lstm_backward, [dh], attention_lstm_forward(*inputs)[-1]),
    ):
        kept = dh.copy()
        first, second = backward(*arguments, cache), backward(*arguments, cache)
        np.testing.assert_array_equal(dh, kept)
        for once, again in zip(first, second, strict=True):
            np.testing.assert_array_equal(once, again)


def test_what_a_caller_writes_into_the_states_leaves_the_gradient_alone(rng):
    inputs, dh = draw_inputs(rng), rng.standard_normal((N, T, H))
    right = attention_lstm_backward(dh, attention_lstm_forward(*inputs)[-1])
    h, weights, cache = attention_lstm_forward(*inputs)
    h *= 2
    weights *= 2
    for ours, other in zip(attention_lstm_backward(dh, cache), right, strict=True):
        np.testing.assert_array_equal(ours, other)


@DTYPES
@pytest.mark.parametrize("scale", [1e3, 1e6])
def test_large_activations_stay_finite(rng, dtype, scale):
    for array in run_layers(draw_inputs(rng, dtype, scale), rng):
        assert np.all(np.isfinite(array))


def test_full_lengths_are_the_same_as_none(rng):
    inputs, dh = draw_inputs(rng), rng.standard_normal((N, T, H))
    *outputs, cache = attention_lstm_forward(*inputs)
    *others, other_cache = attention_lstm_forward(*inputs, lengths=np.full(N, T))
    pairs = zip(
        [*outputs, *attention_lstm_backward(dh, cache)],
        [*others, *attention_lstm_backward(dh, other_cache)],
        strict=True,
    )
    for ours, right in pairs:
        np.testing.assert_array_equal(ours, right)


def loop_over_steps(x, h0, A, *weights):
    """States, weights and caches of the step function in a loop."""
    h, c, found = h0, np.zeros_like(h0), []
    for x_t in x.swapaxes(0, 1):
        h, c, looked, cache = attention_lstm_step_forward(x_t, h, c, A, *weights)
        found.append((h, looked, cache))
    states, looks, caches = zip(*found, strict=True)
    return np.stack(states, axis=1), np.stack(looks, axis=1), caches


def loop_back(dh, caches):
    dprev_h, dprev_c = np.zeros_like(dh[:, 0]), np.zeros_like(dh[:, 0])
    dx, sums = [], [0, 0, 0, 0]
    for t in reversed(range(len(caches))):
        dx_t, dprev_h, dprev_c, *parts = attention_lstm_step_backward(
            dh[:, t] + dprev_h, dprev_c, caches[t]
        )
        dx.insert(0, dx_t)
        sums = [total + part for total, part in zip(sums, parts, strict=True)]
    return np.stack(dx, axis=1), dprev_h, *sums


def test_the_first_step_of_a_sequence_is_a_step_to_the_last_bit(rng):
    # Eighths, and weights of 1/8 each: every sum is exact, in whatever order it is made.
    shapes = (N, T, D), (N, 8, H), *SHAPES[3:]
    x, A, *weights = (rng.integers(-8, 9, size=shape) / 8 for shape in shapes)
    zeros = np.zeros((N, H))
    h, looks, _ = attention_lstm_forward(x, zeros, A, *weights)
    first, _, looked, _ = attention_lstm_step_forward(x[:, 0], zeros, zeros, A, *weights)
    np.testing.assert_array_equal(looks[:, 0], looked)
    np.testing.assert_array_equal(h[:, 0], first)


def test_a_sequence_is_the_loop_over_its_steps(rng):
    inputs, dh = draw_inputs(rng), rng.standard_normal((N, T, H))
    states, looks, caches = loop_over_steps(*inputs)
    h, weights, cache = attention_lstm_forward(*inputs)
    pairs = zip(
        [h, weights, *attention_lstm_backward(dh, cache)],
        [states, looks, *loop_back(dh, caches)],
        strict=True,
    )
    for ours, right in pairs:
        np.testing.assert_allclose(ours, right, rtol=0, atol=1e-13 * np.abs(right).max())


@pytest.mark.parametrize(
    ("prev_h", "A", "message"),
    [
        ((N, H), (N, H), r"A is \(4, 6\); attention_forward needs \(N, L, H\)"),
        ((N, H), (N + 1, L, H), r"A is \(5, 7, 6\); .*= \(4, L, 6\)"),
        ((N, H), (N, H, L), r"A is \(4, 6, 7\); .*= \(4, L, 6\)"),
        ((N, 1, H), (N, L, H), r"prev_h is \(4, 1, 6\); .*\(N, H\)"),
        ((N, H), (N, 0, H), r"A is \(4, 0, 6\); .*at least one location"),
    ],
)
def test_attention_refuses_shapes_by_name(prev_h, A, message):
    with pytest.raises(ValueError, match=message):
        attention_forward(np.zeros(prev_h), np.zeros(A))


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([4, 2], r"lengths is \(2,\); .*\(4,\)"),
        ([6, 2, 1, 1], "run from 1 to 6; 5 steps allow 0 to 5"),
        ([2, 4, 1, 0], r"lengths are \[2, 4, 1, 0\]; the longest .*first"),
    ],
)
def test_a_sequence_refuses_lengths_by_name(rng, lengths, message):
    with pytest.raises(ValueError, match=message):
        attention_lstm_forward(*draw_inputs(rng), lengths=np.array(lengths))
