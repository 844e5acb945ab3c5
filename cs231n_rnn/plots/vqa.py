"""Visual question answering: where the model looked, and how often each kind is answered right."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cs231n_rnn.plots.attention import draw_look, grid_side, largest_weight
from cs231n_rnn.plots.curves import HATCHES
from cs231n_rnn.plots.display import new_figure
from cs231n_rnn.plots.pictures import draw_picture

LETTERS = 26  # of a question that fit beside its pictures


def two_looks(
    images: Sequence[np.ndarray | None],
    questions: Sequence[str],
    answers: Sequence[str],
    weights: np.ndarray,
    title: str,
) -> Figure:
    """A row for each question: its picture, and the picture lit where the model looked.

    Parameters
    ----------
    images : sequence of n pictures, ndarrays of shape (height, width, 3), uint8, or None
    questions, answers : sequence of n str
        What stands beside the pictures.
    weights : ndarray of shape (n, K, L)
        Attention weights of each of K looks over L = R * R locations, row by row.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no question, the numbers of rows differ, or L is no square.
    """
    n = len(images)
    if not n or {n} != {len(questions), len(answers), len(weights)} or np.ndim(weights) != 3:
        raise ValueError(
            f"{n} images, {len(questions)} questions, {len(answers)} answers, weights "
            f"{np.shape(weights)}; two_looks needs as many of each, and weights (n, K, L)"
        )
    K, R = weights.shape[1], grid_side(weights.shape[2])
    figure = new_figure(1.5 * (K + 1) + 2.4, 1.5 * n + 0.6, title)
    axes = figure.subplots(n, K + 1, squeeze=False)
    for k, row in enumerate(axes):
        _draw_asked(row[0], images[k], f"{questions[k]}?", answers[k])
        for ax, look in zip(row[1:], weights[k], strict=True):
            ax.set(xticks=[], yticks=[])
            draw_look(ax, images[k], look.reshape(R, R))
    for ax, name in zip(axes[0], ["picture", *(f"look {k + 1}" for k in range(K))], strict=True):
        ax.set_title(name, fontsize=9)
    said = [
        f"{question}? {answer}. Looks most at "
        + ", then ".join(largest_weight(look, R) for look in weights[k])
        for k, (question, answer) in enumerate(zip(questions, answers, strict=True))
    ]
    figure.set_label(f"{title}. {'; '.join(said)}.")
    return figure


def right_by_kind(scores: Mapping[str, Mapping[str, float]], title: str) -> Figure:
    """Bars of the share of right answers, a group for each kind of question.

    Parameters
    ----------
    scores : mapping of str to mapping of str to float
        A model's name to the shares of its right answers, under the kinds. All have the same.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no model or no kind, or the models' kinds differ.
    """
    kinds = list(next(iter(scores.values()), ()))
    if not kinds or any(row.keys() != set(kinds) for row in scores.values()):
        raise ValueError("right_by_kind needs one model or more, each with the same kinds")
    figure = new_figure(max(0.95 * len(kinds) + 2, 5), 3.4, title)
    ax = figure.add_subplot(ylim=(0, 1), xlabel="kind of question", ylabel="right answers (share)")
    colours = colormaps["viridis"](np.linspace(0.1, 0.95, len(scores)))
    width = 0.8 / len(scores)
    for m, (name, row) in enumerate(scores.items()):
        places = np.arange(len(kinds)) + (m - (len(scores) - 1) / 2) * width
        heights = [row[kind] for kind in kinds]
        hatch = HATCHES[m % len(HATCHES)]
        ax.bar(places, heights, width, color=colours[m], edgecolor="black", hatch=hatch, label=name)
    ax.set_xticks(range(len(kinds)), kinds)
    figure.legend(loc="outside lower center", ncols=len(scores), fontsize=9)
    said = [
        f"{name}: " + ", ".join(f"{kind} {row[kind]:.2f}" for kind in kinds)
        for name, row in scores.items()
    ]
    figure.set_label(f"{title}. Share of right answers. {'; '.join(said)}.")
    return figure


def _draw_asked(ax: Axes, image: np.ndarray | None, question: str, answer: str) -> None:
    """The picture, with the question and the answer at its left."""
    draw_picture(ax, image)
    beside = "\n".join([*textwrap.wrap(question, LETTERS), answer])
    ax.set_ylabel(
        beside, rotation=0, ha="right", va="center", multialignment="left", fontsize=9,
        parse_math=False,
    )  # fmt: skip
