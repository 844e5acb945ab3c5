"""The kit at work on the reference: ``python -m instructor demo`` fills ``build/demo``.

It executes the first two notebooks, trains, and leaves them as HTML, with the captions that the
models wrote as figures and a table of their scores.
"""

from __future__ import annotations

import argparse
import json
import shutil
from textwrap import indent

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT, write_text
from cs231n_rnn.plots.display import ScoreTable
from instructor.run_notebooks import run_all


def main() -> int:
    """Run the demo and print the table."""
    argparse.ArgumentParser(prog="python -m instructor demo", description=__doc__).parse_args()
    out = ROOT / "build" / "demo"
    shutil.rmtree(out, ignore_errors=True)
    tree = run_all(list(read_manifest().notebooks)[:2], out)
    for file in sorted((tree / "notebooks" / "results").glob("*")):
        shutil.copyfile(file, out / file.name)
    scores: dict[str, dict[str, float]] = {}
    for file in sorted(out.glob("*_scores.json")):
        scores |= json.loads(file.read_text(encoding="utf-8"))
    table = ScoreTable(scores)
    # Indented, it is Markdown: text whose columns stay in line.
    write_text(out / "scores.md", indent(f"{table}\n", " " * 4))
    print(f"\n{table}\n\nIn {out.relative_to(ROOT).as_posix()}:")
    for file in sorted(out.iterdir()):
        print(f"  {file.name}")
    return 0
