"""The adding and the copying problem (Hochreiter and Schmidhuber 1997): memory, and little else.

What counts lies as many steps back as one likes, so that a network can solve them only if its
gradient reaches that far. Examples are drawn again for every minibatch.
"""

from __future__ import annotations

import numpy as np


def adding_problem(N: int, T: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Add two marked numbers out of T.

    One mark is in the first half of the sequence, one in the second. Whoever answers 1 to
    everything has a mean squared error of 1/6, about 0.167: the variance of the sum.

    Parameters
    ----------
    N : int
        Sequences.
    T : int
        Time steps, at least 2.
    rng : numpy.random.Generator

    Returns
    -------
    x : ndarray of shape (N, T, 2), float32
        At each step a number, uniform between 0 and 1, and a mark: 1 at two steps, else 0.
    y : ndarray of shape (N,), float32
        The sum of the two marked numbers.

    Raises
    ------
    ValueError
        If N is below 1 or T below 2.
    """
    _need("adding_problem", N=(N, 1), T=(T, 2))
    half = T // 2
    rows = np.arange(N)
    marked = rng.integers(half, size=N), rng.integers(half, T, size=N)
    x = np.zeros((N, T, 2), dtype=np.float32)
    x[:, :, 0] = rng.random((N, T), dtype=np.float32)
    for steps in marked:
        x[rows, steps, 1] = 1
    y = (x[:, :, 0] * x[:, :, 1]).sum(axis=1)
    return x, y


def copying_problem(
    N: int, delay: int, num_symbols: int, length: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read some symbols, wait, and say them again in the same order.

    The symbols are read first, then come ``delay`` blanks, then the sign to begin, and blanks
    again while the symbols are said: T = 2 length + delay steps, of which the sign is the first
    of the last ``length``. Whoever knows only when to speak has a cross entropy of
    log(num_symbols) nats per symbol.

    Parameters
    ----------
    N : int
        Sequences.
    delay : int
        Blanks between the last symbol and the sign, at least 0.
    num_symbols : int
        K, different symbols, at least 2.
    length : int
        Symbols to be remembered, at least 1.
    rng : numpy.random.Generator

    Returns
    -------
    inputs : ndarray of shape (N, T, K + 2), float32
        One-hot vectors: the symbols from 0 to K - 1, the blank K, the sign K + 1.
    targets : ndarray of shape (N, T), int64
        The right symbol in the last ``length`` steps, the blank in all others.
    mask : ndarray of shape (N, T), boolean
        True in the last ``length`` steps.

    Raises
    ------
    ValueError
        If a size is too small.
    """
    sizes = {"N": (N, 1), "delay": (delay, 0), "num_symbols": (num_symbols, 2)}
    _need("copying_problem", **sizes, length=(length, 1))
    blank, sign = num_symbols, num_symbols + 1
    T = 2 * length + delay
    symbols = rng.integers(num_symbols, size=(N, length))
    read = np.full((N, T), blank)
    targets = np.full((N, T), blank)
    read[:, :length] = symbols
    read[:, T - length] = sign
    targets[:, T - length :] = symbols
    mask = np.zeros((N, T), dtype=bool)
    mask[:, T - length :] = True
    return np.eye(num_symbols + 2, dtype=np.float32)[read], targets, mask


def _need(function: str, **sizes: tuple[int, int]) -> None:
    for name, (found, least) in sizes.items():
        if found < least:
            raise ValueError(f"{name} is {found}; {function} needs at least {least}")
