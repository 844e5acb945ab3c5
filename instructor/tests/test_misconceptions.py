import ast
import functools
import json
import os
import re
import subprocess
import sys

import pytest

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT
from cs231n_rnn.submit import definitions
from instructor.exercises import read_solutions, simple_files
from instructor.leak import solution_lines
from instructor.misconceptions import edited_simple, read_misconceptions
from instructor.overlay import overlay

CATALOGUE = read_misconceptions()
NAMES = [m.name for m in CATALOGUE]
BY_FILE = {solution.file: solution for solution in read_solutions()}
# What a hint may begin a sentence with, where it does not ask a question.
POINTERS = r"\b(Change|Check|Compare|Count|Follow|Go|Look|Print|Think|Try)\b"
ENTRY = """
[[misconception]]
name = "no_tanh"
function = "rnn_step_forward"
hint = "Which function keeps the hidden state between -1 and 1?"
edits = [["np.tanh(a)", "a"]]
"""
# Prints, for every misconception, what each case of its function came to, and the hints that a
# student would see. Two cases with the same digest returned the same arrays; NaN and inf are
# written as they are.
RUN = """
import json, sys
from pathlib import Path
from cs231n_rnn.checking.cases import load_cases
from cs231n_rnn.checking.judge import judge
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.outcome import run_probe
from cs231n_rnn.checking.running import judge_function, read_key
from instructor.misconceptions import outcomes_of, read_misconceptions

def digest(outcome):
    return repr([(n, a.shape, [f"{v:.6g}" for v in a.ravel().tolist()])
                 for n, a in outcome.arrays.items()] or outcome.fault)

def found(outcomes):
    return {i: [judge(by_id[i], o, key.answers[i], 1).status, digest(o)]
            for i, o in outcomes.items()}

kit, manifest = Path(sys.argv[1]), read_manifest()
cases, key, mistakes = load_cases(manifest), read_key(), read_misconceptions(kit)
by_id = {case.id: case for case in cases}
# A mistake must show without the trainings, which take longer than all other cases together.
short = [c for c in cases if not c.deadline and not c.at_most]
wrong = outcomes_of(mistakes, short, manifest.public_seed, kit)
hints = {}
for m in mistakes:
    own = [c for c in short if c.function == m.function]
    results = judge_function(own, wrong[m.name], key, {c.id: 1 for c in own})
    hints[m.name] = [r.hint.values["name"] for r in results
                     if r.hint and r.hint.code == "misconception"]
# Afterwards, since each mistake must have been taken out again.
wrong["none"] = {c.id: run_probe(c, manifest.public_seed) for c in cases}
print(json.dumps({"results": {name: found(o) for name, o in wrong.items()}, "hints": hints}))
"""


@pytest.fixture(scope="module")
def public_run(tmp_path_factory):
    """What all misconceptions come to on the public numbers, from one process."""
    tree = overlay(simple_files(), tmp_path_factory.mktemp("trees") / "simple")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", RUN, str(ROOT)]
    run = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def results(public_run):
    """A misconception's name to a case's id to status and digest."""
    return public_run["results"]


@pytest.fixture(scope="module")
def hints(public_run):
    """A misconception's name to the hints of its cases that are not passed."""
    return public_run["hints"]


def write_catalogue(kit, text):
    """Replace the kit's misconceptions: text for rnn, none for every other file."""
    for file in (kit / "solutions").glob("*/misconceptions.toml"):
        file.write_text("misconception = []\n", encoding="utf-8")
    (kit / "solutions" / "rnn" / "misconceptions.toml").write_text(text, encoding="utf-8")


def test_the_simple_implementation_passes_every_case(results):
    assert {i: status for i, (status, _) in results["none"].items() if status != "passed"} == {}


@pytest.mark.parametrize("name", NAMES)
def test_a_misconception_fails_a_case_of_its_function(results, name):
    assert [i for i, (status, _) in results[name].items() if status in ("failed", "crashed")]


@pytest.mark.parametrize("misconception", CATALOGUE, ids=NAMES)
def test_a_misconception_leaves_something_to_know_it_by(results, misconception):
    """Wrong arrays, or a crash in some cases of its function alone."""
    found = results[misconception.name].items()
    own = {status for i, (status, _) in found if i.startswith(f"{misconception.function}-")}
    assert "failed" in {status for _, (status, _) in found} or {"crashed", "passed"} <= own


@pytest.mark.parametrize("function", read_manifest().functions)
def test_misconceptions_of_a_function_are_told_apart(results, function):
    names = [m.name for m in CATALOGUE if m.function == function]
    seen = {}
    for name in names:
        key = tuple(digest for _, digest in results[name].values())
        assert key not in seen, f"{name} gives the same as {seen[key]}"
        seen[key] = name


def test_nearly_every_mistake_is_named_by_its_own_hint(hints):
    named = [m.name for m in CATALOGUE if m.name in hints[m.name]]
    assert len(named) >= 0.95 * len(CATALOGUE)


def test_no_mistake_is_named_by_the_hint_of_another(hints):
    # The same mistake in the RNN and in the LSTM may have the same hint.
    assert len({(m.function, m.hint) for m in CATALOGUE}) == len(CATALOGUE)
    wrong = {m.name: name for m in CATALOGUE for name in hints[m.name] if name != m.name}
    assert len(wrong) <= 0.05 * len(CATALOGUE), wrong


@pytest.mark.parametrize("misconception", CATALOGUE, ids=NAMES)
def test_a_hint_is_a_question_or_a_pointer_without_code(misconception):
    hint = misconception.hint
    assert "?" in hint or re.search(POINTERS, hint)
    assert hint[-1] in ".?"
    assert len(re.findall(r"[.?](?= |$)", hint)) <= 2
    assert len(hint) <= 160
    assert not re.search(r"np\.|[@=\[\]`]|\.T\b|\*|\w\(", hint)
    for edits in [misconception.edits, *misconception.also.values()]:
        codes = [code.strip() for edit in edits for code in edit]
        assert [c for c in codes if re.search(r"\W", c) and c in hint] == []


def test_no_hint_holds_a_line_of_a_solution():
    lines = solution_lines(ROOT)
    assert [(m.name, line) for m in CATALOGUE for line in lines if line in m.hint] == []


@pytest.mark.parametrize("misconception", CATALOGUE, ids=NAMES)
def test_an_edit_changes_nothing_outside_the_functions_it_names(misconception):
    solution = BY_FILE[misconception.file]
    right = functions_of(solution.simple.read_text(encoding="utf-8"))
    wrong = functions_of(edited_simple(misconception, solution))
    named = [misconception.function, *misconception.also]
    assert right.keys() == wrong.keys()
    changed = {name for name, source in right.items() if wrong[name] != source}
    assert changed == set(named) - ({misconception.function} if not misconception.edits else set())


@functools.lru_cache(32)
def functions_of(text):
    """Qualified name to what it comes to, but for layout and comments."""
    return {name: ast.dump(node) for name, node in definitions(ast.parse(text)).items()}


def solution_of(kit):
    """The exercise that the catalogue of a copy is about."""
    return next(solution for solution in read_solutions(kit) if solution.name == "rnn")


def test_one_good_entry_is_read(kit):
    write_catalogue(kit, ENTRY)
    (only,) = read_misconceptions(kit)
    assert (only.name, only.function, only.file) == (
        "no_tanh",
        "rnn_step_forward",
        "cs231n_rnn/layers/rnn.py",
    )
    text = edited_simple(only, solution_of(kit))
    assert "next_h = a\n" in text
    assert "np.tanh" not in text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("np.tanh(a)", "np.tanhh(a)"), "is in rnn_step_forward 0 times"),
        (("np.tanh(a)", "next_h"), "is in rnn_step_forward 3 times"),
        (("np.tanh(a)", "next_h**2"), "is in rnn_step_forward 0 times"),
        (('"a"', '"tanh(a"'), "was never closed"),
        (("rnn_step_forward", "rnn_step_sideways"), "no function rnn_step_sideways to fill in"),
        (("rnn_step_forward", "lstm_step_forward"), "rnn.py has no function lstm_step_forward"),
        (("edits", "edit"), "unexpected keyword argument 'edit'"),
        (("hint", "# hint"), "it has no hint"),
        (('[["np.tanh(a)", "a"]]', '[["np.tanh(a)"]]'), "not enough values"),
        (("edits = ", "also.rnn_backwards = "), "has no function rnn_backwards"),
    ],
)
def test_a_bad_entry_is_refused_by_file_and_name(kit, change, message):
    write_catalogue(kit, ENTRY.replace("no_tanh", "first") + ENTRY.replace(*change))
    with pytest.raises(
        ValueError, match=r"rnn/misconceptions\.toml, misconception 2 \(no_tanh\)"
    ) as refusal:
        read_misconceptions(kit)
    assert message in str(refusal.value)


def test_a_name_that_is_taken_is_refused(kit):
    write_catalogue(kit, ENTRY + ENTRY)
    with pytest.raises(
        ValueError,
        match=r"misconceptions\.toml, misconception 2 \(no_tanh\): cs231n_rnn/layers/rnn.py has",
    ):
        read_misconceptions(kit)


def test_edits_do_not_see_each_other(kit):
    swap = '[["x @ Wx", "prev_h @ Wh"], ["prev_h @ Wh", "x @ Wx"]]'
    write_catalogue(kit, ENTRY.replace('[["np.tanh(a)", "a"]]', swap))
    (only,) = read_misconceptions(kit)
    assert "a = prev_h @ Wh + x @ Wx + b" in edited_simple(only, solution_of(kit))
