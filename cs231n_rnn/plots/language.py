"""Figures of a character model: its numbers at each time step, what it costs, its cells on a text.

Every function returns a matplotlib Figure whose label is its text alternative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullLocator

from cs231n_rnn.plots.curves import LINE_STYLES, draw_lines
from cs231n_rnn.plots.display import new_figure
from cs231n_rnn.plots.recurrent import LIGHT, arrow

ROW, GAP = 0.3, 0.75  # heights of a number and of the room between two vectors
HALF = 0.32  # of a vector's width


def time_steps(
    read: str,
    targets: str,
    hidden: np.ndarray,
    scores: np.ndarray,
    vocabulary: Sequence[str],
    title: str,
) -> Figure:
    """Every number of a character model at each time step, from the input to the loss.

    Parameters
    ----------
    read : str of length T
        The characters that go in.
    targets : str of length T
        The characters that should come out.
    hidden : ndarray of shape (T, H)
        Hidden states.
    scores : ndarray of shape (T, V)
        Scores of the next character.
    vocabulary : sequence of V str
        The characters in the order of their indices.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the lengths do not fit each other, or a character is not in the vocabulary.
    """
    T, V = len(read), len(vocabulary)
    if not T == len(targets) == len(hidden) or scores.shape != (T, V):
        raise ValueError(
            f"read has {T} characters, targets {len(targets)}, hidden is {hidden.shape}, scores "
            f"{scores.shape}; time_steps needs T characters each, (T, H) and (T, V) = ({T}, {V})"
        )
    if unknown := sorted(set(read + targets) - set(vocabulary)):
        raise ValueError(f"{unknown} is not in the vocabulary {list(vocabulary)}")
    x, right = (np.array([vocabulary.index(char) for char in text]) for text in (read, targets))
    probs = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs /= probs.sum(axis=1, keepdims=True)  # (T, V)
    losses = -np.log(probs[np.arange(T), right])
    values = {"input": np.eye(V)[x], "hidden state": hidden, "scores": scores, "probability": probs}
    top = sum(value.shape[1] for value in values.values()) * ROW + 5 * GAP
    figure = new_figure(1.25 * (T + 1.6), 0.6 * (top + 1), title)
    ax = figure.add_subplot(xlim=(-1.9, T - 0.4), ylim=(-0.4, top + 0.3))
    ax.set_axis_off()
    _write_row(ax, 0, "read", read)
    bottom = GAP
    for name, value in values.items():
        bottom = _draw_vectors(ax, bottom, name, value, vocabulary, right) + GAP
    _write_row(ax, bottom - GAP / 3, "loss", [f"{loss:.2f}" for loss in losses])
    _write_row(ax, bottom + GAP / 3, "target", targets)
    said = [
        f"Step {t + 1} reads {read[t]!r}: hidden state {_said(hidden[t])}, scores "
        f"{_said(scores[t])}, target {targets[t]!r} with probability {probs[t, right[t]]:.2f}, "
        f"loss {losses[t]:.2f}"
        for t in range(T)
    ]
    figure.set_label(f"{title}. Scores in the order {' '.join(vocabulary)}. {'. '.join(said)}.")
    return figure


def lines(
    x: Sequence[float],
    panels: Mapping[str, Mapping[str, Sequence[float]]],
    title: str,
    xlabel: str,
    *,
    levels: Mapping[str, float] | None = None,
    log: str = "",
) -> Figure:
    """Lines over one x axis, in a panel for each quantity.

    Parameters
    ----------
    x : sequence of n numbers
    panels : mapping of str to mapping of str to sequence of n numbers
        Under the label of a y axis, the lines by their names.
    title, xlabel : str
    levels : mapping of str to float, optional
        Horizontal lines by their names, in every panel.
    log : {"", "x", "y", "xy"}
        The axes that are logarithmic.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is nothing to draw or a line has not n values.
    """
    n = len(x)
    lengths = {len(values) for panel in panels.values() for values in panel.values()}
    if n == 0 or lengths != {n}:
        raise ValueError(f"lines of {sorted(lengths)} values over {n}; lines needs as many of both")
    figure = new_figure(5.2 * len(panels) + 1, 3.5, title)
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    said = []
    for ax, (ylabel, panel) in zip(axes, panels.items(), strict=True):
        _draw_lines(ax, x, panel, levels or {}, log)
        ax.set(xlabel=xlabel, ylabel=ylabel, title=ylabel if len(panels) > 1 else "")
        said += [
            f"{ylabel}, {name}: {values[0]:.3g} at {x[0]:g}, {values[-1]:.3g} at {x[-1]:g}"
            for name, values in panel.items()
        ]
    said += [f"{name}: {level:.3g}" for name, level in (levels or {}).items()]
    figure.set_label(f"{title}. Over the {xlabel}: {'; '.join(said)}.")
    return figure


def coloured_text(text: str, values: np.ndarray, title: str, width: int = 80) -> Figure:
    """A text, each of its characters on the colour of a number.

    Parameters
    ----------
    text : str
        A line feed is drawn as an arrow and begins a new row.
    values : ndarray of shape (length,)
        One for each character, such as a cell state after it. The scale is symmetric about 0.
    title : str
    width : int
        Characters that fit into a row.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the text is empty or has not as many characters as there are values.
    """
    if not text or values.shape != (len(text),):
        raise ValueError(
            f"text has {len(text)} characters, values is {values.shape}; coloured_text needs at "
            f"least one character and a value for each, ({len(text)},)"
        )
    places = _places(text, width)
    shape = places.max(axis=0) + 1
    grid = np.full(shape, np.nan)
    grid[places[:, 0], places[:, 1]] = values
    high = max(float(abs(values).max()), 1e-12)
    figure = new_figure(max(4.5, 0.1 * shape[1] + 1.2), 0.19 * shape[0] + 1.1, title)
    ax = figure.add_subplot(xlabel="position in the line", ylabel="line")
    image = ax.imshow(grid, "cividis", aspect="auto", vmin=-high, vmax=high)
    figure.colorbar(image, ax=ax, pad=0.01, label="value")
    ax.set_yticks(range(0, shape[0], max(1, int(shape[0]) // 5)))
    known = get_font(findfont(FontProperties(family="monospace"))).get_charmap()
    for char, (row, column), value in zip(_visible(text), places, values, strict=True):
        colour = "white" if value < 0.1 * high else "black"
        drawn = char if ord(char) in known else "□"
        style: dict[str, Any] = {"color": colour, "family": "monospace", "fontsize": 8}
        ax.text(column, row, drawn, ha="center", va="center", parse_math=False, **style)
    low, top = float(values.min()), float(values.max())
    figure.set_label(
        f"{title}. Values from {low:.2f} to {top:.2f}; what lies above the middle stands in "
        f"brackets: {_bracketed(text, values > (low + top) / 2)}"
    )
    return figure


def _draw_vectors(
    ax: Axes,
    bottom: float,
    name: str,
    value: np.ndarray,
    vocabulary: Sequence[str],
    right: np.ndarray,
) -> float:
    """A vector for each time step, its rows' names, and the arrows into it; returns its top."""
    T, size = value.shape
    height = size * ROW
    ax.text(-1.85, bottom + height / 2, name, va="center", style="italic")
    for k, row in enumerate(vocabulary if name != "hidden state" else ()):
        ax.text(-0.5, bottom + height - (k + 0.5) * ROW, row, va="center", family="monospace")
    for t in range(T):
        arrow(ax, (t, bottom - GAP + (0.25 if name == "input" else 0)), (t, bottom))
        if name == "hidden state" and t:
            arrow(ax, (t - 1 + HALF, bottom + height / 2), (t - HALF, bottom + height / 2))
        corner = (t - HALF, bottom)
        ax.add_patch(Rectangle(corner, 2 * HALF, height, facecolor="0.95", edgecolor="0.3"))
        for k, number in enumerate(value[t]):
            y = bottom + height - (k + 0.5) * ROW
            is_target = k == right[t] and name in ("scores", "probability")
            if is_target:
                ax.add_patch(Rectangle((t - HALF, y - ROW / 2), 2 * HALF, ROW, facecolor=LIGHT))
            written = f"{number:.0f}" if name == "input" else f"{number:.2f}"
            weight = "bold" if is_target else "normal"
            ax.text(t, y, written, ha="center", va="center", fontsize=9, weight=weight)
    return bottom + height


def _write_row(ax: Axes, y: float, name: str, entries: Sequence[str]) -> None:
    ax.text(-1.85, y, name, va="center", style="italic")
    for t, entry in enumerate(entries):
        ax.text(t, y, entry, ha="center", va="center", weight="bold", parse_math=False)


def _said(vector: np.ndarray) -> str:
    return " ".join(f"{number:.2f}" for number in vector)


def _draw_lines(
    ax: Axes,
    x: Sequence[float],
    panel: Mapping[str, Sequence[float]],
    levels: Mapping[str, float],
    log: str,
) -> None:
    draw_lines(ax, x, panel, markersize=4)
    greys = np.linspace(0.0, 0.6, len(levels))
    for k, (name, level) in enumerate(levels.items()):
        style = LINE_STYLES[(k + 1) % len(LINE_STYLES)]
        ax.axhline(level, color=str(greys[k]), linestyle=style, linewidth=1, label=name)
    if "y" in log:
        ax.set_yscale("log")
    if "x" in log:
        ax.set_xscale("log")
        ax.set_xticks(x, [f"{number:g}" for number in x])
        ax.xaxis.set_minor_locator(NullLocator())
    ax.legend()


def _places(text: str, width: int) -> np.ndarray:
    """Row and column of each character, (length, 2)."""
    places, row, column = [], 0, 0
    for char in text:
        if column == width:
            row, column = row + 1, 0
        places.append((row, column))
        row, column = (row + 1, 0) if char == "\n" else (row, column + 1)
    return np.array(places)


def _visible(text: str) -> str:
    return text.replace("\n", "↵").replace("\t", "→")


def _bracketed(text: str, marked: np.ndarray) -> str:
    """The text with its marked stretches in brackets."""
    stretches = groupby(zip(text, marked, strict=True), key=lambda pair: bool(pair[1]))
    joined = [(above, "".join(char for char, _ in pairs)) for above, pairs in stretches]
    return "".join(f"[{part}]" if above else part for above, part in joined)
