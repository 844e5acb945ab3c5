"""Hidden probes of cs231n_rnn/models/draw.py: other sizes, and all steps together."""

import numpy as np

from cs231n_rnn.checking import call, case, random_arrays
from cs231n_rnn.models.draw import DRAW

SIZES = {
    "tall": {"N": 2, "shape": (9, 3), "H": 5, "Z": 3, "read": 2, "write": 3},
    "many_images": {"N": 6, "shape": (4, 5), "H": 2, "Z": 2, "read": 3, "write": 3},
    "one_hidden_unit": {"N": 3, "shape": (5, 4), "H": 1, "Z": 2, "read": 2, "write": 2},
    "equal_states": {"N": 3, "shape": (3, 3), "H": 3, "Z": 3, "read": 3, "write": 3},
}
STEPS = {
    "one_step": {"T": 1, **SIZES["tall"]},
    "five_steps": {"T": 5, **SIZES["many_images"]},
}
# Weights enough that a difference for each of them does not end in time.
WIDE = {"N": 3, "shape": (12, 10), "H": 64, "Z": 16, "read": 5, "write": 5}
ENCODED = "mu, log_sigma, h_enc, c_enc, cache"
DECODED = "next_canvas, h_dec, c_dec, window, cache"
READING = "dcanvas, dprev_h_enc, dprev_c_enc, dprev_h_dec, grads"
WRITING = "dz, dprev_canvas, dprev_h_dec, dprev_c_dec, grads"


def make_model(rng, shape, H, Z, read, write, T=2):
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


def named(names, values):
    found = dict(zip(names.split(", "), values, strict=True))
    grads = found.pop("grads", {})
    return found | {f"grads[{name!r}]": grads[name] for name in sorted(grads)}


@case("DRAW.encode_step", tolerance=1e-7, **SIZES)
def encoded(rng, N, **sizes):
    model = make_model(rng, **sizes)
    *found, _ = call(model.encode_step, *inputs_of(rng, model, N, False), returns=ENCODED)
    return named("mu, log_sigma, h_enc, c_enc", found)


def reading_back(rng, N, **sizes):
    model = make_model(rng, **sizes)
    *found, cache = call(model.encode_step, *inputs_of(rng, model, N, False), returns=ENCODED)
    upstream = random_arrays(rng, *(np.shape(array) for array in found))
    return named(READING, call(model.encode_step_backward, *upstream, cache, returns=READING))


@case("DRAW.encode_step_backward", tolerance=1e-7, **SIZES)
def encoded_back(rng, **sizes):
    return reading_back(rng, **sizes)


@case("DRAW.encode_step_backward", deadline=True, tolerance=1e-7, in_time=WIDE)
def encoded_back_in_time(rng, **sizes):
    return reading_back(rng, **sizes)


@case("DRAW.decode_step", tolerance=1e-7, **SIZES)
def decoded(rng, N, **sizes):
    model = make_model(rng, **sizes)
    *found, _ = call(model.decode_step, *inputs_of(rng, model, N, True), returns=DECODED)
    return named("next_canvas, h_dec, c_dec, window", found)


def writing_back(rng, N, **sizes):
    model = make_model(rng, **sizes)
    *found, _, cache = call(model.decode_step, *inputs_of(rng, model, N, True), returns=DECODED)
    upstream = random_arrays(rng, *(np.shape(array) for array in found))
    return named(WRITING, call(model.decode_step_backward, *upstream, cache, returns=WRITING))


@case("DRAW.decode_step_backward", tolerance=1e-7, **SIZES)
def decoded_back(rng, **sizes):
    return writing_back(rng, **sizes)


@case("DRAW.decode_step_backward", deadline=True, tolerance=1e-7, in_time=WIDE)
def decoded_back_in_time(rng, **sizes):
    return writing_back(rng, **sizes)


@case("DRAW.decode_step_backward", tolerance=1e-7, **STEPS)
def all_steps(rng, N, T, **sizes):
    model = make_model(rng, T=T, **sizes)
    x = rng.integers(2, size=(N, *model.shape)).astype(float)
    noise = rng.standard_normal((T, N, model.Z))
    return named("loss, grads", call(model.loss, x, noise, returns="loss, grads"))


@case("DRAW.decode_step", tolerance=1e-7)
def new_images(rng):
    """Strokes add up, one step after the other."""
    model = make_model(rng, T=4, **{k: v for k, v in SIZES["tall"].items() if k != "N"})
    drawing = model.generate(rng.standard_normal((2, 4, model.Z)))
    return {"canvases": drawing.canvases, "windows": drawing.windows}
