"""Figures and tables in a notebook, each with text for a reader who does not see it.

A Figure is made without pyplot, so that no backend matters and none stays open.
"""

from __future__ import annotations

import html
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

DPI = 144
SCREEN_DPI = 96  # the browser's: the picture is drawn finer than it is shown


def new_figure(width: float, height: float, title: str) -> Figure:
    """An empty Figure of so many inches, with a title and room kept for every text."""
    figure = Figure(figsize=(width, height), dpi=DPI, layout="constrained")
    figure.suptitle(title)
    return figure


def show(figure: Figure, alt: str = "") -> None:
    """Show a figure in a notebook as PNG with a text alternative; in plain Python do nothing.

    Parameters
    ----------
    figure : Figure
    alt : str
        What the figure shows, for a reader who does not see it. Default: the figure's label.
    """
    display_figure(figure, alt or str(figure.get_label()))
    if pyplot := sys.modules.get("matplotlib.pyplot"):
        pyplot.close(figure)  # the notebook would show a pyplot figure a second time


def display_figure(figure: Figure, alt: str, handle: Any = None) -> Any:
    """Show a figure in a new place of the notebook, or in the place that a handle stands for.

    Returns
    -------
    IPython.display.DisplayHandle or None
        The place; None in plain Python.
    """
    if not in_notebook():
        return None
    from IPython.display import display  # plain Python need not have it

    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=DPI)
    width = round(figure.get_figwidth() * SCREEN_DPI)
    shown = {"image/png": png.getvalue(), "text/plain": alt}
    metadata = {"image/png": {"alt": alt, "width": width}}
    if handle is None:
        return display(shown, metadata=metadata, raw=True, display_id=True)
    handle.update(shown, metadata=metadata, raw=True)
    return handle


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs this."""
    ipython = sys.modules.get("IPython")
    return hasattr(ipython and ipython.get_ipython(), "kernel")


class ScoreTable:
    """Numbers in a table: HTML in a notebook, text elsewhere.

    Parameters
    ----------
    rows : mapping of str to mapping of str to float
        A row's name to its numbers, under the columns' names. A number may be missing.
    """

    def __init__(self, rows: Mapping[str, Mapping[str, float]]) -> None:
        self.rows = rows
        self.columns = list(dict.fromkeys(name for row in rows.values() for name in row))

    def save(self, path: str | os.PathLike[str]) -> ScoreTable:
        """Write the rows to a JSON file, whose folder is made if need be; returns the table."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(json.dumps(self.rows, indent=1), encoding="utf-8")
        return self

    def __repr__(self) -> str:
        lines = [("", self.columns), *self._cells()]
        first = max(len(name) for name, _ in lines)
        widths = [max(7, len(column)) for column in self.columns]
        return "\n".join(
            "  ".join(
                [f"{name:<{first}}", *(f"{c:>{w}}" for c, w in zip(row, widths, strict=True))]
            )
            for name, row in lines
        )

    def _repr_html_(self) -> str:
        heads = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in self.columns)
        body = "".join(
            f'<tr><th scope="row">{html.escape(name)}</th>'
            + "".join(f"<td>{cell}</td>" for cell in row)
            + "</tr>"
            for name, row in self._cells()
        )
        return f"<table><thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table>"

    def _cells(self) -> Iterator[tuple[str, list[str]]]:
        for name, row in self.rows.items():
            yield name, [f"{row[c]:.3f}" if c in row else "" for c in self.columns]
