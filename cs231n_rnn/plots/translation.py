"""Figures of a translator: which source symbols it looks at, and its errors by length.

A symbol that no font at hand can draw is written by its name, so that a figure never shows empty
boxes. Every function returns a matplotlib Figure whose label is its text alternative.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.patches import Rectangle

from cs231n_rnn.plots.curves import draw_lines
from cs231n_rnn.plots.display import new_figure
from cs231n_rnn.plots.recurrent import arrow

# Fonts of Linux, macOS and Windows with the scripts that matplotlib's own font lacks. Matplotlib
# takes each glyph from the first one that has it.
FALLBACKS = (
    *("Noto Sans CJK KR", "Noto Sans CJK JP", "Noto Sans KR", "NanumGothic", "WenQuanYi Zen Hei"),
    *("Apple SD Gothic Neo", "Hiragino Sans", "PingFang SC", "Arial Unicode MS"),
    *("Malgun Gothic", "Yu Gothic", "Microsoft YaHei", "Nirmala UI"),
)
BIN = 4  # lengths that share a point


def alignment(
    source: Sequence[str], target: Sequence[str], weights: np.ndarray, title: str
) -> Figure:
    """The alignment matrix: how much of each source symbol was seen before each target symbol.

    Parameters
    ----------
    source : sequence of S str
        The symbols that were read, padding left out.
    target : sequence of T str
        The symbols that were written.
    weights : ndarray of shape (T, S)
        Attention weights.
    title : str

    Returns
    -------
    Figure
        Its text alternative says what each target symbol looked at most, in the symbols
        themselves.

    Raises
    ------
    ValueError
        If there is no symbol on one side, or the weights are not (T, S).
    """
    S, T = len(source), len(target)
    if not S or not T or np.shape(weights) != (T, S):
        raise ValueError(
            f"source has {S} symbols, target {T}, and weights is {np.shape(weights)}; alignment "
            f"needs a symbol or more on both sides and (T, S) = ({T}, {S})"
        )
    names = [drawn_symbol(symbol) for symbol in source]
    # Long names stand upright and need room below.
    upright = max(map(len, names)) > 2
    height = 0.24 * T + 1.3 + (0.07 * max(map(len, names)) if upright else 0)
    figure = new_figure(max(0.24 * S + 1.9, 4.2), height, title)
    ax = figure.add_subplot(xlabel="read", ylabel="written")
    image = ax.imshow(weights, "Greys", vmin=0, vmax=1, aspect="auto")
    figure.colorbar(image, ax=ax, label="attention weight")
    style: dict[str, Any] = {"parse_math": False, "family": _families(), "fontsize": 9}
    ax.set_xticks(range(S), names, rotation=90 if upright else 0, **style)
    ax.set_yticks(range(T), [drawn_symbol(symbol) for symbol in target], **style)
    most = weights.argmax(axis=1)
    said = "; ".join(
        f"{symbol!r} at {source[place]!r} (place {place + 1}, {row[place]:.2f})"
        for symbol, place, row in zip(target, most, weights, strict=True)
    )
    figure.set_label(
        f"{title}. Read: {' '.join(source)}. Before each written symbol it looked most: {said}."
    )
    return figure


def encoder_decoder(source: Sequence[str], target: Sequence[str], title: str) -> Figure:
    """The two LSTMs of a translator, unrolled, with what attention adds to one step.

    Parameters
    ----------
    source : sequence of S str
        The symbols that are read.
    target : sequence of T + 1 str
        ``<START>`` to ``<END>``: the decoder reads the first T and must say the last T.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no symbol to read, or fewer than two in the target.
    """
    S, T = len(source), len(target) - 1
    if S < 1 or T < 1:
        raise ValueError(
            f"source has {S} symbols, target {T + 1}; encoder_decoder needs 1 and 2 or more"
        )
    figure = new_figure(0.85 * (S + T) + 1.2, 3.4, title)
    ax = figure.add_subplot(xlim=(-0.7, S + T + 0.2), ylim=(-1.5, 1.9))
    ax.set_axis_off()
    steps = [*range(S), *(S + 0.5 + t for t in range(T))]
    for x in steps[:S]:  # to one step alone, since the looks of all would hide each other
        curve = {"arrowstyle": "->", "color": "0.5", "connectionstyle": "arc3,rad=-0.4"}
        ax.annotate("", (S + 0.4, 0.25), (x, 0.25), arrowprops=curve)
    for k, (x, symbol) in enumerate(zip(steps, [*source, *target[:-1]], strict=True)):
        state = f"$h_{{{k + 1}}}$" if k < S else f"$h'_{{{k - S + 1}}}$"
        _box(ax, (x, 0), state, "0.9" if k < S else "0.75")
        arrow(ax, (x, -0.75), (x, -0.25), color="black")
        ax.text(x, -0.95, drawn_symbol(symbol), ha="center", va="center", parse_math=False)
        if k:
            arrow(ax, (steps[k - 1] + 0.28, 0), (x - 0.28, 0), color="black")
    for x, symbol in zip(steps[S:], target[1:], strict=True):
        arrow(ax, (x, 0.25), (x, 0.95), color="black")
        ax.text(x, 1.15, drawn_symbol(symbol), ha="center", va="center", parse_math=False)
    ax.text((S - 1) / 2, -1.4, "encoder", ha="center", style="italic")
    ax.text(S + T / 2, -1.4, "decoder", ha="center", style="italic")
    figure.set_label(
        f"{title}. The encoder reads {' '.join(source)}, a symbol at each step. Its last hidden "
        f"state is the decoder's first, which reads {' '.join(target[:-1])} and must say "
        f"{' '.join(target[1:])}. With attention each step of the decoder also looks at all states "
        "of the encoder; grey arrows show it for the first step."
    )
    return figure


def errors_by_length(
    lengths: np.ndarray, right: Mapping[str, np.ndarray], title: str, longest: int | None = None
) -> Figure:
    """Share of wrong translations over the length of the source, a line for each model.

    Parameters
    ----------
    lengths : ndarray of shape (n,), integers
        Symbols in each source.
    right : mapping of str to ndarray of shape (n,), boolean
        A model's name to whether each translation is exactly right.
    title : str
    longest : int, optional
        Length of the longest source in training: marked by a vertical line.

    Returns
    -------
    Figure
        A point for every four lengths, at their middle, and below how many sources each has.

    Raises
    ------
    ValueError
        If there is no source or no model, or a model has not a value for each source.
    """
    n = len(lengths)
    if not n or not right or any(len(values) != n for values in right.values()):
        found = {name: len(values) for name, values in right.items()}
        raise ValueError(f"{n} lengths and values {found}; errors_by_length needs as many of both")
    bins = np.asarray(lengths) // BIN
    used = np.unique(bins)
    middles = used * BIN + (BIN - 1) / 2
    figure = new_figure(7.5, 4.4, title)
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    shares = {
        name: [1 - np.mean(np.asarray(values)[bins == b]) for b in used]
        for name, values in right.items()
    }
    draw_lines(top, middles, shares)
    said = [
        f"{name}, {b * BIN} to {b * BIN + BIN - 1}: {share:.3f}"
        for name, row in shares.items()
        for b, share in zip(used, row, strict=True)
    ]
    counts = [int((bins == b).sum()) for b in used]
    bottom.bar(middles, counts, width=0.8 * BIN, color="0.6")
    top.set(ylabel="share wrong", ylim=(-0.05, 1.05))
    bottom.set(xlabel="symbols in the source", ylabel="sources")
    marked = ""
    if longest is not None:
        for ax in (top, bottom):
            ax.axvline(longest + 0.5, color="0.3", linestyle=":", label="longest in training")
        marked = f" The longest source in training has {longest} symbols."
    top.legend()
    figure.set_label(f"{title}. Share wrong by symbols in the source: {'; '.join(said)}.{marked}")
    return figure


def drawn_symbol(symbol: str) -> str:
    """A symbol as it is drawn: spaces as a sign, what no font at hand has by its name.

    The name is that of Unicode, cut to what tells a letter from its neighbours: ``nyeon`` for
    HANGUL SYLLABLE NYEON, ``U+5E74`` for CJK UNIFIED IDEOGRAPH-5E74.
    """
    if len(symbol) > 1:  # a word: by its letters, as far as they can be drawn
        return symbol if all(map(_is_known, symbol)) else "·".join(map(drawn_symbol, symbol))
    if unicodedata.category(symbol) in ("Zs", "Cc", "Cf"):
        return "␣"
    if _is_known(symbol):
        return symbol
    name = unicodedata.name(symbol, "")
    short = name.rpartition(" ")[2].lower()
    return f"U+{ord(symbol):04X}" if not short.isalpha() else short


def _box(ax: Axes, center: tuple[float, float], text: str, colour: str) -> None:
    x, y = center
    corner = (x - 0.28, y - 0.25)
    ax.add_patch(Rectangle(corner, 0.56, 0.5, facecolor=colour, edgecolor="black", zorder=2))
    ax.text(x, y, text, ha="center", va="center", zorder=3)


@lru_cache
def _families() -> list[str]:
    """Matplotlib's own font, then those of the fallbacks that this machine has."""
    installed = {font.name for font in fontManager.ttflist}
    return ["DejaVu Sans", *(name for name in FALLBACKS if name in installed)]


@lru_cache
def _charmaps() -> list[set[int]]:
    return [set(get_font(findfont(FontProperties(family=f))).get_charmap()) for f in _families()]


def _is_known(char: str) -> bool:
    return any(ord(char) in charmap for charmap in _charmaps())
