"""Running a function's cases and judging them together: a mistake shows in all of them.

What ``check(...)`` in a notebook, ``make check`` in a terminal and pytest call; the grader judges
with the same functions what came back from its sandbox.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cs231n_rnn.checking.answers import read_answers
from cs231n_rnn.checking.cases import Case, cases_of
from cs231n_rnn.checking.judge import Answer, Result, faults, judge
from cs231n_rnn.checking.manifest import ROOT, Manifest, read_manifest
from cs231n_rnn.checking.mistakes import (
    Mistake,
    hint_for,
    name_mistakes,
    read_mistakes,
    wrong_prints,
)
from cs231n_rnn.checking.outcome import Outcome, run_probe, where
from cs231n_rnn.checking.report import THEN, Report, make_report, state_of


@dataclass(frozen=True)
class AnswerKey:
    """The public answer key: right arrays, and fingerprints of known mistakes."""

    answers: dict[str, Answer]
    mistakes: list[Mistake]

    def answer(self, case: Case) -> Answer:
        """The answer to a case; one that the key lacks is refused by name."""
        if case.id not in self.answers:
            raise KeyError(f"tests/answers has no answer for {case.id}; take a fresh copy of it")
        return self.answers[case.id]


def read_key(root: Path = ROOT) -> AnswerKey:
    """Read ``tests/answers`` and ``tests/hints.json``."""
    return AnswerKey(
        read_answers(root / "tests" / "answers"), read_mistakes(root / "tests" / "hints.json")
    )


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
    checker = Checker(manifest)
    names = [name for name in manifest.functions if name in functions or not functions]
    return make_report([r for name in names for r in checker.results(name)], manifest)


class Checker:
    """Runs the public cases of a function once, and of those that it builds on if it fails.

    Parameters
    ----------
    manifest : Manifest
    root : Path
        Folder that holds ``tests``.
    """

    def __init__(self, manifest: Manifest, root: Path = ROOT) -> None:
        self.manifest, self.root = manifest, root
        self.key = read_key(root)
        self._judged: dict[str, list[Result]] = {}
        self._cases: dict[str, list[Case]] = {}

    def results(self, function: str) -> list[Result]:
        """Results of a function's cases, with the cause first where it lies elsewhere."""
        found = self._own_results(function)
        cases = {case.id: case for case in self._cases.get(function, [])}
        return [point_to_cause(r, cases.get(r.id), self._state, self.manifest) for r in found]

    def _own_results(self, function: str) -> list[Result]:
        if function not in self._judged:
            points = self.manifest.points_of(function)
            try:
                every = cases_of(self.manifest.exercise_of(function).name, self.root)
            except Exception as error:  # whatever the student's module raises at its import
                result = Result(f"{function}-import", function, points, "crashed", where(error))
                self._judged[function] = [result]
                return [result]
            cases = [case for case in every if case.function == function]
            outcomes = {case.id: run_probe(case, self.manifest.public_seed) for case in cases}
            shares = {case.id: points / len(cases) for case in cases}
            self._cases[function] = cases
            self._judged[function] = judge_function(cases, outcomes, self.key, shares)
        return self._judged[function]

    def _state(self, function: str) -> str:
        return state_of(self._own_results(function))


def judge_function(
    cases: list[Case], outcomes: Mapping[str, Outcome], key: AnswerKey, shares: Mapping[str, float]
) -> list[Result]:
    """Judge all cases of one function, and name the mistake that explains them.

    Parameters
    ----------
    cases : list of Case
    outcomes : mapping of str to Outcome
        By the case's id.
    key : AnswerKey
    shares : mapping of str to float
        Points of each case.

    Returns
    -------
    list of Result
    """
    named = recognise(cases, outcomes, key)
    results = []
    for case in cases:
        outcome, answer = outcomes[case.id], key.answer(case)
        hint = hint_for(first_fault(case, outcome, answer), named)
        results.append(judge(case, outcome, answer, shares[case.id], hint))
    return agreed(results, named)


def agreed(results: list[Result], named: Mapping[str, Mistake]) -> list[Result]:
    """Keep, of what was seen in single cases, only what most of a function's wrong cases show.

    In one case a size may happen to be what it looks like; no hint is better than a wrong one.
    """
    known = {mistake.hint for mistake in named.values()}
    wrong = [r for r in results if r.status == "failed"]
    kinds = Counter(_kind(r.hint) for r in wrong if r.hint and r.hint not in known)
    kept = {kind for kind, count in kinds.items() if 2 * count > len(wrong)}
    return [r if r.hint in known or _kind(r.hint) in kept else replace(r, hint="") for r in results]


def _kind(hint: str) -> str:
    return re.sub(r"[0-9.,]+", "", hint)


def first_fault(case: Case, outcome: Outcome, answer: Answer) -> str:
    """The name of the first array that is wrong, ``"crash"``, or an empty string."""
    if outcome.status == "returned":
        return next(iter(faults(case, outcome, answer)), "")
    return "crash" if outcome.status == "crashed" else ""


def recognise(
    cases: list[Case], outcomes: Mapping[str, Outcome], key: AnswerKey
) -> dict[str, Mistake]:
    """The known mistake behind each wrong array of a function, by the array's name."""
    prints = {}
    for case in cases:
        outcome = outcomes[case.id]
        if outcome.status in ("not implemented", "timed out") or not has_print(case):
            continue
        prints[case.id] = wrong_prints(outcome, list(faults(case, outcome, key.answer(case))))
    functions = {case.function for case in cases}
    return name_mistakes(prints, [m for m in key.mistakes if m.function in functions])


def has_print(case: Case) -> bool:
    """Whether a case's numbers have enough digits to know a mistake by."""
    return case.sizes.get("dtype") != "float32" and not case.at_most


def point_to_cause(
    result: Result, case: Case | None, state: Callable[[str], str], manifest: Manifest
) -> Result:
    """Say first which function to mend, where a case fails and what it builds on fails too."""
    own_stub = result.status == "not implemented" and case and case.function in result.message
    if case is None or result.status == "passed" or own_stub:
        return result
    names = [n.format(**case.sizes) for n in manifest.builds_on.get(case.function, [])]
    wrong = [name for name in names if state(name) == "wrong"]
    if not wrong:
        return result
    verb, what = ("fails", "it") if len(wrong) == 1 else ("fail", "them")
    first = f"{' and '.join(wrong)} {verb}; mend {what}, {THEN}"
    return replace(result, message=f"{first} {result.message}".rstrip())
