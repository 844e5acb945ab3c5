"""Grading many submissions: in threads here, or on a Dask cluster; what is done is kept.

Each grade is written as soon as it is there, with a key of all that it depends on: the submission,
the kit, the secret, the sandbox. A second run takes a grade whose key still holds.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cs231n_rnn.checking.manifest import Manifest
from cs231n_rnn.checking.messages import message
from cs231n_rnn.files import ROOT, write_text
from instructor.grading.kit import Kit
from instructor.grading.open import open_submission
from instructor.grading.pages import slug, student_page
from instructor.grading.run import grade_submission
from instructor.grading.sandbox import find_sandbox
from instructor.grading.seed import digest_of
from instructor.grading.stopping import MachineError
from instructor.grading.student_grade import Grade
from instructor.grading.submission import Source, Submission, SubmissionError

Grader = Callable[[Submission, bytes], str]
# What a grade depends on, beside the submission itself.
SOURCES = ("assignment.toml", "cs231n_rnn", "tests", "solutions", "instructor/grading")


@dataclass(frozen=True)
class Folder:
    """Where grades go: ``results/*.json`` to resume from, ``pages/*.html`` to send out."""

    path: Path
    rubric: bool = True  # whether pages show the model answers

    def result(self, student: str) -> Path:
        """A student's grade as data."""
        return self.path / "results" / f"{slug(student)}.json"

    def page(self, student: str) -> Path:
        """A student's page."""
        return self.path / "pages" / f"{slug(student)}.html"

    def kept(self, student: str, key: str) -> Grade | None:
        """The grade of an earlier run, if all that it depends on is still the same."""
        try:
            record = json.loads(self.result(student).read_text(encoding="utf-8"))
            if record["key"] == key:
                return Grade.from_json(record["grade"])
        except (OSError, ValueError, KeyError, TypeError):
            pass  # nothing there, or half of something: graded again
        return None

    def keep(self, grade: Grade, key: str, notebooks: dict[str, bytes]) -> None:
        """Write a grade and its page."""
        write_text(self.page(grade.student), student_page(grade, notebooks, rubric=self.rubric))
        record = {"key": key, "grade": grade.to_json()}
        write_text(self.result(grade.student), json.dumps(record, indent=1))


def grade_all(
    sources: list[Source], manifest: Manifest, secret: bytes, folder: Folder, submit: Any
) -> Iterator[Grade]:
    """Grade submissions, and give each grade as soon as it is written.

    Parameters
    ----------
    sources : list of Source
    manifest : Manifest
    secret : bytes
        The course's.
    folder : Folder
        Of results and pages.
    submit : callable
        ``submit(submission, secret)`` gives a Future of the grade's JSON: a pool's, or a cluster's.

    Yields
    ------
    Grade
    """
    base = hashlib.sha256(secret + kit_digest().encode()).hexdigest()
    running: dict[Future[str], tuple[Submission, str]] = {}
    again: list[tuple[Submission, str]] = []
    for source in sources:
        # Few at a time are open, so that a thousand need no more memory than ten.
        while len(running) >= 4 * (os.cpu_count() or 1):
            yield from _finished(running, folder, again)
        try:
            submission = open_submission(source, manifest)
        except SubmissionError as error:
            grade = Grade(source.student, reason=error.reason, notes=list(source.notes))
            folder.keep(grade, "", {})
            yield grade
            continue
        key = hashlib.sha256(f"{base} {submission_digest(submission)}".encode()).hexdigest()
        kept = folder.kept(submission.student, key)
        if kept:
            # The page again: it may be wanted with or without the rubric.
            folder.keep(kept, key, submission.notebooks)
            yield kept
        else:
            running[submit(submission, secret)] = submission, key
    while running:
        yield from _finished(running, folder, again)
    for submission, key in again:
        # Alone, so that no neighbour keeps it waiting.
        running[submit(submission, secret)] = submission, key
        yield from _finished(running, folder)


def _finished(
    running: dict[Future[str], tuple[Submission, str]],
    folder: Folder,
    again: list[tuple[Submission, str]] | None = None,
) -> Iterator[Grade]:
    """Keep what is done; what ended by the clock on the wall goes to ``again``, if there is one."""
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    # What is done comes before what failed, which may end the whole run.
    for future in sorted(done, key=lambda future: future.exception() is not None):
        submission, key = running.pop(future)
        try:
            grade = Grade.from_json(future.result())
        except MachineError:
            raise
        except Exception as error:  # a fault of ours: one row, and the others go on
            reason = message("grader_failed", text=str(error))
            grade = Grade(submission.student, reason=reason, grader_failed=True)
            key = ""
        if grade.starved and again is not None:
            again.append((submission, key))
            continue
        # What is no verdict is not kept as if it were one.
        folder.keep(grade, "" if grade.starved else key, submission.notebooks)
        yield grade


_own = threading.local()


def grade_here(submission: Submission, secret: bytes) -> str:
    """Grade in this thread, whose kit and reference are kept for the next one."""
    if not hasattr(_own, "kit"):
        _own.kit = Kit.open(ROOT)
        atexit.register(_own.kit.close)
    return grade_submission(submission, _own.kit, find_sandbox(), secret).to_json()


def kit_digest(root: Path = ROOT) -> str:
    """A digest of the files that decide about points."""
    digest = hashlib.sha256()
    for name in SOURCES:
        top = root / name
        for path in sorted([top, *top.rglob("*")]):
            if path.is_file() and path.suffix in (".py", ".toml", ".json"):
                digest.update(path.relative_to(root).as_posix().encode() + b"\0")
                digest.update(path.read_bytes() + b"\0")
    digest.update(repr(find_sandbox().note).encode())
    return digest.hexdigest()


def submission_digest(submission: Submission) -> str:
    """A digest of a submission: whose it is, its files and its notebooks."""
    name = submission.student.encode("utf-8", "surrogatepass")
    return digest_of({"": name} | submission.files | submission.notebooks).hex()
