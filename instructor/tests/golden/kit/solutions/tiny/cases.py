"""Probes of cs231n_rnn/layers/tiny.py."""

from cs231n_rnn.checking import case
from cs231n_rnn.layers import tiny


# BEGIN HIDDEN
@case("scale", hidden=True, large={"size": 1e9})
# END HIDDEN
@case("scale", small={"size": 1.0})
def scale(rng, size):
    return {"twice": tiny.scale(size * rng.standard_normal())}


# BEGIN HIDDEN
@case("Tiny.forward", hidden=True)
def of_nothing(rng):
    return {"nothing": tiny.Tiny().forward(0.0)}


# END HIDDEN


@case("Tiny.forward")
def of_something(rng):
    return {"something": tiny.Tiny().forward(rng.standard_normal())}
