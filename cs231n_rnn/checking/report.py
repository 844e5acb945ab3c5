"""Results for a reader: a table in the notebook or the terminal, from the same objects."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cs231n_rnn.checking.manifest import Manifest
from cs231n_rnn.checking.messages import Message
from cs231n_rnn.checking.results import Result, State
from cs231n_rnn.checking.wording import say, say_causes, say_result, say_variant

# A misconception shows in nearly all cases of a function; three of them are enough to read.
MOST_CASES = 3
COLOURS: dict[State, str] = {"done": "#1b7837", "wrong": "#b2182b", "to do": "#666666"}


def state_of(results: Iterable[Result]) -> State:
    """``wrong`` if a case is, else ``to do`` if one is, else ``done``."""
    states = {result.state for result in results}
    return "wrong" if "wrong" in states else "to do" if "to do" in states else "done"


@dataclass(frozen=True)
class FunctionReport:
    """The results of one function's cases.

    Attributes
    ----------
    function : str
    file : str
        The file to edit.
    results : list of Result
    """

    function: str
    file: str
    results: list[Result]

    @property
    def state(self) -> State:
        """``done``, ``wrong`` or ``to do``: the function is as good as its worst case."""
        return state_of(self.results)

    @property
    def earned(self) -> float:
        """Points that its cases brought."""
        return sum(result.earned for result in self.results)

    @property
    def points(self) -> float:
        """Points that its cases are worth."""
        return sum(result.points for result in self.results)

    @property
    def optional(self) -> bool:
        """Whether its points count apart."""
        return any(result.optional for result in self.results)

    def notes(self, say: Callable[[Message], str] = say) -> Iterator[tuple[str, str]]:
        """What there is to say of a function that is not done, each with a word in front."""
        if self.state == "to do":
            first = next(r for r in self.results if r.status == "not implemented")
            yield "", say_result(first, say)
        wrong = [r for r in self.results if r.state == "wrong"]
        for causes in dict.fromkeys(r.causes for r in wrong if r.causes):
            yield "", say_causes(causes)
        # Numbers say nothing where all of them come from another function's.
        shown = [] if all(r.causes for r in wrong) else wrong
        for result in shown[:MOST_CASES]:
            yield say_variant(result.variant), say(result.fault) if result.fault else ""
        if len(shown) > MOST_CASES:
            yield "", f"and {len(shown) - MOST_CASES} more"
        for hint in dict.fromkeys(result.hint for result in wrong if result.hint):
            yield "hint", say(hint)
        for advice in self.advice():
            yield "advice, costs no points", say(advice)

    def advice(self) -> list[Message]:
        """What the cases noted that costs no points, each once."""
        return list(dict.fromkeys(advice for r in self.results for advice in r.advice))


@dataclass(frozen=True)
class Report:
    """Results of several functions, as a table in a notebook and as text elsewhere."""

    functions: list[FunctionReport]

    def __str__(self) -> str:
        width = max(len(f.function) for f in self.functions)
        lines = []
        for f in self.functions:
            passed = sum(r.status == "passed" for r in f.results)
            lines.append(
                f"{f.function:<{width}}  {f.state:<5}  {passed:>2} of {len(f.results):>2} cases"
                f"  {f.earned:5.1f} of {f.points:4.1f} points"
            )
            lines += [f"    {': '.join(filter(None, note))}" for note in f.notes()]
        return "\n".join([*lines, f"{self._total()} {HIDDEN}"])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        rows = []
        for f in self.functions:
            notes = "<br>".join(html.escape(": ".join(filter(None, note))) for note in f.notes())
            passed = sum(r.status == "passed" for r in f.results)
            cells = [
                f"<code>{html.escape(f.function)}</code>",
                f'<b style="color:{COLOURS[f.state]}">{f.state}</b>',
                f"{passed} of {len(f.results)}",
                f"{f.earned:.1f} of {f.points:.1f}",
                notes,
            ]
            left = ' style="text-align:left"'
            rows.append("<tr>" + "".join(f"<td{left}>{cell}</td>" for cell in cells) + "</tr>")
        heads = "".join(
            f'<th style="text-align:left">{head}</th>'
            for head in ("function", "state", "cases", "points", "what to look at")
        )
        return (
            f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
            f"<p>{self._total()} {HIDDEN}</p>"
        )

    def _total(self) -> str:
        required, optional = (
            f"{sum(f.earned for f in found):.1f} of {sum(f.points for f in found):.1f}"
            for found in (
                [f for f in self.functions if not f.optional],
                [f for f in self.functions if f.optional],
            )
        )
        apart = f" Optional: {optional}." if any(f.optional for f in self.functions) else ""
        return f"{required} points on the public cases.{apart}"


HIDDEN = "Grading also runs hidden cases, on other numbers and sizes; they have not been run here."


def make_report(results: Iterable[Result], manifest: Manifest) -> Report:
    """Group results by function, in the order in which they come."""
    grouped: dict[str, list[Result]] = {}
    for result in results:
        grouped.setdefault(result.function, []).append(result)
    files = manifest.functions
    return Report([FunctionReport(name, files[name], found) for name, found in grouped.items()])
