"""The cache is the sample and its parts: the deviation comes back from them; sums by einsum."""

import numpy as np


def latent_forward(mu, log_sigma, noise):
    moved = noise * np.exp(log_sigma)
    variance = np.exp(log_sigma + log_sigma)
    ones = np.ones_like(mu)
    squares = np.einsum("nz,nz->n", mu, mu) + np.einsum("nz,nz->n", variance, ones)
    kl = squares / 2 - log_sigma.sum(-1) - mu.shape[1] / 2
    return np.add(mu, moved), kl.astype(mu.dtype), np.stack([mu, moved, variance])


def latent_backward(dz, dkl, cache):
    mu, moved, variance = cache
    of_cost = np.einsum("n,knz->knz", dkl, np.stack([mu, variance - 1]))
    return tuple(of_cost + dz * np.stack([np.ones_like(moved), moved]))
