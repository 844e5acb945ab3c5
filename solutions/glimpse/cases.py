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


# BEGIN HIDDEN
HIDDEN_WINDOW = {
    "many_images": {"N": 11, "K": 3, "B": 4, "A": 6},
    "many_filters": {"N": 2, "K": 12, "B": 5, "A": 3},
    "low_image": {"N": 4, "K": 2, "B": 2, "A": 17},
    "high_image": {"N": 4, "K": 3, "B": 13, "A": 5},
}
HIDDEN_BANK = {
    "many_images": {"N": 9, "K": 2, "size": 4},
    "many_filters": {"N": 2, "K": 9, "size": 4},
    "many_pixels": {"N": 3, "K": 2, "size": 19},
    "as_many_filters_as_pixels": {"N": 2, "K": 5, "size": 5},
    "as_many_filters_as_images": {"N": 4, "K": 4, "size": 7},
    "at_scale": {"N": 64, "K": 8, "size": 28},
}
HIDDEN_GLIMPSE = {
    "many_images": {"N": 9, "K": 2, "B": 4, "A": 3},
    "many_filters": {"N": 2, "K": 7, "B": 5, "A": 3},
    "high_image": {"N": 3, "K": 3, "B": 11, "A": 4},
    "one_column": {"N": 2, "K": 3, "B": 5, "A": 1},
    "as_many_filters_as_rows": {"N": 2, "K": 4, "B": 4, "A": 6},
    "as_many_filters_as_columns": {"N": 3, "K": 4, "B": 6, "A": 4},
    "at_scale": {"N": 32, "K": 6, "B": 24, "A": 28},
}


def windows(rng, N):
    """Windows that lie inside of the image, or not far from it."""
    return rng.uniform(-0.8, 0.8, size=(N, 5))


def hidden_make_window(numbers, K, shape):
    """The window's values under their names, and the cache."""
    *found, cache = call(glimpse.window_forward, numbers, K, shape, returns=WINDOW_RETURNS)
    return dict(zip(WINDOW_RETURNS.split(", ")[:-1], found, strict=True)), cache


def hidden_bank_inputs(rng, N, size):
    """centre, stride, variance."""
    centre = rng.uniform(0, size, size=N)
    return [centre, rng.uniform(0.5, 2, size=N), rng.uniform(0.7, 3, size=N)]


def make_bank(inputs, K, size):
    return call(glimpse.filterbank_forward, *inputs, K, size, returns="F, cache")


@case("window_forward", hidden=True, **HIDDEN_WINDOW)
def hidden_window(rng, N, K, B, A):
    return hidden_make_window(windows(rng, N), K, (B, A))[0]


@case("window_forward", hidden=True, huge={"scale": 1e30}, beyond_the_limit={"scale": 13.0})
def numbers_out_of_bounds(rng, scale):
    """One number of each hidden_window is cut off, to either side in turn."""
    numbers = windows(rng, 10)
    numbers[:5] += scale * np.eye(5)
    numbers[5:] -= scale * np.eye(5)
    return hidden_make_window(numbers * (1 + rng.random()), 3, (6, 4))[0]


@case("window_forward", hidden=True)
def numbers_in_another_order_of_memory(rng):
    return hidden_make_window(np.asfortranarray(windows(rng, 4)), 3, (6, 7))[0]


def gradient_of_a_window(rng, numbers, K, shape):
    _, cache = hidden_make_window(numbers, K, shape)
    gradients = random_arrays(rng, *[(len(numbers),)] * 5)
    return call_backward(glimpse.window_backward, *gradients, cache, returns="dwindow")


@case("window_backward", hidden=True, **HIDDEN_WINDOW)
def hidden_window_backward(rng, N, K, B, A):
    return gradient_of_a_window(rng, windows(rng, N), K, (B, A))


@case("window_backward", hidden=True, huge={"scale": 1e30}, beyond_the_limit={"scale": 13.0})
def gradients_out_of_bounds(rng, scale):
    numbers = windows(rng, 10)
    numbers[:5] += scale * np.eye(5)
    numbers[5:] -= scale * np.eye(5)
    return gradient_of_a_window(rng, numbers, 3, (6, 4))


# Many windows: a loop over them still ends in time, a difference for each number does not.
@case("window_backward", hidden=True, deadline=True, in_time={"N": 10_000})
def window_backward_in_time(rng, N):
    return gradient_of_a_window(rng, windows(rng, N), 4, (6, 9))


@case("filterbank_forward", hidden=True, **HIDDEN_BANK)
def hidden_filters(rng, K, size, **options):
    return {"F": make_bank(hidden_bank_inputs(rng, size=size, **options), K, size)[0]}


@case("filterbank_forward", hidden=True, left={"place": -1}, right={"place": 1})
def filters_outside(rng, place):
    """From just outside to so far that all weights underflow."""
    _, stride, variance = hidden_bank_inputs(rng, 6, 5)
    centre = 2.0 + place * np.array([0.0, 4, 9, 40, 400, 4e6])
    return {"F": make_bank([centre, stride, 0.1 * variance], 3, 5)[0]}


@case("filterbank_forward", hidden=True)
def filters_of_all_widths(rng):
    centre, stride, _ = hidden_bank_inputs(rng, 5, 6)
    return {"F": make_bank([centre, stride, np.array([1e-5, 1e-3, 0.1, 10, 1e5])], 4, 6)[0]}


def hidden_gradients_of_filters(rng, inputs, K, size):
    F, cache = make_bank(inputs, K, size)
    (dF,) = random_arrays(rng, np.shape(F))
    return call_backward(glimpse.filterbank_backward, dF, cache, returns=FILTER_GRADIENTS)


@case("filterbank_backward", hidden=True, **HIDDEN_BANK)
def hidden_filters_backward(rng, K, size, **options):
    return hidden_gradients_of_filters(rng, hidden_bank_inputs(rng, size=size, **options), K, size)


@case("filterbank_backward", hidden=True)
def filters_outside_backward(rng):
    centre, stride, variance = hidden_bank_inputs(rng, 4, 5)
    centre[:3] = -9, 300, 4e6
    return hidden_gradients_of_filters(rng, [centre, stride, variance], 3, 5)


@case("filterbank_backward", hidden=True, deadline=True, in_time={"N": 3000, "K": 3, "size": 9})
def filters_backward_in_time(rng, K, size, **options):
    return hidden_gradients_of_filters(rng, hidden_bank_inputs(rng, size=size, **options), K, size)


@case("read_forward", hidden=True, **HIDDEN_GLIMPSE)
def hidden_read(rng, N, K, B, A):
    x, numbers = rng.standard_normal((N, B, A)), windows(rng, N)
    return {"glimpse": call(glimpse.read_forward, x, numbers, K, returns="glimpse, cache")[0]}


@case(
    "read_forward",
    hidden=True,
    transposed_memory={"order": "F"},
    every_second_column={"order": "C"},
)
def memory_of_another_layout(rng, order):
    x, numbers = rng.standard_normal((3, 5, 8)), windows(rng, 3)
    x = np.asarray(x, order=order)[:, :, ::2]
    return {"glimpse": call(glimpse.read_forward, x, numbers, 3, returns="glimpse, cache")[0]}


def gradients_of_reading(rng, N, K, B, A):
    x, numbers, dglimpse = (
        rng.standard_normal((N, B, A)),
        windows(rng, N),
        random_arrays(rng, (N, K, K))[0],
    )
    _, cache = call(glimpse.read_forward, x, numbers, K, returns="glimpse, cache")
    return call_backward(glimpse.read_backward, dglimpse, cache, returns="dx, dwindow")


@case("read_backward", hidden=True, **HIDDEN_GLIMPSE)
def hidden_read_backward(rng, **sizes):
    return gradients_of_reading(rng, **sizes)


# Large images, or patches, and few of them, for the same reason as above.
@case("read_backward", hidden=True, deadline=True, in_time={"N": 2, "K": 2, "B": 220, "A": 200})
def read_backward_in_time(rng, **sizes):
    return gradients_of_reading(rng, **sizes)


@case("write_forward", hidden=True, **HIDDEN_GLIMPSE)
def hidden_write(rng, N, K, B, A):
    patch, numbers = rng.standard_normal((N, K, K)), windows(rng, N)
    found = call(glimpse.write_forward, patch, numbers, (B, A), returns="stroke, cache")
    return {"stroke": found[0]}


@case("write_forward", hidden=True)
def patch_in_another_order_of_memory(rng):
    patch, numbers = rng.standard_normal((3, 4, 4)), windows(rng, 3)
    patch = np.asfortranarray(patch)
    found = call(glimpse.write_forward, patch, numbers, (5, 6), returns="stroke, cache")
    return {"stroke": found[0]}


def gradients_of_writing(rng, N, K, B, A):
    patch, numbers, dstroke = (
        rng.standard_normal((N, K, K)),
        windows(rng, N),
        random_arrays(rng, (N, B, A)),
    )
    _, cache = call(glimpse.write_forward, patch, numbers, (B, A), returns="stroke, cache")
    return call_backward(glimpse.write_backward, dstroke[0], cache, returns="dpatch, dwindow")


@case("write_backward", hidden=True, **HIDDEN_GLIMPSE)
def hidden_write_backward(rng, **sizes):
    return gradients_of_writing(rng, **sizes)


@case("write_backward", hidden=True, deadline=True, in_time={"N": 2, "K": 200, "B": 3, "A": 2})
def write_backward_in_time(rng, **sizes):
    return gradients_of_writing(rng, **sizes)


# END HIDDEN
