"""Hidden probes of cs231n_rnn/models/classifier.py: other sizes, and equal lengths."""

import numpy as np

from cs231n_rnn.checking import call, call_backward, case, random_arrays
from cs231n_rnn.models.classifier import (
    SequenceClassifier,
    read_out_backward,
    read_out_forward,
)

LAST, MEAN, EVERY = {"read": "last"}, {"read": "mean"}, {"read": "every"}


def padding_of(lengths, T):
    return np.arange(T) >= np.array(lengths)[:, np.newaxis]


def make_model(rng, read, V=None, C=3, D=4, H=6, large=0.7):
    """A float64 model with weights drawn at random."""
    model = SequenceClassifier(C, D, H, read, V, np.float64)
    for name in sorted(model.params):
        model.params[name] = large * rng.standard_normal(model.params[name].shape)
    return model


def draw_x(rng, model, lengths, T):
    """Sequences whose padding holds other numbers than zero."""
    N, D = len(lengths), len(model.params["Wx"])
    if "W_embed" in model.params:
        return rng.integers(len(model.params["W_embed"]), size=(N, T))
    (x,) = random_arrays(rng, (N, T, D))
    x[padding_of(lengths, T)] = np.inf
    return x


def loss_of(model, rng, lengths, T):
    """Loss and gradients on sequences of given lengths."""
    lengths = np.array(lengths)
    every = (len(lengths), T)
    y = rng.integers(len(model.params["b_out"]), size=every if model.read == "every" else every[0])
    x = draw_x(rng, model, lengths, T)
    value, grads = call(model.loss, x, lengths, y, returns="loss, grads")
    return {"loss": value, **{f"grads[{name!r}]": grads[name] for name in sorted(grads)}}


@case(
    "read_out_forward",
    last_of_equal_lengths=LAST | {"lengths": [3, 3, 3]},
    mean_of_many=MEAN | {"lengths": [1, 9, 4, 4, 2, 7, 9, 5]},
    every_of_two=EVERY | {"lengths": [2, 3]},
)
def forward(rng, read, lengths):
    T = max(lengths)
    (h,) = random_arrays(rng, (len(lengths), T, 4))
    h[padding_of(lengths, T)] = np.inf
    out, _ = call(read_out_forward, h, np.array(lengths), read, returns="out, cache")
    return {"out": out}


@case(
    "read_out_backward",
    last_of_equal_lengths=LAST | {"lengths": [3, 3, 3]},
    mean_of_many=MEAN | {"lengths": [1, 9, 4, 4, 2, 7, 9, 5]},
    every_of_two=EVERY | {"lengths": [2, 3]},
)
def backward(rng, read, lengths):
    T = max(lengths)
    (h,) = random_arrays(rng, (len(lengths), T, 4))
    _, cache = call(read_out_forward, h, np.array(lengths), read, returns="out, cache")
    (dout,) = random_arrays(rng, (len(lengths), T, 4) if read == "every" else (len(lengths), 4))
    return call_backward(read_out_backward, dout, cache, returns="dh")


@case(
    "SequenceClassifier.scores",
    tolerance=1e-7,
    long_last=LAST | {"lengths": [11, 2, 8]},
    long_mean=MEAN | {"lengths": [3, 12, 1], "V": 20},
    equal_lengths=EVERY | {"lengths": [4, 4]},
)
def scores(rng, read, lengths, V=None):
    model, T = make_model(rng, read, V), max(lengths)
    return {"scores": call(model.scores, draw_x(rng, model, lengths, T), np.array(lengths))}


@case(
    "SequenceClassifier.loss",
    tolerance=1e-7,
    long_last=LAST | {"lengths": [11, 2, 8]},
    long_mean=MEAN | {"lengths": [3, 12, 1], "V": 20},
    long_every=EVERY | {"lengths": [1, 10, 6, 3]},
    equal_lengths=EVERY | {"lengths": [4, 4], "V": 7},
)
def loss(rng, read, lengths, V=None):
    return loss_of(make_model(rng, read, V), rng, lengths, max(lengths))


# Weights enough that a difference for each of them does not end in time.
@case(
    "SequenceClassifier.loss", deadline=True, tolerance=1e-7, last_in_time=LAST, every_in_time=EVERY
)
def in_time(rng, read):
    return loss_of(make_model(rng, read, V=400, D=64, H=32, large=0.3), rng, [3, 1, 2], 3)
