"""Hidden probes of cs231n_rnn/models/vqa.py: other sizes, another place of <NULL>, equal images."""

import numpy as np

from cs231n_rnn.checking import call, case, random_arrays
from cs231n_rnn.models.vqa import VQAModel


def make_model(rng, V=7, K=4, C=5, W=3, H=6, null=0):
    """A float64 model; its <NULL> need not be the first word."""
    words = [f"word{v}" for v in range(V - 1)]
    words.insert(null, "<NULL>")
    vocabulary = {word: v for v, word in enumerate(words)}
    model = VQAModel(vocabulary, K, C, W, H, dtype=np.float64)
    for name in sorted(model.params):
        model.params[name] = rng.standard_normal(model.params[name].shape) / 2
    return model


def make_batch(rng, model, lengths, L, T=None):
    """Questions of given lengths, and grids of L locations."""
    null, V = model.word_to_idx["<NULL>"], len(model.word_to_idx)
    known = np.delete(np.arange(V), null)
    questions = np.full((len(lengths), T or max(lengths)), null)
    for row, length in zip(questions, lengths, strict=True):
        row[:length] = rng.choice(known, size=length)
    return questions, *random_arrays(rng, (len(lengths), L, len(model.params["W_proj"])))


def named_loss(model, *batch):
    loss, grads = call(model.loss, *batch, returns="loss, grads")
    return {"loss": loss, **{f"grads[{name!r}]": grads[name] for name in sorted(grads)}}


@case(
    "VQAModel.scores",
    tolerance=1e-7,
    long_questions={"lengths": [12, 2, 9], "L": 3},
    null_is_last={"lengths": [2, 4, 1], "L": 6, "null": 6},
    null_between={"lengths": [3, 1], "L": 2, "T": 5, "null": 3},
    one_location={"lengths": [2, 5], "L": 1},
)
def scores(rng, lengths, L, T=None, null=0):
    model = make_model(rng, null=null)
    batch = make_batch(rng, model, lengths, L, T)
    scores, weights, _ = call(model.scores, *batch, returns="scores, weights, cache")
    return {"scores": scores, "weights": weights}


@case("VQAModel.scores", tolerance=1e-7)
def high_attention_scores(rng):
    """Features a thousand times as large: exp of them overflows."""
    model = make_model(rng)
    questions, features = make_batch(rng, model, [3, 2], 5)
    scores, weights, _ = call(model.scores, questions, 1000 * features, returns="s, weights, cache")
    return {"scores": scores, "weights": weights}


@case(
    "VQAModel.loss",
    tolerance=1e-7,
    long_questions={"lengths": [12, 2, 9], "L": 3},
    null_is_last={"lengths": [2, 4, 1], "L": 6, "null": 6},
    null_between={"lengths": [3, 1], "L": 2, "T": 5, "null": 3},
    one_location={"lengths": [2, 5], "L": 1},
)
def loss(rng, lengths, L, T=None, null=0):
    model = make_model(rng, null=null)
    batch = make_batch(rng, model, lengths, L, T)
    return named_loss(model, *batch, rng.integers(4, size=len(lengths)))


@case("VQAModel.loss", tolerance=1e-7)
def equal_questions_about_one_image(rng):
    model = make_model(rng)
    questions, features = make_batch(rng, model, [4], 6)
    batch = np.repeat(questions, 3, axis=0), np.repeat(features, 3, axis=0)
    return named_loss(model, *batch, np.array([1, 1, 3]))


# Weights enough that a difference for each of them does not end in time.
@case("VQAModel.loss", deadline=True, tolerance=1e-7)
def in_time(rng):
    model = make_model(rng, V=300, K=40, C=40, W=48, H=32)
    batch = make_batch(rng, model, [5, 3, 2], 9)
    return named_loss(model, *batch, np.array([0, 39, 7]))


@case(
    "VQAModel.answer",
    tolerance=1e-7,
    null_is_last={"N": 9, "L": 4, "null": 6},
    many_locations={"N": 3, "L": 49, "null": 0},
)
def answers(rng, N, L, null):
    model = make_model(rng, K=15, null=null)
    batch = make_batch(rng, model, list(rng.integers(1, 8, size=N)), L)
    answers, weights = call(model.answer, *batch, returns="answers, weights")
    return {"answers": np.asarray(answers), "weights": weights}
