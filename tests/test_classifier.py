"""Probes of cs231n_rnn/models/classifier.py: read-outs, then tiny models on padded sequences."""

import numpy as np

from cs231n_rnn.checking import call, call_backward, case, random_arrays
from cs231n_rnn.models.classifier import (
    SequenceClassifier,
    read_out_backward,
    read_out_forward,
)

LAST, MEAN, EVERY = {"read": "last"}, {"read": "mean"}, {"read": "every"}
WORDS = {"V": 9}


def draw_lengths(rng, N, T):
    """All lengths different, as far as there are so many, in any order; one of them is T."""
    lengths = 1 + np.arange(T)[::-1][np.arange(N) % T]
    return rng.permutation(lengths)


def make_model(rng, read, V=None, C=4, D=3, H=5, dropout=0.0):
    """A float64 model whose weights all count."""
    model = SequenceClassifier(C, D, H, read, V, np.float64, dropout, np.random.default_rng(1))
    for name in sorted(model.params):
        model.params[name] = rng.standard_normal(model.params[name].shape)
    return model


def draw_sequences(rng, model, N, T):
    """x, lengths and y; after the lengths comes what must not matter."""
    lengths = draw_lengths(rng, N, T)
    padding = np.arange(T) >= lengths[:, np.newaxis]
    D, C = len(model.params["Wx"]), len(model.params["b_out"])
    if "W_embed" in model.params:
        x = rng.integers(len(model.params["W_embed"]), size=(N, T))
        x[padding] = -1
    else:
        (x,) = random_arrays(rng, (N, T, D))
        x[padding] = np.nan
    if model.read != "every":
        return x, lengths, rng.integers(C, size=N)
    y = rng.integers(C, size=(N, T))
    y[padding] = -1
    return x, lengths, y


@case(
    "read_out_forward",
    last=LAST | {"N": 4, "T": 6},
    mean=MEAN | {"N": 4, "T": 6},
    every=EVERY | {"N": 4, "T": 6},
    last_of_one_step=LAST | {"N": 3, "T": 1},
    mean_of_one_sequence=MEAN | {"N": 1, "T": 4},
    every_of_one_sequence=EVERY | {"N": 1, "T": 4},
)
def forward(rng, read, N, T):
    (h,) = random_arrays(rng, (N, T, 5))
    lengths = draw_lengths(rng, N, T)
    h[np.arange(T) >= lengths[:, np.newaxis]] = 100
    out, _ = call(read_out_forward, h, lengths, read, returns="out, cache")
    return {"out": out}


@case("read_out_forward", last_before_nan=LAST, mean_before_nan=MEAN, every_before_nan=EVERY)
def forward_before_nan(rng, read):
    N, T = 5, 4
    (h,) = random_arrays(rng, (N, T, 3))
    lengths = draw_lengths(rng, N, T)
    h[np.arange(T) >= lengths[:, np.newaxis]] = np.nan
    out, _ = call(read_out_forward, h, lengths, read, returns="out, cache")
    return {"out": out}


@case(
    "read_out_backward",
    last=LAST | {"N": 4, "T": 6},
    mean=MEAN | {"N": 4, "T": 6},
    every=EVERY | {"N": 4, "T": 6},
    last_of_one_step=LAST | {"N": 3, "T": 1},
    mean_of_one_sequence=MEAN | {"N": 1, "T": 4},
    every_of_one_sequence=EVERY | {"N": 1, "T": 4},
)
def backward(rng, read, N, T):
    (h,) = random_arrays(rng, (N, T, 5))
    lengths = draw_lengths(rng, N, T)
    _, cache = call(read_out_forward, h, lengths, read, returns="out, cache")
    (dout,) = random_arrays(rng, (N, T, 5) if read == "every" else (N, 5))
    return call_backward(read_out_backward, dout, cache, returns="dh")


@case(
    "SequenceClassifier.scores",
    tolerance=1e-7,
    last_of_words=LAST | WORDS | {"N": 4, "T": 5},
    mean_of_words=MEAN | WORDS | {"N": 4, "T": 5},
    last_of_vectors=LAST | {"N": 3, "T": 4},
    every_vector=EVERY | {"N": 3, "T": 4},
    one_step=LAST | {"N": 2, "T": 1},
)
def scores(rng, read, N, T, V=None):
    model = make_model(rng, read, V, dropout=0.5)
    x, lengths, _ = draw_sequences(rng, model, N, T)
    found = np.array(call(model.scores, x, lengths))
    if read == "every" and found.shape[:2] == (N, T):
        found[np.arange(T) >= lengths[:, np.newaxis]] = 0  # nobody looks there
    return {"scores": found}


@case(
    "SequenceClassifier.loss",
    tolerance=1e-7,
    last_of_words=LAST | WORDS | {"N": 4, "T": 5},
    mean_of_words=MEAN | WORDS | {"N": 4, "T": 5},
    every_word=EVERY | WORDS | {"N": 3, "T": 4},
    last_of_vectors=LAST | {"N": 3, "T": 4},
    mean_of_vectors=MEAN | {"N": 3, "T": 4},
    every_vector=EVERY | {"N": 4, "T": 6},
    one_time_step=EVERY | {"N": 3, "T": 1},
    one_of_each=LAST | {"N": 1, "T": 1},
)
def loss(rng, read, N, T, V=None):
    model = make_model(rng, read, V)
    value, grads = call(model.loss, *draw_sequences(rng, model, N, T), returns="loss, grads")
    return {"loss": value, **{f"grads[{name!r}]": grads[name] for name in sorted(grads)}}


@case(
    "SequenceClassifier.loss",
    tolerance=1e-7,
    last_with_dropout=LAST,
    mean_with_dropout=MEAN | WORDS,
)
def loss_with_dropout(rng, read, V=None):
    model = make_model(rng, read, V, dropout=0.4)
    value, grads = call(model.loss, *draw_sequences(rng, model, 4, 3), returns="loss, grads")
    return {"loss": value, **{f"grads[{name!r}]": grads[name] for name in sorted(grads)}}
