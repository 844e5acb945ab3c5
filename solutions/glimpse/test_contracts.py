"""The Gaussian window: numbers of any size, dtypes, untouched inputs, refusals by name."""

import numpy as np
import pytest

from cs231n_rnn.layers.glimpse import (
    LIMIT,
    filterbank_backward,
    filterbank_forward,
    read_backward,
    read_forward,
    window_backward,
    window_forward,
    write_backward,
    write_forward,
)
from cs231n_rnn.models.glimpse_loop import window_boxes

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


# Numbers as large as they like.


def run_layers(x, patch, window):
    """All outputs and gradients of the three layers on these arrays, by name."""
    B, A, K = *x.shape[1:], patch.shape[1]
    *numbers, cache = window_forward(window, K, (B, A))
    found = dict(
        zip(("centre_x", "centre_y", "stride", "variance", "intensity"), numbers, strict=True)
    )
    found["dwindow"] = window_backward(*np.ones_like(numbers), cache)
    F, cache = filterbank_forward(numbers[0], *numbers[2:4], K, A)
    found["F"] = F
    parts = filterbank_backward(x[:, :1].repeat(K, axis=1), cache)
    found |= dict(zip(("dcentre", "dstride", "dvariance"), parts, strict=True))
    found["glimpse"], cache = read_forward(x, window, K)
    found["dx"], found["dwindow of read"] = read_backward(patch, cache)
    found["stroke"], cache = write_forward(patch, window, (B, A))
    found["dpatch"], found["dwindow of write"] = write_backward(x, cache)
    return found


EXTREMES = {
    "partly outside": [0.9, -0.9, 0.5, 0, 0],
    "wholly outside": [-5, 3, 0, -1, 0],
    "narrow and between two pixels": [0.02, 0.02, -12, -3, 0],
    "narrow and far outside": [12, -12, -12, -12, 0],
    "wide and far apart": [0, 0, 12, 12, 0],
    "narrow and far apart": [1, 0, -12, 12, 0],
    "strong": [0, 0, 0, 0, 12],
    "weak": [0, 0, 0, 0, -12],
    "huge": [1e30] * 5,
    "huge and negative": [-1e30] * 5,
    "huge to both sides": [1e30, -1e30, -1e30, 1e30, -1e30],
    "infinite": [np.inf, -np.inf, -np.inf, np.inf, np.inf],
}


@DTYPES
@pytest.mark.parametrize("numbers", EXTREMES.values(), ids=EXTREMES)
def test_windows_anywhere_and_of_any_width_stay_finite(rng, dtype, numbers):
    N, K, B, A = 2, 4, 6, 9
    x, patch = rng.standard_normal((N, B, A)), rng.standard_normal((N, K, K))
    window = np.array([numbers, np.zeros(5)])
    found = run_layers(x.astype(dtype), patch.astype(dtype), window.astype(dtype))
    for name, array in found.items():
        assert np.all(np.isfinite(array)), name
        assert array.dtype == dtype, name
    ones = found["F"].sum(axis=2)
    np.testing.assert_allclose(ones, np.ones_like(ones), rtol=8 * np.finfo(dtype).eps)
    assert np.all(found["F"] >= 0)


def test_filters_far_outside_see_the_nearest_pixel(rng):
    x = rng.standard_normal((2, 5, 7))
    window = np.array([[12.0, -12, -12, -12, 0], [-12, 12, -12, -12, 0]])
    glimpse, _ = read_forward(x, window, 3)
    np.testing.assert_allclose(glimpse[0], np.full((3, 3), x[0, 0, -1]), rtol=1e-14)
    np.testing.assert_allclose(glimpse[1], np.full((3, 3), x[1, -1, 0]), rtol=1e-14)


def test_very_wide_filters_see_the_mean(rng):
    x, window = rng.standard_normal((2, 5, 7)), np.zeros((2, 5))
    window[:, 2] = LIMIT
    glimpse, _ = read_forward(x, window, 3)
    right = np.broadcast_to(x.mean(axis=(1, 2), keepdims=True), (2, 3, 3))
    np.testing.assert_allclose(glimpse, right, rtol=0, atol=1e-3)


@pytest.mark.parametrize("sign", [-1, 1])
def test_what_is_cut_off_is_as_at_the_limit_and_gets_no_gradient(rng, sign):
    shape, upstream = (6, 5), list(rng.standard_normal((5, 5)))
    far, limit = rng.standard_normal((2, 5, 5))
    np.fill_diagonal(far, sign * rng.uniform(12.1, 1e30, size=5))
    limit[:] = far
    np.fill_diagonal(limit, sign * LIMIT)
    *outputs, cache = window_forward(far, 3, shape)
    *right, limit_cache = window_forward(limit, 3, shape)
    np.testing.assert_array_equal(outputs, right)
    dwindow = window_backward(*upstream, cache)
    np.testing.assert_array_equal(np.diag(dwindow), np.zeros(5))
    others = ~np.eye(5, dtype=bool)
    assert np.all(dwindow[others] != 0)
    np.testing.assert_array_equal(dwindow[others], window_backward(*upstream, limit_cache)[others])


# What every function keeps to.


@DTYPES
def test_layers_leave_their_inputs_unchanged(rng, dtype):
    shapes = (3, 5, 7), (3, 4, 4), (3, 5)
    inputs = [rng.standard_normal(shape).astype(dtype) for shape in shapes]
    before = [array.copy() for array in inputs]
    run_layers(*inputs)
    for array, kept in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(array, kept)


def passes(rng):
    """Of each layer the backward function, gradients of its outputs, and a cache."""
    N, K, B, A = 3, 4, 5, 7
    window = rng.standard_normal((N, 5))
    centre_x, _, stride, variance, _, cache = window_forward(window, K, (B, A))
    yield window_backward, list(rng.standard_normal((5, N))), cache
    _, cache = filterbank_forward(centre_x, stride, variance, K, A)
    yield filterbank_backward, [rng.standard_normal((N, K, A))], cache
    _, cache = read_forward(rng.standard_normal((N, B, A)), window, K)
    yield read_backward, [rng.standard_normal((N, K, K))], cache
    _, cache = write_forward(rng.standard_normal((N, K, K)), window, (B, A))
    yield write_backward, [rng.standard_normal((N, B, A))], cache


def test_backward_twice_gives_the_same_and_leaves_its_arguments_unchanged(rng):
    for backward, upstream, cache in passes(rng):
        kept = [array.copy() for array in upstream]
        first, second = backward(*upstream, cache), backward(*upstream, cache)
        for array, before in zip(upstream, kept, strict=True):
            np.testing.assert_array_equal(array, before)
        for once, again in zip(first, second, strict=True):
            np.testing.assert_array_equal(once, again)


@pytest.mark.parametrize("K", [1, 0, -2])
def test_fewer_than_two_filters_are_refused_by_number(K):
    message = f"K is {K}; window_forward needs two filters or more"
    with pytest.raises(ValueError, match=message):
        window_forward(np.zeros((2, 5)), K, (4, 4))


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (window_forward, [(2, 4), 3, (5, 5)], r"window is \(2, 4\); window_forward needs \(N, 5\)"),
        (window_forward, [(5,), 3, (5, 5)], r"window is \(5,\); window_forward needs \(N, 5\)"),
        (filterbank_forward, [(2, 1), (2,), (2,), 3, 4], r"centre is \(2, 1\); .*\(N,\)"),
        (filterbank_forward, [(2,), (3,), (2,), 3, 4], r"stride is \(3,\); .*= \(2,\)"),
        (filterbank_forward, [(2,), (2,), (1,), 3, 4], r"variance is \(1,\); .*= \(2,\)"),
        (read_forward, [(2, 20), (2, 5), 3], r"x is \(2, 20\); read_forward needs \(N, B, A\)"),
        (read_forward, [(2, 4, 5), (3, 5), 3], r"window is \(3, 5\); .*= \(2, 5\)"),
        (read_forward, [(2, 4, 5), (2, 5), 1], "K is 1; window_forward needs two filters"),
        (write_forward, [(2, 3, 4), (2, 5), (4, 5)], r"patch is \(2, 3, 4\); .*\(N, K, K\)"),
        (write_forward, [(2, 3, 3), (3, 5), (4, 5)], r"window is \(3, 5\); .*= \(2, 5\)"),
        (write_forward, [(2, 1, 1), (2, 5), (4, 5)], "K is 1; window_forward needs two filters"),
    ],
)
def test_wrong_shapes_are_refused_by_name(function, arguments, message):
    arrays = {window_forward: 1, filterbank_forward: 3}.get(function, 2)
    zeros = [np.zeros(shape) for shape in arguments[:arrays]]
    with pytest.raises(ValueError, match=message):
        function(*zeros, *arguments[arrays:])


def test_boxes_lie_where_the_outer_filters_stand():
    windows = np.zeros((2, 3, 5))  # five zeros cover an image of 7 rows and 9 columns
    windows[1, 2] = 0.5, -1, 0, np.log(0.5), 0
    boxes = window_boxes(windows, 5, (7, 9))
    assert boxes.shape == (2, 3, 3)
    np.testing.assert_allclose(boxes[0], [[4, 3, 8]] * 3)
    np.testing.assert_allclose(boxes[1, 2], [6.5, -1, 4])
