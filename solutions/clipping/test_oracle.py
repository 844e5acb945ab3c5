"""Clipping by the global norm against closed forms, in all sizes that numbers may have."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs231n_rnn.training.clipping import clip_gradients

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
quick = settings(max_examples=50, deadline=None, derandomize=True, database=None)


def draw_grads(rng, dtype=np.float64, scale=1.0):
    shapes = {"Wx": (3, 4), "Wh": (4, 4), "b": (4,), "g": ()}
    return {k: np.asarray(scale * rng.standard_normal(shape), dtype) for k, shape in shapes.items()}


def exact_norm(grads):
    """Root of the sum of squares, by Python's own arithmetic without overflow or rounding."""
    return math.hypot(*(float(v) for g in grads.values() for v in np.ravel(g)))


@quick
@given(
    seed=st.integers(0, 2**32 - 1),
    exponent=st.integers(-6, 6),
    bound=st.floats(1e-3, 1e3),
)
def test_the_norm_is_the_bound_or_what_it_was(seed, exponent, bound):
    grads = draw_grads(np.random.default_rng(seed), scale=10.0**exponent)
    clipped, norm = clip_gradients(grads, bound)
    assert norm == pytest.approx(exact_norm(grads), rel=1e-12, abs=0)
    assert exact_norm(clipped) == pytest.approx(min(norm, bound), rel=1e-12, abs=0)


@DTYPES
def test_the_direction_stays(rng, dtype):
    grads = draw_grads(rng, dtype)
    clipped, norm = clip_gradients(grads, 0.5)
    for name, grad in grads.items():
        np.testing.assert_allclose(clipped[name], grad * (0.5 / norm), rtol=4 * np.finfo(dtype).eps)


@DTYPES
def test_below_the_bound_nothing_changes_by_a_single_bit(rng, dtype):
    grads = draw_grads(rng, dtype)
    for bound in (1.0001 * exact_norm(grads), 1e300, math.inf):
        clipped, _ = clip_gradients(grads, bound)
        for name, grad in grads.items():
            assert clipped[name].tobytes() == grad.tobytes()


@DTYPES
def test_dtypes_shapes_and_names_stay_and_so_do_the_originals(rng, dtype):
    grads = draw_grads(rng, dtype)
    before = {name: grad.copy() for name, grad in grads.items()}
    clipped, norm = clip_gradients(grads, 0.1)
    assert type(norm) is float
    assert list(clipped) == list(grads)
    for name, grad in grads.items():
        assert (clipped[name].dtype, clipped[name].shape) == (grad.dtype, grad.shape)
        np.testing.assert_array_equal(grad, before[name])
        assert not np.shares_memory(clipped[name], grad)


@pytest.mark.parametrize(
    ("dtype", "size"),
    [(np.float32, 1e30), (np.float32, 1e-30), (np.float64, 1e200), (np.float64, 1e-200)],
)
def test_squares_neither_overflow_nor_vanish(dtype, size):
    grads = {"W": np.full((3, 3), size, dtype), "b": np.array([4 * size, 0], dtype)}
    clipped, norm = clip_gradients(grads, size)
    assert norm == pytest.approx(5 * size, rel=1e-6, abs=0)
    np.testing.assert_allclose(clipped["W"], np.full((3, 3), size / 5), rtol=1e-6)
    np.testing.assert_allclose(clipped["b"], [4 * size / 5, 0], rtol=1e-6)


def test_three_and_four_have_the_norm_five():
    clipped, norm = clip_gradients({"a": np.array([3.0]), "b": np.array([[-4.0]])}, 1.0)
    assert norm == 5
    np.testing.assert_allclose([clipped["a"][0], clipped["b"][0, 0]], [0.6, -0.8], rtol=1e-15)


@pytest.mark.parametrize("grads", [{}, {"W": np.zeros((2, 3))}, {"W": np.zeros((0, 3))}])
def test_nothing_and_zeros_have_the_norm_zero(grads):
    clipped, norm = clip_gradients(grads, 1.0)
    assert norm == 0
    assert clipped.keys() == grads.keys()
    for name, grad in grads.items():
        np.testing.assert_array_equal(clipped[name], grad)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_not_finite_is_refused_by_name(rng, bad):
    grads = draw_grads(rng)
    grads["Wh"][2, 1] = bad
    with pytest.raises(ValueError, match="the gradient of Wh is not finite"):
        clip_gradients(grads, 1.0)


@pytest.mark.parametrize("bound", [0, -1.0, math.nan, -math.inf])
def test_a_bound_that_bounds_nothing_is_refused(rng, bound):
    with pytest.raises(ValueError, match=f"max_norm is {bound}; .*above 0"):
        clip_gradients(draw_grads(rng), bound)
