"""Backward passes that derive nothing are named with the place and earn what the course sets."""

import ast
import os
from dataclasses import replace

import pytest

from cs231n_rnn.checking.messages import message
from cs231n_rnn.files import ROOT
from instructor.exercises import read_solutions, reference_files
from instructor.grading import run
from instructor.grading.derivation import Place, differentiators, underived
from instructor.grading.kit import Kit
from instructor.grading.run import grade_submission
from instructor.grading.sandbox import find_sandbox
from instructor.grading.submission import Submission
from instructor.grading.wording import say
from instructor.misconceptions import edited_text, read_alternatives, read_misconceptions
from instructor.tests.derivation_tools import (
    FOLDER,
    IN_ACTION,
    IN_SOURCE,
    MANIFEST,
    PROGRAMS,
    SIMPLE,
    STEP,
    WITHOUT_A_TRACE,
    appended,
    submission_of,
)
from instructor.tests.grading_tools import only, points
from instructor.tests.test_alternatives import FILES, implementation

SECRET = b"of these tests alone"
RNN = "cs231n_rnn/layers/rnn.py"


@pytest.fixture(scope="module")
def kit():
    kit = Kit.open(ROOT)
    yield kit
    kit.close()


def found_in(files):
    own = {name: text if isinstance(text, bytes) else text.encode() for name, text in files.items()}
    return differentiators(Submission("ann", own, {}, "kit", ()), MANIFEST)


def found_after(source, file=RNN):
    return differentiators(appended(file, source), MANIFEST)


def graded(name, function, kit, share=0.0):
    few = replace(only(kit, function), manifest=replace(MANIFEST, derivation={"points": share}))
    return grade_submission(submission_of(name, function), few, find_sandbox(), SECRET)


@pytest.mark.parametrize("name", IN_SOURCE)
def test_the_source_shows_it(name):
    function, kind = IN_SOURCE[name]
    places = differentiators(submission_of(name, function), MANIFEST)
    # What runs at the import of a file is of all its functions.
    assert set(places) == {function, *(["rnn_backward"] if name == "tape_from_text" else [])}
    assert places[function].kind == kind
    assert places[function].file == MANIFEST.functions[function]


@pytest.mark.skipif(os.name != "posix", reason="the sandbox is for Unix")
@pytest.mark.parametrize("name", IN_SOURCE)
def test_a_course_sets_what_it_earns(name, kit):
    function, kind = IN_SOURCE[name]
    assert points(graded(name, function, kit)) == 0
    half = graded(name, function, kit, share=0.5)
    passing = [r for r in half.results if r.fault and r.fault.code == "underived_in_part"]
    assert passing
    assert points(half) == pytest.approx(sum(r.points for r in passing) / 2)
    assert passing[0].fault.values["about"].code == f"derived_by_{kind}"
    assert "earns 50% of its points" in say(passing[0].fault)
    assert f"({MANIFEST.functions[function]}, line " in say(passing[0].fault)


@pytest.mark.skipif(os.name != "posix", reason="the sandbox is for Unix")
@pytest.mark.parametrize("name", [n for n in PROGRAMS if n not in WITHOUT_A_TRACE])
def test_running_shows_it_to_whom_the_source_does_not(name, kit, monkeypatch):
    monkeypatch.setattr(run, "differentiators", lambda *_: {})
    function, kind = PROGRAMS[name]
    found = graded(name, function, kit)
    assert points(found) == 0
    seen = [r.fault.values for r in found.results if r.fault and r.fault.code == "underived"]
    assert seen
    assert {values["file"] for values in seen} == {MANIFEST.functions[function]}
    lines = (SIMPLE[seen[0]["file"]] + b"\n\n").count(b"\n")
    assert seen[0]["line"] > lines
    if kind in ("complex", "again"):
        assert seen[0]["about"].code == f"derived_by_{kind}"


@pytest.mark.parametrize("name", IN_ACTION)
def test_the_source_alone_does_not_show_it(name):
    assert differentiators(submission_of(name, IN_ACTION[name][0]), MANIFEST) == {}


def test_each_program_says_what_it_does():
    paths = list(FOLDER.glob("*.py"))
    assert {path.stem for path in paths} == set(PROGRAMS)
    for path in paths:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).endswith(".")


def test_nothing_right_is_touched():
    assert found_in(reference_files()) == {}
    assert found_in(SIMPLE) == {}
    for path in [*FILES, *(entry.name for entry in read_alternatives())]:
        file, text = implementation(path)
        assert found_in({file: text}) == {}, path


def test_no_misconception_is_taken_for_a_differentiator():
    solutions = {solution.file: solution for solution in read_solutions()}
    for entry in read_misconceptions():
        text = edited_text(entry, solutions[entry.file])
        assert found_in({entry.file: text}) == {}, entry.name


def test_a_check_of_the_students_own_costs_nothing():
    check = """
def numerical(a, h=1e-20j):
    return np.tanh(a + h).imag / h.imag


if __name__ == "__main__":
    exec("print(numerical(np.zeros(3)))")
"""
    assert found_after(check) == {}
    used = check + "\nrnn_step_backward = lambda d, cache: numerical(cache[0])\n"
    assert set(found_after(used)) == {STEP}


@pytest.mark.parametrize(
    "source",
    [
        "class Gradients(dict):\n    def __add__(self, other):\n        return self\n",
        "def picked(cell):\n    return eval(f'{cell}_step_backward')\n",
        "def changed(h, t):\n    return h[t + 1] - h[t - 1], np.exp(h) - np.exp(-h)\n",
        "imag, derivative, torch = 1, 2, 3\nused = imag + derivative + torch\n",
    ],
)
def test_what_only_looks_like_it_costs_nothing(source):
    names = "Gradients, picked, changed, used"
    use = "\ndef rnn_step_backward(dnext_h, cache):\n"
    lines = [f"    {name} if '{name}' in globals() else 0" for name in names.split(", ")]
    assert found_after(source + use + "\n".join(lines)) == {}


def test_what_runs_at_the_import_of_a_file_is_of_all_its_backward_passes():
    assert set(found_after("exec(open(__file__).read())")) == {STEP, "rnn_backward"}


def test_a_helper_of_another_file_is_followed_there():
    helper = b"\n\ndef slope(a):\n    return np.tanh(a + 1j).imag\n"
    use = b"\n\nfrom cs231n_rnn.layers.lstm import slope as s\n"
    use += b"rnn_step_backward = lambda d, cache: s(cache)\n"
    lstm = "cs231n_rnn/layers/lstm.py"
    files = {lstm: SIMPLE[lstm] + helper, RNN: SIMPLE[RNN] + use}
    (place,) = found_in(files).values()
    assert set(found_in(files)) == {STEP}
    assert place.file == lstm


def test_a_helper_that_has_the_name_of_another_exercise_is_one():
    source = "\ndef rnn_forward(x, *rest):\n    return np.tanh(x + 1j).imag, None\n"
    use = "\ndef rnn_step_backward(dnext_h, cache):\n    return rnn_forward(dnext_h)\n"
    assert set(found_after(source + use)) == {STEP, "rnn_backward"}


def test_another_module_may_not_put_it_in_its_place():
    source = "from cs231n_rnn.layers import rnn\nrnn.rnn_step_backward = lambda d, c: (d * 1j).imag"
    assert set(found_after(source, "cs231n_rnn/layers/embedding.py")) == {STEP}


def test_results_that_failed_stay_as_they_are(kit):
    results = graded("differences_on_few", STEP, kit).results
    place = {STEP: Place("complex", RNN, 3)}
    wrong = [replace(r, status="failed", fault=message("wrong_sign", name="dx")) for r in results]
    assert underived(wrong, place, MANIFEST) == wrong
    right = [replace(r, status="passed", fault=None) for r in results]
    assert {r.fault.code for r in underived(right, place, MANIFEST)} == {"underived"}
