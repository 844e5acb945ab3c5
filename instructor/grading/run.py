"""Grading one submission: its files over the clean kit, its code in a sandbox, a judge outside.

Points come from public and hidden cases on numbers drawn for this student alone. All public cases
run before the first hidden one is shown to the code, so that no message quotes what it read there.
Where one of a function's cases fails, its public ones run once more on the public numbers, by which
misconceptions are named.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.judge import Answer, judge
from cs231n_rnn.checking.manifest import Manifest
from cs231n_rnn.checking.messages import Message, message
from cs231n_rnn.checking.misconceptions import Misconception, Symptom, hint_for
from cs231n_rnn.checking.outcome import Outcome
from cs231n_rnn.checking.report import state_of
from cs231n_rnn.checking.results import Result, State
from cs231n_rnn.checking.running import (
    agreed,
    misconceptions_in,
    symptom_of,
    with_causes,
)
from instructor.grading.clock import Budget
from instructor.grading.cs231n_layout import gradable
from instructor.grading.deadline import enforce_deadlines
from instructor.grading.derivation import differentiators, sightings, underived
from instructor.grading.imports import modules_in
from instructor.grading.kit import Kit
from instructor.grading.sandbox import Sandbox
from instructor.grading.seed import case_seed, student_seed
from instructor.grading.student_grade import Grade
from instructor.grading.submission import Submission
from instructor.grading.tree import tree_of
from instructor.grading.trusted import bounded, trusted, with_own_source
from instructor.grading.worker import STARVED, Worker

# Slower than this many times the reference is worth a word, and more seconds than chance makes.
SLOW, WORTH_A_WORD = 10, 0.02
# Seconds that the reference's time is never too short for.
SHORTEST = 1.0
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
    kit : Kit
    unusable : Outcome or None
        Of the function's file, if that cannot be imported.
    lost : dict of str to Outcome
        The cases that hung or died, by their ids.
    """

    worker: Worker
    kit: Kit
    unusable: Outcome | None = None
    lost: dict[str, Outcome] = field(default_factory=dict)

    @property
    def stopped(self) -> Outcome | None:
        """What every further case gives without being run."""
        if self.unusable or len(self.lost) < 2:
            return self.unusable
        last = list(self.lost.values())[-1]
        return replace(last, fault=message("not_run", cause=last.fault))

    def run(self, case: Case, seed: int, reference: Outcome | None = None) -> Outcome:
        """Run a case, unless there is no need to or no time left.

        Parameters
        ----------
        case : Case
        seed : int
        reference : Outcome, optional
            The reference's, where the time is measured by it.

        Returns
        -------
        Outcome
        """
        known = self.stopped or self.lost.get(case.id)
        if known:
            return known
        limits, budget = self.kit.manifest.limits, self.worker.budget
        if not budget.left:
            return Outcome("timed out", fault=message("all_late", seconds=budget.seconds))
        exercise = self.kit.manifest.exercise_of(case.function).name
        seconds = limits["seconds"]
        if reference:
            seconds = max(SHORTEST, limits["slowdown"] * reference.seconds)
        hidden = self.kit.case_source(exercise) if case.hidden else None
        outcome = self.worker.run(case, exercise, seed, seconds, hidden)
        if not self.worker.alive:
            self.lost[case.id] = outcome
        if reference and outcome.fault and outcome.fault.code == "late":
            # How long the reference took is another number each time.
            told = message("late_beside_reference", ratio=limits["slowdown"])
            outcome = replace(outcome, fault=told)
        return outcome


@dataclass(frozen=True)
class Ran:
    """A case as it ran: on the code under test and, where that returned, on the reference."""

    case: Case
    outcome: Outcome
    expected: Outcome | None

    @property
    def is_starved(self) -> bool:
        """Whether it ended by the clock on the wall, or was not run since another one did."""
        told = self.outcome.fault
        while told:
            if told.code == STARVED:
                return True
            told = told.values.get("cause")
        return False

    @property
    def answer(self) -> Answer:
        """The arrays that must be equalled."""
        arrays = self.expected.arrays if self.expected else {}
        return {name: a for name, a in arrays.items() if name not in self.case.at_most}

    @cached_property
    def symptoms(self) -> list[Symptom]:
        """The first array that is wrong, or that the case crashed; empty if neither is so."""
        return symptom_of(self.case, self.outcome, self.answer)

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
        functions = [name for name in manifest.functions if name in graded]
        runners = {name: Runner(worker, kit, unusable.get(name)) for name in functions}
        ran: dict[str, list[Ran]] = {name: [] for name in functions}
        for hidden in (False, True):
            for name in functions:
                run_cases(name, hidden, ran[name], runners[name], seed)
        for name in functions:
            results += judge_cases(name, ran[name], runners[name])
            found = [told for one in ran[name] for told in one.advice()]
            advice += [message("advice", function=name, advice=told) for told in found]
    outcomes = [(name, one.outcome) for name in functions for one in ran[name]]
    places = sightings(outcomes, manifest) | differentiators(submission, manifest)
    results = underived(results, places, manifest)
    # Results of a file that cannot be imported all name the file already.
    results = _with_causes(results, kit, set(unusable))
    notes = [*submission.notes, *filter(None, [sandbox.note])]
    starved = any(one.is_starved for name in functions for one in ran[name])
    if starved:
        notes.append(message("by_the_clock"))
    told = list(dict.fromkeys(advice))
    return Grade(submission.student, None, results, told, notes, starved=starved)


@contextlib.contextmanager
def prepared(
    submission: Submission, kit: Kit, sandbox: Sandbox
) -> Iterator[tuple[Worker, dict[str, Outcome]]]:
    """A worker in a tree with all files of a submission that can be imported.

    A file that cannot is left out, so that the others can still be graded; its outcome is
    under its name in the second value.
    """
    files, limits = dict(submission.files), kit.manifest.limits
    unusable: dict[str, Outcome] = {}
    budget, preload = Budget(limits["total_seconds"]), modules_in(files)
    while True:
        tree = tree_of(replace(submission, files=files), kit.manifest, kit.root)
        try:
            with Worker(tree, sandbox, limits, budget, preload) as worker:
                broken = _first_unusable(files, worker, limits["import_seconds"])
                if not broken:
                    yield worker, unusable
                    return
                unusable |= broken
                files = {name: files[name] for name in files if name not in broken}
        finally:
            shutil.rmtree(tree, ignore_errors=True)


def _first_unusable(files: dict[str, bytes], worker: Worker, seconds: float) -> dict[str, Outcome]:
    """The first file that cannot be imported; all of them, where there is no time left."""
    for name in files:
        module = name.removesuffix(".py").replace("/", ".")
        outcome = worker.load(module, seconds)
        if outcome.status != "returned":
            names = [name] if worker.budget.left else list(files)
            return {n: _unusable(n, with_own_source(outcome, worker.tree)) for n in names}
    return {}


def _unusable(name: str, outcome: Outcome) -> Outcome:
    fault = message("not_importable", file=name, cause=outcome.fault)
    return replace(outcome, status="crashed", fault=fault)


def _functions_in(unusable: dict[str, Outcome], manifest: Manifest) -> dict[str, Outcome]:
    """The functions that unusable files were to hold, with the file's outcome."""
    return {
        function: outcome
        for name, outcome in unusable.items()
        for file in manifest.aliases.get(name, [name])
        for function in manifest.points[file]
    }


def run_cases(function: str, hidden: bool, ran: list[Ran], runner: Runner, seed: int) -> None:
    """Run a function's public or hidden cases on the student's numbers; ``ran`` grows by them."""
    kit = runner.kit
    for case in kit.cases_of(function):
        if case.hidden != hidden:
            continue
        own_seed = case_seed(seed, case)
        # The reference is a process of its own: the two run side by side, but for a function that
        # has shown itself to be a stub, and where the reference says how long it may take.
        is_stub = any(one.outcome.status == "not implemented" for one in ran)
        with ThreadPoolExecutor(1) as pool:
            ahead = not (is_stub or runner.stopped)
            reference = pool.submit(kit.expected, case, own_seed) if ahead else None
            measure = reference.result() if reference and case.deadline else None
            outcome = runner.run(case, own_seed, measure)
        expected = None
        if outcome.status == "returned":
            expected = reference.result() if reference else kit.expected(case, own_seed)
            outcome = replace(outcome, arrays=bounded(outcome.arrays, expected.arrays))
        outcome = trusted(outcome, case, runner.worker.tree)
        ran.append(Ran(_within_reach(case, expected), outcome, expected))


def _within_reach(case: Case, expected: Outcome | None) -> Case:
    """Bounds no lower than what the reference reaches: a few students draw hard numbers."""
    if expected is None:
        return case
    reached = {name: ROOM * float(expected.arrays[name]) for name in case.at_most}
    return replace(case, at_most={k: max(most, reached[k]) for k, most in case.at_most.items()})


def judge_cases(function: str, ran: list[Ran], runner: Runner) -> list[Result]:
    """Judge a function's cases; where one is wrong, its public numbers name the misconception."""
    kit = runner.kit
    named: dict[Symptom, Misconception] = {}
    if any(one.symptoms for one in ran):
        public = [case for case in kit.cases_of(function) if not case.hidden]
        outcomes = {}
        for case in public:
            outcome = runner.run(case, kit.manifest.public_seed)
            arrays = bounded(outcome.arrays, kit.key.answer(case))
            outcomes[case.id] = replace(outcome, arrays=arrays)
        named = misconceptions_in(public, outcomes, kit.key)
    found = []
    for one in ran:
        hint = next((hint_for(symptom, named) for symptom in one.symptoms), None)
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
