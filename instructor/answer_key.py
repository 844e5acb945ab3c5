"""The public answer key: what the reference gives, and what each misconception gives instead.

Probes run in the tree that they are about, each in a process of its own: the overlaid solutions
for the answers, the overlaid simple implementation for the misconceptions.
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
from cs231n_rnn.checking.cases import Case, import_cases
from cs231n_rnn.checking.judge import Answer, faults
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.misconceptions import (
    Misconception,
    encode_misconceptions,
    read_misconceptions,
    same_traces,
    traces_of,
)
from cs231n_rnn.checking.outcome import Outcome, raised, run_probe
from cs231n_rnn.checking.running import has_fingerprint
from cs231n_rnn.checking.wording import say
from cs231n_rnn.files import write_text
from instructor.exercises import read_solutions, reference_files, simple_files
from instructor.misconceptions import outcomes_of
from instructor.misconceptions import read_misconceptions as read_catalogue
from instructor.overlay import overlay

# An answer is written again only where it moved by more than processors differ: by this share of
# its case's tolerance, which is larger for float32.
SAME_ANSWER = 0.1
KNOWN = "tests/misconceptions.json"


def stale_answers(root: Path) -> dict[Path, str | None]:
    """Files of the answer key that differ from what the solutions give, with their right text.

    Raises
    ------
    ValueError
        If a case does not return, a line for each.
    """
    out = root / "build" / "answers"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    reference = overlay(reference_files(root), root / "build" / "reference", root)
    simple = overlay(simple_files(root), root / "build" / "simple", root)
    _run_in(reference, root, "answers", out)
    _run_in(simple, root, "misconceptions", out)
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
    path = root / KNOWN
    known = read_misconceptions(out / "misconceptions" / path.name)
    if not _same_misconceptions(read_misconceptions(path), known):
        stale[path] = encode_misconceptions(known)
    return stale


def copy_key(root: Path) -> None:
    """Bring the answer key in the two trees up to date with that of the kit."""
    for tree in (root / "build" / "reference", root / "build" / "simple"):
        shutil.rmtree(tree / "tests" / "answers", ignore_errors=True)
        shutil.copytree(root / "tests" / "answers", tree / "tests" / "answers")
        shutil.copyfile(root / KNOWN, tree / KNOWN)


def _run_in(tree: Path, root: Path, name: str, out: Path) -> None:
    # The tree comes first on the path, with its own cs231n_rnn; the root has instructor/.
    command = [sys.executable, "-m", "instructor.answer_key", name, str(root), str(out)]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        command, cwd=tree, env=environment, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    if done.returncode:
        raise ValueError(done.stderr.strip())


def write_answers(root: Path, out: Path) -> list[str]:
    """Run all cases in the reference's tree, and keep what the public ones give.

    Writes ``rnn.json`` and so on, and ``tolerances/tolerances.json``, a number for each case.

    Returns
    -------
    list of str
        What is wrong, in sentences.
    """
    manifest = read_manifest(root)
    cases, outcomes, problems = _probed(root, "reference.py")
    public = [case for case in cases if not case.hidden]
    answers: dict[str, dict[str, Answer]] = {name: {} for name in manifest.exercises}
    for case in public:
        arrays = outcomes[case.id].arrays
        kept = {name: array for name, array in arrays.items() if name not in case.at_most}
        answers[manifest.exercise_of(case.function).name][case.id] = kept
    for name, of_cases in answers.items():
        write_text(out / f"{name}.json", encode_answers(of_cases))
    tolerances = {case.id: case.tolerance for case in public}
    write_text(out / "tolerances" / "tolerances.json", json.dumps(tolerances))
    return problems


def write_misconceptions(root: Path, out: Path) -> list[str]:
    """Plant each misconception in this tree, and keep the fingerprints of what comes out wrong."""
    manifest = read_manifest(root)
    answers = read_answers(out)
    cases, _, problems = _probed(root, "simple.py")
    if problems:
        return problems
    public = {case.id: case for case in cases if not case.hidden and has_fingerprint(case)}
    catalogue = read_catalogue(root)
    outcomes = outcomes_of(catalogue, list(public.values()), manifest.public_seed, root)
    known = []
    for m in catalogue:
        traces = {
            key: traces_of(outcome, list(faults(public[key], outcome, answers[key])))
            for key, outcome in outcomes[m.name].items()
        }
        wrong = {key: found for key, found in traces.items() if found}
        known.append(Misconception(m.name, m.function, m.hint, wrong))
    write_text(out / "misconceptions" / "misconceptions.json", encode_misconceptions(known))
    return []


def every_case(root: Path) -> tuple[list[Case], list[str]]:
    """All cases of the exercises, in the manifest's order, and what is wrong with them."""
    cases: list[Case] = []
    problems: list[str] = []
    for solution in read_solutions(root):
        place = solution.cases.relative_to(root).as_posix()
        try:
            found = import_cases(solution.cases)
        except Exception as error:  # whatever a file of ours may raise when it is imported
            problems.append(f"{place} cannot be imported: {say(raised(error))}")
            continue
        public = {case.function for case in found if not case.hidden}
        problems += [
            f"{place} has no public case of {function}"
            for function in solution.functions
            if function not in public
        ]
        problems += [
            f"{place} has a case of {function}, which has no points in assignment.toml"
            for function in dict.fromkeys(case.function for case in found)
            if function not in solution.functions
        ]
        order = solution.functions.index
        own = [case for case in found if case.function in solution.functions]
        cases += sorted(own, key=lambda case: order(case.function))
    return cases, problems


def _probed(root: Path, file: str) -> tuple[list[Case], dict[str, Outcome], list[str]]:
    """All cases, what each gives in this tree by its id, and what is wrong, in sentences."""
    manifest = read_manifest(root)
    cases, problems = every_case(root)
    outcomes = {case.id: run_probe(case, manifest.public_seed) for case in cases}
    for case in cases:
        status, fault = outcomes[case.id].status, outcomes[case.id].fault
        if status != "returned":
            name = manifest.exercise_of(case.function).name
            said = f": {say(fault)}" if fault else ""
            problems.append(f"solutions/{name}/{file}: its case {case.id} {status}{said}")
    return cases, outcomes, problems


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
    sys.exit("\n".join(write(Path(sys.argv[2]), Path(sys.argv[3]))) or None)
