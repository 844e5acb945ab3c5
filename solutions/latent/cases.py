"""Probes of cs231n_rnn/layers/latent.py."""

import numpy as np

from cs231n_rnn.checking import call, call_backward, case, random_arrays
from cs231n_rnn.layers.latent import latent_backward, latent_forward

SIZES = {
    "unequal_sizes": {"N": 3, "Z": 5},
    "one_example": {"N": 1, "Z": 4},
    "one_number": {"N": 4, "Z": 1},
    # As many numbers as examples: a sum over the wrong axis fits, and shows in the values.
    "square": {"N": 4, "Z": 4},
    "wide_and_narrow": {"N": 3, "Z": 4, "scale": 5},
    "float32": {"N": 2, "Z": 3, "dtype": "float32"},
}


def latent_inputs(rng, N, Z, scale=1.0, dtype=float):
    """mu, log_sigma and noise, with a scale on the first two."""
    mu, log_sigma, noise = random_arrays(rng, (N, Z), (N, Z), (N, Z), dtype=dtype)
    mu *= scale
    log_sigma *= scale / 2
    return mu, log_sigma, noise


@case("latent_forward", **SIZES)
def forward(rng, **sizes):
    z, kl, _ = call(latent_forward, *latent_inputs(rng, **sizes), returns="z, kl, cache")
    return {"z": z, "kl": kl}


@case("latent_forward")
def standard_normal_costs_nothing(rng):
    (noise,) = random_arrays(rng, (2, 3))
    zeros = np.zeros((2, 3))
    z, kl, _ = call(latent_forward, zeros, zeros, noise, returns="z, kl, cache")
    return {"z": z, "kl": kl}


@case("latent_forward", only_the_mean={"mean": 1}, only_the_width={"mean": 0})
def one_of_the_two(rng, mean):
    mu, log_sigma, noise = latent_inputs(rng, 3, 2)
    inputs = mean * mu, (1 - mean) * log_sigma, noise
    z, kl, _ = call(latent_forward, *inputs, returns="z, kl, cache")
    return {"z": z, "kl": kl}


@case("latent_backward", **SIZES)
def backward(rng, **sizes):
    return gradients(rng, latent_inputs(rng, **sizes))


@case(
    "latent_backward",
    through_the_sample={"sampled": 1, "paid": 0},
    through_the_cost={"sampled": 0, "paid": 1},
)
def one_path_only(rng, sampled, paid):
    return gradients(rng, latent_inputs(rng, N=3, Z=2), sampled, paid)


def gradients(rng, inputs, sampled=1, paid=1):
    """Of a loss that uses the sample, its cost, or both."""
    *_, cache = call(latent_forward, *inputs, returns="z, kl, cache")
    N, Z = inputs[0].shape
    dz, dkl = random_arrays(rng, (N, Z), (N,), dtype=inputs[0].dtype)
    return call_backward(
        latent_backward, sampled * dz, paid * dkl, cache, returns="dmu, dlog_sigma"
    )


# BEGIN HIDDEN
HIDDEN_SIZES = {
    "many_examples": {"N": 7, "Z": 3},
    "many_numbers": {"N": 2, "Z": 9},
    "one_of_each": {"N": 1, "Z": 1},
    "narrow": {"N": 3, "Z": 4, "shift": -4},
    "wide": {"N": 4, "Z": 3, "shift": 3},
}


def hidden_latent_inputs(rng, N, Z, shift=0):
    mu, log_sigma, noise = random_arrays(rng, (N, Z), (N, Z), (N, Z))
    return mu, log_sigma + shift, noise


@case("latent_forward", hidden=True, **HIDDEN_SIZES)
def hidden_forward(rng, **sizes):
    z, kl, _ = call(latent_forward, *hidden_latent_inputs(rng, **sizes), returns="z, kl, cache")
    return {"z": z, "kl": kl}


@case("latent_forward", hidden=True)
def without_noise(rng):
    mu, log_sigma, noise = hidden_latent_inputs(rng, 3, 4)
    z, kl, _ = call(latent_forward, mu, log_sigma, 0 * noise, returns="z, kl, cache")
    return {"z": z, "kl": kl}


# In time: numbers enough that a difference for each of them does not end in time.
@case("latent_backward", hidden=True, deadline=True, in_time={"N": 10, "Z": 2000})
@case("latent_backward", hidden=True, **HIDDEN_SIZES)
def hidden_backward(rng, **sizes):
    return gradients(rng, hidden_latent_inputs(rng, **sizes))


@case("latent_backward", hidden=True)
def a_cost_for_each_example(rng):
    """Every example has a dkl of its own, and one of them has none."""
    N, Z = 4, 3
    *_, cache = call(latent_forward, *hidden_latent_inputs(rng, N, Z), returns="z, kl, cache")
    (dz,) = random_arrays(rng, (N, Z))
    dkl = np.array([1.0, 0.0, -2.0, 0.5])
    return call_backward(latent_backward, dz, dkl, cache, returns="dmu, dlog_sigma")


# END HIDDEN
