"""Grading one submission: its files over the clean kit, its code in a sandbox, a judge outside.

Points come from public and hidden cases on numbers drawn for this student alone. Where one of a
function's cases fails, its public ones run once more on the public numbers, by which
misconceptions are known.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.judge import Answer, judge
from cs231n_rnn.checking.messages import Message, message
from cs231n_rnn.checking.misconceptions import Misconception, Symptom
from cs231n_rnn.checking.outcome import Outcome
from cs231n_rnn.checking.report import state_of
from cs231n_rnn.checking.results import Result
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
from instructor.grading.tree import HIDDEN, PUBLIC, tree_of
from instructor.grading.worker import Worker

# Slower than this many times the reference is worth a word, and more seconds than chance makes.
SLOW, WORTH_A_WORD = 10, 0.02


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
    with prepared(submission, kit, sandbox) as (worker, unusable):
        run = _Run(kit, submission, worker, unusable)
        results, advice = run.grade(student_seed(secret, submission))
    notes = [*submission.notes, *filter(None, [sandbox.note])]
    return Grade(submission.student, "", results, advice, notes)


@contextlib.contextmanager
def prepared(
    submission: Submission, kit: Kit, sandbox: Sandbox
) -> Iterator[tuple[Worker, dict[str, Outcome]]]:
    """A worker in a tree with all files of a submission that can be imported.

    A file that cannot is left out, so that the others can still be graded; what came of it
    stands under its name in the second value.
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


class _Run:
    """One submission's way through all cases."""

    def __init__(
        self, kit: Kit, submission: Submission, worker: Worker, unusable: dict[str, Outcome]
    ) -> None:
        self.kit, self.manifest, self.worker = kit, kit.manifest, worker
        self.graded = gradable(submission, kit.manifest)
        self.deadline = time.monotonic() + self.manifest.limits["total_seconds"]
        self.faults: dict[str, dict[str, Outcome]] = {}  # a function's cases that hung or died
        self.unusable = self._functions_in(unusable)
        self.stopped = dict(self.unusable)
        self.stubs: set[str] = set()  # functions that are still to be written
        self.advice: list[Message] = []

    def grade(self, seed: int) -> tuple[list[Result], list[Message]]:
        """Results on the student's numbers, with hints from the public ones; and advice."""
        results: list[Result] = []
        cases: dict[str, Case] = {}
        for function in self.manifest.functions:
            if function not in self.graded:
                continue
            public, hidden = (self._cases(function, folder) for folder in (PUBLIC, HIDDEN))
            ran = [(case, PUBLIC, *self._run_both(case, PUBLIC, seed)) for case in public]
            ran += [(case, HIDDEN, *self._run_both(case, HIDDEN, seed)) for case in hidden]
            wrong = any(symptom_of(case, outcome, answer) for case, _, outcome, answer in ran)
            named = self._misconceptions_in(public) if wrong else {}
            found = [self._judge(*one, named) for one in ran]
            cases |= {case.id: case for case in [*public, *hidden]}
            results += enforce_deadlines(agreed(found), hidden)
        states = {
            function: state_of([r for r in results if r.function == function])
            for function in self.graded
        }
        pointed = [
            # Results of a file that cannot be imported all name the file already.
            r
            if r.function in self.unusable
            else with_causes(r, cases[r.id], lambda name: states.get(name, "done"), self.manifest)
            for r in results
        ]
        return pointed, list(dict.fromkeys(self.advice))

    def _cases(self, function: str, folder: str) -> list[Case]:
        return [case for case in self.kit.cases[folder] if case.function == function]

    def _misconceptions_in(self, cases: list[Case]) -> dict[Symptom, Misconception]:
        """The misconceptions in a function, by its arrays on the public numbers."""
        outcomes = {c.id: self._run(c, PUBLIC, self.manifest.public_seed) for c in cases}
        return misconceptions_in(cases, outcomes, self.kit.key)

    def _run(self, case: Case, folder: str, seed: int) -> Outcome:
        """Run a case, unless its function is stopped or the time for all is over."""
        if case.function in self.stopped:
            return self.stopped[case.function]
        if case.id in self.faults.get(case.function, {}):
            return self.faults[case.function][case.id]
        limits = self.manifest.limits
        left = self.deadline - time.monotonic()
        all_late = message("all_late", seconds=limits["total_seconds"])
        if left <= 0:
            return Outcome("timed out", fault=all_late)
        file = self.manifest.functions[case.function]
        outcome = self.worker.run(case, file, folder, seed, min(left, limits["seconds"]))
        if outcome.status == "timed out" and left < limits["seconds"]:
            outcome = replace(outcome, fault=all_late)
        if not self.worker.alive:
            # One such case costs its own points; a function that goes on like this is stopped.
            found = self.faults.setdefault(case.function, {})
            found[case.id] = outcome
            if len(found) > 1:
                why = message("not_run", cause=outcome.fault)
                self.stopped[case.function] = replace(outcome, fault=why)
        return outcome

    def _run_both(self, case: Case, folder: str, seed: int) -> tuple[Outcome, Answer]:
        """What the code under test gives for a case, and what is right; with advice."""
        # The reference is a process of its own: the two run side by side, but for a function that
        # has shown itself to be a stub.
        ahead = case.function not in self.stubs | self.stopped.keys()
        with ThreadPoolExecutor(1) as pool:
            reference = pool.submit(self.kit.expected, case, folder, seed) if ahead else None
            outcome = self._run(case, folder, seed)
        if outcome.status == "not implemented":
            self.stubs.add(case.function)
        if outcome.status != "returned":
            return outcome, {}
        right = reference.result() if reference else self.kit.expected(case, folder, seed)
        if folder == PUBLIC:
            self.advice += [_about(case.function, advice) for advice in outcome.advice]
        if case.at_scale and outcome.seconds > WORTH_A_WORD:
            self._advise_speed(case.function, outcome.seconds / max(right.seconds, 1e-9))
        return outcome, {k: v for k, v in right.arrays.items() if k not in case.at_most}

    def _judge(
        self,
        case: Case,
        folder: str,
        outcome: Outcome,
        answer: Answer,
        named: dict[Symptom, Misconception],
    ) -> Result:
        hint = hint_of(case, outcome, answer, named)
        result = judge(case, outcome, answer, self.kit.share(case), hint)
        return replace(result, hidden=folder == HIDDEN)

    def _advise_speed(self, function: str, ratio: float) -> None:
        if ratio > SLOW:
            self.advice.append(_about(function, message("slow", ratio=ratio)))

    def _functions_in(self, unusable: dict[str, Outcome]) -> dict[str, Outcome]:
        """The functions that an unusable file was to hold, with what came of it."""
        stopped: dict[str, Outcome] = {}
        for name, outcome in unusable.items():
            for file in self.manifest.aliases.get(name, [name]):
                stopped |= dict.fromkeys(self.manifest.points[file], outcome)
        return stopped


def _about(function: str, advice: Message) -> Message:
    return message("advice", function=function, advice=advice)
