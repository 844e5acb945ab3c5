"""A complex step on centre, stride and variance of every filter bank at once."""

import numpy as np


def bank(centre, stride, variance, K, size):
    mu = centre[:, None] + (np.arange(K) - (K - 1) / 2) * stride[:, None]
    exponent = -((np.arange(size) - mu[:, :, None]) ** 2) / (2 * variance[:, None, None])
    weights = np.exp(exponent - exponent.real.max(axis=2, keepdims=True))
    return weights / weights.sum(axis=2, keepdims=True)


def filterbank_forward(centre, stride, variance, K, size):
    F = bank(centre, stride, variance, K, size).astype(centre.dtype)
    return F, (centre, stride, variance, K, size)


def filterbank_backward(dF, cache):
    *numbers, K, size = cache
    found = []
    for k in range(3):
        moved = [one + 1e-30j if j == k else one for j, one in enumerate(numbers)]
        found.append((dF * bank(*moved, K, size).imag).sum(axis=(1, 2)) / 1e-30)
    return tuple(found)
