"""Hidden probes of cs231n_rnn/layers/latent.py: other sizes, and no noise."""

import numpy as np

from cs231n_rnn.checking import call, call_backward, case, random_arrays
from cs231n_rnn.layers.latent import latent_backward, latent_forward

SIZES = {
    "many_examples": {"N": 7, "Z": 3},
    "many_numbers": {"N": 2, "Z": 9},
    "one_of_each": {"N": 1, "Z": 1},
    "narrow": {"N": 3, "Z": 4, "shift": -4},
    "wide": {"N": 4, "Z": 3, "shift": 3},
}


def latent_inputs(rng, N, Z, shift=0):
    mu, log_sigma, noise = random_arrays(rng, (N, Z), (N, Z), (N, Z))
    return mu, log_sigma + shift, noise


@case("latent_forward", **SIZES)
def forward(rng, **sizes):
    z, kl, _ = call(latent_forward, *latent_inputs(rng, **sizes), returns="z, kl, cache")
    return {"z": z, "kl": kl}


@case("latent_forward")
def without_noise(rng):
    mu, log_sigma, noise = latent_inputs(rng, 3, 4)
    z, kl, _ = call(latent_forward, mu, log_sigma, 0 * noise, returns="z, kl, cache")
    return {"z": z, "kl": kl}


@case("latent_backward", **SIZES)
def backward(rng, N, Z, shift=0):
    *_, cache = call(latent_forward, *latent_inputs(rng, N, Z, shift), returns="z, kl, cache")
    dz, dkl = random_arrays(rng, (N, Z), (N,))
    return call_backward(latent_backward, dz, dkl, cache, returns="dmu, dlog_sigma")


@case("latent_backward")
def a_cost_for_each_example(rng):
    """Every example has a dkl of its own, and one of them has none."""
    N, Z = 4, 3
    *_, cache = call(latent_forward, *latent_inputs(rng, N, Z), returns="z, kl, cache")
    (dz,) = random_arrays(rng, (N, Z))
    dkl = np.array([1.0, 0.0, -2.0, 0.5])
    return call_backward(latent_backward, dz, dkl, cache, returns="dmu, dlog_sigma")


# Numbers enough that a difference for each of them does not end in time.
@case("latent_backward", deadline=True, in_time={"N": 10, "Z": 2000})
def backward_in_time(rng, N, Z):
    *_, cache = call(latent_forward, *latent_inputs(rng, N, Z), returns="z, kl, cache")
    dz, dkl = random_arrays(rng, (N, Z), (N,))
    return call_backward(latent_backward, dz, dkl, cache, returns="dmu, dlog_sigma")
