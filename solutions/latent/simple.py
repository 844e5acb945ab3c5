"""A latent variable by reparameterisation as a good student writes it."""


def latent_forward(mu, log_sigma, noise):
    sigma = np.exp(log_sigma)
    z = mu + sigma * noise
    costs = mu**2 + sigma**2 - 1 - 2 * log_sigma
    kl = costs.sum(axis=1) / 2
    return z, kl, (mu, sigma, noise)


def latent_backward(dz, dkl, cache):
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
