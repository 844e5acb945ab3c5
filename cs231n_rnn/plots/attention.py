"""Where a model with attention looks: the picture in the dark but for what is looked at."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cs231n_rnn.plots.display import new_figure

DARKEST = 0.85  # opacity of the dark where nothing is looked at
COLUMNS = 8


def attention_figure(
    image: np.ndarray | None, words: Sequence[str], weights: np.ndarray, title: str
) -> Figure:
    """A picture for each word of a caption, lit where the model looked before it.

    Parameters
    ----------
    image : ndarray of shape (height, width, 3), uint8, or None
        Where there is no picture, the weights are drawn alone.
    words : sequence of T str
    weights : ndarray of shape (T, L)
        Attention weights of each word over L = R * R locations, row by row.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no word, the weights are not (T, L), or L is no square.
    """
    T = len(words)
    if T == 0 or np.ndim(weights) != 2 or len(weights) != T:
        raise ValueError(
            f"there are {T} words and weights is {np.shape(weights)}; attention_figure needs a "
            "row (L,) for each of one or more words"
        )
    R = grid_side(weights.shape[1])
    columns = min(T, COLUMNS)
    rows = -(-T // columns)
    figure = new_figure(max(1.45 * columns, 4), 1.75 * rows + 0.4, title)
    for t, (word, row) in enumerate(zip(words, weights, strict=True)):
        ax = figure.add_subplot(rows, columns, t + 1, xticks=[], yticks=[])
        draw_look(ax, image, row.reshape(R, R))
        ax.set_title(word, fontsize=9, parse_math=False)
    said = [f"{word}: {largest_weight(row, R)}" for word, row in zip(words, weights, strict=True)]
    figure.set_label(f"{title}. Where it looks most, before each word: {'; '.join(said)}.")
    return figure


def grid_side(L: int) -> int:
    """R of a grid of L = R * R locations."""
    R = math.isqrt(L)
    if R * R != L or not L:
        raise ValueError(f"weights are over {L} locations; a square grid has 1, 4, 9, ... 49")
    return R


def draw_look(ax: Axes, image: np.ndarray | None, weights: np.ndarray) -> None:
    """The dark lies over the picture, thinner where the weight is larger."""
    height, width = weights.shape if image is None else image.shape[:2]
    whole = (-0.5, width - 0.5, height - 0.5, -0.5)
    if image is None:
        ax.imshow(weights, "cividis", vmin=0)
        return
    ax.imshow(image)
    dark = np.zeros((*weights.shape, 4))
    dark[..., 3] = DARKEST * (1 - weights / max(weights.max(), np.finfo(float).tiny))
    ax.imshow(dark, extent=whole, interpolation="bilinear")


def largest_weight(weights: np.ndarray, R: int) -> str:
    """Row and column of the largest weight, counted from 1 at the top left, and its share."""
    row, column = divmod(int(weights.argmax()), R)
    return f"row {row + 1}, column {column + 1} ({weights.max():.2f})"
