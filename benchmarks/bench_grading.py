"""Grading the textbook implementation of captioning: one submission, and 100 copies with two jobs.

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

from cs231n_rnn.checking.manifest import read_manifest
from instructor.overlay import files_in, overlay

ROOT = Path(__file__).resolve().parents[1]
STEMS = "embedding", "rnn", "lstm", "captioning"


def seconds(command: list[str], cwd: Path) -> float:
    """How long a command takes, as a whole process."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    begin = time.perf_counter()
    subprocess.run(command, cwd=cwd, env=environment, check=True, capture_output=True)
    return time.perf_counter() - begin


def make_copies(count: int, folder: Path, files: list[Path]) -> Path:
    """Submissions that differ in a comment, as the seeds of their cases then do."""
    source = ROOT / "solutions" / "textbook"
    for number in range(count):
        for path in files:
            target = folder / f"student{number:04d}" / path.relative_to(source)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(f"{path.read_text(encoding='utf-8')}\n# {number}\n", "utf-8")
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
    files = sorted((ROOT / "solutions" / "textbook").rglob("*.py"))
    if not options.all:
        files = [path for path in files if path.stem in STEMS]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many = make_copies(copies, folder / "many", files)
        one = grade(make_copies(1, folder / "one", files), folder / "out_one", 1)
        all_of_them = grade(many, folder / "out_many", 2)
        simple = files_in(ROOT / "solutions" / "textbook", read_manifest().points)
        tree = overlay(simple, folder / "tree", ROOT)
        tests = [f"tests/test_{path.stem}.py" for path in files]
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
