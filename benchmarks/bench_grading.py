"""Grading the simple implementation of captioning: one submission, and 100 copies with two jobs.

The peer is what a course without a grader does: the public tests in a process of pytest, with no
sandbox, no hidden cases and no report. Run it through ``python -m instructor bench``, or by itself
for the files of every notebook: ``PYTHONPATH=. python benchmarks/bench_grading.py --all``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from instructor.exercises import read_solutions, simple_files
from instructor.overlay import overlay

ROOT = Path(__file__).resolve().parents[1]
STEMS = "embedding", "rnn", "lstm", "captioning"


def seconds(command: list[str], cwd: Path) -> float:
    """How long a command takes, as a whole process."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    begin = time.perf_counter()
    subprocess.run(command, cwd=cwd, env=environment, check=True, capture_output=True)
    return time.perf_counter() - begin


def make_copies(count: int, folder: Path, files: dict[str, bytes]) -> Path:
    """Submissions that differ in a comment, as the seeds of their cases then do."""
    for number in range(count):
        for name, content in files.items():
            target = folder / f"student{number:04d}" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content + f"\n# {number}\n".encode())
    return folder


def grade(submissions: Path, out: Path, jobs: int) -> float:
    """Seconds to grade a folder."""
    secret = out.with_name("secret")
    secret.write_text("a secret of the benchmark", encoding="utf-8")
    command = [sys.executable, "-m", "instructor", "grade", str(submissions), "--out", str(out)]
    return seconds([*command, "--secret", str(secret), "--jobs", str(jobs)], ROOT)


def main() -> None:
    """Print the figures, each from this run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=100)
    parser.add_argument("--all", action="store_true", help="the files of every notebook")
    options = parser.parse_args()
    copies = options.copies
    every = simple_files(ROOT)
    names = {s.name: s.file for s in read_solutions(ROOT) if options.all or s.name in STEMS}
    files = {file: every[file] for file in names.values()}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many = make_copies(copies, folder / "many", files)
        one = grade(make_copies(1, folder / "one", files), folder / "out_one", 1)
        all_of_them = grade(many, folder / "out_many", 2)
        tree = overlay(every, folder / "tree", ROOT)
        tests = [f"tests/test_{name}.py" for name in names]
        peer = seconds([sys.executable, "-m", "pytest", "-q", *tests], tree)
    print(f"Grading, public and hidden cases, {len(files)} files a submission:")
    print(f"  one submission, with start and reports  {one:6.1f} s")
    print(
        f"  {copies} copies with two jobs           {all_of_them:6.1f} s, "
        f"{3600 * copies / all_of_them:.0f} an hour"
    )
    print(
        f"  pytest on the public cases of one    {peer:6.1f} s; a core's time for a submission is "
        f"{2 * all_of_them / copies / peer:.2f} times that"
    )


if __name__ == "__main__":
    main()
