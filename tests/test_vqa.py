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
