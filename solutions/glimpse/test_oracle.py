"""The Gaussian window against HIPS autograd, and closed forms.

The equations look at one image, one filter and one pixel at a time.
"""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from cs231n_rnn.layers.glimpse import (
    filterbank_backward,
    filterbank_forward,
    read_backward,
    read_forward,
    window_backward,
    window_forward,
    write_backward,
    write_forward,
)

SAME = 1e-10
SIZES = st.fixed_dictionaries(
    {"N": st.integers(1, 4), "K": st.integers(2, 4), "B": st.integers(1, 5), "A": st.integers(1, 5)}
)
SEEDS = st.integers(0, 2**32 - 1)
# Always the same examples: a failure that comes and goes helps nobody.
quick = settings(max_examples=20, deadline=None, derandomize=True, database=None)
# autograd warns where nothing depends on an input: a stride in an image of one pixel.
independent = pytest.mark.filterwarnings("ignore:Output seems independent of input")


def assert_same(ours, right):
    """Equal shapes, and values to SAME of the largest one."""
    assert np.shape(ours) == np.shape(right)
    np.testing.assert_allclose(ours, right, rtol=0, atol=SAME * np.abs(right).max(initial=1e-5))


def assert_all_same(ours, right):
    for one, other in zip(ours, right, strict=True):
        assert_same(one, other)


# The equations.


def one_window(numbers, K, B, A):
    """Centre in x and y, stride, variance, intensity of one image."""
    cut = [n if abs(n) <= 12 else 12.0 * anp.sign(n) for n in numbers]
    # From 1 to A in the paper, where pixels are counted from 1.
    centre_x, centre_y = 0.5 * (A + 1) * (cut[0] + 1), 0.5 * (B + 1) * (cut[1] + 1)
    stride = (max(A, B) - 1.0) / (K - 1.0) * anp.exp(cut[3])
    return anp.stack([centre_x - 1, centre_y - 1, stride, anp.exp(cut[2]), anp.exp(cut[4])])


def one_filter(mu, variance, size):
    exponents = anp.stack([-((a - mu) ** 2) / (2 * variance) for a in range(size)])
    weights = anp.exp(exponents - anp.max(exponents))
    return weights / anp.sum(weights)


def one_bank(centre, stride, variance, K, size):
    places = [centre + (k - K / 2 - 0.5) * stride for k in range(1, K + 1)]  # k from 1, as printed
    return anp.stack([one_filter(mu, variance, size) for mu in places])


def windows(window, K, B, A):
    return tuple(anp.stack([one_window(row, K, B, A) for row in window]).T)


def banks(centre, stride, variance, K, size):
    rows = zip(centre, stride, variance, strict=True)
    return anp.stack([one_bank(*row, K, size) for row in rows])


def one_pair(numbers, K, B, A):
    """Fy, Fx and the intensity of one image."""
    centre_x, centre_y, stride, variance, intensity = one_window(numbers, K, B, A)
    Fy = one_bank(centre_y, stride, variance, K, B)
    return Fy, one_bank(centre_x, stride, variance, K, A), intensity


def reading(x, window, K):
    found = []
    for image, numbers in zip(x, window, strict=True):
        Fy, Fx, intensity = one_pair(numbers, K, *image.shape)
        found.append(intensity * anp.dot(anp.dot(Fy, image), Fx.T))
    return anp.stack(found)


def writing(patch, window, B, A):
    found = []
    for one, numbers in zip(patch, window, strict=True):
        Fy, Fx, intensity = one_pair(numbers, len(one), B, A)
        found.append(anp.dot(anp.dot(Fy.T, one), Fx) / intensity)
    return anp.stack(found)


def autograds(equations, inputs, upstream):
    """Gradients of sum(output * upstream) for every input."""

    def total(*inputs):
        outputs = equations(*inputs)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        return sum(anp.sum(out * dout) for out, dout in zip(outputs, upstream, strict=True))

    return autograd.grad(total, argnum=tuple(range(len(inputs))))(*inputs)


some_sizes = [
    example(sizes={"N": 3, "K": 4, "B": 5, "A": 7}, seed=1),
    example(sizes={"N": 2, "K": 3, "B": 6, "A": 2}, seed=2),
    example(sizes={"N": 4, "K": 4, "B": 4, "A": 4}, seed=3),
    example(sizes={"N": 1, "K": 2, "B": 1, "A": 1}, seed=4),
]


def each_size(test):
    for one in some_sizes:
        test = one(test)
    return independent(quick(given(sizes=SIZES, seed=SEEDS)(test)))


@each_size
def test_windows_and_their_gradients(sizes, seed):
    rng = np.random.default_rng(seed)
    N, K, B, A = (sizes[letter] for letter in "NKBA")
    window = rng.standard_normal((N, 5))
    *outputs, cache = window_forward(window, K, (B, A))
    assert_all_same(outputs, windows(window, K, B, A))
    upstream = list(rng.standard_normal((5, N)))
    (right,) = autograds(lambda w: windows(w, K, B, A), [window], upstream)
    assert_same(window_backward(*upstream, cache), right)


@each_size
def test_filters_and_their_gradients(sizes, seed):
    rng = np.random.default_rng(seed)
    N, K, A = (sizes[letter] for letter in "NKA")
    centre = A * rng.standard_normal(N)
    inputs = [centre, *np.exp(rng.standard_normal((2, N)))]
    F, cache = filterbank_forward(*inputs, K, A)
    assert_same(F, banks(*inputs, K, A))
    dF = rng.standard_normal(F.shape)
    right = autograds(lambda *i: banks(*i, K, A), inputs, [dF])
    assert_all_same(filterbank_backward(dF, cache), right)


@each_size
def test_glimpses_and_their_gradients(sizes, seed):
    rng = np.random.default_rng(seed)
    N, K, B, A = (sizes[letter] for letter in "NKBA")
    inputs = [rng.standard_normal((N, B, A)), rng.standard_normal((N, 5))]
    glimpse, cache = read_forward(*inputs, K)
    assert_same(glimpse, reading(*inputs, K))
    dglimpse = rng.standard_normal(glimpse.shape)
    right = autograds(lambda *i: reading(*i, K), inputs, [dglimpse])
    assert_all_same(read_backward(dglimpse, cache), right)


@each_size
def test_strokes_and_their_gradients(sizes, seed):
    rng = np.random.default_rng(seed)
    N, K, B, A = (sizes[letter] for letter in "NKBA")
    inputs = [rng.standard_normal((N, K, K)), rng.standard_normal((N, 5))]
    stroke, cache = write_forward(*inputs, (B, A))
    assert_same(stroke, writing(*inputs, B, A))
    dstroke = rng.standard_normal(stroke.shape)
    right = autograds(lambda *i: writing(*i, B, A), inputs, [dstroke])
    assert_all_same(write_backward(dstroke, cache), right)


# What the equations imply.


def test_a_narrow_window_of_the_images_own_size_is_the_identity(rng):
    N, K = 3, 6
    x, window = rng.standard_normal((N, K, K)), np.zeros((N, 5))
    window[:, 2] = -8  # pixels next to the centre weigh exp(-1490), which is 0
    glimpse, read = read_forward(x, window, K)
    stroke, write = write_forward(x, window, (K, K))
    for found in (glimpse, stroke, read_backward(x, read)[0], write_backward(x, write)[0]):
        np.testing.assert_allclose(found, x, rtol=0, atol=1e-14)


@pytest.mark.parametrize("width", [0.5, 1.0, 2.5])
def test_a_wider_window_of_the_images_own_size_is_a_gaussian_blur_of_that_width(rng, width):
    N, K = 2, 7
    x, window = rng.standard_normal((N, K, K)), np.zeros((N, 5))
    window[:, 2] = 2 * np.log(width)
    glimpse, _ = read_forward(x, window, K)
    options = {
        "mode": "constant",
        "truncate": 2 * K / width,
    }  # zeros outside, and no weight cut off
    light = gaussian_filter(np.ones((K, K)), width, **options)
    # Of a filter only what lies inside the image counts, and that is 1 in sum.
    right = [gaussian_filter(image, width, **options) / light for image in x]
    assert_same(glimpse, np.stack(right))


def test_five_zeros_cover_the_image_along_its_longer_side():
    N, K = 2, 4
    for shape in ((10, 7), (7, 10), (10, 10)):
        centre_x, centre_y, stride, variance, intensity, _ = window_forward(
            np.zeros((N, 5)), K, shape
        )
        np.testing.assert_array_equal(centre_y, np.full(N, (shape[0] - 1) / 2))
        np.testing.assert_array_equal(centre_x, np.full(N, (shape[1] - 1) / 2))
        np.testing.assert_array_equal(stride, np.full(N, 9 / 3))
        np.testing.assert_array_equal([variance, intensity], np.ones((2, N)))


def test_centres_of_plus_and_minus_1_lie_just_outside_the_image():
    window = np.array([[-1.0, 1, 0, 0, 0], [1, -1, 0, 0, 0]])
    centre_x, centre_y, *_ = window_forward(window, 3, (5, 8))
    np.testing.assert_array_equal(centre_x, [-1, 8])
    np.testing.assert_array_equal(centre_y, [5, -1])


def test_neighbouring_pixels_weigh_as_the_gaussian_says(rng):
    N, K, A = 4, 3, 5
    centre, stride, variance = 5 * rng.standard_normal(N), rng.random(N), 1 + rng.random(N)
    F, _ = filterbank_forward(centre, stride, variance, K, A)
    mu = centre[:, np.newaxis, np.newaxis] + stride[:, np.newaxis, np.newaxis] * [[-1], [0], [1]]
    right = (mu - np.arange(A - 1) - 0.5) / variance[:, np.newaxis, np.newaxis]
    np.testing.assert_allclose(np.log(F[:, :, 1:] / F[:, :, :-1]), right, rtol=1e-10, atol=1e-12)


def test_reading_and_writing_are_transposes_of_each_other(rng):
    N, K, B, A = 3, 4, 5, 7
    x, patch = rng.standard_normal((N, B, A)), rng.standard_normal((N, K, K))
    window = rng.standard_normal((N, 5))
    for log_intensity in (0.0, 1.5):
        window[:, 4] = log_intensity
        glimpse, read = read_forward(x, window, K)
        stroke, write = write_forward(patch, window, (B, A))
        square = np.exp(2 * log_intensity)  # reading multiplies, writing divides
        of_patches = (glimpse * patch).sum(axis=(1, 2))
        np.testing.assert_allclose(of_patches, square * (x * stroke).sum(axis=(1, 2)), rtol=1e-12)
        # So the gradient of one with respect to its image is the other.
        assert_same(read_backward(patch, read)[0], square * stroke)
        assert_same(write_backward(x, write)[0], glimpse / square)


def test_a_transposed_image_and_window_give_a_transposed_glimpse_and_stroke(rng):
    N, K, B, A = 3, 4, 5, 7
    x, patch = rng.standard_normal((N, B, A)), rng.standard_normal((N, K, K))
    window = rng.standard_normal((N, 5))
    other = window[:, [1, 0, 2, 3, 4]]
    glimpse, _ = read_forward(x, window, K)
    assert_same(read_forward(x.swapaxes(1, 2), other, K)[0], glimpse.swapaxes(1, 2))
    stroke, _ = write_forward(patch, window, (B, A))
    right = stroke.swapaxes(1, 2)
    assert_same(write_forward(patch.swapaxes(1, 2), other, (A, B))[0], right)


def test_images_of_a_minibatch_know_nothing_of_each_other(rng):
    N, K, B, A = 4, 3, 6, 5
    x, window = rng.standard_normal((N, B, A)), rng.standard_normal((N, 5))
    dglimpse = rng.standard_normal((N, K, K))
    glimpse, read = read_forward(x, window, K)
    stroke, write = write_forward(dglimpse, window, (B, A))
    every = [glimpse, *read_backward(dglimpse, read), stroke, *write_backward(x, write)]
    for n in range(N):
        one = slice(n, n + 1)
        glimpse, read = read_forward(x[one], window[one], K)
        stroke, write = write_forward(dglimpse[one], window[one], (B, A))
        alone = [glimpse, *read_backward(dglimpse[one], read)]
        alone += [stroke, *write_backward(x[one], write)]
        assert_all_same([array[one] for array in every], alone)
