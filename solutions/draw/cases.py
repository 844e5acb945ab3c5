"""Probes of cs231n_rnn/models/draw.py."""

import numpy as np

from cs231n_rnn.checking import call, case, random_arrays
from cs231n_rnn.models.draw import DRAW

SIZES = {
    "unequal_sizes": {"N": 3, "shape": (6, 5), "H": 4, "Z": 2, "read": 3, "write": 2},
    "one_image": {"N": 1, "shape": (5, 7), "H": 3, "Z": 4, "read": 2, "write": 3},
    "one_number": {"N": 2, "shape": (4, 6), "H": 5, "Z": 1, "read": 2, "write": 4},
    # As many of everything: what is transposed or swapped fits, and shows in the numbers.
    "square": {"N": 4, "shape": (4, 4), "H": 4, "Z": 4, "read": 4, "write": 4},
    "far_outside": {"N": 3, "shape": (6, 5), "H": 4, "Z": 3, "read": 3, "write": 2, "scale": 3},
    "float32": {
        "N": 2,
        "shape": (5, 6),
        "H": 3,
        "Z": 2,
        "read": 2,
        "write": 3,
        "dtype": "float32",
    },
}
ENCODED = "mu, log_sigma, h_enc, c_enc, cache"
DECODED = "next_canvas, h_dec, c_dec, window, cache"
READING = "dcanvas, dprev_h_enc, dprev_c_enc, dprev_h_dec, grads"
WRITING = "dz, dprev_canvas, dprev_h_dec, dprev_c_dec, grads"


def make_model(rng, shape, H, Z, read, write, scale=0.7, dtype="float64", T=3):
    """A model whose weights all count, biases among them."""
    model = DRAW(shape, T, Z, H, read, write, dtype, np.random.default_rng(1))
    for name in sorted(model.params):
        weights = scale * rng.standard_normal(model.params[name].shape)
        model.params[name] = weights.astype(dtype)
    return model


def encoder_inputs(rng, model, N):
    """Images from 0 to 1, canvas, and three states."""
    H, dtype = len(model.params["Wh_enc"]), model.params["Wh_enc"].dtype
    x = rng.random((N, *model.shape)).astype(dtype)
    return [x, *random_arrays(rng, (N, *model.shape), (N, H), (N, H), (N, H), dtype=dtype)]


def decoder_inputs(rng, model, N):
    """Code, canvas, and two states."""
    H, dtype = len(model.params["Wh_dec"]), model.params["Wh_dec"].dtype
    return random_arrays(rng, (N, model.Z), (N, *model.shape), (N, H), (N, H), dtype=dtype)


def named(names, values):
    """Values by name; gradients each by its own."""
    found = dict(zip(names.split(", "), values, strict=True))
    grads = found.pop("grads", {})
    return found | {f"grads[{name!r}]": grads[name] for name in sorted(grads)}


def encode_backward(rng, N, zero=(), **sizes):
    """Gradients of a step of the encoder; what is named in ``zero`` is not used by the loss."""
    model = make_model(rng, **sizes)
    *outputs, cache = call(model.encode_step, *encoder_inputs(rng, model, N), returns=ENCODED)
    return backward_of(rng, model.encode_step_backward, outputs, cache, zero, ENCODED, READING)


def decode_backward(rng, N, zero=(), **sizes):
    """The same of a step of the decoder. Nothing uses the window."""
    model = make_model(rng, **sizes)
    *outputs, _, cache = call(model.decode_step, *decoder_inputs(rng, model, N), returns=DECODED)
    return backward_of(rng, model.decode_step_backward, outputs, cache, zero, DECODED, WRITING)


def backward_of(rng, function, outputs, cache, zero, names, returns):
    """Call the backward pass with a gradient for each output but those named in ``zero``."""
    upstream = random_arrays(rng, *(np.shape(o) for o in outputs), dtype=outputs[0].dtype)
    named_upstream = zip(names.split(", "), upstream, strict=False)
    upstream = [0 * d if name in zero else d for name, d in named_upstream]
    return named(returns, call(function, *upstream, cache, returns=returns))


@case("DRAW.encode_step", tolerance=1e-7, **SIZES)
def encode(rng, N, **sizes):
    model = make_model(rng, **sizes)
    *found, _ = call(model.encode_step, *encoder_inputs(rng, model, N), returns=ENCODED)
    return named("mu, log_sigma, h_enc, c_enc", found)


@case("DRAW.encode_step", tolerance=1e-7)
def a_canvas_that_lacks_nothing(rng):
    """The image itself is on the canvas: the second glimpse is all zeros."""
    model = make_model(rng, **sizes_without_N("unequal_sizes"))
    x, _, *states = encoder_inputs(rng, model, 2)
    x = 0.1 + 0.8 * x
    canvas = np.log(x / (1 - x))
    *found, _ = call(model.encode_step, x, canvas, *states, returns=ENCODED)
    return named("mu, log_sigma, h_enc, c_enc", found)


@case("DRAW.encode_step_backward", tolerance=1e-7, **SIZES)
def encode_back(rng, **sizes):
    return encode_backward(rng, **sizes)


@case(
    "DRAW.encode_step_backward",
    tolerance=1e-7,
    through_mu={"zero": ["log_sigma", "h_enc", "c_enc"]},
    through_log_sigma={"zero": ["mu", "h_enc", "c_enc"]},
    through_the_next_step={"zero": ["mu", "log_sigma"]},
)
def encode_one_path(rng, zero):
    return encode_backward(rng, zero=zero, **SIZES["unequal_sizes"])


@case("DRAW.decode_step", tolerance=1e-7, **SIZES)
def decode(rng, N, **sizes):
    model = make_model(rng, **sizes)
    *found, _ = call(model.decode_step, *decoder_inputs(rng, model, N), returns=DECODED)
    return named("next_canvas, h_dec, c_dec, window", found)


@case("DRAW.decode_step_backward", tolerance=1e-7, **SIZES)
def decode_back(rng, **sizes):
    return decode_backward(rng, **sizes)


@case(
    "DRAW.decode_step_backward",
    tolerance=1e-7,
    through_the_canvas={"zero": ["h_dec", "c_dec"]},
    through_the_states={"zero": ["next_canvas"]},
)
def decode_one_path(rng, zero):
    return decode_backward(rng, zero=zero, **SIZES["unequal_sizes"])


# It needs all four methods, of which this one is written last.
@case("DRAW.decode_step_backward", tolerance=1e-7)
def whole_loss(rng):
    """All steps together, with the noise held fixed."""
    model = make_model(rng, **sizes_without_N("unequal_sizes"), T=3)
    x, noise = rng.random((2, *model.shape)), rng.standard_normal((3, 2, model.Z))
    return named("loss, grads", call(model.loss, x, noise, returns="loss, grads"))


def sizes_without_N(name):
    return {key: value for key, value in SIZES[name].items() if key != "N"}


# BEGIN HIDDEN
HIDDEN_SIZES = {
    "tall": {"N": 2, "shape": (9, 3), "H": 5, "Z": 3, "read": 2, "write": 3},
    "many_images": {"N": 6, "shape": (4, 5), "H": 2, "Z": 2, "read": 3, "write": 3},
    "one_hidden_unit": {"N": 3, "shape": (5, 4), "H": 1, "Z": 2, "read": 2, "write": 2},
    "equal_states": {"N": 3, "shape": (3, 3), "H": 3, "Z": 3, "read": 3, "write": 3},
}
STEPS = {
    "one_step": {"T": 1, **HIDDEN_SIZES["tall"]},
    "five_steps": {"T": 5, **HIDDEN_SIZES["many_images"]},
}


# Weights enough that a difference for each of them does not end in time.
WIDE = {"N": 3, "shape": (12, 10), "H": 64, "Z": 16, "read": 5, "write": 5}


def hidden_make_model(rng, shape, H, Z, read, write, T=2):
    model = DRAW(shape, T, Z, H, read, write, np.float64)
    for name in sorted(model.params):
        model.params[name] = 0.6 * rng.standard_normal(model.params[name].shape)
    return model


def inputs_of(rng, model, N, decoder):
    """What a step of the decoder, or of the encoder, is called with."""
    H = len(model.params["Wh_enc"])
    if decoder:
        return random_arrays(rng, (N, model.Z), (N, *model.shape), (N, H), (N, H))
    x = rng.integers(2, size=(N, *model.shape)).astype(float)
    return [x, *random_arrays(rng, x.shape, (N, H), (N, H), (N, H))]


def hidden_named(names, values):
    found = dict(zip(names.split(", "), values, strict=True))
    grads = found.pop("grads", {})
    return found | {f"grads[{name!r}]": grads[name] for name in sorted(grads)}


@case("DRAW.encode_step", hidden=True, tolerance=1e-7, **HIDDEN_SIZES)
def encoded(rng, N, **sizes):
    model = hidden_make_model(rng, **sizes)
    *found, _ = call(model.encode_step, *inputs_of(rng, model, N, False), returns=ENCODED)
    return hidden_named("mu, log_sigma, h_enc, c_enc", found)


def reading_back(rng, N, **sizes):
    model = hidden_make_model(rng, **sizes)
    *found, cache = call(model.encode_step, *inputs_of(rng, model, N, False), returns=ENCODED)
    upstream = random_arrays(rng, *(np.shape(array) for array in found))
    return hidden_named(
        READING, call(model.encode_step_backward, *upstream, cache, returns=READING)
    )


@case("DRAW.encode_step_backward", hidden=True, tolerance=1e-7, **HIDDEN_SIZES)
def encoded_back(rng, **sizes):
    return reading_back(rng, **sizes)


@case("DRAW.encode_step_backward", hidden=True, deadline=True, tolerance=1e-7, in_time=WIDE)
def encoded_back_in_time(rng, **sizes):
    return reading_back(rng, **sizes)


@case("DRAW.decode_step", hidden=True, tolerance=1e-7, **HIDDEN_SIZES)
def decoded(rng, N, **sizes):
    model = hidden_make_model(rng, **sizes)
    *found, _ = call(model.decode_step, *inputs_of(rng, model, N, True), returns=DECODED)
    return hidden_named("next_canvas, h_dec, c_dec, window", found)


def writing_back(rng, N, **sizes):
    model = hidden_make_model(rng, **sizes)
    *found, _, cache = call(model.decode_step, *inputs_of(rng, model, N, True), returns=DECODED)
    upstream = random_arrays(rng, *(np.shape(array) for array in found))
    return hidden_named(
        WRITING, call(model.decode_step_backward, *upstream, cache, returns=WRITING)
    )


@case("DRAW.decode_step_backward", hidden=True, tolerance=1e-7, **HIDDEN_SIZES)
def decoded_back(rng, **sizes):
    return writing_back(rng, **sizes)


@case("DRAW.decode_step_backward", hidden=True, deadline=True, tolerance=1e-7, in_time=WIDE)
def decoded_back_in_time(rng, **sizes):
    return writing_back(rng, **sizes)


@case("DRAW.decode_step_backward", hidden=True, tolerance=1e-7, **STEPS)
def all_steps(rng, N, T, **sizes):
    model = hidden_make_model(rng, T=T, **sizes)
    x = rng.integers(2, size=(N, *model.shape)).astype(float)
    noise = rng.standard_normal((T, N, model.Z))
    return hidden_named("loss, grads", call(model.loss, x, noise, returns="loss, grads"))


@case("DRAW.decode_step", hidden=True, tolerance=1e-7)
def new_images(rng):
    """Strokes add up, one step after the other."""
    model = hidden_make_model(
        rng, T=4, **{k: v for k, v in HIDDEN_SIZES["tall"].items() if k != "N"}
    )
    drawing = model.generate(rng.standard_normal((2, 4, model.Z)))
    return {"canvases": drawing.canvases, "windows": drawing.windows}


# END HIDDEN
