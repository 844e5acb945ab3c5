"""Each number by itself, in Python's own arithmetic; the cost in another order of terms."""

import math

import numpy as np


def latent_forward(mu, log_sigma, noise):
    z, kl = np.empty_like(mu), np.zeros_like(mu[:, 0])
    for n, k in np.ndindex(mu.shape):
        m, s, e = (float(array[n, k]) for array in (mu, log_sigma, noise))
        z[n, k] = m + math.exp(s) * e
        kl[n] += (m * m + math.exp(2 * s) - 1) / 2 - s
    return z, kl, {"inputs": (mu, log_sigma, noise)}


def latent_backward(dz, dkl, cache):
    mu, log_sigma, noise = cache["inputs"]
    dmu, dlog_sigma = np.empty_like(mu), np.empty_like(mu)
    for n, k in np.ndindex(mu.shape):
        s, cost = float(log_sigma[n, k]), float(dkl[n])
        dmu[n, k] = float(dz[n, k]) + cost * float(mu[n, k])
        stretched = float(noise[n, k]) * math.exp(s)
        dlog_sigma[n, k] = float(dz[n, k]) * stretched + cost * math.expm1(2 * s)
    return dmu, dlog_sigma
