"""The kit at work on the reference: ``python -m instructor demo`` fills ``build/demo``.

It executes the notebooks, trains, and leaves them as HTML, with the captions that the models
wrote as figures and a table of their scores.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

from cs231n_rnn.files import ROOT, write_text
from instructor.run_notebooks import run_all

NOTEBOOKS = ["1_RNN_Captioning", "2_LSTM_Captioning"]


def main() -> int:
    """Run the demo and print the table."""
    argparse.ArgumentParser(prog="python -m instructor demo", description=__doc__).parse_args()
    out = ROOT / "build" / "demo"
    shutil.rmtree(out, ignore_errors=True)
    tree = run_all(NOTEBOOKS, out)
    for file in sorted((tree / "notebooks" / "results").glob("*")):
        shutil.copyfile(file, out / file.name)
    table = scores_table(sorted(out.glob("*_scores.json")))
    write_text(out / "scores.md", table)
    print(f"\n{table}\nIn {out.relative_to(ROOT).as_posix()}:")
    for file in sorted(out.iterdir()):
        print(f"  {file.name}")
    return 0


def scores_table(files: list[Path]) -> str:
    """One Markdown table of the scores that the notebooks left, a row a model.

    Parameters
    ----------
    files : list of Path
        JSON files that map a model's name to its scores by name.

    Returns
    -------
    str
    """
    rows: dict[str, dict[str, float]] = {}
    for file in files:
        rows.update(json.loads(file.read_text(encoding="utf-8")))
    names = list(dict.fromkeys(name for scores in rows.values() for name in scores))
    lines = [
        f"| validation | {' | '.join(names)} |",
        "|---" * (len(names) + 1) + "|",
    ]
    for model, scores in rows.items():
        cells = [f"{scores[name]:.3f}" if name in scores else "" for name in names]
        lines.append(f"| {model} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
