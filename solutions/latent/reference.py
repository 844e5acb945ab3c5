"""A latent variable by reparameterisation, and what it costs (Kingma and Welling 2014).

The network says a mean and a standard deviation; noise from outside makes a sample of them, so that
the gradient goes through the sample as through any other layer. The Kullback-Leibler divergence
from the standard normal distribution is what the code costs, in nats.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.shapes import require_shapes


def latent_forward(
    mu: np.ndarray, log_sigma: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray, Any]:
    """Sample a latent vector, and say what it costs.

    Parameters
    ----------
    mu : ndarray of shape (N, Z)
        Mean.
    log_sigma : ndarray of shape (N, Z)
        Natural logarithm of the standard deviation.
    noise : ndarray of shape (N, Z)
        Standard normal numbers, drawn outside.

    Returns
    -------
    z : ndarray of shape (N, Z)
        ``mu + sigma * noise`` (Kingma and Welling 2014, section 2.4).
    kl : ndarray of shape (N,)
        Divergence from the standard normal distribution, in nats: half the sum over Z of
        ``mu^2 + sigma^2 - 1 - 2 log sigma`` (their appendix B).
    cache : values that latent_backward needs

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    require_shapes(
        "latent_forward", mu=(mu, "N Z"), log_sigma=(log_sigma, "N Z"), noise=(noise, "N Z")
    )
    # BEGIN SOLUTION
    sigma = np.exp(log_sigma)
    kl = 0.5 * (mu**2 + sigma**2 - 1 - 2 * log_sigma).sum(axis=1)
    return mu + sigma * noise, kl, (mu, sigma, noise)
    # END SOLUTION


def latent_backward(dz: np.ndarray, dkl: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of the sample and of its cost.

    Parameters
    ----------
    dz : ndarray of shape (N, Z)
    dkl : ndarray of shape (N,)
    cache : from latent_forward

    Returns
    -------
    dmu : ndarray of shape (N, Z)
    dlog_sigma : ndarray of shape (N, Z)
    """
    # mu and sigma each reach the loss in two ways. The noise is a constant.
    # BEGIN SOLUTION
    mu, sigma, noise = cache
    dkl = dkl[:, np.newaxis]  # (N, 1)
    dmu = dz + dkl * mu
    dlog_sigma = dz * noise * sigma + dkl * (sigma**2 - 1)
    return dmu, dlog_sigma
    # END SOLUTION
