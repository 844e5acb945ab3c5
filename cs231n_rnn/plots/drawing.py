"""How an image is drawn: film strips with the brush's box, sheets of digits, animations, bars.

Every function returns a matplotlib Figure whose label is its text alternative; ``Animation``
carries its own.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image, ImageDraw

from cs231n_rnn.plots.curves import HATCHES
from cs231n_rnn.plots.display import new_figure
from cs231n_rnn.plots.recurrent import DARK, LIGHT

INK = "gray_r"  # ink is dark, paper is light
GAP = 2  # pixels of an animation between two images
GREY, BOX = 200, (200, 80, 0)
BINS = np.linspace(0, 1, 21)


def canvas_strip(
    canvases: np.ndarray,
    title: str,
    boxes: np.ndarray | None = None,
    targets: np.ndarray | None = None,
) -> Figure:
    """The canvas filling step by step: a row for each image, with the box of each stroke.

    Parameters
    ----------
    canvases : ndarray of shape (N, T, B, A)
        Probability of ink, 0 to 1, after each step.
    title : str
    boxes : ndarray of shape (N, T, 3), optional
        Centre x, centre y and extent of the square that a stroke was written in, in pixels; what
        lies outside the image is cut off.
    targets : ndarray of shape (N, B, A), optional
        What was to be drawn, for a last column.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no canvas, or something does not fit.
    """
    _require_drawing("canvas_strip", canvases, boxes)
    N, T, B, A = canvases.shape
    if targets is not None and np.shape(targets) != (N, B, A):
        raise ValueError(f"targets is {np.shape(targets)}; canvas_strip needs {(N, B, A)}")
    columns = T + (targets is not None)
    figure = new_figure(max(1.05 * columns + 0.3, 4.5), 1.05 * N + 0.7, title)
    axes = figure.subplots(N, columns, squeeze=False)
    for n in range(N):
        for t in range(T):
            _draw_image(axes[n, t], canvases[n, t], f"step {t + 1}" if n == 0 else "")
            if boxes is not None:
                _draw_box(axes[n, t], boxes[n, t])
        if targets is not None:
            _draw_image(axes[n, T], targets[n], "to draw" if n == 0 else "")
    said = [_said(n, canvases[n], None if boxes is None else boxes[n]) for n in range(N)]
    last = " The last column is what was to be drawn." if targets is not None else ""
    figure.set_label(f"{title}. {' '.join(said)}{last}")
    return figure


def digit_sheet(images: np.ndarray, title: str, columns: int = 16) -> Figure:
    """Many small images side by side.

    Parameters
    ----------
    images : ndarray of shape (n, B, A)
        Ink, 0 to 1.
    title : str
    columns : int

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no image.
    """
    if np.ndim(images) != 3 or not len(images) or columns < 1:
        raise ValueError(
            f"images is {np.shape(images)}, columns {columns}; digit_sheet needs (n, B, A), n and "
            "columns 1 or more"
        )
    n, B, A = images.shape
    columns = min(columns, n)
    rows = -(-n // columns)
    sheet = np.zeros((rows * columns, B, A))
    sheet[:n] = images
    sheet = sheet.reshape(rows, columns, B, A).swapaxes(1, 2).reshape(rows * B, columns * A)
    figure = new_figure(max(0.5 * columns + 0.3, 5), 0.5 * rows * B / A + 0.6, title)
    ax = figure.add_subplot(xticks=[], yticks=[])
    ax.imshow(sheet, INK, vmin=0, vmax=1)
    for edges, line, size in ((rows, ax.axhline, B), (columns, ax.axvline, A)):
        for edge in range(1, edges):
            line(edge * size - 0.5, color="0.7", linewidth=0.6)
    figure.set_label(
        f"{title}. {n} images in {rows} rows of {columns}; {images.mean():.0%} of the area is ink."
    )
    return figure


def confidence_bars(groups: Mapping[str, np.ndarray], title: str, needed: float = 0.9) -> Figure:
    """How sure a classifier is of its best class, for several kinds of images.

    Parameters
    ----------
    groups : mapping of str to ndarray of shape (n,)
        Under a name, the largest probability for each image.
    title : str
    needed : float
        From here on an image counts as read.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is nothing to draw, or a number is no probability.
    """
    if not groups:
        raise ValueError("groups is empty; confidence_bars needs one or more")
    figure = new_figure(7, 0.95 * len(groups) + 0.9, title)
    axes = figure.subplots(len(groups), 1, sharex=True, squeeze=False)[:, 0]
    said = []
    for k, (ax, (name, sure)) in enumerate(zip(axes, groups.items(), strict=True)):
        if np.ndim(sure) != 1 or not len(sure) or not ((sure >= 0) & (sure <= 1)).all():
            raise ValueError(f"{name!r} needs one or more probabilities (n,), 0 to 1")
        share = float((sure >= needed).mean())
        ax.hist(
            sure,
            BINS,
            weights=np.full(len(sure), 1 / len(sure)),
            color=LIGHT,
            edgecolor="0.2",
            hatch=HATCHES[k % len(HATCHES)],
        )
        ax.axvline(needed, color=DARK, linestyle="--")
        ax.set(xlim=(0, 1), ylim=(0, 1), yticks=[0, 1], ylabel="share")
        ax.set_title(
            f"{name}: {share:.1%} with {needed:g} or more", loc="left", fontsize=9, parse_math=False
        )
        said.append(f"{name}: {share:.1%}")
    axes[-1].set_xlabel("confidence in the best class")
    figure.set_label(f"{title}. Share with a confidence of {needed:g} or more: {'; '.join(said)}.")
    return figure


def kl_curves(
    mus: Sequence[float] = (0, 1, 2), log_sigmas: Sequence[float] = (0, -1, -2)
) -> Figure:
    """What a code of one number costs: the densities q beside the prior p, with KL(q, p).

    Parameters
    ----------
    mus, log_sigmas : sequence of float
        A panel for each mean, in it a curve for each standard deviation.

    Returns
    -------
    Figure
    """
    title = "The further q lies from p, and the narrower it is, the more the code costs"
    figure = new_figure(9, 3.1, title)
    grid = np.linspace(-20, 20, 40001)
    log_p = -(grid**2) / 2 - np.log(2 * np.pi) / 2
    said = []
    for ax, mu in zip(
        figure.subplots(1, len(mus), sharey=True, squeeze=False)[0], mus, strict=True
    ):
        ax.fill_between(grid, np.exp(log_p), color="0.85", label="p, the prior")
        for k, log_sigma in enumerate(log_sigmas):
            log_q = -(((grid - mu) / np.exp(log_sigma)) ** 2) / 2 - np.log(2 * np.pi) / 2
            log_q -= log_sigma
            # By its definition, the mean of log(q / p) under q, as an integral.
            cost = float((np.exp(log_q) * (log_q - log_p)).sum()) * (grid[1] - grid[0])
            colour = colormaps["cividis"](0.8 * k / max(len(log_sigmas) - 1, 1))
            label = f"q, sigma {np.exp(log_sigma):.2f}: {abs(cost):.2f} nats"
            ax.plot(grid, np.exp(log_q), ("-", "--", ":", "-.")[k % 4], color=colour, label=label)
            said.append(f"mean {mu:g}, sigma {np.exp(log_sigma):.2f}: {abs(cost):.2f}")
        ax.set(title=f"mean {mu:g}", xlabel="z", xlim=(-3, 5))
        ax.legend(fontsize=7, loc="upper right")
    figure.axes[0].set_ylabel("density")
    figure.axes[0].set_ylim(0, 5.4)
    figure.set_label(f"{title}. Nats: {'; '.join(said)}.")
    return figure


class Animation:
    """Canvases that fill, side by side, as a picture that moves; it needs no network.

    A notebook keeps it in its output, as a GIF inside the page; a click on the line above hides it.

    Parameters
    ----------
    canvases : ndarray of shape (N, T, B, A)
        Probability of ink, 0 to 1, after each step.
    title : str
    boxes : ndarray of shape (N, T, 3), optional
        As in ``canvas_strip``.
    columns : int
        Images in a row.
    seconds : float
        A step is shown so long, the last one five times as long.
    scale : int
        Pixels on the screen for a pixel of the image.
    """

    def __init__(
        self,
        canvases: np.ndarray,
        title: str,
        boxes: np.ndarray | None = None,
        columns: int = 8,
        seconds: float = 0.4,
        scale: int = 3,
    ) -> None:
        _require_drawing("Animation", canvases, boxes)
        N, T = canvases.shape[:2]
        columns = min(columns, N)
        frames = [
            _frame(canvases[:, t], None if boxes is None else boxes[:, t], columns, scale)
            for t in range(T)
        ]
        durations = [round(1000 * seconds)] * (T - 1) + [round(5000 * seconds)]
        packed = io.BytesIO()
        frames[0].save(
            packed, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0
        )
        self.gif, self.title, self.width = packed.getvalue(), title, frames[0].width
        self.alt = (
            f"{title}. {N} canvases fill in {T} steps; the area that is ink grows from "
            f"{canvases[:, 0].mean():.0%} to {canvases[:, -1].mean():.0%}."
        )

    def __repr__(self) -> str:
        return self.alt

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.gif).decode()
        return (
            f"<details open><summary>{html.escape(self.title)} (click to hide)</summary>"
            f'<img alt="{html.escape(self.alt)}" width="{self.width}" style="max-width: 100%" '
            f'src="data:image/gif;base64,{data}"></details>'
        )


def _require_drawing(function: str, canvases: np.ndarray, boxes: np.ndarray | None) -> None:
    if np.ndim(canvases) != 4 or not np.size(canvases):
        raise ValueError(
            f"canvases is {np.shape(canvases)}; {function} needs (N, T, B, A), each 1 or more"
        )
    N, T = canvases.shape[:2]
    if boxes is not None and np.shape(boxes) != (N, T, 3):
        raise ValueError(
            f"boxes is {np.shape(boxes)}; {function} needs centre x, centre y and extent, "
            f"{(N, T, 3)}"
        )


def _draw_image(ax: Axes, image: np.ndarray, title: str) -> None:
    ax.imshow(image, INK, vmin=0, vmax=1)
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=9)


def _corners(box: np.ndarray, shape: tuple[int, ...]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a box, as far as it lies inside the image."""
    height, width = shape
    (x, y), half = box[:2], box[2] / 2
    left, right = np.clip([x - half, x + half], -0.5, width - 0.5)
    top, bottom = np.clip([y - half, y + half], -0.5, height - 0.5)
    return float(left), float(top), float(right), float(bottom)


def _draw_box(ax: Axes, box: np.ndarray) -> None:
    left, top, right, bottom = _corners(box, ax.images[0].get_size())
    for width, colour in ((3, "white"), (1.4, "tab:orange")):  # to be seen on ink and on paper
        ax.add_patch(
            Rectangle(
                (left, top), right - left, bottom - top, fill=False, color=colour, linewidth=width
            )
        )


def _said(n: int, canvases: np.ndarray, boxes: np.ndarray | None) -> str:
    """How much ink a row has after each step, and where its strokes were written."""
    ink = ", ".join(f"{canvas.mean():.0%}" for canvas in canvases)
    text = f"Image {n + 1}: ink after each step {ink}"
    if boxes is not None:
        places = ", ".join(f"({x:.0f}, {y:.0f}) {extent:.0f} wide" for x, y, extent in boxes)
        text += f"; boxes with their centres at {places}"
    return f"{text}."


def _frame(canvases: np.ndarray, boxes: np.ndarray | None, columns: int, scale: int) -> Image.Image:
    """One moment of an animation: N images in rows, ink dark, with their boxes."""
    N, B, A = canvases.shape
    rows, high, wide = -(-N // columns), B * scale + GAP, A * scale + GAP
    frame = Image.new("RGB", (columns * wide + GAP, rows * high + GAP), (GREY,) * 3)
    pencil = ImageDraw.Draw(frame)
    for n, canvas in enumerate(canvases):
        left, top = n % columns * wide + GAP, n // columns * high + GAP
        grey = np.round(255 * (1 - np.clip(canvas, 0, 1))).astype(np.uint8)
        picture = Image.fromarray(grey).resize((A * scale, B * scale), Image.Resampling.NEAREST)
        frame.paste(picture, (left, top))
        if boxes is not None:
            edges = (np.array(_corners(boxes[n], (B, A))) + 0.5) * scale
            x0, y0, x1, y1 = np.round(edges + np.array([left, top, left, top])).astype(int).tolist()
            pencil.rectangle([x0, y0, max(x0, x1 - 1), max(y0, y1 - 1)], outline=BOX)
    return frame
