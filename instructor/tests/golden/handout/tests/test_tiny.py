"""Probes of cs231n_rnn/layers/tiny.py."""

from cs231n_rnn.checking import case
from cs231n_rnn.layers import tiny


@case("scale", small={"size": 1.0})
def scale(rng, size):
    return {"twice": tiny.scale(size * rng.standard_normal())}


@case("Tiny.forward")
def of_something(rng):
    return {"something": tiny.Tiny().forward(rng.standard_normal())}
