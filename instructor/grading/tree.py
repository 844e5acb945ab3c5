"""The trees in which code runs while it is graded: no answers, and nobody else may enter."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

from cs231n_rnn.checking.manifest import Manifest
from instructor.exercises import case_files, reference_files
from instructor.grading.cs231n_layout import functions_of, lay_out
from instructor.grading.stubs import with_stubs
from instructor.grading.submission import Submission
from instructor.overlay import overlay

PARTS = "assignment.toml", "cs231n_rnn", "tests"
CHECKS = "cs231n_rnn/training/gradient_check.py"
NO_CHECKS = '''"""While a submission is graded, numerical gradients are not to be had."""


def __getattr__(name):
    def refuse(*arguments, **keywords):
        raise RuntimeError(f"{name} is for checking a backward pass, not for writing one")

    if name.startswith("__"):
        raise AttributeError(name)
    return refuse
'''


def private_tree(root: Path, files: dict[str, bytes]) -> Path:
    """A temporary kit with files laid over it, and the public cases, but no answers.

    Nobody else can read it: what holds the reference must stay closed to the code under test.
    """
    tree = Path(tempfile.mkdtemp(prefix="cs231n_rnn_"))
    return overlay(files, tree, root, PARTS, without=("answers", "*.json"))


def reference_tree(root: Path) -> Path:
    """A temporary kit with the reference in it, and all cases."""
    return private_tree(root, case_files(root) | reference_files(root))


def tree_of(submission: Submission, manifest: Manifest, root: Path) -> Path:
    """A temporary kit with a submission in it, in which numerical gradients are not to be had."""
    files = {
        name: with_stubs(name, content, functions_of(name, manifest))
        for name, content in submission.files.items()
    }
    if submission.layout != "kit":
        files = lay_out(replace(submission, files=files), manifest, root)
    return private_tree(root, files | {CHECKS: NO_CHECKS.encode()})
