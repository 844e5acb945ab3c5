"""Probes of cs231n_rnn/models/glimpse_classifier.py: tiny models, weights drawn for the case."""

import numpy as np

from cs231n_rnn.checking import call, case, random_arrays
from cs231n_rnn.models.glimpse_classifier import GlimpseClassifier
from cs231n_rnn.training.optim import adam

CHOSEN, GIVEN = {"given": False}, {"given": True}
SIZES = {
    "unequal_sizes": {"N": 3, "B": 6, "A": 8, "K": 4, "H": 5},
    "one_image": {"N": 1, "B": 7, "A": 5, "K": 3, "H": 4},
    "one_hidden_unit": {"N": 2, "B": 5, "A": 6, "K": 3, "H": 1},
    "two_filters": {"N": 3, "B": 4, "A": 7, "K": 2, "H": 3},
    # As many images, rows, columns and filters: a wrong axis fits, and shows in the numbers.
    "cube": {"N": 4, "B": 4, "A": 4, "K": 4, "H": 4},
}
BOTH = {f"where_it_chose_{name}": CHOSEN | sizes for name, sizes in SIZES.items()}
BOTH |= {f"where_it_was_told_{name}": GIVEN | sizes for name, sizes in SIZES.items()}
FLOAT32 = {
    "where_it_chose_float32": {**CHOSEN, **SIZES["unequal_sizes"], "dtype": "float32"},
    "where_it_was_told_float32": {**GIVEN, **SIZES["unequal_sizes"], "dtype": "float32"},
}
STEP_RETURNS = "next_h, next_c, window, glimpse, cache"
BACKWARD_RETURNS = "dprev_h, dprev_c, grads"


def make_model(rng, B, A, K, H, C=4, dtype="float64", large=0.5, **options):
    """A model whose weights all count; its own generator is another one, for random places."""
    own = np.random.default_rng(1)
    model = GlimpseClassifier(C, (B, A), K, hidden_dim=H, dtype=dtype, rng=own, **options)
    for name in sorted(model.params):
        weights = large * rng.standard_normal(model.params[name].shape)
        model.params[name] = weights.astype(dtype)
    return model


def step_inputs(rng, given, N, B, A, H, dtype="float64", scale=1.0):
    """x, prev_h, prev_c, and a window if it is given."""
    x, prev_h, prev_c = random_arrays(rng, (N, B, A), (N, H), (N, H), dtype=dtype)
    window = random_arrays(rng, (N, 5), dtype=dtype) if given else []
    return x, scale * prev_h, prev_c, *window


def named(grads):
    """Gradients as a dict of arrays under their names."""
    return {f"grads[{name!r}]": grads[name] for name in sorted(grads)}


def glimpse_of(rng, given, N, B, A, K, H, dtype="float64", scale=1.0):
    model = make_model(rng, B, A, K, H, dtype=dtype)
    inputs = step_inputs(rng, given, N, B, A, H, dtype, scale)
    *found, _ = call(model.step, *inputs, returns=STEP_RETURNS)
    return dict(zip(STEP_RETURNS.split(", "), found, strict=False))


@case("GlimpseClassifier.step", **BOTH)
def one_glimpse(rng, **sizes):
    return glimpse_of(rng, **sizes)


@case("GlimpseClassifier.step", where_it_chose_far_outside=CHOSEN)
def far_outside(rng, given):
    """Large hidden states: windows that are cut off, and some that miss the image."""
    return glimpse_of(rng, given, N=4, B=5, A=7, K=3, H=6, scale=30)


@case("GlimpseClassifier.step", **FLOAT32)
def one_glimpse_in_float32(rng, **sizes):
    return glimpse_of(rng, **sizes)


@case("GlimpseClassifier.step")
def two_glimpses(rng):
    """The second one begins where the first one ended."""
    model = make_model(rng, B=7, A=6, K=3, H=5)
    x, h, c = step_inputs(rng, False, N=3, B=7, A=6, H=5)
    found = {}
    for which in ("first", "second"):
        h, c, window, glimpse, _ = call(model.step, x, h, c, returns=STEP_RETURNS)
        found |= {f"{which} window": window, f"{which} glimpse": glimpse}
    return {**found, "next_h": h, "next_c": c}


@case("GlimpseClassifier.step_backward", **BOTH, tolerance=1e-7)
def one_glimpse_back(rng, **sizes):
    return back(rng, 1, 1, **sizes)


@case(
    "GlimpseClassifier.step_backward",
    through_the_hidden_state_alone={"of_h": 1, "of_c": 0},
    through_the_cell_state_alone={"of_h": 0, "of_c": 1},
    tolerance=1e-7,
)
def one_path_only(rng, of_h, of_c):
    return back(rng, of_h, of_c, given=False, N=3, B=5, A=8, K=3, H=4)


@case("GlimpseClassifier.step_backward", **FLOAT32)
def one_glimpse_back_in_float32(rng, **sizes):
    return back(rng, 1, 1, **sizes)


@case("GlimpseClassifier.step_backward", tolerance=1e-7)
def window_in_a_corner(rng):
    """Little of the image is seen there, and what is seen depends on the place."""
    model = make_model(rng, B=6, A=9, K=3, H=4, large=0.1)
    model.params["b_window"] = np.array([-0.9, 0.8, -1.0, -1.5, 0.5])
    return gradients_of(rng, model, step_inputs(rng, False, N=2, B=6, A=9, H=4))


def back(rng, of_h, of_c, given, N, B, A, K, H, dtype="float64"):
    """Gradients, where the loss uses the hidden state, the cell state, or both."""
    model = make_model(rng, B, A, K, H, dtype=dtype)
    return gradients_of(rng, model, step_inputs(rng, given, N, B, A, H, dtype), of_h, of_c)


def gradients_of(rng, model, inputs, of_h=1, of_c=1):
    """The gradients, under a step of the student's own."""
    *_, cache = call(model.step, *inputs, returns=STEP_RETURNS)
    prev_h = inputs[1]
    dnext_h, dnext_c = random_arrays(rng, prev_h.shape, prev_h.shape, dtype=prev_h.dtype)
    dprev_h, dprev_c, grads = call(
        model.step_backward, of_h * dnext_h, of_c * dnext_c, cache, returns=BACKWARD_RETURNS
    )
    found = {"dprev_h": dprev_h, "dprev_c": dprev_c, **named(grads)}
    return found | {"grads has W_window": "W_window" in grads}


# D answers in T glimpses of images (N, B, A).
LOOKS = {
    "one_answer": {"N": 3, "T": 4, "D": 1, "B": 6, "A": 8, "K": 3, "H": 5},
    "two_answers": {"N": 3, "T": 4, "D": 2, "B": 7, "A": 5, "K": 4, "H": 6},
}
SMALL = {
    "one_image": {"N": 1, "T": 2, "D": 2, "B": 5, "A": 6, "K": 3, "H": 4},
    "one_glimpse": {"N": 2, "T": 1, "D": 1, "B": 6, "A": 5, "K": 3, "H": 4},
    # As many images as answers, glimpses and classes.
    "cube": {"N": 4, "T": 4, "D": 4, "B": 4, "A": 4, "K": 4, "H": 4},
}
LOSS = {f"learned_{name}": {"place": "learned", **sizes} for name, sizes in (LOOKS | SMALL).items()}
LOSS |= {f"centre_{name}": {"place": "centre", **sizes} for name, sizes in LOOKS.items()}
LOSS |= {f"anywhere_{name}": {"place": "anywhere", **sizes} for name, sizes in LOOKS.items()}


def loss_of(rng, model, N):
    """Loss and gradients on N images and their answers, drawn at random."""
    D, C = len(model.answer_steps), len(model.params["b_out"])
    (x,) = random_arrays(rng, (N, *model.shape))
    y = rng.integers(C, size=(N, D))
    loss, grads = call(model.loss, x, y, returns="loss, grads")
    return {"loss": loss, **named(grads)}


@case("GlimpseClassifier.loss", **LOSS, tolerance=1e-7)
def loss(rng, N, T, D, place, **sizes):
    model = make_model(rng, num_glimpses=T, num_answers=D, place=place, **sizes)
    return loss_of(rng, model, N)


@case("GlimpseClassifier.loss", at_most={"final_loss": 0.1}, tolerance=1e-6)
def overfits_three_images(rng):
    model = make_model(rng, B=6, A=7, K=4, H=16, C=3, large=0.3, num_glimpses=2, num_answers=2)
    for name in ("W_window", "b_window"):
        model.params[name] /= 10  # so that no window begins in the dark
    (x,) = random_arrays(rng, (3, 6, 7))
    y = np.array([[0, 1], [2, 0], [1, 1]])
    configs = {name: {"learning_rate": 1e-2} for name in model.params}
    losses = []
    for _ in range(80):
        loss, grads = model.loss(x.copy(), y.copy())
        losses.append(loss)
        for name, value in model.params.items():
            model.params[name], configs[name] = adam(value, grads[name], configs[name])
    return {"first_losses": np.array(losses[:5]), "final_loss": losses[-1]}


# BEGIN HIDDEN
HIDDEN_SIZES = {
    "tall": {"N": 2, "shape": (9, 4), "K": 3, "H": 6},
    "wide": {"N": 5, "shape": (3, 10), "K": 4, "H": 2},
    "one_column": {"N": 3, "shape": (6, 1), "K": 2, "H": 5},
    "single": {"N": 1, "shape": (5, 4), "K": 5, "H": 1},
}
STEP = {f"chosen_{name}": {**sizes, "told": False} for name, sizes in HIDDEN_SIZES.items()}
STEP |= {f"told_{name}": {**sizes, "told": True} for name, sizes in HIDDEN_SIZES.items()}


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


@case("GlimpseClassifier.step", hidden=True, **STEP)
def step(rng, N, told, **sizes):
    found = taken(rng, model_of(rng, **sizes), N, told)
    return {name: value for name, value in found.items() if name != "cache"}


@case("GlimpseClassifier.step_backward", hidden=True, **STEP, tolerance=1e-7)
def step_backward(rng, N, told, **sizes):
    model = model_of(rng, **sizes)
    return gradients_back(rng, model, taken(rng, model, N, told))


# Weights enough that a difference for each of them does not end in time.
@case("GlimpseClassifier.step_backward", hidden=True, deadline=True, tolerance=1e-7)
def step_backward_in_time(rng):
    model = model_of(rng, (12, 14), K=12, H=64, large=0.1)
    return gradients_back(rng, model, taken(rng, model, 3, told=False))


HIDDEN_LOSS = {
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


@case("GlimpseClassifier.loss", hidden=True, **HIDDEN_LOSS, tolerance=1e-7)
def hidden_loss(rng, N, T, D, shape, place):
    model = model_of(rng, shape, K=3, H=6, num_glimpses=T, num_answers=D, place=place)
    return loss_and_grads(rng, model, N)


@case("GlimpseClassifier.loss", hidden=True, deadline=True, tolerance=1e-7)
def loss_in_time(rng):
    model = model_of(rng, (12, 14), K=8, H=32, C=10, large=0.1, num_glimpses=4, num_answers=2)
    return loss_and_grads(rng, model, 3)


# END HIDDEN
