"""Figures of a stack of recurrent layers: its grid over layers and time, and what depth costs.

h[l, t] has two inputs, h[l, t - 1] and h[l - 1, t]; going backward, its gradient comes in two ways.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cs231n_rnn.plots.curves import HATCHES, LINE_STYLES, MARKERS, running_mean
from cs231n_rnn.plots.display import new_figure
from cs231n_rnn.plots.recurrent import DARK, GAP, LIGHT, MIDDLE, arrow, box

WINDOW = 50  # chunks over which a curve of losses is averaged
TITLES = {
    False: "Forward: a state needs the step before and the layer below",
    True: "Backward: the gradient of a state comes in two ways",
}


@dataclass(frozen=True)
class Run:
    """What one training cost, and how far it came.

    Parameters
    ----------
    losses : sequence of float
        Loss of each chunk of training, in nats per character.
    seconds : float
        Time of a chunk.
    parameters : int
        How many numbers were learnt.
    bits : float
        Cross entropy of the held-out text, in bits per character.
    """

    losses: Sequence[float]
    seconds: float
    parameters: int
    bits: float


def stacked_graph(num_layers: int, num_steps: int, backward: bool = False) -> Figure:
    """Computational graph of a stack of recurrent layers, unrolled over time.

    Parameters
    ----------
    num_layers : int
        L, at least 1.
    num_steps : int
        T, at least 1.
    backward : bool
        Draw the ways of the gradient instead. They are thick where they meet in one of the states.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no layer or no step.
    """
    L, T = num_layers, num_steps
    if L < 1 or T < 1:
        raise ValueError(f"{L} layers, {T} steps; stacked_graph needs 1 or more of both")
    figure = new_figure(1.25 * (T + 3), L + 2.2, TITLES[backward])
    ax = figure.add_subplot(xlim=(-1.7, T + 1.3), ylim=(-0.3, L + 1.3))
    ax.set_axis_off()
    # The state in which the two ways are drawn thick: one that has both, where there is one.
    chosen = (max(L - 1, 1), max(T - 1, 1)) if backward else (0, 0)
    for layer in range(1, L + 1):
        _draw_layer(ax, layer, T, backward, chosen)
    for t in range(1, T + 1):
        _draw_step(ax, t, L, backward, chosen)
    figure.set_label(f"{TITLES[backward]}. {_said(L, T, backward)}")
    return figure


def depth_costs(runs: Mapping[str, Run], title: str) -> Figure:
    """Training loss against time, and held-out bits against the number of parameters.

    Parameters
    ----------
    runs : mapping of str to Run
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no run, or one without a loss.
    """
    if not runs or not all(len(run.losses) for run in runs.values()):
        raise ValueError(f"runs is {list(runs)}; depth_costs needs runs that have losses")
    figure = new_figure(10, 3.8, title)
    left, right = figure.subplots(1, 2)
    colours = colormaps["viridis"](np.linspace(0, 0.8, len(runs)))
    for k, (name, run) in enumerate(runs.items()):
        style, marker = LINE_STYLES[k % len(LINE_STYLES)], MARKERS[k % len(MARKERS)]
        bits = running_mean(run.losses, WINDOW) / np.log(2)
        times = run.seconds * np.arange(1, len(bits) + 1)
        left.plot(times, bits, style, color=colours[k])
        left.plot(times[-1], bits[-1], marker, color=colours[k])
        right.plot(run.parameters / 1000, run.bits, marker, color=colours[k], label=name)
    lowest = min(run.bits for run in runs.values())
    left.set(
        xlabel="time (s)", ylabel="bits per character", title=f"Training, mean of {WINDOW} chunks"
    )
    left.set_ylim(top=max(2 * lowest, 4))
    right.set(xlabel="parameters (thousands)", ylabel="bits per character", title="Held-out text")
    right.set_xlim(left=0)
    right.margins(y=0.2)
    right.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
    said = [
        f"{name}: {run.bits:.2f} bits with {run.parameters} parameters after "
        f"{run.seconds * len(run.losses):.0f} s"
        for name, run in runs.items()
    ]
    figure.set_label(f"{title}. Held-out text: {'; '.join(said)}.")
    return figure


def layer_bars(panels: Mapping[str, Mapping[str, Sequence[float]]], title: str) -> Figure:
    """Numbers of each layer as bars, in one panel or more.

    Parameters
    ----------
    panels : mapping of str to mapping of str to sequence of L numbers
        What a panel shows, to the bars' numbers, the lowest layer first, under a name such as
        "before training".
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is nothing to draw, or the panels are not of as many layers.
    """
    layers = {len(values) for bars in panels.values() for values in bars.values()}
    if len(layers) != 1 or 0 in layers:
        raise ValueError(f"the bars are those of {sorted(layers)} layers; layer_bars needs one L")
    L = layers.pop()
    figure = new_figure(4.6 * len(panels), 3.3, title)
    said = []
    axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for ax, (what, bars) in zip(axes, panels.items(), strict=True):
        colours = colormaps["cividis"](np.linspace(0.1, 0.9, len(bars)))
        width = 0.8 / len(bars)
        for k, (name, values) in enumerate(bars.items()):
            place = np.arange(1, L + 1) + (k - (len(bars) - 1) / 2) * width
            look: dict[str, Any] = {"hatch": HATCHES[k % len(HATCHES)], "edgecolor": "black"}
            ax.bar(place, values, width, label=name, color=colours[k], **look)
            said.append(f"{what}, {name}: " + ", ".join(f"{value:.3g}" for value in values))
        ax.set(xlabel="layer, 1 is the lowest", ylabel=what, xticks=range(1, L + 1))
        ax.margins(y=0.45)  # room for the legend above the bars
        ax.legend()
    figure.set_label(f"{title}. From the lowest layer up: {'; '.join(said)}.")
    return figure


def seed_scores(
    panels: Mapping[str, Mapping[str, Sequence[float]]], ylabel: str, title: str
) -> Figure:
    """Scores of several seeds as points over a bar at their mean, in one panel or more.

    Parameters
    ----------
    panels : mapping of str to mapping of str to sequence of float
        A panel's title, to the scores of each model, one for each seed.
    ylabel : str
        What a score is.
    title : str

    Returns
    -------
    Figure
    """
    figure = new_figure(4.0 * len(panels), 3.3, title)
    axes, said = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0], []
    for ax, (comparison, scores) in zip(axes, panels.items(), strict=True):
        for place, (name, values) in enumerate(scores.items()):
            mean = float(np.mean(values))
            ax.hlines(mean, place - 0.3, place + 0.3, color="black")
            ax.plot([place] * len(values), values, MARKERS[place % len(MARKERS)], color=DARK)
            low, high = min(values), max(values)
            said.append(f"{comparison}, {name}: mean {mean:.3f}, from {low:.3f} to {high:.3f}")
        ax.set(title=comparison, xticks=range(len(scores)), xticklabels=list(scores))
        ax.margins(x=0.2, y=0.2)
    axes[0].set_ylabel(ylabel)
    figure.set_label(f"{title}. {'; '.join(said)}.")
    return figure


def layer_states(text: str, states: np.ndarray, title: str) -> Figure:
    """Hidden states of all layers over the characters of a text, the highest layer on top.

    Parameters
    ----------
    text : str
        The T characters that were read.
    states : ndarray of shape (L, T, H)
        Between -1 and 1, the lowest layer first.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If the states are not (L, T, H).
    """
    if states.ndim != 3 or not states.size or states.shape[1] != len(text):
        raise ValueError(f"states is {states.shape}; layer_states needs (L, T, H), T = {len(text)}")
    L, T, _ = states.shape
    figure = new_figure(max(5.0, 0.17 * T + 1.6), 1.7 * L + 0.9, title)
    axes = figure.subplots(L, 1, sharex=True, squeeze=False)[:, 0]
    for layer, ax in zip(range(L, 0, -1), axes, strict=True):
        image = ax.imshow(
            states[layer - 1].T, "cividis", aspect="auto", interpolation="nearest", vmin=-1, vmax=1
        )
        ax.set(title=f"layer {layer}", ylabel="unit")
    figure.colorbar(image, ax=list(axes), pad=0.01, label="hidden state")
    shown = ["␣" if char == " " else "⏎" if char == "\n" else char for char in text]
    axes[-1].set_xticks(range(T), shown, parse_math=False, family="monospace")
    axes[-1].set_xlabel("character read")
    changes = np.abs(np.diff(states, axis=1)).mean(axis=(1, 2)) if T > 1 else np.zeros(L)
    said = ", ".join(f"{change:.2f}" for change in changes)
    figure.set_label(
        f"{title}. Heat maps of {L} layers over the text {text!r}. Mean change of a unit from one "
        f"character to the next, from the lowest layer up: {said}."
    )
    return figure


def _draw_layer(ax: Axes, layer: int, T: int, backward: bool, chosen: tuple[int, int]) -> None:
    """The states of one layer, and the arrows between its time steps."""
    ax.text(
        -1.65,
        layer,
        f"layer {layer}\n$W_x^{{({layer})}},W_h^{{({layer})}},b^{{({layer})}}$",
        va="center",
    )
    for t in range(T + 1):
        fill, colour = (
            (MIDDLE, "white") if (layer, t) == chosen else (LIGHT if t else "0.9", "black")
        )
        box(ax, (t, layer), f"$h_{{{t}}}^{{({layer})}}$", fill, colour)
    for t in range(1, T + 1):
        _way(
            ax, (t - 1, layer), (t, layer), backward, thick=(layer, t - 1) == chosen, linestyle="--"
        )
    if not backward:
        arrow(ax, (T + GAP, layer), (T + 0.75, layer), linestyle="--")


def _draw_step(ax: Axes, t: int, L: int, backward: bool, chosen: tuple[int, int]) -> None:
    """Input and loss of one time step, and the arrows between the layers."""
    box(ax, (t, 0), f"$x_{{{t}}}$", "white")
    box(ax, (t, L + 1), f"$L_{{{t}}}$", DARK, "white")
    for layer in range(L + 1):
        _way(ax, (t, layer), (t, layer + 1), backward, thick=(layer, t) == chosen)


def _way(
    ax: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    backward: bool,
    thick: bool,
    **line: Any,
) -> None:
    """An arrow from box to box, turned round for the gradient."""
    across = np.array(end, float) - start
    first, last = np.array(start) + across * 1.2 * GAP, np.array(end) - across * 1.2 * GAP
    if backward:
        first, last = last, first
    width = {"linewidth": 3.0, "color": "black"} if thick else {"linewidth": 1.0}
    arrow(ax, tuple(first), tuple(last), **line, **width)


def _said(L: int, T: int, backward: bool) -> str:
    grid = f"A grid of {L} layers and {T} time steps, inputs x below, losses above. "
    if not backward:
        return grid + (
            "Dashed arrows go to the right, from each state to the next step of its layer; solid "
            "arrows go up, from each state to the layer above at the same step."
        )
    return grid + (
        "All arrows are turned round: dashed ones go to the left, back in time, and solid ones go "
        "down, from the losses through the layers to the inputs. In each state one of each meets, "
        "but in the last step of a layer, where only the one from above comes."
    )
