"""How gradients travel back through time: their norms on a log axis, and what clipping does.

Points are measured, lines are theory. The logarithm turns a factor a step into a straight line:
one that falls is a vanishing gradient, one that rises an exploding one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cs231n_rnn.plots.curves import LINE_STYLES, MARKERS, running_mean
from cs231n_rnn.plots.display import new_figure

LIMITS = (1e-20, 1e12)  # of the norms' axis, the same in every figure that is to be compared


class Reach(NamedTuple):
    """Norms of a gradient 0, 1, 2, … steps back, each over the norm that it began with."""

    measured: Sequence[float]
    theory: Sequence[float]


def gradient_reach(
    panels: Mapping[str, Mapping[str, Reach]],
    title: str,
    limits: tuple[float, float] = LIMITS,
) -> Figure:
    """Norm of the gradient against the steps back in time: points measured, lines from theory.

    Parameters
    ----------
    panels : mapping of str to mapping of str to Reach
        Under a panel's title, the curves by name. The panels share their axes.
    title : str
    limits : tuple of two floats
        Lowest and highest norm drawn; what lies outside is left out.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is nothing to draw, or measured and theory are not of one length.
    """
    for where, reaches in panels.items():
        for name, (measured, theory) in reaches.items():
            if len(measured) != len(theory) or len(measured) < 2:
                raise ValueError(
                    f"{name} in {where!r} has {len(measured)} points and a line of {len(theory)}; "
                    "gradient_reach needs as many of both, two or more"
                )
    if not panels or not all(panels.values()):
        raise ValueError(f"panels is {dict(panels)}; gradient_reach needs a curve in each panel")
    figure = new_figure(4.6 * len(panels) + 0.9, 4.0, title)
    axes = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    said = []
    for ax, (where, reaches) in zip(axes, panels.items(), strict=True):
        _draw_reaches(ax, reaches)
        ax.set(title=where, xlabel="steps back in time")
        said += [_said_of(where, name, reach) for name, reach in reaches.items()]
    axes[0].set(yscale="log", ylim=limits, ylabel="norm of the gradient, 1 at the start")
    axes[-1].legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=8.5)
    figure.set_label(f"{title}. {' '.join(said)}")
    return figure


def losses_and_guessing(
    losses: Mapping[str, Sequence[float]],
    guess: float,
    title: str,
    ylabel: str,
    window: int = 25,
    log: bool = False,
) -> Figure:
    """Running means of losses, beside what guessing gives.

    Parameters
    ----------
    losses : mapping of str to sequence of float
        Under a name, a ``solver.loss_history``.
    guess : float
        The loss of an answer that knows nothing of the input.
    title, ylabel : str
    window : int
        Iterations over which the running mean goes.
    log : bool
        Draw the loss on a logarithmic axis; otherwise the axis ends at twice the guess.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no loss to draw.
    """
    empty = [name for name, history in losses.items() if len(history) == 0]
    if empty or not losses:
        raise ValueError(f"losses is {list(losses)}, without a value in {empty}; it needs values")
    figure = new_figure(6.5, 3.4, title)
    ax = figure.add_subplot(xlabel="iteration", ylabel=ylabel, yscale="log" if log else "linear")
    said = []
    for k, (name, history) in enumerate(losses.items()):
        mean = running_mean(history, window)
        style, colour = LINE_STYLES[k % len(LINE_STYLES)], _shade(k, len(losses))
        ax.plot(np.arange(1, len(mean) + 1), mean, style, color=colour, label=name)
        said.append(f"{name} from {mean[0]:.3g} to {mean[-1]:.3g}")
    ax.axhline(guess, color="0.45", linewidth=0.9, linestyle=(0, (8, 4)), label="guessing")
    if not log:
        ax.set_ylim(0, 2 * guess)  # the first iterations would leave no room for the rest
    ax.legend()
    figure.set_label(
        f"{title}. {ylabel}, mean of {window}: {'; '.join(said)}; guessing {guess:.3g}."
    )
    return figure


def norms_and_bound(norms: Sequence[float], max_norm: float, title: str) -> Figure:
    """Global norm of the gradients over a training run, and as a histogram, with the bound.

    Parameters
    ----------
    norms : sequence of float
        A ``solver.norm_history``: the norms before clipping.
    max_norm : float
        The bound.
    title : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no norm above 0 to draw.
    """
    found = np.asarray(norms, dtype=float)
    if not (found > 0).any():
        raise ValueError(f"norms has {len(found)} values, none above 0; norms_and_bound needs one")
    figure = new_figure(8.5, 3.2, title)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
    left.plot(np.arange(1, len(found) + 1), found, ".", color=_shade(0, 2), markersize=3)
    left.set(xlabel="iteration", ylabel="global norm before clipping", yscale="log")
    positive = found[found > 0]
    edges = np.geomspace(positive.min() / 1.01, positive.max() * 1.01, 30)
    right.hist(positive, edges, orientation="horizontal", color=_shade(0, 2))
    right.set(xlabel="iterations")
    for ax in (left, right):
        ax.axhline(max_norm, color="black", linestyle="--", label=f"max_norm {max_norm:g}")
    left.legend()
    figure.set_label(
        f"{title}. The norm's median is {np.median(found):.3g}, the largest {found.max():.3g}; "
        f"{np.mean(found > max_norm):.0%} lie above the bound of {max_norm:g}."
    )
    return figure


def _shade(k: int, count: int) -> tuple[float, ...]:
    return tuple(colormaps["viridis"](np.linspace(0.0, 0.8, count))[k])


def _draw_reaches(ax: Axes, reaches: Mapping[str, Reach]) -> None:
    for k, (name, (measured, theory)) in enumerate(reaches.items()):
        steps, colour = np.arange(len(measured)), _shade(k, len(reaches))
        ax.plot(steps, theory, color=colour, linewidth=0.9)
        # A point in each of the lines' gaps would hide the line.
        some = slice(k, None, max(1, len(measured) // 12))
        marker = MARKERS[k % len(MARKERS)]
        ax.plot(steps[some], measured[some], marker, color=colour, markersize=4.5, label=name)


def _said_of(where: str, name: str, reach: Reach) -> str:
    steps = len(reach.measured) - 1
    found, expected = reach.measured[-1], reach.theory[-1]
    return f"{where}, {name}: {found:.1e} after {steps} steps, theory {expected:.1e}."
