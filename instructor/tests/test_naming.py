"""Every catalogued mistake loses points on any numbers, and is named by its own hint."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from cs231n_rnn.checking.manifest import ROOT
from instructor.misconceptions import read_misconceptions
from instructor.overlay import overlay

# Runs in the overlaid textbook tree: its own right outcomes are the answers.
SCRIPT = """
import json, sys
from pathlib import Path
from cs231n_rnn.checking.cases import load_cases
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.outcome import run_probe
from cs231n_rnn.checking.running import AnswerKey, judge_function, read_key
from instructor.misconceptions import outcomes_of, read_misconceptions

root, part = Path(sys.argv[1]), int(sys.argv[2])
manifest, public_key = read_manifest(), read_key()
cases = [c for c in load_cases(manifest) + load_cases(manifest, root / "solutions", "hidden")
         if not c.gate and not c.at_most]
public = [c for c in cases if c.id in public_key.answers]
mistakes = read_misconceptions(root)[part::2]
found = {m.name: {"lost": [], "hints": []} for m in mistakes}
for seed in (1, 2**63 + 7):
    outcomes = {c.id: run_probe(c, seed) for c in cases}
    key = AnswerKey({name: o.arrays for name, o in outcomes.items()}, [])
    for m, wrong in outcomes_of(mistakes, cases, seed, root).items():
        function = next(x.function for x in mistakes if x.name == m)
        own = [c for c in cases if c.function == function]
        results = judge_function(own, wrong, key, {c.id: 1 for c in own})
        found[m]["lost"].append(sum(r.status != "passed" for r in results))
for m, wrong in outcomes_of(mistakes, public, manifest.public_seed, root).items():
    function = next(x.function for x in mistakes if x.name == m)
    own = [c for c in public if c.function == function]
    results = judge_function(own, wrong, public_key, {c.id: 1 for c in own})
    found[m]["hints"] = [r.hint for r in results if r.status != "passed"]
print(json.dumps(found))
"""
MISCONCEPTIONS = {m.name: m for m in read_misconceptions()}


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """A misconception's name to the cases it lost at two seeds, and its hints at the public one."""
    tree = overlay(ROOT / "solutions" / "textbook", tmp_path_factory.mktemp("naming") / "tree")
    environment = {**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{ROOT}"}

    def run(part):
        command = [sys.executable, "-c", SCRIPT, str(ROOT), str(part)]
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    with ThreadPoolExecutor(2) as pool:  # a process each, for half of the mistakes
        first, second = pool.map(run, (0, 1))
    return first | second


def test_there_are_at_least_60():
    assert len(MISCONCEPTIONS) >= 60


def test_every_mistake_loses_points_on_numbers_of_a_students_own(found):
    assert found.keys() == MISCONCEPTIONS.keys()
    assert [name for name, what in found.items() if not all(what["lost"])] == []


def test_nearly_every_mistake_is_named_by_its_own_hint(found):
    named = [name for name in found if MISCONCEPTIONS[name].hint in found[name]["hints"]]
    assert len(named) >= 0.95 * len(found)


def test_no_mistake_is_named_by_the_hint_of_another(found):
    # The same mistake in the RNN and in the LSTM may have the same hint.
    hints = {(m.function, m.hint): name for name, m in MISCONCEPTIONS.items()}
    assert len(hints) == len(MISCONCEPTIONS)
    wrong = {
        name: hint
        for name, what in found.items()
        for hint in what["hints"]
        if hints.get((MISCONCEPTIONS[name].function, hint), name) != name
    }
    assert len(wrong) <= 0.05 * len(found), wrong
