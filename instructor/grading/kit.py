"""What grading needs of the kit: manifest, public key, cases, and the reference, which answers."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from cs231n_rnn.checking.cases import Case, load_cases
from cs231n_rnn.checking.manifest import Manifest, read_manifest
from cs231n_rnn.checking.outcome import Outcome
from cs231n_rnn.checking.running import AnswerKey, read_key
from cs231n_rnn.checking.wording import say
from cs231n_rnn.files import ROOT
from instructor.grading.sandbox import Sandbox
from instructor.grading.tree import HIDDEN, PUBLIC, private_tree
from instructor.grading.worker import Worker
from instructor.overlay import files_in

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
        tree = private_tree(root, files_in(root / "solutions", manifest.points))
        reference = Worker(tree, Sandbox(bubblewrap=False), {"reply_mb": 256, "processes": 0})
        return cls(root, manifest, key, cases, tree, reference)

    def close(self) -> None:
        """End the reference and remove its tree."""
        self.reference.close()
        shutil.rmtree(self.tree, ignore_errors=True)

    def expected(self, case: Case, folder: str, seed: int) -> Outcome:
        """What the reference gives for a case."""
        file = self.manifest.functions[case.function]
        outcome = self.reference.run(case, file, folder, seed, REFERENCE_SECONDS)
        if outcome.status != "returned":
            said = say(outcome.fault) if outcome.fault else outcome.status
            raise RuntimeError(f"the reference fails {case.id}: {said}")
        return outcome

    def cases_of(self, function: str, folder: str) -> list[Case]:
        """A function's public or hidden cases."""
        return [case for case in self.cases[folder] if case.function == function]

    def share(self, case: Case) -> float:
        """Points of a case: a function's points are shared equally by all of its cases."""
        every = [c for cases in self.cases.values() for c in cases if c.function == case.function]
        return self.manifest.points_of(case.function) / len(every)
