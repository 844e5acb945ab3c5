"""Every catalogued mistake loses points on any numbers, not on the public ones alone."""

import json
import os
import subprocess
import sys

from cs231n_rnn.files import ROOT
from instructor.exercises import simple_files
from instructor.overlay import overlay

# Runs in the tree of the simple implementation: its own right outcomes are the answers. Prints the
# names of the mistakes that lose a case, and of those that keep all. Nearly all lose one of the
# first few cases of their functions; the others are tried on all.
SCRIPT = """
import json, sys
from pathlib import Path
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.outcome import run_probe
from cs231n_rnn.checking.running import AnswerKey, judge_function
from instructor.exercises import simple_files
from instructor.answer_key import every_case
from instructor.misconceptions import outcomes_of, read_misconceptions

root, seed = Path(sys.argv[1]), 2**63 + 7
manifest = read_manifest()
cases = [c for c in every_case(root)[0] if not c.deadline and not c.at_most]
key = AnswerKey({c.id: run_probe(c, seed).arrays for c in cases}, [])
of_function = {f: [c for c in cases if c.function == f] for f in manifest.functions}
few = [c for own in of_function.values() for c in own[:4]]
mistakes, lost = read_misconceptions(root), set()
for tried in (few, cases):
    for m, wrong in zip(mistakes, outcomes_of(mistakes, tried, seed, root).values()):
        own = [c for c in tried if c.function == m.function]
        results = judge_function(own, wrong, key, {c.id: 1 for c in own})
        lost |= {m.name for r in results if r.status != "passed"}
    mistakes = [m for m in mistakes if m.name not in lost]
print(json.dumps({"lost": sorted(lost), "kept": [m.name for m in mistakes]}))
"""


def test_every_mistake_loses_points_on_numbers_of_a_students_own(tmp_path):
    tree = overlay(simple_files(), tmp_path / "tree")
    environment = {**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-c", SCRIPT, str(ROOT)]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    points = json.loads(done.stdout)
    assert points["kept"] == []
    assert points["lost"]
