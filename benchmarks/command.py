"""``python -m instructor bench``: run every benchmark on the reference."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys

from cs231n_rnn.files import ROOT
from instructor.exercises import reference_files, simple_files
from instructor.overlay import overlay


def main() -> int:
    """Run each benchmark in a process whose ``cs231n_rnn`` is the reference."""
    argparse.ArgumentParser(prog="python -m instructor bench", description=__doc__).parse_args()
    tree = overlay(reference_files(ROOT), ROOT / "build" / "bench")
    simple = overlay(simple_files(ROOT), ROOT / "build" / "simple")
    # Both in one process: the simple implementation is a package of another name.
    package = shutil.copytree(simple / "cs231n_rnn", tree / "simple_rnn")
    for path in package.rglob("*.py"):
        text = path.read_text(encoding="utf-8").replace("cs231n_rnn", package.name)
        path.write_text(text, encoding="utf-8")
    # The tree first: it holds the reference, the root only the stubs.
    environment = {**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{ROOT}"}
    for script in sorted((ROOT / "benchmarks").glob("bench_*.py")):
        run = f"from benchmarks.{script.stem} import main; main()"
        subprocess.run([sys.executable, "-c", run], cwd=tree, env=environment, check=True)
    return 0
