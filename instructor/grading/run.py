"""Grading one submission: its files over the clean kit, its code in a sandbox, a judge outside.

Points come from public and hidden cases on numbers drawn for this student alone. Where one of a
function's cases fails, its public ones run once more on the public numbers, by which misconceptions
are named.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.judge import Answer, judge
from cs231n_rnn.checking.manifest import Manifest
from cs231n_rnn.checking.messages import Message, message
from cs231n_rnn.checking.misconceptions import Misconception, Symptom
from cs231n_rnn.checking.outcome import Outcome
from cs231n_rnn.checking.report import state_of
from cs231n_rnn.checking.results import Result, State
from cs231n_rnn.checking.running import (
    agreed,
    hint_of,
    misconceptions_in,
    symptom_of,
    with_causes,
)
from instructor.grading.cs231n_layout import gradable
from instructor.grading.deadline import enforce_deadlines
from instructor.grading.kit import Kit
from instructor.grading.sandbox import Sandbox
from instructor.grading.seed import student_seed
from instructor.grading.student_grade import Grade
from instructor.grading.submission import Submission
from instructor.grading.tree import tree_of
from instructor.grading.worker import Worker

# Slower than this many times the reference is worth a word, and more seconds than chance makes.
SLOW, WORTH_A_WORD = 10, 0.02
# A hundred steps of training on other roundings end at most this much higher.
ROOM = 1.1


@dataclass(frozen=True)
class Runner:
    """Runs one function's cases on the code under test, within the time that all have.

    A case that hangs or dies costs its own points and is not run again; a second one stops the
    function.

    Attributes
    ----------
    worker : Worker
    manifest : Manifest
    ends : float
        When the time for all cases of the submission is over, on the monotonic clock.
    unusable : Outcome or None
        Of the function's file, if that cannot be imported.
    lost : dict of str to Outcome
        The cases that hung or died, by their ids.
    """

    worker: Worker
    manifest: Manifest
    ends: float
    unusable: Outcome | None = None
    lost: dict[str, Outcome] = field(default_factory=dict)

    @property
    def stopped(self) -> Outcome | None:
        """What every further case gives without being run."""
        if self.unusable or len(self.lost) < 2:
            return self.unusable
        last = list(self.lost.values())[-1]
        return replace(last, fault=message("not_run", cause=last.fault))

    def run(self, case: Case, seed: int) -> Outcome:
        """Run a case, unless there is no need to or no time left."""
        known = self.stopped or self.lost.get(case.id)
        if known:
            return known
        limits = self.manifest.limits
        left = self.ends - time.monotonic()
        all_late = message("all_late", seconds=limits["total_seconds"])
        if left <= 0:
            return Outcome("timed out", fault=all_late)
        exercise = self.manifest.exercise_of(case.function).name
        outcome = self.worker.run(case, exercise, seed, min(left, limits["seconds"]))
        if outcome.status == "timed out" and left < limits["seconds"]:
            outcome = replace(outcome, fault=all_late)
        if not self.worker.alive:
            self.lost[case.id] = outcome
        return outcome


@dataclass(frozen=True)
class Ran:
    """A case as it ran: on the code under test and, where that returned, on the reference."""

    case: Case
    outcome: Outcome
    expected: Outcome | None

    @property
    def answer(self) -> Answer:
        """The arrays that must be equalled."""
        arrays = self.expected.arrays if self.expected else {}
        return {name: a for name, a in arrays.items() if name not in self.case.at_most}

    @property
    def is_wrong(self) -> bool:
        """Whether an array is wrong, or the case crashed."""
        return bool(symptom_of(self.case, self.outcome, self.answer))

    def advice(self) -> Iterator[Message]:
        """What costs no points: what the probe noted, and a function that is slow."""
        if self.expected is None:
            return
        if not self.case.hidden:
            yield from self.outcome.advice
        ratio = self.outcome.seconds / max(self.expected.seconds, 1e-9)
        is_long = self.case.at_scale and self.outcome.seconds > WORTH_A_WORD
        if is_long and ratio > SLOW:
            yield message("slow", ratio=ratio)


def grade_submission(submission: Submission, kit: Kit, sandbox: Sandbox, secret: bytes) -> Grade:
    """Grade one submission.

    Parameters
    ----------
    submission : Submission
    kit : Kit
    sandbox : Sandbox
    secret : bytes
        The course's, from which the student's numbers are drawn.

    Returns
    -------
    Grade
    """
    manifest, seed = kit.manifest, student_seed(secret, submission)
    graded = gradable(submission, manifest)
    results: list[Result] = []
    advice: list[Message] = []
    with prepared(submission, kit, sandbox) as (worker, files):
        unusable = _functions_in(files, manifest)
        ends = time.monotonic() + manifest.limits["total_seconds"]
        for function in [name for name in manifest.functions if name in graded]:
            runner = Runner(worker, manifest, ends, unusable.get(function))
            ran = run_cases(function, runner, kit, seed)
            results += judge_cases(function, ran, runner, kit)
            found = [told for one in ran for told in one.advice()]
            advice += [message("advice", function=function, advice=told) for told in found]
    # Results of a file that cannot be imported all name the file already.
    results = _with_causes(results, kit, set(unusable))
    notes = [*submission.notes, *filter(None, [sandbox.note])]
    return Grade(submission.student, None, results, list(dict.fromkeys(advice)), notes)


@contextlib.contextmanager
def prepared(
    submission: Submission, kit: Kit, sandbox: Sandbox
) -> Iterator[tuple[Worker, dict[str, Outcome]]]:
    """A worker in a tree with all files of a submission that can be imported.

    A file that cannot is left out, so that the others can still be graded; its outcome is
    under its name in the second value.
    """
    files = dict(submission.files)
    unusable: dict[str, Outcome] = {}
    while True:
        tree = tree_of(replace(submission, files=files), kit.manifest, kit.root)
        try:
            with Worker(tree, sandbox, kit.manifest.limits) as worker:
                broken = _first_unusable(files, worker, kit.manifest.limits["seconds"])
                if not broken:
                    yield worker, unusable
                    return
                unusable |= broken
                files = {name: files[name] for name in files if name not in broken}
        finally:
            shutil.rmtree(tree, ignore_errors=True)


def _first_unusable(files: dict[str, bytes], worker: Worker, seconds: float) -> dict[str, Outcome]:
    for name in files:
        module = name.removesuffix(".py").replace("/", ".")
        outcome = worker.load(module, seconds)
        if outcome.status != "returned":
            fault = message("not_importable", file=name, cause=outcome.fault)
            return {name: replace(outcome, status="crashed", fault=fault)}
    return {}


def _functions_in(unusable: dict[str, Outcome], manifest: Manifest) -> dict[str, Outcome]:
    """The functions that unusable files were to hold, with the file's outcome."""
    return {
        function: outcome
        for name, outcome in unusable.items()
        for file in manifest.aliases.get(name, [name])
        for function in manifest.points[file]
    }


def run_cases(function: str, runner: Runner, kit: Kit, seed: int) -> list[Ran]:
    """Run a function's cases, public and hidden, on the student's numbers."""
    ran: list[Ran] = []
    for case in kit.cases_of(function):
        # The reference is a process of its own: the two run side by side, but for a function that
        # has shown itself to be a stub.
        is_stub = any(one.outcome.status == "not implemented" for one in ran)
        with ThreadPoolExecutor(1) as pool:
            ahead = not (is_stub or runner.stopped)
            reference = pool.submit(kit.expected, case, seed) if ahead else None
            outcome = runner.run(case, seed)
        expected = None
        if outcome.status == "returned":
            expected = reference.result() if reference else kit.expected(case, seed)
        ran.append(Ran(_within_reach(case, expected), outcome, expected))
    return ran


def _within_reach(case: Case, expected: Outcome | None) -> Case:
    """Bounds no lower than what the reference reaches: a few students draw hard numbers."""
    if expected is None:
        return case
    reached = {name: ROOM * float(expected.arrays[name]) for name in case.at_most}
    return replace(case, at_most={k: max(most, reached[k]) for k, most in case.at_most.items()})


def judge_cases(function: str, ran: list[Ran], runner: Runner, kit: Kit) -> list[Result]:
    """Judge a function's cases; where one is wrong, its public numbers name the misconception."""
    named: dict[Symptom, Misconception] = {}
    if any(one.is_wrong for one in ran):
        public = [case for case in kit.cases_of(function) if not case.hidden]
        outcomes = {c.id: runner.run(c, kit.manifest.public_seed) for c in public}
        named = misconceptions_in(public, outcomes, kit.key)
    found = []
    for one in ran:
        hint = hint_of(one.case, one.outcome, one.answer, named)
        result = judge(one.case, one.outcome, one.answer, kit.share(one.case), hint)
        is_optional = function in kit.manifest.optional
        found.append(replace(result, hidden=one.case.hidden, optional=is_optional))
    return enforce_deadlines(agreed(found), kit.cases_of(function))


def _with_causes(results: list[Result], kit: Kit, unusable: set[str]) -> list[Result]:
    """Say where to begin, for each result whose cause is in another function."""
    cases = {case.id: case for case in kit.cases}
    of_function: dict[str, list[Result]] = {}
    for result in results:
        of_function.setdefault(result.function, []).append(result)
    # A function that is not graded is none of the causes.
    states = {name: state_of(found) for name, found in of_function.items()}

    def state(function: str) -> State:
        return states.get(function, "done")

    return [
        r if r.function in unusable else with_causes(r, cases[r.id], state, kit.manifest)
        for r in results
    ]
