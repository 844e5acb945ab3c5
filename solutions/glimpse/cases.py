"""Hidden probes of cs231n_rnn/layers/glimpse.py: other sizes, and some to be quick at."""

import numpy as np

from cs231n_rnn.checking import call, call_backward, case, random_arrays
from cs231n_rnn.layers import glimpse

WINDOW = {
    "many_images": {"N": 11, "K": 3, "B": 4, "A": 6},
    "many_filters": {"N": 2, "K": 12, "B": 5, "A": 3},
    "low_image": {"N": 4, "K": 2, "B": 2, "A": 17},
    "high_image": {"N": 4, "K": 3, "B": 13, "A": 5},
}
BANK = {
    "many_images": {"N": 9, "K": 2, "size": 4},
    "many_filters": {"N": 2, "K": 9, "size": 4},
    "many_pixels": {"N": 3, "K": 2, "size": 19},
    "as_many_filters_as_pixels": {"N": 2, "K": 5, "size": 5},
    "as_many_filters_as_images": {"N": 4, "K": 4, "size": 7},
    "at_scale": {"N": 64, "K": 8, "size": 28},
}
GLIMPSE = {
    "many_images": {"N": 9, "K": 2, "B": 4, "A": 3},
    "many_filters": {"N": 2, "K": 7, "B": 5, "A": 3},
    "high_image": {"N": 3, "K": 3, "B": 11, "A": 4},
    "one_column": {"N": 2, "K": 3, "B": 5, "A": 1},
    "as_many_filters_as_rows": {"N": 2, "K": 4, "B": 4, "A": 6},
    "as_many_filters_as_columns": {"N": 3, "K": 4, "B": 6, "A": 4},
    "at_scale": {"N": 32, "K": 6, "B": 24, "A": 28},
}
WINDOW_RETURNS = "centre_x, centre_y, stride, variance, intensity, cache"
FILTER_GRADIENTS = "dcentre, dstride, dvariance"


def windows(rng, N):
    """Windows that lie inside of the image, or not far from it."""
    return rng.uniform(-0.8, 0.8, size=(N, 5))


def make_window(numbers, K, shape):
    """The window's values under their names, and the cache."""
    *found, cache = call(glimpse.window_forward, numbers, K, shape, returns=WINDOW_RETURNS)
    return dict(zip(WINDOW_RETURNS.split(", ")[:-1], found, strict=True)), cache


def bank_inputs(rng, N, size):
    """centre, stride, variance."""
    centre = rng.uniform(0, size, size=N)
    return [centre, rng.uniform(0.5, 2, size=N), rng.uniform(0.7, 3, size=N)]


def make_bank(inputs, K, size):
    return call(glimpse.filterbank_forward, *inputs, K, size, returns="F, cache")


@case("window_forward", **WINDOW)
def window(rng, N, K, B, A):
    return make_window(windows(rng, N), K, (B, A))[0]


@case("window_forward", huge={"scale": 1e30}, beyond_the_limit={"scale": 13.0})
def numbers_out_of_bounds(rng, scale):
    """One number of each window is cut off, to either side in turn."""
    numbers = windows(rng, 10)
    numbers[:5] += scale * np.eye(5)
    numbers[5:] -= scale * np.eye(5)
    return make_window(numbers * (1 + rng.random()), 3, (6, 4))[0]


@case("window_forward")
def numbers_in_another_order_of_memory(rng):
    return make_window(np.asfortranarray(windows(rng, 4)), 3, (6, 7))[0]


def gradient_of_a_window(rng, numbers, K, shape):
    _, cache = make_window(numbers, K, shape)
    gradients = random_arrays(rng, *[(len(numbers),)] * 5)
    return call_backward(glimpse.window_backward, *gradients, cache, returns="dwindow")


@case("window_backward", **WINDOW)
def window_backward(rng, N, K, B, A):
    return gradient_of_a_window(rng, windows(rng, N), K, (B, A))


@case("window_backward", huge={"scale": 1e30}, beyond_the_limit={"scale": 13.0})
def gradients_out_of_bounds(rng, scale):
    numbers = windows(rng, 10)
    numbers[:5] += scale * np.eye(5)
    numbers[5:] -= scale * np.eye(5)
    return gradient_of_a_window(rng, numbers, 3, (6, 4))


# Many windows: a loop over them still ends in time, a difference for each number does not.
@case("window_backward", deadline=True, in_time={"N": 10_000})
def window_backward_in_time(rng, N):
    return gradient_of_a_window(rng, windows(rng, N), 4, (6, 9))


@case("filterbank_forward", **BANK)
def filters(rng, K, size, **options):
    return {"F": make_bank(bank_inputs(rng, size=size, **options), K, size)[0]}


@case("filterbank_forward", left={"place": -1}, right={"place": 1})
def filters_outside(rng, place):
    """From just outside to so far that all weights underflow."""
    _, stride, variance = bank_inputs(rng, 6, 5)
    centre = 2.0 + place * np.array([0.0, 4, 9, 40, 400, 4e6])
    return {"F": make_bank([centre, stride, 0.1 * variance], 3, 5)[0]}


@case("filterbank_forward")
def filters_of_all_widths(rng):
    centre, stride, _ = bank_inputs(rng, 5, 6)
    return {"F": make_bank([centre, stride, np.array([1e-5, 1e-3, 0.1, 10, 1e5])], 4, 6)[0]}


def gradients_of_filters(rng, inputs, K, size):
    F, cache = make_bank(inputs, K, size)
    (dF,) = random_arrays(rng, np.shape(F))
    return call_backward(glimpse.filterbank_backward, dF, cache, returns=FILTER_GRADIENTS)


@case("filterbank_backward", **BANK)
def filters_backward(rng, K, size, **options):
    return gradients_of_filters(rng, bank_inputs(rng, size=size, **options), K, size)


@case("filterbank_backward")
def filters_outside_backward(rng):
    centre, stride, variance = bank_inputs(rng, 4, 5)
    centre[:3] = -9, 300, 4e6
    return gradients_of_filters(rng, [centre, stride, variance], 3, 5)


@case("filterbank_backward", deadline=True, in_time={"N": 3000, "K": 3, "size": 9})
def filters_backward_in_time(rng, K, size, **options):
    return gradients_of_filters(rng, bank_inputs(rng, size=size, **options), K, size)


@case("read_forward", **GLIMPSE)
def read(rng, N, K, B, A):
    x, numbers = rng.standard_normal((N, B, A)), windows(rng, N)
    return {"glimpse": call(glimpse.read_forward, x, numbers, K, returns="glimpse, cache")[0]}


@case("read_forward", transposed_memory={"order": "F"}, every_second_column={"order": "C"})
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


@case("read_backward", **GLIMPSE)
def read_backward(rng, **sizes):
    return gradients_of_reading(rng, **sizes)


# Large images, or patches, and few of them, for the same reason as above.
@case("read_backward", deadline=True, in_time={"N": 2, "K": 2, "B": 220, "A": 200})
def read_backward_in_time(rng, **sizes):
    return gradients_of_reading(rng, **sizes)


@case("write_forward", **GLIMPSE)
def write(rng, N, K, B, A):
    patch, numbers = rng.standard_normal((N, K, K)), windows(rng, N)
    found = call(glimpse.write_forward, patch, numbers, (B, A), returns="stroke, cache")
    return {"stroke": found[0]}


@case("write_forward")
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


@case("write_backward", **GLIMPSE)
def write_backward(rng, **sizes):
    return gradients_of_writing(rng, **sizes)


@case("write_backward", deadline=True, in_time={"N": 2, "K": 200, "B": 3, "A": 2})
def write_backward_in_time(rng, **sizes):
    return gradients_of_writing(rng, **sizes)
