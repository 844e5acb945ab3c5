"""Training curves: once, or live while the solver trains."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cs231n_rnn.plots.display import display_figure, new_figure

LINE_STYLES = ("-", "--", ":", "-.")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
HATCHES = ("", "//", "..", "xx", "\\\\", "++")


def training_curves(
    losses: Mapping[str, Sequence[float]],
    scores: Sequence[Mapping[str, float]] = (),
    title: str = "Training",
    window: int = 25,
    log: bool = False,
    unit: str = "nats per caption",
) -> Figure:
    """Loss of each iteration with its running mean and, on the right, scores of each epoch.

    Parameters
    ----------
    losses : mapping of str to sequence of float
        Under a name, a ``solver.loss_history``.
    scores : sequence of mapping of str to float
        A ``solver.score_history``; without it there is no right half.
    title : str
    window : int
        Iterations over which the running mean goes, at least 1.
    log : bool
        Draw the loss on a logarithmic axis.
    unit : str
        Of the loss.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        If there is no loss to draw or the window is below 1.
    """
    empty = [name for name, history in losses.items() if len(history) == 0]
    if empty or not losses or window < 1:
        raise ValueError(
            f"losses is {list(losses)}, without a value in {empty}, and window {window}; "
            "training_curves needs values to draw and a window of at least 1"
        )
    figure = new_figure(9 if scores else 6, 3.3, title)
    left, *right = figure.subplots(1, 2 if scores else 1, squeeze=False)[0]
    _draw_losses(left, losses, window, log, unit)
    said = [f"{name} from {h[0]:.3g} to {h[-1]:.3g}" for name, h in losses.items()]
    if scores:
        _draw_scores(right[0], scores)
        said += [f"{name} is {value:.3g} at the end" for name, value in scores[-1].items()]
    figure.set_label(f"{title}. Curves: {'; '.join(said)}.")
    return figure


def running_mean(values: Sequence[float], window: int) -> np.ndarray:
    """Mean of each value and the ``window - 1`` before it, fewer at the start."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - window, 0)
    return (sums[ends] - sums[starts]) / (ends - starts)


class LiveCurve:
    """A callback of the solver that draws the training curve again, in one place of the notebook.

    At most once in ``pause`` seconds, and after the last epoch in any case.

    Parameters
    ----------
    title : str
    pause : float
        Seconds.
    **options
        ``window``, ``log`` and ``unit`` of :func:`training_curves`.
    """

    def __init__(self, title: str = "Training", pause: float = 1.0, **options: Any) -> None:
        self.title, self.pause, self.options = title, pause, options
        self._place: Any = None
        self._drawn = -np.inf

    def __call__(self, solver: Any) -> None:
        """Draw the curve of a solver, which calls this after each epoch."""
        now = time.monotonic()
        if solver.epoch < solver.num_epochs and now < self._drawn + self.pause:
            return
        figure = training_curves(
            {"training loss": solver.loss_history},
            solver.score_history,
            f"{self.title}, epoch {solver.epoch} of {solver.num_epochs}",
            **self.options,
        )
        self._place = display_figure(figure, str(figure.get_label()), self._place)
        self._drawn = time.monotonic()


def draw_lines(ax: Axes, x: Any, lines: Mapping[str, Sequence[float]], **options: Any) -> None:
    """Lines over x by their names; style and marker tell them apart as well as colour."""
    colours = colormaps["viridis"](np.linspace(0.1, 0.75, len(lines)))
    for k, (name, values) in enumerate(lines.items()):
        style = LINE_STYLES[k % len(LINE_STYLES)] + MARKERS[k % len(MARKERS)]
        ax.plot(x, values, style, color=colours[k], label=name, **options)


def _draw_losses(
    ax: Axes, losses: Mapping[str, Sequence[float]], window: int, log: bool, unit: str
) -> None:
    colours = colormaps["viridis"](np.linspace(0.1, 0.75, len(losses)))
    for k, (name, history) in enumerate(losses.items()):
        iterations = np.arange(1, len(history) + 1)
        ax.plot(iterations, history, color=colours[k], linewidth=0.6, alpha=0.4)
        mean = running_mean(history, window)
        style = LINE_STYLES[k % len(LINE_STYLES)]
        ax.plot(iterations, mean, style, color=colours[k], label=f"{name}, mean of {window}")
    ax.set(xlabel="iteration", ylabel=f"loss ({unit})", title="Loss of each minibatch")
    if log:
        ax.set_yscale("log")
    else:
        ax.set_ylim(bottom=0)
    ax.legend()


def _draw_scores(ax: Axes, scores: Sequence[Mapping[str, float]]) -> None:
    epochs = range(1, len(scores) + 1)
    draw_lines(ax, epochs, {name: [row[name] for row in scores] for name in scores[0]})
    ax.set(xlabel="epoch", ylabel="score", title="Validation scores")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend()
