"""What grading needs of the kit: manifest, public key, cases, and the reference, which answers."""

from __future__ import annotations

import shutil
from collections import defaultdict
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from cs231n_rnn.checking.cases import Case, load_cases
from cs231n_rnn.checking.manifest import Manifest, read_manifest
from cs231n_rnn.checking.outcome import Outcome
from cs231n_rnn.checking.running import AnswerKey, read_key
from cs231n_rnn.checking.wording import say
from cs231n_rnn.files import ROOT
from instructor.grading.sandbox import Sandbox
from instructor.grading.tree import reference_tree
from instructor.grading.worker import Worker

# The reference is ours: it may take its time.
REFERENCE_SECONDS = 120.0


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
        Public and hidden ones, those first.
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

    def __post_init__(self) -> None:
        self._cases: dict[str, list[Case]] = defaultdict(list)
        for case in self.cases:
            self._cases[case.function].append(case)

    @classmethod
    def open(cls, root: Path = ROOT) -> Kit:
        """Read the kit at a root and start its reference."""
        manifest = read_manifest(root)
        key = read_key(root)
        tree = reference_tree(root)
        cases = sorted(load_cases(manifest, tree), key=attrgetter("hidden"))
        reference = Worker(tree, Sandbox(bubblewrap=False), {"reply_mb": 256, "processes": 0})
        return cls(root, manifest, key, cases, tree, reference)

    def close(self) -> None:
        """End the reference and remove its tree."""
        self.reference.close()
        shutil.rmtree(self.tree, ignore_errors=True)

    def expected(self, case: Case, seed: int) -> Outcome:
        """What the reference gives for a case."""
        exercise = self.manifest.exercise_of(case.function).name
        outcome = self.reference.run(case, exercise, seed, REFERENCE_SECONDS)
        if outcome.status != "returned":
            said = say(outcome.fault) if outcome.fault else outcome.status
            raise RuntimeError(f"the reference fails {case.id}: {said}")
        return outcome

    def case_source(self, exercise: str) -> str:
        """The source of an exercise's cases, the hidden ones among them."""
        return (self.tree / "tests" / f"test_{exercise}.py").read_text(encoding="utf-8")

    def cases_of(self, function: str) -> list[Case]:
        """A function's cases, the public ones first."""
        return self._cases[function]

    def share(self, case: Case) -> float:
        """Points of a case: a function's points are shared equally by all of its cases."""
        return self.manifest.points_of(case.function) / len(self.cases_of(case.function))
