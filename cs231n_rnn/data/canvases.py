"""Digits at random places on a canvas, among clutter: the task of Mnih et al. (2014, section 4.1).

The clutter is made of small pieces of other digits, so ink alone does not tell where to look.
Canvases are cheap, a few milliseconds a hundred, and can be drawn again for every minibatch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

SIDE = 60  # pixels
FRAGMENT = 8  # pixels on a side of a piece of clutter


class Canvases(NamedTuple):
    """N images and what is on them.

    Attributes
    ----------
    x : ndarray of shape (N, side, side), in the digits' dtype
        Ink is 1, paper is 0.
    y : ndarray of shape (N, D), integers
        Which digits they are, from left to right.
    corners : ndarray of shape (N, D, 2), integers
        Row and column of each digit's top left pixel.
    """

    x: np.ndarray
    y: np.ndarray
    corners: np.ndarray


def draw_canvases(
    digits: np.ndarray,
    labels: np.ndarray,
    count: int,
    rng: np.random.Generator,
    *,
    num_digits: int = 1,
    num_fragments: int = 4,
    side: int = SIDE,
) -> Canvases:
    """Draw canvases with digits at random places and pieces of other digits as clutter.

    All comes from the digits given, so what is drawn from test digits holds no ink of a training
    digit. Several digits stand beside each other without overlapping, each at a height of its own.
    Clutter may lie anywhere, also over a digit; the darker ink wins.

    Parameters
    ----------
    digits : ndarray of shape (n, S, S)
        Ink is 1, paper is 0.
    labels : ndarray of shape (n,), integers
    count : int
        N.
    rng : Generator
    num_digits : int
        D.
    num_fragments : int
        Pieces of 8 x 8 pixels on each canvas.
    side : int
        Pixels on a side of the canvas.

    Returns
    -------
    Canvases

    Raises
    ------
    ValueError
        If the canvas has no room for the digits, or there is nothing to draw.
    """
    n, S = len(digits), digits.shape[1]
    _require_room(n, S, count, num_digits, num_fragments, side)
    D = num_digits
    chosen = rng.integers(n, size=(count, D))
    corners = _places(S, count, D, side, rng)
    x = np.zeros((count, side, side), digits.dtype)
    for d in range(D):
        x[_square(corners[:, d], S)] = digits[chosen[:, d]]
    _add_clutter(x, digits, chosen[:, 0], num_fragments, rng)
    return Canvases(x, labels[chosen], corners)


def _require_room(n: int, S: int, count: int, D: int, fragments: int, side: int) -> None:
    if count < 1 or D < 1 or fragments < 0:
        raise ValueError(
            f"count is {count}, num_digits {D}, num_fragments {fragments}; draw_canvases needs at "
            "least 1, 1 and 0"
        )
    if side < D * S:
        raise ValueError(
            f"{D} digits of {S} pixels are wider than the canvas; draw_canvases needs a side of "
            f"{D * S} or more, not {side}"
        )
    if fragments and (n < 2 or S < FRAGMENT):
        raise ValueError(
            f"there are {n} digits of {S} pixels; clutter needs two digits of {FRAGMENT} pixels, "
            "or more"
        )


def _places(S: int, N: int, D: int, side: int, rng: np.random.Generator) -> np.ndarray:
    """Corners (N, D, 2) of digits beside each other; the room left over is shared at random."""
    rows = rng.integers(side - S + 1, size=(N, D))
    room = np.sort(rng.integers(side - D * S + 1, size=(N, D)), axis=1)
    return np.stack([rows, room + S * np.arange(D)], axis=2)


def _add_clutter(
    x: np.ndarray, digits: np.ndarray, own: np.ndarray, count: int, rng: np.random.Generator
) -> None:
    """Draw pieces of digits, none of them of each canvas's first digit, over the canvases x."""
    N, n, side = len(x), len(digits), x.shape[1]
    # A step of 1 to n - 1 round the circle of digits never comes back to the same one.
    sources = (own[:, np.newaxis] + rng.integers(1, max(n, 2), size=(N, count))) % n
    cuts = rng.integers(digits.shape[1] - FRAGMENT + 1, size=(N, count, 2))
    places = rng.integers(side - FRAGMENT + 1, size=(N, count, 2))
    for k in range(count):
        which, rows, columns = _square(cuts[:, k], FRAGMENT)
        place = _square(places[:, k], FRAGMENT)
        x[place] = np.maximum(x[place], digits[sources[which, k], rows, columns])


def _square(corners: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Index of a square of pixels in each of N images, from its corner (N, 2)."""
    steps = np.arange(size)
    rows, columns = (corners[:, axis, np.newaxis] + steps for axis in (0, 1))  # (N, size)
    images = np.arange(len(corners))[:, np.newaxis, np.newaxis]
    return images, rows[:, :, np.newaxis], columns[:, np.newaxis, :]
