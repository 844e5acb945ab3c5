"""Grade submissions: one or a thousand, files, folders or zips.

Writes ``gradebook.csv``, ``overview.html`` and a page for each student. A run that was broken off
goes on where it stopped.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT, write_text
from instructor.grading.batch import (
    Folder,
    grade_all,
    grade_here,
)
from instructor.grading.cluster import cluster
from instructor.grading.find import find_submissions
from instructor.grading.gradebook import gradebook
from instructor.grading.pages import overview_page
from instructor.grading.places import require_closed
from instructor.grading.sandbox import find_sandbox
from instructor.grading.stopping import MachineError, alone_in, thread_pool
from instructor.grading.student_grade import Grade
from instructor.grading.wording import say, say_quoting

SECRET = "CS231N_RNN_SECRET"
GAVE_OUT, STOPPED = 4, 130


def main(arguments: list[str] | None = None) -> int:
    """Command line.

    Returns
    -------
    int
        0: all graded, 1: some could not be, 2: a wrong call, 3: a fault of ours, 4: the machine or
        the cluster gave out, or another grader is at work there; 130: stopped by Ctrl-C.
    """
    parser = argparse.ArgumentParser(
        prog="python -m instructor grade", description=__doc__.split("\n\n")[0]
    )
    parser.add_argument("submissions", nargs="+", type=Path, metavar="SUBMISSION")
    parser.add_argument(
        "--each",
        choices=("student", "class"),
        help="what each SUBMISSION is (else: several are students, one is what it looks like)",
    )
    parser.add_argument("--out", type=Path, default=Path("grades"), help="where the grades go")
    parser.add_argument(
        "--jobs", type=whole_number, default=os.cpu_count(), help="submissions at a time"
    )
    parser.add_argument("--secret", type=Path, help=f"the course's secret (else ${SECRET}, else ~)")
    parser.add_argument(
        "--no-rubric", action="store_true", help="pages to send out, without model answers"
    )
    parser.add_argument("--dask", metavar="ADDRESS", help="grade on this dask.distributed cluster")
    options = parser.parse_args(arguments)
    manifest = read_manifest()
    try:
        secret = find_secret(options.secret)
        sources = find_submissions(options.submissions, manifest, options.each)
        require_closed([*options.submissions, options.out])
        note = find_sandbox().note
        options.out.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    if len(sources) > len(options.submissions):
        print(f"{len(sources)} submissions at {' '.join(map(str, options.submissions))}")
    if note:
        print(say(note), file=sys.stderr)
    grades: list[Grade] = []
    try:
        with alone_in(options.out), submitter(options.jobs, options.dask) as submit:
            folder = Folder(options.out, rubric=not options.no_rubric)
            found = grade_all(sources, manifest, secret, folder, submit)
            for grade in tqdm(found, total=len(sources), unit="submission", smoothing=0.05):
                grades.append(grade)
            grades.sort(key=lambda grade: grade.student)
            write_text(options.out / "gradebook.csv", gradebook(grades, list(manifest.functions)))
            write_text(options.out / "overview.html", overview_page(grades, manifest.title))
    except (KeyboardInterrupt, MachineError, OSError) as error:
        reason = str(error)
        if isinstance(error, OSError):
            reason = f"{error.strerror} at {error.filename or options.out}"
        print(f"stopped: {reason}" if reason else "stopped")
        print(f"{len(grades)} of {len(sources)} are kept, the same command goes on")
        return STOPPED if isinstance(error, KeyboardInterrupt) else GAVE_OUT
    return report(grades, options.out)


def report(grades: list[Grade], out: Path) -> int:
    """Say what could not be graded, and where the rest is; the exit status."""
    refused = [(grade.student, grade.reason) for grade in grades if grade.reason]
    for student, reason in refused:
        print(f"{student}: {say_quoting(reason)}")
    print(f"{len(grades) - len(refused)} graded, {len(refused)} not; see {out}/overview.html")
    if any(grade.grader_failed for grade in grades):
        print("some were not graded by a fault of the grader; fix it and run the command again")
        return 3
    return int(bool(refused))


def whole_number(text: str) -> int:
    """A number of jobs."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} jobs; at least 1 is needed")
    return number


def find_secret(path: Path | None) -> bytes:
    """The course's secret, from which every student's numbers are drawn.

    Parameters
    ----------
    path : Path, optional
        Where it is. Without one: the environment's ``CS231N_RNN_SECRET``, or a file in the home
        folder, which is made at the first run.

    Returns
    -------
    bytes

    Raises
    ------
    FileNotFoundError
        If a named file is not there.
    ValueError
        If it lies inside the kit, or is too short to be one.
    """
    named = path or (Path(os.environ[SECRET]) if os.environ.get(SECRET) else None)
    place = named or Path.home() / ".config" / "cs231n_rnn" / "secret"
    if place.resolve().is_relative_to(ROOT):
        raise ValueError(f"{place} is inside the kit; the secret belongs outside of it")
    if not named and not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        print(f"made the course's secret in {place}; keep it, grades depend on it")
    if not place.is_file():
        raise FileNotFoundError(f"{place}, which is to hold the course's secret, is no file")
    require_closed([place])
    secret = place.read_bytes().strip()
    if len(secret) < 16:
        raise ValueError(f"{place} holds {len(secret)} bytes; a secret needs at least 16")
    return secret


@contextmanager
def submitter(jobs: int, address: str | None) -> Iterator[Any]:
    """``submit(submission, secret)`` in a pool of threads, or on a cluster."""
    if address:
        with cluster(address) as submit:
            yield submit
        return
    with thread_pool(jobs) as pool:
        yield lambda submission, secret: pool.submit(grade_here, submission, secret)
