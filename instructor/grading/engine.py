"""Grading one submission: its files over the clean kit, its code in a sandbox, a judge outside.

Points come from public and hidden cases on numbers drawn for this student alone. Where one of a
function's cases fails, its public ones run once more on the public numbers, by which known mistakes
are recognised.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path

from cs231n_rnn.checking.cases import Case, load_cases
from cs231n_rnn.checking.judge import Answer, Result, judge
from cs231n_rnn.checking.manifest import ROOT, Manifest, read_manifest
from cs231n_rnn.checking.mistakes import Mistake, hint_for
from cs231n_rnn.checking.outcome import Outcome
from cs231n_rnn.checking.report import state_of
from cs231n_rnn.checking.running import (
    AnswerKey,
    agreed,
    first_fault,
    point_to_cause,
    read_key,
    recognise,
)
from instructor.exercises import case_files, reference_files
from instructor.grading.cs231n_layout import gradable, lay_out
from instructor.grading.grade import Grade
from instructor.grading.sandbox import Sandbox
from instructor.grading.submission import Submission
from instructor.grading.worker import Worker
from instructor.overlay import overlay

PARTS = "assignment.toml", "cs231n_rnn", "tests"
# The reference is ours: it may take its time.
REFERENCE_SECONDS = 120.0
# Slower than this many times the reference is worth a word, and more seconds than chance makes.
SLOW, WORTH_A_WORD = 10, 0.02
TOO_SLOW = (
    "earns nothing: on large arrays this function did not end in time. A backward pass takes about "
    "as long as its forward pass; numerical differences do not."
)
SMALL_ONLY = (
    "earns nothing: right on small arrays and wrong on large ones. A backward pass does not care; "
    "is this one computed by differences?"
)
# A mistake that fails on large arrays fails most small ones too: no catalogued one fails a gate
# and passes more than a third of the other cases.
MOST = 0.5
CHECKS = "cs231n_rnn/training/gradient_check.py"
NO_CHECKS = '''"""While a submission is graded, numerical gradients are not to be had."""


def __getattr__(name):
    def refuse(*arguments, **keywords):
        raise RuntimeError(f"{name} is for checking a backward pass, not for writing one")

    if name.startswith("__"):
        raise AttributeError(name)
    return refuse
'''


def student_seed(secret: bytes, submission: Submission) -> int:
    """The seed of a submission's cases, drawn from the course's secret.

    Another student has other numbers, and so has another version of the files: what an earlier
    report says of the right values is of no use in the next submission.
    """
    name = submission.student.encode("utf-8", "surrogatepass")
    digest = hmac.new(secret, name + b"\0" + digest_of(submission.files), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big")


def digest_of(files: dict[str, bytes]) -> bytes:
    """A digest of files, names and contents."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(hashlib.sha256(name.encode()).digest())
        digest.update(hashlib.sha256(files[name]).digest())
    return digest.digest()


@dataclass
class Kit:
    """What grading needs of the kit, read once for many submissions.

    Attributes
    ----------
    root : Path
    manifest : Manifest
    key : AnswerKey
        The public one.
    cases : list of Case
        Public and hidden ones.
    tree : Path
        The reference's tree, a temporary one.
    reference : Worker
        Runs the solutions, for the answers on a student's numbers.
    """

    root: Path
    manifest: Manifest
    key: AnswerKey
    cases: list[Case]
    tree: Path
    reference: Worker

    @classmethod
    def open(cls, root: Path = ROOT) -> Kit:
        """Read the kit at a root and start its reference."""
        manifest = read_manifest(root)
        key = read_key(root)
        tree = make_tree(root, reference_files(root))
        cases = load_cases(manifest, tree)
        reference = Worker(tree, Sandbox(bubblewrap=False), {"reply_mb": 256, "processes": 0})
        return cls(root, manifest, key, cases, tree, reference)

    def close(self) -> None:
        """End the reference and remove its tree."""
        self.reference.close()
        shutil.rmtree(self.tree, ignore_errors=True)

    def right(self, case: Case, seed: int) -> Outcome:
        """What the reference gives for a case."""
        exercise = self.manifest.exercise_of(case.function).name
        outcome = self.reference.run(case, exercise, seed, REFERENCE_SECONDS)
        if outcome.status != "returned":
            raise RuntimeError(f"the reference fails {case.id}: {outcome.message}")
        return outcome

    def share(self, case: Case) -> float:
        """Points of a case: a function's points are shared equally by all of its cases."""
        every = [c for c in self.cases if c.function == case.function]
        return self.manifest.points_of(case.function) / len(every)


def make_tree(kit_root: Path, files: dict[str, bytes]) -> Path:
    """A temporary kit with files laid over it, and all cases, but no answers.

    Nobody else can read it: what holds the reference must stay closed to the code under test.
    """
    tree = Path(tempfile.mkdtemp(prefix="cs231n_rnn_"))
    files = case_files(kit_root) | files
    return overlay(files, tree, kit_root, PARTS, without=("answers", "*.json"))


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
        tree = _tree_of(replace(submission, files=files), kit)
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


def _tree_of(submission: Submission, kit: Kit) -> Path:
    files = dict(submission.files)
    if submission.layout != "kit":
        files = lay_out(submission, kit.manifest, kit.root)
    return make_tree(kit.root, files | {CHECKS: NO_CHECKS.encode()})


def _first_unusable(files: dict[str, bytes], worker: Worker, seconds: float) -> dict[str, Outcome]:
    for name in files:
        module = name.removesuffix(".py").replace("/", ".")
        outcome = worker.load(module, seconds)
        if outcome.status != "returned":
            message = f"{name} cannot be imported: {outcome.message}"
            return {name: replace(outcome, status="crashed", message=message)}
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
        self.advice: list[str] = []

    def grade(self, seed: int) -> tuple[list[Result], list[str]]:
        """Results on the student's numbers, with hints from the public ones; and advice."""
        results: list[Result] = []
        cases: dict[str, Case] = {}
        for function in self.manifest.functions:
            if function not in self.graded:
                continue
            own = sorted(self._cases(function), key=attrgetter("hidden"))
            ran = [(case, *self._run_both(case, seed)) for case in own]
            wrong = any(first_fault(case, outcome, answer) for case, outcome, answer in ran)
            named = self._recognise([c for c in own if not c.hidden]) if wrong else {}
            found = [self._judge(*one, named) for one in ran]
            cases |= {case.id: case for case in own}
            results += _gated(agreed(found, named), own)
        states = {
            function: state_of([r for r in results if r.function == function])
            for function in self.graded
        }
        pointed = [
            # Results of a file that cannot be imported all name the file already.
            r
            if r.function in self.unusable
            else point_to_cause(
                r, cases[r.id], lambda name: states.get(name, "done"), self.manifest
            )
            for r in results
        ]
        return pointed, list(dict.fromkeys(self.advice))

    def _cases(self, function: str) -> list[Case]:
        return [case for case in self.kit.cases if case.function == function]

    def _recognise(self, cases: list[Case]) -> dict[str, Mistake]:
        """The known mistakes of a function, by its arrays on the public numbers."""
        outcomes = {c.id: self._run(c, self.manifest.public_seed) for c in cases}
        return recognise(cases, outcomes, self.kit.key)

    def _run(self, case: Case, seed: int) -> Outcome:
        """Run a case, unless its function is stopped or the time for all is over."""
        if case.function in self.stopped:
            return self.stopped[case.function]
        if case.id in self.faults.get(case.function, {}):
            return self.faults[case.function][case.id]
        limits = self.manifest.limits
        left = self.deadline - time.monotonic()
        total = f"all cases together took more than {limits['total_seconds']} s"
        if left <= 0:
            return Outcome("timed out", message=total)
        exercise = self.manifest.exercise_of(case.function).name
        outcome = self.worker.run(case, exercise, seed, min(left, limits["seconds"]))
        if outcome.status == "timed out" and left < limits["seconds"]:
            outcome = replace(outcome, message=total)
        if not self.worker.alive:
            # One such case costs its own points; a function that goes on like this is stopped.
            found = self.faults.setdefault(case.function, {})
            found[case.id] = outcome
            if len(found) > 1:
                why = f"not run, since two cases of this function hung or died: {outcome.message}"
                self.stopped[case.function] = replace(outcome, message=why)
        return outcome

    def _run_both(self, case: Case, seed: int) -> tuple[Outcome, Answer]:
        """What the code under test gives for a case, and what is right; with advice."""
        # The reference is a process of its own: the two run side by side, but for a function that
        # has shown itself to be a stub.
        ahead = case.function not in self.stubs | self.stopped.keys()
        with ThreadPoolExecutor(1) as pool:
            reference = pool.submit(self.kit.right, case, seed) if ahead else None
            outcome = self._run(case, seed)
        if outcome.status == "not implemented":
            self.stubs.add(case.function)
        if outcome.status != "returned":
            return outcome, {}
        right = reference.result() if reference else self.kit.right(case, seed)
        if not case.hidden:
            notes = filter(None, outcome.advice.split("; "))
            self.advice += [f"{case.function}: {note}" for note in notes]
        if case.id.endswith("-at_scale") and outcome.seconds > WORTH_A_WORD:
            self._advise_speed(case.function, outcome.seconds / max(right.seconds, 1e-9))
        return outcome, {k: v for k, v in right.arrays.items() if k not in case.at_most}

    def _judge(
        self, case: Case, outcome: Outcome, answer: Answer, named: dict[str, Mistake]
    ) -> Result:
        hint = hint_for(first_fault(case, outcome, answer), named)
        result = judge(case, outcome, answer, self.kit.share(case), hint)
        return replace(result, hidden=case.hidden)

    def _advise_speed(self, function: str, ratio: float) -> None:
        if ratio > SLOW:
            self.advice.append(
                f"{function}: takes {ratio:.0f} times as long as the reference on large arrays; "
                "could one matrix product replace a loop?"
            )

    def _functions_in(self, unusable: dict[str, Outcome]) -> dict[str, Outcome]:
        """The functions that an unusable file was to hold, with what came of it."""
        stopped: dict[str, Outcome] = {}
        for name, outcome in unusable.items():
            for file in self.manifest.aliases.get(name, [name]):
                stopped |= dict.fromkeys(self.manifest.points[file], outcome)
        return stopped


def _gated(results: list[Result], cases: list[Case]) -> list[Result]:
    """Take back a function's points where no gate is passed, though much of the rest is."""
    gates = {case.id for case in cases if case.deadline}
    closed = [r for r in results if r.id in gates]
    if not closed or any(r.status == "passed" for r in closed):
        return results
    rest = [r.status == "passed" for r in results if r.id not in gates]
    late = any(r.status == "timed out" for r in closed)
    if not late and sum(rest) < MOST * len(rest):
        return results
    reason = TOO_SLOW if late else SMALL_ONLY
    return [
        replace(r, status="failed", message=reason) if r.status == "passed" else r for r in results
    ]
