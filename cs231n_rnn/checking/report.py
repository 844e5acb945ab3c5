"""Results for a reader: a table in the notebook or the terminal, from the same objects."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cs231n_rnn.checking.answers import read_answers
from cs231n_rnn.checking.cases import Case, load_cases
from cs231n_rnn.checking.judge import Answer, Result, judge
from cs231n_rnn.checking.manifest import ROOT, Manifest, read_manifest
from cs231n_rnn.checking.outcome import run_probe

STATUS_WORDS = {
    "passed": "done",
    "failed": "wrong",
    "crashed": "wrong",
    "timed out": "wrong",
    "not implemented": "to do",
}
COLOURS = {"done": "#1b7837", "wrong": "#b2182b", "to do": "#666666"}


@dataclass(frozen=True)
class FunctionReport:
    """What came of one function's cases.

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
    def state(self) -> str:
        """``done``, ``wrong`` or ``to do``: the function is as good as its worst case."""
        words = {STATUS_WORDS[result.status] for result in self.results}
        return "wrong" if "wrong" in words else "to do" if "to do" in words else "done"

    @property
    def earned(self) -> float:
        """Points that its cases brought."""
        return sum(result.earned for result in self.results)

    @property
    def points(self) -> float:
        """Points that its cases are worth."""
        return sum(result.points for result in self.results)

    def notes(self) -> Iterator[tuple[str, str]]:
        """``(case, message)`` for each case that is wrong; one line for a stub."""
        if self.state == "to do":
            yield "", next(r.message for r in self.results if r.status == "not implemented")
            return
        for result in self.results:
            if STATUS_WORDS[result.status] == "wrong":
                variant = result.id.removeprefix(f"{self.function}-").replace("_", " ")
                yield variant, " ".join(filter(None, [result.message, result.hint]))


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
        earned = sum(f.earned for f in self.functions)
        points = sum(f.points for f in self.functions)
        return f"{earned:.1f} of {points:.1f} points on the public cases."


HIDDEN = "Grading also runs hidden cases, on other numbers and sizes; they have not been run here."


def check(*functions: str) -> Report:
    """Check TODO functions against the public cases, as pytest does.

    Parameters
    ----------
    *functions : str
        Names such as ``"rnn_step_forward"`` or ``"CaptioningRNN.loss"``. None: all of them.

    Returns
    -------
    Report
        A table in a notebook, text in a terminal.

    Raises
    ------
    ValueError
        If there is no such function to fill in.
    """
    manifest = read_manifest()
    unknown = [name for name in functions if name not in manifest.functions]
    if unknown:
        known = ", ".join(manifest.functions)
        raise ValueError(f"no function {', '.join(unknown)} in this assignment; there are {known}")
    names = functions or tuple(manifest.functions)
    cases = [case for case in load_cases(manifest) if case.function in names]
    return make_report(cases, run_cases(cases, manifest), manifest)


def run_cases(cases: Iterable[Case], manifest: Manifest, root: Path = ROOT) -> Iterator[Result]:
    """Run and judge cases, one after the other.

    Parameters
    ----------
    cases : iterable of Case
    manifest : Manifest
    root : Path
        Folder that holds ``tests/answers``.

    Yields
    ------
    Result
    """
    answers = read_answers(root / "tests" / "answers")
    shares = case_points(load_cases(manifest, root), manifest)
    for case in cases:
        yield judge_case(case, answers, shares[case.id], manifest.public_seed)


def judge_case(case: Case, answers: dict[str, Answer], points: float, seed: int) -> Result:
    """Run one case and judge it; a case without an answer in the key is refused by name."""
    if case.id not in answers:
        raise KeyError(f"tests/answers has no answer for {case.id}; take a fresh copy of it")
    return judge(case, run_probe(case, seed), answers[case.id], points)


def case_points(cases: list[Case], manifest: Manifest) -> dict[str, float]:
    """Share a function's points equally among its cases."""
    counts: dict[str, int] = {}
    for case in cases:
        counts[case.function] = counts.get(case.function, 0) + 1
    return {c.id: manifest.points_of(c.function) / counts[c.function] for c in cases}


def make_report(cases: list[Case], results: Iterable[Result], manifest: Manifest) -> Report:
    """Group results by function, in the order of the cases."""
    grouped: dict[str, list[Result]] = {case.function: [] for case in cases}
    for result in results:
        grouped[result.function].append(result)
    files = manifest.functions
    return Report([FunctionReport(name, files[name], found) for name, found in grouped.items()])
