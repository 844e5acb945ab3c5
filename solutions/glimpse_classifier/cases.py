"""Hidden probes of cs231n_rnn/models/glimpse_classifier.py: other sizes, and more glimpses."""

import numpy as np

from cs231n_rnn.checking import call, case, random_arrays
from cs231n_rnn.models.glimpse_classifier import GlimpseClassifier

SIZES = {
    "tall": {"N": 2, "shape": (9, 4), "K": 3, "H": 6},
    "wide": {"N": 5, "shape": (3, 10), "K": 4, "H": 2},
    "one_column": {"N": 3, "shape": (6, 1), "K": 2, "H": 5},
    "single": {"N": 1, "shape": (5, 4), "K": 5, "H": 1},
}
STEP = {f"chosen_{name}": {**sizes, "told": False} for name, sizes in SIZES.items()}
STEP |= {f"told_{name}": {**sizes, "told": True} for name, sizes in SIZES.items()}


def model_of(rng, shape, K, H, C=3, large=0.6, **options):
    """A float64 model with weights drawn at random."""
    seed = rng.integers(1000)
    model = GlimpseClassifier(
        C, shape, K, hidden_dim=H, dtype=np.float64, rng=np.random.default_rng(seed), **options
    )
    for name in sorted(model.params):
        model.params[name] = large * rng.standard_normal(model.params[name].shape)
    return model


def taken(rng, model, N, told):
    """What one glimpse of N images gives, under its name."""
    H = len(model.params["Wh"])
    arrays = random_arrays(rng, (N, *model.shape), (N, H), (N, H), *([(N, 5)] if told else []))
    names = "next_h, next_c, window, glimpse, cache"
    return dict(zip(names.split(", "), call(model.step, *arrays, returns=names), strict=True))


def gradients_back(rng, model, step):
    """Gradients of one glimpse, the gradients of its states drawn at random."""
    dnext_h, dnext_c = random_arrays(rng, *[np.shape(step["next_h"])] * 2)
    dprev_h, dprev_c, grads = call(
        model.step_backward, dnext_h, dnext_c, step["cache"], returns="dprev_h, dprev_c, grads"
    )
    found = {"dprev_h": dprev_h, "dprev_c": dprev_c, "grads has W_window": "W_window" in grads}
    return found | {f"of {name}": grads[name] for name in sorted(grads)}


@case("GlimpseClassifier.step", **STEP)
def step(rng, N, told, **sizes):
    found = taken(rng, model_of(rng, **sizes), N, told)
    return {name: value for name, value in found.items() if name != "cache"}


@case("GlimpseClassifier.step_backward", **STEP, tolerance=1e-7)
def step_backward(rng, N, told, **sizes):
    model = model_of(rng, **sizes)
    return gradients_back(rng, model, taken(rng, model, N, told))


# Weights enough that a difference for each of them does not end in time.
@case("GlimpseClassifier.step_backward", deadline=True, tolerance=1e-7)
def step_backward_in_time(rng):
    model = model_of(rng, (12, 14), K=12, H=64, large=0.1)
    return gradients_back(rng, model, taken(rng, model, 3, told=False))


LOSS = {
    "tall_learned": {"place": "learned", "N": 4, "T": 6, "D": 1, "shape": (9, 4)},
    "wide_learned": {"place": "learned", "N": 2, "T": 6, "D": 3, "shape": (3, 10)},
    "tall_centre": {"place": "centre", "N": 3, "T": 3, "D": 3, "shape": (9, 4)},
    "wide_anywhere": {"place": "anywhere", "N": 3, "T": 6, "D": 2, "shape": (5, 8)},
    "single_image_anywhere": {"place": "anywhere", "N": 1, "T": 3, "D": 1, "shape": (5, 8)},
}


def loss_and_grads(rng, model, N):
    (x,) = random_arrays(rng, (N, *model.shape))
    y = rng.integers(len(model.params["b_out"]), size=(N, len(model.answer_steps)))
    value, grads = call(model.loss, x, y, returns="loss, grads")
    return {"loss": value, **{f"of {name}": grads[name] for name in sorted(grads)}}


@case("GlimpseClassifier.loss", **LOSS, tolerance=1e-7)
def loss(rng, N, T, D, shape, place):
    model = model_of(rng, shape, K=3, H=6, num_glimpses=T, num_answers=D, place=place)
    return loss_and_grads(rng, model, N)


@case("GlimpseClassifier.loss", deadline=True, tolerance=1e-7)
def loss_in_time(rng):
    model = model_of(rng, (12, 14), K=8, H=32, C=10, large=0.1, num_glimpses=4, num_answers=2)
    return loss_and_grads(rng, model, 3)
