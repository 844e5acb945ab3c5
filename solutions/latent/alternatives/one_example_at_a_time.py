"""A loop over the minibatch; the backward pass takes sigma * noise from z - mu."""

import numpy as np


def latent_forward(mu, log_sigma, noise):
    z, kl = np.empty_like(mu), np.zeros(len(mu), mu.dtype)
    for n, (m, s, e) in enumerate(zip(mu, log_sigma, noise, strict=True)):
        z[n] = m + np.exp(s) * e
        kl[n] = sum((a * a + np.exp(2 * b) - 1) / 2 - b for a, b in zip(m, s, strict=True))
    return z, kl, [mu, log_sigma, z - mu]


def latent_backward(dz, dkl, cache):
    mu, log_sigma, shift = cache
    rows = zip(dz, dkl, mu, log_sigma, shift, strict=True)
    pairs = [(d + k * m, d * t + k * (np.exp(2 * s) - 1)) for d, k, m, s, t in rows]
    dmu, dlog_sigma = zip(*pairs, strict=True)
    return np.array(dmu), np.array(dlog_sigma)
