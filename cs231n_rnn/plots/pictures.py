"""Pictures in a grid, with what was written about them."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cs231n_rnn.plots.display import new_figure

LINE = 34  # letters that fit under a picture


def picture_grid(
    images: Sequence[np.ndarray | None],
    captions: Mapping[str, Sequence[str]],
    title: str,
    columns: int = 4,
) -> Figure:
    """Pictures in a grid, their captions underneath.

    Parameters
    ----------
    images : sequence of n pictures, ndarrays of shape (height, width, 3), uint8, or None
        Where there is None, the captions stand under an empty frame.
    captions : mapping of str to sequence of n str
        Under a name, such as "reference" or "model", a caption for every picture. An empty
        name is not written.
    title : str
    columns : int

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there are no pictures, or not as many captions as pictures.
    """
    n = len(images)
    if n == 0:
        raise ValueError("images is empty; picture_grid needs one or more")
    for name, texts in captions.items():
        if len(texts) != n:
            raise ValueError(f"{name!r} has {len(texts)} captions; picture_grid needs {n}")
    below = [
        [": ".join(filter(None, (name, texts[k]))) for name, texts in captions.items()]
        for k in range(n)
    ]
    columns = min(columns, n)
    rows = -(-n // columns)
    lines = max(len(_wrapped(texts)) for texts in below)
    figure = new_figure(max(2.3 * columns, 4), rows * (2.3 + 0.16 * lines) + 0.45, title)
    for k, (image, texts) in enumerate(zip(images, below, strict=True)):
        _draw(figure.add_subplot(rows, columns, k + 1), image, "\n".join(_wrapped(texts)))
    said = [
        f"Picture {k}{'' if image is not None else ', not available'}: {'; '.join(texts)}."
        for k, (image, texts) in enumerate(zip(images, below, strict=True), start=1)
    ]
    figure.set_label(f"{title}. {' '.join(said)}")
    return figure


def _wrapped(texts: Sequence[str]) -> list[str]:
    """Each text begins a line of its own."""
    return [line for text in texts for line in textwrap.wrap(text, LINE, subsequent_indent="   ")]


def draw_picture(ax: Axes, image: np.ndarray | None) -> None:
    """A picture, or an empty frame that says that there is none."""
    ax.set(xticks=[], yticks=[])
    if image is None:
        ax.set_box_aspect(1)
        ax.text(0.5, 0.5, "picture\nnot available", ha="center", va="center", color="0.35")
    else:
        ax.imshow(image)


def _draw(ax: Axes, image: np.ndarray | None, below: str) -> None:
    draw_picture(ax, image)
    ax.set_anchor("N")  # at the top: the room is for the captions
    # A caption may hold a $, which is no formula here.
    ax.set_xlabel(below, fontsize=8.5, loc="left", multialignment="left", parse_math=False)
