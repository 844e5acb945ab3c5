import numpy as np
import pytest

from cs231n_rnn.layers.affine import (
    affine_backward,
    affine_forward,
    temporal_affine_backward,
    temporal_affine_forward,
)
from cs231n_rnn.training.gradient_check import complex_step_gradient

FLAT = {
    "unequal_sizes": ((3, 4), 5),
    "pictures": ((2, 3, 4), 5),
    "one_example": ((1, 4), 2),
    "one_number": ((3, 1), 1),
}
TEMPORAL = {
    "unequal_sizes": ((2, 3, 4), 5),
    "one_example": ((1, 3, 2), 4),
    "one_time_step": ((3, 1, 4), 2),
    "one_of_each": ((1, 1, 1), 1),
}


@pytest.fixture
def rng():
    return np.random.default_rng(231)


def draw_inputs(rng, shape, M, D):
    return [rng.standard_normal(s) for s in (shape, (D, M), (M,))]


def assert_gradients(forward, backward, inputs, rng):
    """Each gradient equals the complex step's, which is exact to rounding."""
    out, cache = forward(*inputs)
    dout = rng.standard_normal(out.shape)
    for k, gradient in enumerate(backward(dout, cache)):

        def output_of(value, k=k):
            return forward(*inputs[:k], value, *inputs[k + 1 :])[0]

        right = complex_step_gradient(output_of, inputs[k], dout)
        assert gradient.shape == inputs[k].shape
        np.testing.assert_allclose(gradient, right, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("shape", "M"), FLAT.values(), ids=FLAT)
def test_affine_is_a_weighted_sum_of_each_examples_numbers(rng, shape, M):
    D = int(np.prod(shape[1:]))
    x, w, b = draw_inputs(rng, shape, M, D)
    out, _ = affine_forward(x, w, b)
    right = [[b[m] + sum(x[n].ravel() * w[:, m]) for m in range(M)] for n in range(len(x))]
    np.testing.assert_allclose(out, right, rtol=1e-12)


@pytest.mark.parametrize(("shape", "M"), FLAT.values(), ids=FLAT)
def test_affine_gradients(rng, shape, M):
    inputs = draw_inputs(rng, shape, M, int(np.prod(shape[1:])))
    assert_gradients(affine_forward, affine_backward, inputs, rng)


@pytest.mark.parametrize(("shape", "M"), TEMPORAL.values(), ids=TEMPORAL)
def test_temporal_affine_is_the_affine_layer_at_each_step(rng, shape, M):
    x, w, b = draw_inputs(rng, shape, M, shape[-1])
    out, _ = temporal_affine_forward(x, w, b)
    for t in range(shape[1]):
        np.testing.assert_allclose(out[:, t], affine_forward(x[:, t], w, b)[0], rtol=1e-12)


@pytest.mark.parametrize(("shape", "M"), TEMPORAL.values(), ids=TEMPORAL)
def test_temporal_affine_gradients(rng, shape, M):
    inputs = draw_inputs(rng, shape, M, shape[-1])
    assert_gradients(temporal_affine_forward, temporal_affine_backward, inputs, rng)


def test_an_empty_minibatch_has_no_output_and_gradients_of_zero(rng):
    x, w, b = draw_inputs(rng, (0, 3), 2, 3)
    out, cache = affine_forward(x, w, b)
    dx, dw, db = affine_backward(np.zeros((0, 2)), cache)
    assert out.shape == (0, 2)
    assert dx.shape == (0, 3)
    np.testing.assert_array_equal(dw, np.zeros((3, 2)))
    np.testing.assert_array_equal(db, np.zeros(2))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_is_kept_and_inputs_are_left_as_they_are(rng, dtype):
    inputs = [value.astype(dtype) for value in draw_inputs(rng, (2, 3, 4), 5, 4)]
    before = [value.copy() for value in inputs]
    out, cache = temporal_affine_forward(*inputs)
    gradients = temporal_affine_backward(np.ones_like(out), cache)
    assert {array.dtype for array in (out, *gradients)} == {np.dtype(dtype)}
    for value, copy in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(value, copy)


@pytest.mark.parametrize(
    ("function", "shapes", "message"),
    [
        (affine_forward, [(2, 3), (4, 5), (5,)], r"w is \(4, 5\); affine_forward needs \(D, M\)"),
        (affine_forward, [(2, 3), (3, 5), (4,)], r"b is \(4,\); affine_forward needs \(M,\)"),
        (
            temporal_affine_forward,
            [(2, 3), (3, 5), (5,)],
            r"x is \(2, 3\); temporal_affine_forward needs \(N, T, D\)",
        ),
        (
            temporal_affine_forward,
            [(2, 4, 3), (4, 5), (5,)],
            r"w is \(4, 5\); temporal_affine_forward needs \(D, M\) = \(3, M\)",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_refused_by_name(function, shapes, message):
    with pytest.raises(ValueError, match=message):
        function(*(np.zeros(shape) for shape in shapes))


def test_a_gradient_of_another_shape_is_refused_by_name(rng):
    _, cache = affine_forward(*draw_inputs(rng, (2, 3), 5, 3))
    with pytest.raises(ValueError, match=r"dout is \(2, 4\); affine_backward needs \(N, M\)"):
        affine_backward(np.zeros((2, 4)), cache)
    _, cache = temporal_affine_forward(*draw_inputs(rng, (2, 4, 3), 5, 3))
    with pytest.raises(ValueError, match=r"dout is \(8, 5\); temporal_affine_backward needs"):
        temporal_affine_backward(np.zeros((8, 5)), cache)
    with pytest.raises(ValueError, match=r"dout is "):
        temporal_affine_backward(np.zeros((4, 2, 5)), cache)
