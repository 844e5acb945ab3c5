"""Figures of sequence classifiers: a score word by word, and film strips with ribbons of labels.

Every function returns a matplotlib Figure whose label is its text alternative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cs231n_rnn.plots.display import new_figure
from cs231n_rnn.plots.recurrent import DARK, LIGHT

HATCHES = ("", "//", "\\\\", "..", "xx", "--", "++", "oo")


def reading(sentences: Sequence[tuple[Sequence[str], np.ndarray]], title: str) -> Figure:
    """How likely each beginning of a sentence is to be positive, word by word.

    Parameters
    ----------
    sentences : sequence of (words, probabilities)
        T words, and an ndarray (T,) of the probability of "positive" after each of them.
    title : str

    Returns
    -------
    Figure
        A row for each sentence: bars go up from 1/2 where it is positive so far, and down where
        it is negative.

    Raises
    ------
    ValueError
        If there is no sentence, or one has not as many probabilities as words.
    """
    if not sentences:
        raise ValueError("sentences is empty; reading needs one or more")
    longest = max(len(words) for words, _ in sentences)
    figure = new_figure(max(6.0, 0.62 * longest + 1.2), 1.5 * len(sentences) + 0.5, title)
    said = []
    for ax, (words, probs) in zip(_rows(figure, len(sentences)), sentences, strict=True):
        T = len(words)
        if np.shape(probs) != (T,):
            raise ValueError(
                f"there are {T} words and probabilities of shape {np.shape(probs)}; reading needs "
                f"(T,) = ({T},)"
            )
        colours = [LIGHT if p >= 0.5 else DARK for p in probs]
        ax.bar(range(T), probs - 0.5, bottom=0.5, color=colours, edgecolor="0.3", linewidth=0.5)
        ax.axhline(0.5, color="0.3", linewidth=0.8)
        ax.set(xlim=(-0.6, longest - 0.4), ylim=(0, 1), yticks=[0, 0.5, 1], ylabel="positive")
        ax.set_xticks(range(T), words, rotation=30, ha="right", fontsize=8, parse_math=False)
        said.append(", ".join(f"{w} {p:.2f}" for w, p in zip(words, probs, strict=True)))
    figure.axes[-1].set_xlabel("word read")
    figure.set_label(f"{title}. Probability of positive after each word: {'; '.join(said)}.")
    return figure


def film_strips(
    clips: Sequence[np.ndarray],
    title: str,
    captions: Sequence[str] = (),
    ribbons: Sequence[Mapping[str, np.ndarray]] = (),
    labels: Sequence[str] = (),
) -> Figure:
    """Clips as rows of frames, with ribbons that say a label for every frame underneath.

    Parameters
    ----------
    clips : sequence of ndarrays of shape (T, S, S), uint8
        T may differ.
    title : str
    captions : sequence of str, optional
        What is written above each clip.
    ribbons : sequence of mapping of str to ndarray of shape (T,), optional
        For each clip, under a name such as "right" or "LSTM", the index of each frame's label.
    labels : sequence of str, optional
        The labels' names.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no clip, there are not as many captions or ribbons as clips, or a ribbon has not
        as many labels as its clip has frames.
    """
    _require_strips(clips, captions, ribbons)
    longest = max(map(len, clips))
    height = 0.85 + 0.32 * max((len(named) for named in ribbons), default=0)
    legend = 0.5 if ribbons else 0
    figure = new_figure(max(6.0, 0.42 * longest + 1), height * len(clips) + 0.5 + legend, title)
    said = []
    for k, ax in enumerate(_rows(figure, len(clips))):
        named = ribbons[k] if ribbons else {}
        caption = captions[k] if captions else ""
        _draw_clip(ax, clips[k], longest, list(named))
        ax.set_title(caption, fontsize=9, loc="left", parse_math=False)
        for row, values in enumerate(named.values()):
            _draw_ribbon(ax, values, -0.2 - 0.75 * (row + 1), len(labels))
        parts = [f"{name}: {_in_words(values, labels)}" for name, values in named.items()]
        said.append(
            "; ".join(filter(None, [f"Clip {k + 1}, {len(clips[k])} frames", caption, *parts]))
        )
    figure.axes[-1].set_xlabel("frame")
    if ribbons:
        patches = [Rectangle((0, 0), 1, 1, **_style(i, len(labels))) for i in range(len(labels))]
        figure.legend(patches, labels, loc="outside lower center", ncols=len(labels), fontsize=8)
    figure.set_label(f"{title}. {'. '.join(said)}.")
    return figure


def _rows(figure: Figure, count: int) -> list[Axes]:
    return list(figure.subplots(count, 1, squeeze=False)[:, 0])


def _require_strips(
    clips: Sequence[np.ndarray],
    captions: Sequence[str],
    ribbons: Sequence[Mapping[str, np.ndarray]],
) -> None:
    n = len(clips)
    if n == 0:
        raise ValueError("clips is empty; film_strips needs one or more")
    for name, given in {"captions": captions, "ribbons": ribbons}.items():
        if given and len(given) != n:
            raise ValueError(f"there are {n} clips and {len(given)} {name}; film_strips needs {n}")
    for clip, named in zip(clips, ribbons, strict=False):
        for name, values in named.items():
            if np.shape(values) != (len(clip),):
                raise ValueError(
                    f"{name!r} is {np.shape(values)}; film_strips needs a label for each frame, "
                    f"(T,) = ({len(clip)},)"
                )


def _draw_clip(ax: Axes, clip: np.ndarray, longest: int, names: Sequence[str]) -> None:
    """Frames side by side, each one wide and one high, above the names of the ribbons."""
    for t, frame in enumerate(clip):
        ax.imshow(frame, "gray", vmin=0, vmax=255, extent=(t + 0.03, t + 0.97, 0, 1))
    bottom = -0.2 - 0.75 * len(names) if names else 0
    ax.set(xlim=(0, longest), ylim=(bottom, 1), aspect="equal")
    ax.set_yticks([0.1 - 0.75 * (row + 1) for row in range(len(names))], names, fontsize=8)
    ticks = [t for t in range(len(clip)) if t == 0 or (t + 1) % 5 == 0]
    ax.set_xticks([t + 0.5 for t in ticks], [str(t + 1) for t in ticks], fontsize=8)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def _draw_ribbon(ax: Axes, values: np.ndarray, bottom: float, count: int) -> None:
    begin = 0
    for value, run in groupby(values.tolist()):
        length = len(list(run))
        ax.add_patch(Rectangle((begin, bottom), length, 0.6, **_style(value, count)))
        begin += length


def _style(value: int, count: int) -> dict[str, Any]:
    """Colour and hatch of a label: either alone tells the labels apart."""
    colour = colormaps["viridis"](0.25 + 0.75 * value / max(count - 1, 1))
    return {"facecolor": colour, "edgecolor": "0.15", "hatch": HATCHES[value % len(HATCHES)]}


def _in_words(values: np.ndarray, labels: Sequence[str]) -> str:
    runs = [(labels[value], len(list(run))) for value, run in groupby(values.tolist())]
    return ", ".join(f"{label} {length}" for label, length in runs)
