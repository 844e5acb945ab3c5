"""A complex step on the five numbers of every window at once."""

import numpy as np


def numbers_of(window, K, shape):
    B, A = shape
    parts = [(A + 1) / 2 * (window[:, 0] + 1) - 1, (B + 1) / 2 * (window[:, 1] + 1) - 1]
    parts += [(max(A, B) - 1) / (K - 1) * np.exp(window[:, 3])]
    return [*parts, np.exp(window[:, 2]), np.exp(window[:, 4])]


def window_forward(window, K, shape):
    inside = np.abs(window) <= 12
    return *numbers_of(np.clip(window, -12, 12), K, shape), (window, inside, K, shape)


def window_backward(*arguments):
    *upstream, (window, inside, K, shape) = arguments
    moved = numbers_of(np.clip(window, -12, 12) + 1e-30j, K, shape)
    columns = [d * m.imag / 1e-30 for d, m in zip(upstream, moved, strict=True)]
    return np.stack([columns[k] for k in (0, 1, 3, 2, 4)], axis=1) * inside
