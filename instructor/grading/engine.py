"""Grading one submission: its files over the clean kit, its code in a sandbox, a judge outside.

Points come from public and hidden cases on numbers drawn for this student alone. Where one of a
function's cases fails, its public ones run once more on the public numbers, by which
misconceptions are known.
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
from pathlib import Path

from cs231n_rnn.checking.cases import Case, load_cases
from cs231n_rnn.checking.judge import Answer, judge
from cs231n_rnn.checking.manifest import ROOT, Manifest, read_manifest
from cs231n_rnn.checking.messages import Message, message
from cs231n_rnn.checking.misconceptions import Misconception, Symptom
from cs231n_rnn.checking.outcome import Outcome
from cs231n_rnn.checking.report import state_of
from cs231n_rnn.checking.results import Result
from cs231n_rnn.checking.running import (
    AnswerKey,
    agreed,
    hint_of,
    misconceptions_in,
    read_key,
    symptom_of,
    with_causes,
)
from cs231n_rnn.checking.wording import say
from instructor.grading.cs231n_layout import gradable, lay_out
from instructor.grading.grade import Grade
from instructor.grading.sandbox import Sandbox
from instructor.grading.submission import Submission
from instructor.grading.worker import Worker

PUBLIC, HIDDEN = "tests", "hidden"
# The reference is ours: it may take its time.
REFERENCE_SECONDS = 120.0
# Slower than this many times the reference is worth a word, and more seconds than chance makes.
SLOW, WORTH_A_WORD = 10, 0.02
# A mistake that fails on large arrays fails most small ones too: no catalogued one fails a gate
# and passes more than a third of the other cases.
MOST = 0.5
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
    cases : dict of str to list of Case
        By their folder, ``tests`` or ``hidden``.
    tree : Path
        The reference's tree, a temporary one.
    reference : Worker
        Runs the solutions, for the answers on a student's numbers.
    """

    root: Path
    manifest: Manifest
    key: AnswerKey
    cases: dict[str, list[Case]]
    tree: Path
    reference: Worker

    @classmethod
    def open(cls, root: Path = ROOT) -> Kit:
        """Read the kit at a root and start its reference."""
        manifest = read_manifest(root)
        key = read_key(root)
        cases = {
            PUBLIC: load_cases(manifest, root, PUBLIC),
            HIDDEN: load_cases(manifest, root / "solutions", HIDDEN),
        }
        tree = make_tree(root, {f: (root / "solutions" / f).read_bytes() for f in manifest.points})
        reference = Worker(tree, Sandbox(bubblewrap=False), {"reply_mb": 256, "processes": 0})
        return cls(root, manifest, key, cases, tree, reference)

    def close(self) -> None:
        """End the reference and remove its tree."""
        self.reference.close()
        shutil.rmtree(self.tree, ignore_errors=True)

    def right(self, case: Case, folder: str, seed: int) -> Outcome:
        """What the reference gives for a case."""
        file = self.manifest.functions[case.function]
        outcome = self.reference.run(case, file, folder, seed, REFERENCE_SECONDS)
        if outcome.status != "returned":
            said = say(outcome.fault) if outcome.fault else outcome.status
            raise RuntimeError(f"the reference fails {case.id}: {said}")
        return outcome

    def share(self, case: Case) -> float:
        """Points of a case: a function's points are shared equally by all of its cases."""
        every = [c for cases in self.cases.values() for c in cases if c.function == case.function]
        return self.manifest.points_of(case.function) / len(every)


def make_tree(kit_root: Path, files: dict[str, bytes]) -> Path:
    """A temporary kit with files laid over it: probes, public and hidden, but no answers.

    Nobody else can read it: what holds the reference must stay closed to the code under test.
    """
    tree = Path(tempfile.mkdtemp(prefix="cs231n_rnn_"))
    ignore = shutil.ignore_patterns("__pycache__", "answers", "*.json")
    shutil.copytree(kit_root / "cs231n_rnn", tree / "cs231n_rnn", ignore=ignore)
    shutil.copytree(kit_root / "tests", tree / PUBLIC, ignore=ignore)
    shutil.copytree(kit_root / "solutions" / "hidden", tree / HIDDEN, ignore=ignore)
    shutil.copyfile(kit_root / "assignment.toml", tree / "assignment.toml")
    for name, content in files.items():
        (tree / name).write_bytes(content)
    return tree


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
    tree = make_tree(kit.root, submission.files if submission.layout == "kit" else {})
    if submission.layout != "kit":
        lay_out(submission, tree)
    checks = tree / "cs231n_rnn" / "training" / "gradient_check.py"
    checks.write_text(NO_CHECKS, encoding="utf-8")
    return tree


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
            results += _gated(agreed(found), hidden)
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
            reference = pool.submit(self.kit.right, case, folder, seed) if ahead else None
            outcome = self._run(case, folder, seed)
        if outcome.status == "not implemented":
            self.stubs.add(case.function)
        if outcome.status != "returned":
            return outcome, {}
        right = reference.result() if reference else self.kit.right(case, folder, seed)
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
    fault = message("too_slow" if late else "small_only")
    return [
        replace(r, status="failed", fault=fault) if r.status == "passed" else r for r in results
    ]
