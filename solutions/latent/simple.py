"""A latent variable by reparameterisation as a good student writes it.

The misconceptions are written against this text, not against the reference.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.shapes import require_shapes


def latent_forward(
    mu: np.ndarray, log_sigma: np.ndarray, noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray, Any]:
    """Sample a latent vector, and say what it costs."""
    require_shapes(
        "latent_forward", mu=(mu, "N Z"), log_sigma=(log_sigma, "N Z"), noise=(noise, "N Z")
    )
    # BEGIN SOLUTION
    sigma = np.exp(log_sigma)
    z = mu + sigma * noise
    costs = mu**2 + sigma**2 - 1 - 2 * log_sigma
    kl = costs.sum(axis=1) / 2
    return z, kl, (mu, sigma, noise)
    # END SOLUTION


def latent_backward(dz: np.ndarray, dkl: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of the sample and of its cost."""
    # BEGIN SOLUTION
    mu, sigma, noise = cache
    # z = mu + sigma * noise
    dmu_sampled = dz
    dsigma_sampled = dz * noise
    # kl is half the sum of mu**2 + sigma**2 - 1 - 2 * log_sigma.
    dcosts = dkl[:, np.newaxis] / 2
    dmu_cost = dcosts * 2 * mu
    dsigma_cost = dcosts * 2 * sigma
    dlog_sigma_cost = dcosts * -2
    # sigma = exp(log_sigma)
    dsigma = dsigma_sampled + dsigma_cost
    dlog_sigma = dsigma * sigma + dlog_sigma_cost
    dmu = dmu_sampled + dmu_cost
    return dmu, dlog_sigma
    # END SOLUTION
