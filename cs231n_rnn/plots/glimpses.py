"""Figures of a model that looks around: its window, its path over an image, and how well it reads.

A window is drawn as a box (centre_x, centre_y, extent) in pixels: its outer filters stand on the
box's sides. Every function returns a matplotlib Figure whose label is its text alternative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cs231n_rnn.plots.display import new_figure
from cs231n_rnn.plots.recurrent import DARK, LIGHT, MIDDLE

INK = "gray_r"  # ink is 1 and black
MARGIN = 7  # pixels shown around a canvas, for windows that reach beyond it
# Where on a box's rim the number of a step stands: from the middle, in half widths.
RIM = ((-1, -1), (1, -1), (1, 1), (-1, 1), (0, -1), (1, 0), (0, 1), (-1, 0))
PITCH, FOOT = 1.12, 1.2  # from glimpse to glimpse, and their height over the probabilities
NAMED = 0.25  # a class as likely as this has its name beside its bar
HALO = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.6}


class Window(NamedTuple):
    """A window to draw.

    Attributes
    ----------
    box : sequence of 3 numbers
        centre_x, centre_y, extent.
    Fx : ndarray of shape (K, A)
        Its filters across.
    glimpse : ndarray of shape (K, K)
        What is seen through it.
    """

    box: Sequence[float]
    Fx: np.ndarray
    glimpse: np.ndarray


class Path(NamedTuple):
    """The glimpses that a model took of one image.

    Attributes
    ----------
    image : ndarray of shape (B, A)
    boxes : ndarray of shape (T, 3)
        centre_x, centre_y and extent of each window.
    glimpses : ndarray of shape (T, K, K)
    probabilities : ndarray of shape (T, C)
        Of the classes, after each glimpse.
    right : ndarray of shape (T,), integers
        The class to be found at each glimpse.
    answers : ndarray of shape (T,), boolean
        After which glimpses it answers.
    """

    image: np.ndarray
    boxes: np.ndarray
    glimpses: np.ndarray
    probabilities: np.ndarray
    right: np.ndarray
    answers: np.ndarray


def window_views(image: np.ndarray, windows: Mapping[str, Window], title: str) -> Figure:
    """An image with a window over it, the window's filters across, and what is seen through it.

    Parameters
    ----------
    image : ndarray of shape (B, A)
    windows : mapping of str to Window
        One column for each, under its name.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no window.
    """
    if not windows:
        raise ValueError("windows is empty; window_views needs one or more")
    figure = new_figure(2.3 * len(windows) + 0.6, 5.6, title)
    grid = figure.subplots(3, len(windows), squeeze=False, height_ratios=[2, 1.1, 2])
    A = image.shape[1]
    for (name, window), (above, middle, below) in zip(windows.items(), grid.T, strict=True):
        _draw_canvas(above, image)
        _draw_box(above, window.box)
        above.set_title(name, fontsize=10)
        # Every second filter is drawn lighter, so that neighbours can be told apart.
        for k, row in enumerate(window.Fx):
            middle.plot(row, color=DARK if k % 2 else MIDDLE, linewidth=0.9)
        middle.set(xlim=(0, A - 1), ylim=(0, None), xlabel="pixel across")
        below.imshow(window.glimpse, INK, vmin=0)
        below.set(xlabel="filter", xticks=[0, len(window.Fx) - 1], yticks=[])
    for ax, label in zip(grid[:, 0], ("image and window", "weight", "glimpse"), strict=True):
        ax.set_ylabel(label)
    said = [f"{name}: {_in_words(window.box)}" for name, window in windows.items()]
    figure.set_label(
        f"{title}. For each window: its box on the image, its {len(window.Fx)} Gaussian filters "
        f"across, and the glimpse. {'; '.join(said)}."
    )
    return figure


def glimpse_paths(paths: Sequence[Path], title: str) -> Figure:
    """Where a model looks, what it sees, and what it thinks after each glimpse.

    Parameters
    ----------
    paths : sequence of Path
        A row for each: the canvas with its numbered windows; the glimpses, and below each of them
        the probabilities of the classes. The right class is hatched, an answer framed.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no path, or their numbers of glimpses differ.
    """
    steps = {len(path.boxes) for path in paths}
    if len(steps) != 1:
        raise ValueError(f"the paths have {sorted(steps)} glimpses; glimpse_paths needs one T")
    T = steps.pop()
    figure = new_figure(0.92 * T + 2.8, 2.5 * len(paths) + 0.4, title)
    grid = figure.subplots(len(paths), 2, squeeze=False, width_ratios=[2.3, 0.92 * T])
    said = []
    for n, (path, (canvas, beside)) in enumerate(zip(paths, grid, strict=True)):
        _draw_path(canvas, path)
        _draw_steps(beside, path)
        said.append(f"Image {n + 1}: {_path_in_words(path)}")
    figure.set_label(f"{title}. {' '.join(said)}")
    return figure


def accuracy_bars(scores: Mapping[str, float], guessing: float, title: str) -> Figure:
    """Held-out accuracies as bars, with a line where guessing is.

    Parameters
    ----------
    scores : mapping of str to float
        Shares of right answers, from 0 to 1.
    guessing : float
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no score.
    """
    if not scores:
        raise ValueError("scores is empty; accuracy_bars needs one or more")
    figure = new_figure(6.5, 0.45 * len(scores) + 1.2, title)
    ax = figure.add_subplot()
    best = max(scores.values())
    colours = [LIGHT if value == best else MIDDLE for value in scores.values()]
    bars = ax.barh(list(scores), list(scores.values()), color=colours, edgecolor="0.2")
    ax.bar_label(bars, fmt="%.3f", padding=3)
    ax.axvline(guessing, color="0.2", linestyle="--", linewidth=1, label="guessing")
    ax.set(xlim=(0, 1.12), xlabel="share of right answers, held out")
    ax.set_xticks(np.linspace(0, 1, 6))
    ax.invert_yaxis()
    ax.legend(loc="lower right")
    said = ", ".join(f"{name} {value:.3f}" for name, value in scores.items())
    figure.set_label(f"{title}. Share of right answers: {said}; guessing {guessing:.2f}.")
    return figure


def estimate_noise(
    ratios: Mapping[str, float], running: np.ndarray, truth: float, title: str
) -> Figure:
    """How noisy estimates of a gradient are, and how the mean of many of them settles.

    Parameters
    ----------
    ratios : mapping of str to float
        Standard deviation of one estimate over the norm of the mean; infinite ones get no bar.
    running : ndarray of shape (M,)
        M estimates of one number, whose running mean is drawn with two standard errors.
    truth : float
        What the mean should come to.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no ratio, or fewer than two estimates.
    """
    M = len(running)
    if not ratios or M < 2:
        raise ValueError(
            f"there are {len(ratios)} ratios and {M} estimates; estimate_noise needs 1 and 2"
        )
    figure = new_figure(9.5, 0.3 * len(ratios) + 2.4, title)
    left, right = figure.subplots(1, 2)
    finite = [ratio if np.isfinite(ratio) else 0.0 for ratio in ratios.values()]
    shades = [tuple(c) for c in colormaps["cividis"](np.linspace(0.95, 0.25, len(ratios)))]
    bars = left.barh(list(ratios), finite, color=shades, edgecolor="0.2")
    labels = [f"{ratio:.3g}" if np.isfinite(ratio) else "too noisy" for ratio in ratios.values()]
    left.bar_label(bars, labels, padding=3)
    left.set(xlim=(0, 1.25 * max(*finite, 1e-9)), xlabel="standard deviation / size of the mean")
    left.invert_yaxis()
    counts = np.arange(1, M + 1)
    mean = np.cumsum(running) / counts
    error = np.std(running, ddof=1) / np.sqrt(counts)
    right.fill_between(counts, mean - 2 * error, mean + 2 * error, color="0.85")
    right.plot(counts, mean, color=DARK, label="REINFORCE, mean so far")
    right.axhline(truth, color=MIDDLE, linestyle="--", label="numerical derivative")
    # The first few means are far off, and would leave the rest without height.
    reach = 2 * error[min(M - 1, max(M // 20, 1))] + abs(mean[-1] - truth)
    right.set(xlabel="draws", ylabel="gradient", xlim=(1, M), ylim=(truth - reach, truth + reach))
    right.legend(loc="upper right", fontsize=8)
    said = ", ".join(f"{name} {label}" for name, label in zip(ratios, labels, strict=True))
    figure.set_label(
        f"{title}. Left, standard deviation over the size of the mean: {said}. Right, the mean of "
        f"{M} draws is {mean[-1]:.3g}, with a standard error of {error[-1]:.2g}; the numerical "
        f"derivative is {truth:.3g}."
    )
    return figure


def _draw_canvas(ax: Axes, image: np.ndarray) -> None:
    """An image with a margin of paper round it, and its edge."""
    B, A = image.shape
    ax.imshow(image, INK, vmin=0, vmax=1)
    ax.set(xlim=(-MARGIN, A - 1 + MARGIN), ylim=(B - 1 + MARGIN, -MARGIN), xticks=[], yticks=[])
    edge = Rectangle((-0.5, -0.5), A, B, fill=False, edgecolor="0.6", linewidth=0.8)
    ax.add_patch(edge)
    ax.spines[:].set_visible(False)


def _draw_box(ax: Axes, box: Sequence[float], step: int | None = None, shade: float = 0.35) -> None:
    """A window's box, with a cross in its middle, or on its rim the number of its step."""
    x, y, extent = (float(value) for value in box)
    colour = colormaps["plasma"](shade)
    corner = (x - extent / 2, y - extent / 2)
    ax.add_patch(Rectangle(corner, extent, extent, fill=False, edgecolor=colour, linewidth=1.6))
    if step is None:
        ax.plot(x, y, "+", color=colour)
        return
    # Windows of different steps often lie over each other, so each number has a place of its own.
    across, down = RIM[step % len(RIM)]
    place = np.array([x + across * extent / 2, y + down * extent / 2])
    limits = np.sort([ax.get_xlim(), ax.get_ylim()], axis=1)
    place = np.clip(place, limits[:, 0] + 2, limits[:, 1] - 2)
    look: dict[str, Any] = {"color": colour, "fontsize": 8, "ha": "center", "va": "center"}
    ax.text(place[0], place[1], str(step + 1), bbox=HALO, **look)


def _draw_path(ax: Axes, path: Path) -> None:
    """The windows over the canvas, joined from centre to centre, earlier ones darker."""
    _draw_canvas(ax, path.image)
    T = len(path.boxes)
    ax.plot(path.boxes[:, 0], path.boxes[:, 1], ".-", color="0.35", linewidth=0.8, markersize=3)
    for t, box in enumerate(path.boxes):
        _draw_box(ax, box, t, 0.05 + 0.65 * t / max(T - 1, 1))
    given, right = _answers(path)
    ax.set_title(f"reads {given}, is {right}", fontsize=9)


def _draw_steps(ax: Axes, path: Path) -> None:
    """Glimpses side by side, each over its probabilities. One Axes, since many are slow to draw."""
    T, C = path.probabilities.shape
    ticks = [0, C // 2, C - 1] if C > 2 else range(C)
    for t in range(T):
        left = PITCH * t
        ax.imshow(path.glimpses[t], INK, vmin=0, extent=(left, left + 1, FOOT, FOOT + 1))
        answers = bool(path.answers[t])
        ax.text(
            left + 0.5,
            FOOT + 1.08,
            f"{t + 1}: answer" if answers else f"glimpse {t + 1}",
            ha="center",
            fontsize=8,
        )
        _draw_scores(ax, left, path.probabilities[t], int(path.right[t]))
        for bottom, width in ((FOOT, 0.6), (0, 2.2 if answers else 0.6)):
            frame = Rectangle((left, bottom), 1, 1, fill=False, edgecolor="0.1", linewidth=width)
            ax.add_patch(frame)
    places = [PITCH * t + (c + 0.5) / C for t in range(T) for c in ticks]
    ax.set_xticks(places, [str(c) for _ in range(T) for c in ticks], fontsize=7)
    ax.set_yticks([0, 1], ["0", "1"], fontsize=7)
    ax.set(xlim=(-0.03, PITCH * T), ylim=(-0.03, FOOT + 1.3), aspect="equal")
    ax.set_xlabel("class", fontsize=8)
    ax.set_ylabel("probability", fontsize=8, y=0.5 / (FOOT + 1.3))
    ax.tick_params(length=2, pad=1)
    ax.spines[:].set_visible(False)


def _draw_scores(ax: Axes, left: float, probabilities: np.ndarray, right: int) -> None:
    """Bars of the classes in a square at the foot; the right one is hatched, likely ones named."""
    C = len(probabilities)
    places = left + (np.arange(C) + 0.5) / C
    bars = ax.bar(places, probabilities, 0.8 / C, color=MIDDLE, edgecolor="0.2", linewidth=0.4)
    bars[right].set(facecolor=LIGHT, hatch="//////")
    for c in np.flatnonzero(probabilities >= NAMED):
        # Beside a bar that reaches the top there is room at one side or the other.
        side = 1 if c < C / 2 else -1
        place = places[c] + side * 0.75 / C
        height = min(float(probabilities[c]), 0.9)
        ax.text(place, height, str(c), ha="left" if side > 0 else "right", va="top", fontsize=8)


def _answers(path: Path) -> tuple[str, str]:
    """What was answered and what is right, as "3 8"."""
    given = path.probabilities[path.answers].argmax(axis=1)
    return " ".join(map(str, given)), " ".join(map(str, path.right[path.answers]))


def _path_in_words(path: Path) -> str:
    given, right = _answers(path)
    looks = [
        f"({x:.0f}, {y:.0f}) {p.argmax()} with {p.max():.2f}"
        for (x, y, _), p in zip(path.boxes, path.probabilities, strict=True)
    ]
    return (
        f"the answer is {given}, right is {right}. Centre of each window and most likely class: "
        f"{', '.join(looks)}."
    )


def _in_words(box: Sequence[float]) -> str:
    x, y, extent = box
    return f"centre ({x:.0f}, {y:.0f}), {extent:.0f} pixels wide"
