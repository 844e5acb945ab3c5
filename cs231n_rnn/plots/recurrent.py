"""What happens inside a recurrent network: its graph over time, its gradient, its gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from cs231n_rnn.plots.display import new_figure

DARK, MIDDLE, LIGHT = (tuple(c) for c in colormaps["cividis"]([0.1, 0.5, 0.9]))
# Heights of the rows of the unrolled graph.
WORD, VECTOR, SHARED, STATE, SCORES, LOSS, SUM = 0.0, 0.8, 1.35, 1.9, 2.8, 3.6, 4.7
GAP = 0.19  # from the middle of a box to an arrow


def unrolled_graph(words: Sequence[str]) -> Figure:
    """Computational graph of a captioning RNN, unrolled over the words of a caption.

    Parameters
    ----------
    words : sequence of T + 1 str
        ``<START>`` to ``<END>``. The network reads the first T and must say the last T.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there are fewer than two words.
    """
    T = len(words) - 1
    if T < 1:
        raise ValueError(f"words has {len(words)}; unrolled_graph needs two or more")
    title = "A captioning RNN, unrolled: the same weights serve every time step"
    figure = new_figure(1.2 * (T + 2.6), 5.4, title)
    ax = figure.add_subplot(xlim=(-1.9, T + 0.7), ylim=(-0.4, 5.0))
    ax.set_axis_off()
    _draw_start(ax, T)
    middle = (T + 1) / 2
    for t in range(1, T + 1):
        _draw_step(ax, t, words[t - 1], words[t])
        arrow(ax, (t, LOSS + GAP), (middle + (t - middle) * 0.2, SUM - 0.3))
    box(ax, (middle, SUM), r"$L = \sum_t L_t$", DARK, "white")
    names = {WORD: "word read", VECTOR: "word vector", SCORES: "scores", LOSS: "loss: word to say"}
    for height, name in names.items():
        ax.text(-1.8, height, name, va="center", style="italic")
    figure.set_label(
        f"Computational graph of {T} steps. The image features give h0. At each step the state h "
        "is computed from the state before and the vector of the word read, always with the "
        "same Wx, Wh and b; from the state come the scores of the next word, and from these the "
        f"loss of the step. Words read: {' '.join(words[:-1])}. Words to say: "
        f"{' '.join(words[1:])}. The losses of all steps are summed."
    )
    return figure


def gradient_over_time(
    terms: np.ndarray,
    labels: Sequence[str] | None = None,
    title: str = "The gradient of $W_h$, step by step",
) -> Figure:
    """Norm of what each time step adds to a weight's gradient, beside the norm of the sum.

    Parameters
    ----------
    terms : ndarray of shape (T, ...)
        ``terms[t]`` has the weight's shape; their sum is the weight's gradient.
    labels : sequence of T str, optional
        A name for each step, such as the word it reads; default 1 to T.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no term, or there are not T labels.
    """
    T = len(terms)
    labels = [str(t) for t in range(1, T + 1)] if labels is None else labels
    if T == 0 or len(labels) != T:
        raise ValueError(
            f"there are {T} terms and {len(labels)} labels; gradient_over_time needs T of both"
        )
    norms = np.linalg.norm(terms.reshape(T, -1), axis=1)
    total = float(np.linalg.norm(terms.sum(axis=0)))
    figure = new_figure(7, 3.2, title)
    ax = figure.add_subplot(xlabel="time step", ylabel="norm of the gradient")
    ax.bar(range(T), norms, color=DARK, label="what the step adds")
    ax.bar(T + 0.5, total, color=LIGHT, edgecolor="black", hatch="//", label="the sum of all")
    ax.set_xticks([*range(T), T + 0.5], [*labels, "sum"], parse_math=False)
    ax.legend()
    said = ", ".join(f"{label}: {norm:.3g}" for label, norm in zip(labels, norms, strict=True))
    figure.set_label(f"{title}. Norms of what the steps add: {said}; of their sum: {total:.3g}.")
    return figure


def gate_maps(words: Sequence[str], values: Mapping[str, np.ndarray], title: str) -> Figure:
    """Gates and states of an LSTM over the words of a sentence, a heat map each.

    Parameters
    ----------
    words : sequence of T str
        The words read.
    values : mapping of str to ndarray of shape (T, H)
        Such as "input gate i" or "cell state c". What lies in 0 to 1 is drawn on that scale,
        all else on one that is symmetric about 0.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no array, or one is not (T, H).
    """
    T = len(words)
    if not values:
        raise ValueError("values is empty; gate_maps needs an array (T, H) or more")
    figure = new_figure(max(6.0, 0.7 * T + 1.5), 1.4 * len(values) + 1, title)
    axes = figure.subplots(len(values), 1, sharex=True, squeeze=False)[:, 0]
    said = []
    for ax, (name, value) in zip(axes, values.items(), strict=True):
        if value.ndim != 2 or len(value) != T:
            raise ValueError(f"{name} is {value.shape}; gate_maps needs (T, H) = ({T}, H)")
        high = max(1.0, float(abs(value).max()))
        low = 0.0 if value.min() >= 0 and high == 1 else -high
        image = ax.imshow(
            value.T, "cividis", aspect="auto", interpolation="nearest", vmin=low, vmax=high
        )
        figure.colorbar(image, ax=ax, pad=0.01)
        ax.set(title=name, ylabel="unit")
        said.append(f"{name}: " + ", ".join(f"{mean:.2f}" for mean in value.mean(axis=1)))
    axes[-1].set_xticks(range(T), words, parse_math=False)
    axes[-1].set_xlabel("word read")
    said_words = " ".join(words)
    figure.set_label(f"{title}. Means over the units at the words {said_words}: {'; '.join(said)}.")
    return figure


def _draw_start(ax: Axes, T: int) -> None:
    """Image, h0, and the shared weights with their line along all T steps."""
    box(ax, (-1.35, STATE), "image\nfeatures", "0.9")
    box(ax, (0, STATE), "$h_0$", LIGHT)
    arrow(ax, (-0.9, STATE), (-GAP, STATE), "$W_{proj}$")
    box(ax, (-0.1, SHARED - 0.45), "$W_x,\\ W_h,\\ b$", "white", linestyle="--")
    path = [(-0.1, SHARED - 0.27), (-0.1, SHARED), (T - 0.45, SHARED)]
    ax.plot(*zip(*path, strict=True), color=DARK, linestyle="--", linewidth=1)


def _draw_step(ax: Axes, t: int, word: str, target: str) -> None:
    box(ax, (t, WORD), word, "white", edgecolor="white")
    box(ax, (t, VECTOR), f"$x_{{{t}}}$", "0.9")
    box(ax, (t, STATE), f"$h_{{{t}}}$", LIGHT)
    box(ax, (t, SCORES), "scores", "0.9")
    box(ax, (t, LOSS), f"$L_{{{t}}}$", MIDDLE, "white")
    arrow(ax, (t, WORD + GAP), (t, VECTOR - GAP), "$W_{embed}$")
    arrow(ax, (t, VECTOR + GAP), (t, STATE - GAP))
    arrow(ax, (t - 1 + GAP, STATE), (t - GAP, STATE))
    arrow(ax, (t - 0.45, SHARED), (t - GAP, STATE - GAP), linestyle="--", color=DARK)
    arrow(ax, (t, STATE + GAP), (t, SCORES - GAP), "$W_{vocab}$")
    arrow(ax, (t, SCORES + GAP), (t, LOSS - GAP))
    ax.text(t + GAP, LOSS, target, va="center", fontsize=9, parse_math=False)


def box(
    ax: Axes, place: tuple[float, float], text: str, fill: Any, color: str = "black", **edge: Any
) -> Text:
    """A text in a round box."""
    style = {"boxstyle": "round", "facecolor": fill, "edgecolor": "0.3", **edge}
    # A word may hold a $; the names of nodes are formulas.
    formula = text.startswith("$") and text.endswith("$")
    style = {"bbox": style, "parse_math": formula}
    return ax.text(*place, text, ha="center", va="center", color=color, **style)


def join(ax: Axes, nodes: Mapping[str, Text], edge: str, **line: Any) -> None:
    """An arrow from box to box, its edge "tail head" in the names of the boxes."""
    tail, head = (nodes[name] for name in edge.split())
    ends = {"patchA": tail.get_bbox_patch(), "patchB": head.get_bbox_patch()}
    style = {"arrowstyle": "->", **ends, **line}
    ax.annotate("", head.get_position(), tail.get_position(), arrowprops=style)


def arrow(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    label: str = "",
    **line: Any,
) -> None:
    """An arrow from one place to another, with a label beside its middle."""
    style = {"arrowstyle": "->", "color": "0.3", "shrinkA": 0, "shrinkB": 0, **line}
    ax.annotate("", end, start, arrowprops=style)
    middle = (np.array(start) + end) / 2
    upright = start[0] == end[0]
    ax.text(
        middle[0] + 0.06 * upright,
        middle[1] + 0.08 * (not upright),
        label,
        fontsize=8,
        ha="left" if upright else "center",
        va="center" if upright else "bottom",
    )
