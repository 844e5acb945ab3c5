"""The public answer key: what the reference gives, and what each misconception gives instead.

Probes run in the tree that they are about, each in a process of its own: the overlaid solutions
for the answers, the overlaid textbook implementation for the misconceptions.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from cs231n_rnn.checking.answers import encode_answers, read_answers
from cs231n_rnn.checking.cases import load_cases
from cs231n_rnn.checking.judge import Answer, faults
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.misconceptions import (
    Misconception,
    encode_misconceptions,
    read_misconceptions,
    same_traces,
    traces_of,
)
from cs231n_rnn.checking.outcome import run_probe
from cs231n_rnn.checking.running import has_fingerprint
from cs231n_rnn.checking.wording import say
from instructor.misconceptions import outcomes_of
from instructor.misconceptions import read_misconceptions as read_catalogue
from instructor.overlay import files_in, overlay

# An answer is written anew only where it moved by more than processors differ: by this share of
# its case's tolerance, which is larger for float32.
SAME_ANSWER = 0.1


def stale_answers(root: Path) -> dict[Path, str | None]:
    """Files of the answer key that differ from what the solutions give, with their right text."""
    out = root / "build" / "answers"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    solutions, build = root / "solutions", root / "build"
    names = read_manifest(root).points
    reference = files_in(solutions, names)
    _run_in(overlay(reference, build / "reference", root), root, "answers", out)
    simple = files_in(solutions / "textbook", names)
    _run_in(overlay(simple, build / "textbook", root), root, "misconceptions", out)
    tolerances = json.loads((out / "tolerances" / "tolerances.json").read_text(encoding="utf-8"))
    folder = root / "tests" / "answers"
    stale: dict[Path, str | None] = {
        path: None for path in folder.glob("*.json") if not (out / path.name).exists()
    }
    for fresh in sorted(out.glob("*.json")):
        path = folder / fresh.name
        new = read_answers(out, fresh.name)
        if not path.exists() or not _same(read_answers(folder, fresh.name), new, tolerances):
            stale[path] = encode_answers(new)
    path = root / "tests" / "misconceptions.json"
    known = read_misconceptions(out / "misconceptions" / path.name)
    if not _same_misconceptions(read_misconceptions(path), known):
        stale[path] = encode_misconceptions(known)
    return stale


def _run_in(tree: Path, root: Path, name: str, out: Path) -> None:
    # The tree comes first on the path, with its own cs231n_rnn; the root has instructor/.
    command = [sys.executable, "-m", "instructor.answer_key", name, str(root), str(out)]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    subprocess.run(command, cwd=tree, env=environment, check=True)


def write_answers(root: Path, out: Path) -> bool:
    """Run the public cases in this tree; False if one did not return.

    Writes ``rnn.json`` and so on, and ``tolerances/tolerances.json``, a number for each case.
    """
    manifest = read_manifest(root)
    answers: dict[str, dict[str, Answer]] = {Path(file).stem: {} for file in manifest.points}
    good, cases = True, load_cases(manifest)
    for case in cases:
        outcome = run_probe(case, manifest.public_seed)
        if outcome.status != "returned":
            said = say(outcome.fault) if outcome.fault else ""
            print(f"{case.id}: {outcome.status}: {said}", file=sys.stderr)
            good = False
        kept = {name: v for name, v in outcome.arrays.items() if name not in case.at_most}
        answers[Path(manifest.functions[case.function]).stem][case.id] = kept
    for stem, of_cases in answers.items():
        (out / f"{stem}.json").write_text(encode_answers(of_cases), encoding="utf-8")
    (out / "tolerances").mkdir()
    tolerances = json.dumps({case.id: case.tolerance for case in cases})
    (out / "tolerances" / "tolerances.json").write_text(tolerances, encoding="utf-8")
    return good


def write_misconceptions(root: Path, out: Path) -> bool:
    """Plant each misconception in this tree, and keep the fingerprints of what comes out wrong."""
    manifest = read_manifest(root)
    answers = read_answers(out)
    cases = {case.id: case for case in load_cases(manifest) if has_fingerprint(case)}
    catalogue = read_catalogue(root)
    outcomes = outcomes_of(catalogue, list(cases.values()), manifest.public_seed, root)
    known = []
    for m in catalogue:
        traces = {
            key: traces_of(outcome, list(faults(cases[key], outcome, answers[key])))
            for key, outcome in outcomes[m.name].items()
        }
        wrong = {key: found for key, found in traces.items() if found}
        known.append(Misconception(m.name, m.function, m.hint, wrong))
    (out / "misconceptions").mkdir()
    text = encode_misconceptions(known)
    (out / "misconceptions" / "misconceptions.json").write_text(text, encoding="utf-8")
    return True


def _same(old: dict[str, Answer], new: dict[str, Answer], tolerances: dict[str, float]) -> bool:
    """Whether two answer keys agree: the same cases and names, the same numbers."""
    if list(old) != list(new):
        return False

    def close(case: str, one: np.ndarray, other: np.ndarray) -> bool:
        error = SAME_ANSWER * tolerances[case]
        return one.shape == other.shape and np.allclose(one, other, rtol=error, atol=error)

    return all(
        list(old[case]) == list(new[case])
        and all(close(case, old[case][name], array) for name, array in arrays.items())
        for case, arrays in new.items()
    )


def _same_misconceptions(old: list[Misconception], new: list[Misconception]) -> bool:
    """Whether two lists of misconceptions agree, fingerprints but for rounding."""

    def fields(m: Misconception) -> tuple[object, ...]:
        return m.name, m.function, m.hint, list(m.traces)

    return [fields(m) for m in old] == [fields(m) for m in new] and all(
        same_traces(a.traces[case], b.traces[case])
        for a, b in zip(old, new, strict=True)
        for case in a.traces
    )


if __name__ == "__main__":
    write = {"answers": write_answers, "misconceptions": write_misconceptions}[sys.argv[1]]
    sys.exit(not write(Path(sys.argv[2]), Path(sys.argv[3])))
