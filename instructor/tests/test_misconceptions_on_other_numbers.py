"""Every catalogued mistake loses points on any numbers, not on the public ones alone."""

import json
import os
import subprocess
import sys

from cs231n_rnn.checking.manifest import ROOT
from instructor.exercises import simple_files
from instructor.misconceptions import read_misconceptions
from instructor.overlay import overlay

# Runs in the tree of the simple implementation: its own right outcomes are the answers. Prints how
# many cases each mistake loses.
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
mistakes = read_misconceptions(root)
lost = {}
for m, wrong in zip(mistakes, outcomes_of(mistakes, cases, seed, root).values()):
    own = [c for c in cases if c.function == m.function]
    results = judge_function(own, wrong, key, {c.id: 1 for c in own})
    lost[m.name] = sum(r.status != "passed" for r in results)
print(json.dumps(lost))
"""


def test_every_mistake_loses_points_on_numbers_of_a_students_own(tmp_path):
    tree = overlay(simple_files(), tmp_path / "tree")
    environment = {**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-c", SCRIPT, str(ROOT)]
    done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lost = json.loads(done.stdout)
    assert lost.keys() == {m.name for m in read_misconceptions()}
    assert [name for name, cases in lost.items() if not cases] == []
