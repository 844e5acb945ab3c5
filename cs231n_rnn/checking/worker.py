"""``python -m cs231n_rnn.checking.worker FOLDER``: run every probe, write what came back.

On the reference this makes the answer key. It judges nothing and reads no answer.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cs231n_rnn.checking.answers import encode_answers
from cs231n_rnn.checking.cases import load_cases
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.outcome import run_probe


def main(folder: Path) -> int:
    """Write ``FOLDER/rnn.json`` and so on; 1 if a probe did not return arrays."""
    manifest = read_manifest()
    answers: dict[str, dict] = {Path(file).stem: {} for file in manifest.points}
    failed = False
    for case in load_cases(manifest):
        outcome = run_probe(case, manifest.public_seed)
        if outcome.status != "returned":
            print(f"{case.id}: {outcome.status}: {outcome.message}", file=sys.stderr)
            failed = True
        kept = {name: v for name, v in outcome.arrays.items() if name not in case.at_most}
        answers[Path(manifest.functions[case.function]).stem][case.id] = kept
    for stem, cases in answers.items():
        (folder / f"{stem}.json").write_text(encode_answers(cases), encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
