"""Probes of cs231n_rnn/models/vqa.py: tiny models with weights drawn for the case."""

import numpy as np

from cs231n_rnn.checking import call, case, random_arrays
from cs231n_rnn.models.vqa import VQAModel

V, K, C = 9, 6, 3
SHORT_AND_LONG = {"lengths": [4, 1, 5, 3], "L": 7}
ONE_WORD = {"lengths": [1], "L": 1}


def make_model(rng, H=5, dtype="float64", null=0):
    """A model whose weights are large enough for every part to count, and not for one answer."""
    vocabulary = {"<NULL>" if v == null else f"word{v}": v for v in range(V)}
    model = VQAModel(vocabulary, K, C, wordvec_dim=4, hidden_dim=H, dtype=dtype)
    for name in sorted(model.params):
        model.params[name] = (rng.standard_normal(model.params[name].shape) / 2).astype(dtype)
    return model


def make_batch(rng, lengths, L, T=None, dtype="float64", null=0):
    """Questions of given lengths, and grids of L locations."""
    known = [v for v in range(V) if v != null]
    questions = np.full((len(lengths), T or max(lengths)), null)
    for row, length in zip(questions, lengths, strict=True):
        row[:length] = rng.choice(known, size=length)
    return questions, *random_arrays(rng, (len(lengths), L, C), dtype=dtype)


def named_scores(model, *batch):
    """What ``scores`` returns but for the cache."""
    scores, weights, _ = call(model.scores, *batch, returns="scores, weights, cache")
    return {"scores": scores, "weights": weights}


def named_loss(model, *batch):
    """Loss and gradients as one dict of arrays."""
    loss, grads = call(model.loss, *batch, returns="loss, grads")
    return {"loss": loss, **{f"grads[{name!r}]": grads[name] for name in sorted(grads)}}


@case(
    "VQAModel.scores",
    tolerance=1e-7,
    different_lengths=SHORT_AND_LONG,
    one_word_one_location=ONE_WORD,
    no_padding={"lengths": [3, 3], "L": 6},
    wide_padding={"lengths": [2, 3, 1], "L": 4, "T": 8},
    null_last={"lengths": [4, 2], "L": 5, "null": 8},
    float32=SHORT_AND_LONG | {"dtype": "float32"},
)
def scores(rng, lengths, L, T=None, dtype="float64", null=0):
    model = make_model(rng, dtype=dtype, null=null)
    return named_scores(model, *make_batch(rng, lengths, L, T, dtype, null))


@case(
    "VQAModel.loss",
    tolerance=1e-7,
    different_lengths=SHORT_AND_LONG,
    one_word_one_location=ONE_WORD,
    one_word={"lengths": [1, 1, 1], "L": 4},
    no_padding={"lengths": [3, 3], "L": 6},
    wide_padding={"lengths": [2, 3, 1], "L": 4, "T": 8},
    null_last={"lengths": [4, 2], "L": 5, "null": 8},
    float32=SHORT_AND_LONG | {"dtype": "float32"},
)
def loss(rng, lengths, L, T=None, dtype="float64", null=0):
    model = make_model(rng, dtype=dtype, null=null)
    batch = make_batch(rng, lengths, L, T, dtype, null)
    return named_loss(model, *batch, rng.integers(K, size=len(lengths)))


@case("VQAModel.answer", tolerance=1e-7, many_questions={"N": 12, "L": 5}, one={"N": 1, "L": 9})
def answers(rng, N, L):
    model = make_model(rng, H=8)
    batch = make_batch(rng, list(rng.integers(1, 6, size=N)), L)
    answers, weights = call(model.answer, *batch, returns="answers, weights")
    return {"answers": np.asarray(answers), "weights": weights}


# BEGIN HIDDEN
def hidden_make_model(rng, V=7, K=4, C=5, W=3, H=6, null=0):
    """A float64 model; its <NULL> need not be the first word."""
    words = [f"word{v}" for v in range(V - 1)]
    words.insert(null, "<NULL>")
    vocabulary = {word: v for v, word in enumerate(words)}
    model = VQAModel(vocabulary, K, C, W, H, dtype=np.float64)
    for name in sorted(model.params):
        model.params[name] = rng.standard_normal(model.params[name].shape) / 2
    return model


def hidden_make_batch(rng, model, lengths, L, T=None):
    """Questions of given lengths, and grids of L locations."""
    null, V = model.word_to_idx["<NULL>"], len(model.word_to_idx)
    known = np.delete(np.arange(V), null)
    questions = np.full((len(lengths), T or max(lengths)), null)
    for row, length in zip(questions, lengths, strict=True):
        row[:length] = rng.choice(known, size=length)
    return questions, *random_arrays(rng, (len(lengths), L, len(model.params["W_proj"])))


def hidden_named_loss(model, *batch):
    hidden_loss, grads = call(model.loss, *batch, returns="loss, grads")
    return {"loss": hidden_loss, **{f"grads[{name!r}]": grads[name] for name in sorted(grads)}}


@case(
    "VQAModel.scores",
    hidden=True,
    tolerance=1e-7,
    long_questions={"lengths": [12, 2, 9], "L": 3},
    null_is_last={"lengths": [2, 4, 1], "L": 6, "null": 6},
    null_between={"lengths": [3, 1], "L": 2, "T": 5, "null": 3},
    one_location={"lengths": [2, 5], "L": 1},
)
def hidden_scores(rng, lengths, L, T=None, null=0):
    model = hidden_make_model(rng, null=null)
    batch = hidden_make_batch(rng, model, lengths, L, T)
    hidden_scores, weights, _ = call(model.scores, *batch, returns="scores, weights, cache")
    return {"scores": hidden_scores, "weights": weights}


@case("VQAModel.scores", hidden=True, tolerance=1e-7)
def high_attention_scores(rng):
    """Features a thousand times as large: exp of them overflows."""
    model = hidden_make_model(rng)
    questions, features = hidden_make_batch(rng, model, [3, 2], 5)
    hidden_scores, weights, _ = call(
        model.scores, questions, 1000 * features, returns="s, weights, cache"
    )
    return {"scores": hidden_scores, "weights": weights}


@case(
    "VQAModel.loss",
    hidden=True,
    tolerance=1e-7,
    long_questions={"lengths": [12, 2, 9], "L": 3},
    null_is_last={"lengths": [2, 4, 1], "L": 6, "null": 6},
    null_between={"lengths": [3, 1], "L": 2, "T": 5, "null": 3},
    one_location={"lengths": [2, 5], "L": 1},
)
def hidden_loss(rng, lengths, L, T=None, null=0):
    model = hidden_make_model(rng, null=null)
    batch = hidden_make_batch(rng, model, lengths, L, T)
    return hidden_named_loss(model, *batch, rng.integers(4, size=len(lengths)))


@case("VQAModel.loss", hidden=True, tolerance=1e-7)
def equal_questions_about_one_image(rng):
    model = hidden_make_model(rng)
    questions, features = hidden_make_batch(rng, model, [4], 6)
    batch = np.repeat(questions, 3, axis=0), np.repeat(features, 3, axis=0)
    return hidden_named_loss(model, *batch, np.array([1, 1, 3]))


# Weights enough that a difference for each of them does not end in time.
@case("VQAModel.loss", hidden=True, deadline=True, tolerance=1e-7)
def in_time(rng):
    model = hidden_make_model(rng, V=300, K=40, C=40, W=48, H=32)
    batch = hidden_make_batch(rng, model, [5, 3, 2], 9)
    return hidden_named_loss(model, *batch, np.array([0, 39, 7]))


@case(
    "VQAModel.answer",
    hidden=True,
    tolerance=1e-7,
    null_is_last={"N": 9, "L": 4, "null": 6},
    many_locations={"N": 3, "L": 49, "null": 0},
)
def hidden_answers(rng, N, L, null):
    model = hidden_make_model(rng, K=15, null=null)
    batch = hidden_make_batch(rng, model, list(rng.integers(1, 8, size=N)), L)
    hidden_answers, weights = call(model.answer, *batch, returns="answers, weights")
    return {"answers": np.asarray(hidden_answers), "weights": weights}


# END HIDDEN
