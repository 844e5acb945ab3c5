"""Probes of cs231n_rnn/layers/glimpse.py."""

import numpy as np

from cs231n_rnn.checking import call, call_backward, case, random_arrays
from cs231n_rnn.layers import glimpse

WINDOW = {
    "unequal_sizes": {"N": 3, "K": 4, "B": 5, "A": 7},
    "one_example": {"N": 1, "K": 3, "B": 4, "A": 6},
    "two_filters": {"N": 4, "K": 2, "B": 3, "A": 8},
    "tall_image": {"N": 3, "K": 5, "B": 9, "A": 4},
    # As many images as numbers of a window: a wrong axis fits, and shows in the numbers.
    "square": {"N": 5, "K": 5, "B": 5, "A": 5},
    "cut_off": {"N": 4, "K": 3, "B": 5, "A": 7, "far": True},
    "float32": {"N": 3, "K": 4, "B": 6, "A": 5, "dtype": "float32"},
}
BANK = {
    "unequal_sizes": {"N": 3, "K": 4, "size": 7},
    "one_example": {"N": 1, "K": 3, "size": 6},
    "two_filters": {"N": 4, "K": 2, "size": 5},
    "cube": {"N": 4, "K": 4, "size": 4},
    "far_outside_and_narrow": {"N": 3, "K": 4, "size": 5, "away": 1000, "narrow": 1e-3},
    "wide": {"N": 3, "K": 2, "size": 6, "narrow": 1e4},
    "float32": {"N": 2, "K": 3, "size": 5, "dtype": "float32"},
}
GLIMPSE = {
    "unequal_sizes": {"N": 3, "K": 4, "B": 5, "A": 7},
    "one_example": {"N": 1, "K": 3, "B": 6, "A": 4},
    "two_filters": {"N": 3, "K": 2, "B": 7, "A": 4},
    "square_image": {"N": 3, "K": 2, "B": 5, "A": 5},
    # Whatever is transposed fits.
    "cube": {"N": 4, "K": 4, "B": 4, "A": 4},
    "one_row": {"N": 2, "K": 3, "B": 1, "A": 6},
    "far_outside": {"N": 3, "K": 3, "B": 4, "A": 5, "far": True},
    "float32": {"N": 2, "K": 3, "B": 4, "A": 5, "dtype": "float32"},
}
WINDOW_RETURNS = "centre_x, centre_y, stride, variance, intensity, cache"
FILTER_GRADIENTS = "dcentre, dstride, dvariance"


def window_numbers(rng, N, far=False, dtype=float):
    """Five numbers of each window; about half of them far out, but none of the last window's."""
    window = rng.standard_normal((N, 5)) / 2
    if far:
        away = rng.uniform(13, 80, size=(N, 5)) * rng.choice([-1, 1], size=(N, 5))
        out = rng.random((N, 5)) < 0.5
        out[-1], out[0, :3] = False, True
        window = np.where(out, away, window)
    return window.astype(dtype)


def bank_inputs(rng, N, size, away=0.0, narrow=1.0, dtype=float):
    """centre, stride, variance: inside the image, or as far away and as narrow as said.

    The last image's filters are always inside and as wide as a pixel.
    """
    centre = size / 2 + rng.standard_normal(N)
    stride, variance = rng.uniform(0.5, 2, size=(2, N))
    centre[:-1] += away * rng.choice([-1, 1], size=N - 1)
    variance[:-1] *= narrow
    return [array.astype(dtype) for array in (centre, stride, variance)]


def outside(rng, N, far=False, dtype=float):
    """Windows of which all but the last stand outside of the image, if far."""
    window = rng.standard_normal((N, 5)) / 2
    if far:
        window[:-1, :2] = rng.uniform(13, 80, size=(N - 1, 2)) * rng.choice([-1, 1], (N - 1, 2))
    return window.astype(dtype)


def read_inputs(rng, N, B, A, far=False, dtype=float):
    """x and window."""
    return [*random_arrays(rng, (N, B, A), dtype=dtype), outside(rng, N, far, dtype)]


def write_inputs(rng, N, K, far=False, dtype=float):
    """patch and window."""
    return [*random_arrays(rng, (N, K, K), dtype=dtype), outside(rng, N, far, dtype)]


def make_window(window, K, shape):
    return call(glimpse.window_forward, window, K, shape, returns=WINDOW_RETURNS)


def as_window(found):
    """The window's values under their names, without the cache."""
    return dict(zip(WINDOW_RETURNS.split(", ")[:-1], found, strict=False))


@case("window_forward", **WINDOW)
def window(rng, N, K, B, A, **options):
    return as_window(make_window(window_numbers(rng, N, **options), K, (B, A)))


@case("window_forward", wide_image={"B": 10, "A": 28}, square_image={"B": 10, "A": 10})
def five_zeros(rng, B, A):
    """They cover the image, as the first window does here."""
    numbers = window_numbers(rng, 2)
    numbers[0] = 0
    return as_window(make_window(numbers, 4, (B, A)))


@case("window_backward", **WINDOW)
def window_backward(rng, N, K, B, A, **options):
    numbers = window_numbers(rng, N, **options)
    *_, cache = make_window(numbers, K, (B, A))
    gradients = random_arrays(rng, *[(N,)] * 5, dtype=numbers.dtype)
    return call_backward(glimpse.window_backward, *gradients, cache, returns="dwindow")


@case("filterbank_forward", **BANK)
def filters(rng, K, size, **options):
    inputs = bank_inputs(rng, size=size, **options)
    F, _ = call(glimpse.filterbank_forward, *inputs, K, size, returns="F, cache")
    return {"F": F}


@case("filterbank_forward")
def filters_are_1_in_sum(rng):
    inputs = bank_inputs(rng, N=4, size=6, away=4.0, narrow=0.1)
    F, _ = call(glimpse.filterbank_forward, *inputs, 3, 6, returns="F, cache")
    return {"F": F, "sum of F": np.sum(F, axis=2)}


def gradients_of_filters(rng, K, size, **options):
    inputs = bank_inputs(rng, size=size, **options)
    F, cache = call(glimpse.filterbank_forward, *inputs, K, size, returns="F, cache")
    (dF,) = random_arrays(rng, (len(F), K, size), dtype=inputs[0].dtype)
    return call_backward(glimpse.filterbank_backward, dF, cache, returns=FILTER_GRADIENTS)


@case("filterbank_backward", **BANK)
def filters_backward(rng, **sizes):
    return gradients_of_filters(rng, **sizes)


@case("filterbank_backward")
def one_filter_counts(rng):
    """Of a gradient for the first filter alone, the stride gets its share."""
    inputs = bank_inputs(rng, N=2, size=6)
    _, cache = call(glimpse.filterbank_forward, *inputs, 3, 6, returns="F, cache")
    (dF,) = random_arrays(rng, (2, 3, 6))
    dF[:, 1:] = 0
    return call_backward(glimpse.filterbank_backward, dF, cache, returns=FILTER_GRADIENTS)


@case("read_forward", **GLIMPSE)
def read(rng, K, **options):
    inputs = read_inputs(rng, **options)
    seen, _ = call(glimpse.read_forward, *inputs, K, returns="glimpse, cache")
    return {"glimpse": seen}


@case("read_forward")
def narrow_window_of_the_images_own_size(rng):
    """It reads the image as it is."""
    (x,) = random_arrays(rng, (2, 5, 5))
    numbers = np.zeros((2, 5))
    numbers[:, 2] = -6
    seen, _ = call(glimpse.read_forward, x, numbers, 5, returns="glimpse, cache")
    return {"glimpse": seen, "difference": np.round(seen - x, 12)}


@case("read_backward", **GLIMPSE)
def read_backward(rng, N, K, **options):
    inputs = read_inputs(rng, N=N, **options)
    _, cache = call(glimpse.read_forward, *inputs, K, returns="glimpse, cache")
    (dglimpse,) = random_arrays(rng, (N, K, K), dtype=inputs[0].dtype)
    return call_backward(glimpse.read_backward, dglimpse, cache, returns="dx, dwindow")


@case("write_forward", **GLIMPSE)
def write(rng, B, A, **options):
    inputs = write_inputs(rng, **options)
    stroke, _ = call(glimpse.write_forward, *inputs, (B, A), returns="stroke, cache")
    return {"stroke": stroke}


@case("write_forward")
def narrow_brush_of_the_images_own_size(rng):
    """It writes the patch as it is."""
    (patch,) = random_arrays(rng, (2, 5, 5))
    numbers = np.zeros((2, 5))
    numbers[:, 2] = -6
    stroke, _ = call(glimpse.write_forward, patch, numbers, (5, 5), returns="stroke, cache")
    return {"stroke": stroke, "difference": np.round(stroke - patch, 12)}


@case("write_backward", **GLIMPSE)
def write_backward(rng, N, B, A, **options):
    inputs = write_inputs(rng, N=N, **options)
    _, cache = call(glimpse.write_forward, *inputs, (B, A), returns="stroke, cache")
    (dstroke,) = random_arrays(rng, (N, B, A), dtype=inputs[0].dtype)
    return call_backward(glimpse.write_backward, dstroke, cache, returns="dpatch, dwindow")
