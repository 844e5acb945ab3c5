"""Running a function's cases and judging them together: a misconception shows in all of them.

What ``check(...)`` in a notebook, ``make check`` in a terminal and pytest call; the grader judges
with the same functions what came back from its sandbox.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cs231n_rnn.checking.answers import read_answers
from cs231n_rnn.checking.cases import Case, cases_of
from cs231n_rnn.checking.judge import Answer, faults, judge
from cs231n_rnn.checking.manifest import Manifest, read_manifest
from cs231n_rnn.checking.messages import Message
from cs231n_rnn.checking.misconceptions import (
    MISCONCEPTION,
    Misconception,
    Symptom,
    hint_for,
    name_misconceptions,
    read_misconceptions,
    traces_of,
)
from cs231n_rnn.checking.outcome import Outcome, raised, run_probe
from cs231n_rnn.checking.report import Report, make_report, state_of
from cs231n_rnn.checking.results import Result, State
from cs231n_rnn.files import ROOT


@dataclass(frozen=True)
class AnswerKey:
    """The public answer key: right arrays, and fingerprints of misconceptions."""

    answers: dict[str, Answer]
    misconceptions: list[Misconception]

    def answer(self, case: Case) -> Answer:
        """The answer to a case; one that the key lacks is refused by name."""
        if case.id not in self.answers:
            raise KeyError(f"tests/answers has no answer for {case.id}; take a fresh copy of it")
        return self.answers[case.id]


def read_key(root: Path = ROOT) -> AnswerKey:
    """Read ``tests/answers`` and ``tests/misconceptions.json``."""
    tests = root / "tests"
    return AnswerKey(
        read_answers(tests / "answers"), read_misconceptions(tests / "misconceptions.json")
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
        is_optional = function in self.manifest.optional
        found = [replace(r, optional=is_optional) for r in self._own_results(function)]
        cases = {case.id: case for case in self._cases.get(function, [])}
        return [with_causes(r, cases.get(r.id), self._state, self.manifest) for r in found]

    def _own_results(self, function: str) -> list[Result]:
        if function not in self._judged:
            points = self.manifest.points_of(function)
            try:
                every = cases_of(self.manifest.exercise_of(function).name, self.root)
            except Exception as error:  # whatever the student's module raises at its import
                name, fault = f"{function}-import", raised(error)
                result = Result(name, function, "import", points, "crashed", fault)
                self._judged[function] = [result]
                return [result]
            cases = [case for case in every if case.function == function]
            outcomes = {case.id: run_probe(case, self.manifest.public_seed) for case in cases}
            shares = {case.id: points / len(cases) for case in cases}
            self._cases[function] = cases
            self._judged[function] = judge_function(cases, outcomes, self.key, shares)
        return self._judged[function]

    def _state(self, function: str) -> State:
        return state_of(self._own_results(function))


def judge_function(
    cases: list[Case], outcomes: Mapping[str, Outcome], key: AnswerKey, shares: Mapping[str, float]
) -> list[Result]:
    """Judge all cases of one function, and name the misconception that explains them.

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
    named = misconceptions_in(cases, outcomes, key)
    results = []
    for case in cases:
        outcome, answer = outcomes[case.id], key.answer(case)
        hint = hint_of(case, outcome, answer, named)
        results.append(judge(case, outcome, answer, shares[case.id], hint))
    return agreed(results)


def agreed(results: list[Result]) -> list[Result]:
    """Keep, of what was seen in single cases, only what most of a function's wrong cases show.

    In one case a size may happen to be what it looks like; no hint is better than a wrong one.
    """
    wrong = [r for r in results if r.status == "failed"]
    kinds = Counter(_kind(r.hint) for r in wrong if r.hint)
    kept = {kind for kind, count in kinds.items() if 2 * count > len(wrong)}
    return [r if r.hint and _is_kept(r.hint, kept) else replace(r, hint=None) for r in results]


def _is_kept(hint: Message, kept: set[tuple[str, str]]) -> bool:
    return hint.code == MISCONCEPTION or _kind(hint) in kept


def _kind(hint: Message) -> tuple[str, str]:
    """A hint's code and values, but for the numbers, which differ from case to case."""
    texts = {
        name: value
        for name, value in hint.values.items()
        if not any(isinstance(v, int | float) for v in _as_list(value))
    }
    return hint.code, str(texts)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def symptom_of(case: Case, outcome: Outcome, answer: Answer) -> list[Symptom]:
    """The first array that is wrong, or None where the case crashed; empty if neither is so."""
    if outcome.status == "returned":
        wrong: list[Symptom] = [*faults(case, outcome, answer)]
        return wrong[:1]
    return [None] if outcome.status == "crashed" else []


def hint_of(
    case: Case, outcome: Outcome, answer: Answer, named: Mapping[Symptom, Misconception]
) -> Message | None:
    """The misconception behind a case's first symptom, if one is known."""
    hints = [hint_for(symptom, named) for symptom in symptom_of(case, outcome, answer)]
    return next(iter(hints), None)


def misconceptions_in(
    cases: list[Case], outcomes: Mapping[str, Outcome], key: AnswerKey
) -> dict[Symptom, Misconception]:
    """The misconception behind each symptom of a function."""
    traces = {}
    for case in cases:
        outcome = outcomes[case.id]
        if outcome.status in ("not implemented", "timed out") or not has_fingerprint(case):
            continue
        traces[case.id] = traces_of(outcome, list(faults(case, outcome, key.answer(case))))
    functions = {case.function for case in cases}
    return name_misconceptions(traces, [m for m in key.misconceptions if m.function in functions])


def has_fingerprint(case: Case) -> bool:
    """Whether a case's numbers have enough digits to know a misconception by."""
    return case.sizes.get("dtype") != "float32" and not case.at_most


def with_causes(
    result: Result, case: Case | None, state: Callable[[str], State], manifest: Manifest
) -> Result:
    """Name the functions to fix first, where a case fails and what it builds on fails too."""
    if case is None or result.status == "passed" or _is_own_stub(result, manifest):
        return result
    names = [n.format(**case.sizes) for n in manifest.builds_on.get(case.function, [])]
    # What the course leaves out is handed out as a stub, and nobody's to fix.
    causes = [n for n in names if n in manifest.functions and state(n) == "wrong"]
    return replace(result, causes=tuple(causes))


def _is_own_stub(result: Result, manifest: Manifest) -> bool:
    """Whether a case ended in the stub of its own function, and not in that of another one."""
    if result.status != "not implemented" or result.fault is None:
        return False
    is_home = result.fault.values["file"] in manifest.homes_of(result.function)
    return is_home and result.fault.values["function"] == result.function.rpartition(".")[2]
