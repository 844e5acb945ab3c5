"""The checks as a student meets them: pytest and the command, in a process of their own."""

import os
import re
import subprocess
import sys
from pathlib import PurePosixPath

import pytest

from cs231n_rnn.checking.manifest import read_manifest
from instructor.exercises import reference_files
from instructor.overlay import overlay

PROBES = [f"tests/test_{PurePosixPath(file).stem}.py" for file in read_manifest().points]
MANIFEST = read_manifest()
COUNTED = MANIFEST.functions.keys() - MANIFEST.optional
TOTAL = float(sum(map(MANIFEST.points_of, COUNTED)))
RNN = "cs231n_rnn/layers/rnn.py"
STUB = 'raise NotImplementedError("TODO: implement {} in cs231n_rnn/layers/rnn.py")'
RIGHT_STEP = "next_h = np.tanh(x @ Wx + prev_h @ Wh + b)\n    return next_h, None"


def run(tree, *arguments):
    """Run Python inside a tree; nothing from outside says where the package is."""
    outside = ("PYTHONPATH", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONSAFEPATH")
    environment = {k: v for k, v in os.environ.items() if k not in outside}
    environment |= {"PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, encoding="utf-8"
    )


def run_pytest(tree, *arguments):
    return run(tree, "-m", "pytest", "-p", "no:cacheprovider", *arguments)


def run_checking(tree, *functions):
    return run(tree, "-m", "cs231n_rnn", "check", *functions)


def fill_in(tree, function, body):
    """Put a body in place of a stub in rnn.py; the number of its first line."""
    path = tree / RNN
    text = path.read_text(encoding="utf-8")
    stub = STUB.format(function)
    assert stub in text
    path.write_text(text.replace(stub, body), encoding="utf-8")
    return text[: text.index(stub)].count("\n") + 1


def totals(output):
    """``{"passed": 3, "skipped": 70}`` from pytest's last line."""
    last = output.strip().splitlines()[-1]
    return {word: int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", last)}


@pytest.fixture(scope="module")
def reference(shared_kit, tmp_path_factory):
    tree = tmp_path_factory.mktemp("reference") / "Übung 3 (Lösung)"
    return overlay(reference_files(shared_kit), tree, shared_kit)


@pytest.fixture(scope="module")
def half_done(tmp_path_factory, shared_kit):
    """A clone with one right function, one wrong, one that crashes; the rest are stubs."""
    tree = tmp_path_factory.mktemp("half done") / "Übung 3"
    overlay_of_stubs(shared_kit, tree)
    fill_in(tree, "rnn_step_forward", RIGHT_STEP)
    fill_in(tree, "rnn_step_backward", "return (np.zeros((1, 1)),) * 5")
    fill_in(tree, "rnn_forward", "h = x[:, 99]\n    return h, None")
    return tree


def overlay_of_stubs(kit, tree):
    """A student's clone."""
    return overlay({}, tree, kit)


# pytest.


def test_an_untouched_clone_ends_well_and_skips_each_function_by_name(shared_kit):
    done = run_pytest(shared_kit, *PROBES)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(totals(done.stdout)) - {"in"} == {"skipped"}
    manifest = read_manifest()
    functions = manifest.functions
    named = {n for n, file in functions.items() if f"TODO: implement {n} in {file}" in done.stdout}
    for function in functions:
        # A case that calls another stub first, a backward its forward, names that one.
        needs = {n.replace("{decoder}", "lstm") for n in manifest.builds_on.get(function, [])}
        assert function in named or needs & named, function
    assert "Grading also runs hidden cases" in done.stdout


def test_a_half_done_clone_passes_fails_and_skips_by_function(half_done):
    done = run_pytest(half_done, "tests/test_rnn.py", "-v")
    assert done.returncode == 1
    words = dict(re.findall(r"::(\S+) (PASSED|FAILED|SKIPPED)", done.stdout))
    expected = {
        "rnn_step_forward": "PASSED",
        "rnn_step_backward": "FAILED",
        "rnn_forward": "FAILED",
        "rnn_backward": "FAILED",  # its probe runs rnn_forward, which crashes
    }
    assert len(words) >= 20
    for case, word in words.items():
        assert word == expected[case.split("-")[0]], case


def test_a_wrong_answer_is_one_sentence_of_the_judge(half_done):
    done = run_pytest(half_done, "tests/test_rnn.py", "-k", "rnn_step_backward-unequal_sizes")
    sentence = "rnn_step_backward-unequal_sizes: dx has shape (1, 1); (3, 5) is needed"
    assert sentence in done.stdout.splitlines()
    assert "judge.py" not in done.stdout
    assert totals(done.stdout)["failed"] == 1


def test_a_crash_is_one_sentence_with_the_students_line(half_done):
    done = run_pytest(half_done, "tests/test_rnn.py", "-k", "rnn_forward-unequal_sizes")
    number = 1 + (half_done / RNN).read_text(encoding="utf-8").split("h = x[:, 99]")[0].count("\n")
    assert "rnn_forward-unequal_sizes: IndexError: index 99 is" in done.stdout
    assert f"({RNN}, line {number}: h = x[:, 99])" in done.stdout
    assert "outcome.py" not in done.stdout


def test_on_the_reference_everything_passes_and_nothing_is_skipped(reference):
    done = run_pytest(reference, "--no-stubs", *PROBES)
    assert done.returncode == 0, done.stdout
    assert set(totals(done.stdout)) - {"in"} == {"passed"}


def test_with_no_stubs_a_stub_fails(shared_kit):
    done = run_pytest(shared_kit, "--no-stubs", "tests/test_embedding.py")
    assert done.returncode == 1
    assert "skipped" not in totals(done.stdout)
    assert "word_embedding_forward-one_example: TODO: implement word_embedding_forward in" in (
        done.stdout
    )


def test_a_file_of_probes_that_was_changed_is_told_apart(shared_kit, tmp_path):
    """A probe without an answer names itself and what to do."""
    tree = overlay_of_stubs(shared_kit, tmp_path / "clone")
    path = tree / "tests" / "test_rnn.py"
    text = path.read_text(encoding="utf-8").replace("one_example=", "one_more=")
    text = text.replace('"one_example"', '"one_more"')
    path.write_text(text, encoding="utf-8")
    done = run_pytest(tree, "tests/test_rnn.py", "-k", "rnn_forward-one_more")
    assert done.returncode == 1
    assert "tests/answers has no answer for rnn_forward-one_more" in done.stdout


def test_tests_of_another_tree_than_the_package_are_refused(shared_kit, reference):
    done = run_pytest(shared_kit, "--rootdir", str(reference), "tests/test_rnn.py")
    assert done.returncode == 4
    assert f"run `python -m pytest` inside {reference}" in done.stderr
    assert "passed" not in done.stdout


def test_another_package_on_the_path_is_refused(shared_kit, reference):
    done = run_pytest(shared_kit, "-o", f"pythonpath='{reference}'", "tests/test_rnn.py")
    assert done.returncode == 4
    assert f"would run on the package in {reference}" in done.stderr


# The command.


def test_the_command_shows_what_is_to_do_and_ends_with_0(shared_kit):
    done = run_checking(shared_kit)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    for function in read_manifest().functions:
        (line,) = [line for line in lines if line.startswith(f"{function} ")]
        assert "to do" in line
    assert lines[-1].startswith(f"0.0 of {TOTAL} points on the public cases.")


def test_the_command_shows_what_is_wrong_and_ends_with_1(half_done):
    done = run_checking(half_done, "rnn_step_forward", "rnn_step_backward")
    assert (done.returncode, done.stderr) == (1, "")
    first, second, *notes, total = done.stdout.splitlines()
    assert re.match(r"rnn_step_forward +done +6 of +6 cases +6\.0 of +6\.0 points", first)
    assert re.match(r"rnn_step_backward +wrong +0 of +6 cases +0\.0 of 10\.0 points", second)
    assert "    one example: dx has shape (1, 1); (1, 3) is needed" in notes
    assert total.startswith("6.0 of 16.0 points")


def test_the_command_ends_with_0_where_all_is_done(reference):
    done = run_checking(reference)
    assert (done.returncode, done.stderr) == (0, "")
    assert " wrong " not in done.stdout
    assert " to do " not in done.stdout
    assert done.stdout.splitlines()[-1].startswith(f"{TOTAL} of {TOTAL} points")


def test_the_command_refuses_an_unknown_name_with_2(shared_kit):
    done = run_checking(shared_kit, "rnn_stepforward")
    assert done.returncode == 2
    assert "no function rnn_stepforward in this assignment; there are word_embedding" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("returned", ["None", "{}"])
def test_a_loss_that_returns_nonsense_is_wrong_and_no_fault_of_the_checks(
    shared_kit, tmp_path, returned
):
    tree = overlay_of_stubs(shared_kit, tmp_path / "clone")
    path = tree / "cs231n_rnn" / "models" / "captioning.py"
    text = path.read_text(encoding="utf-8")
    body = f"return {returned}, {{n: p * 0 for n, p in self.params.items()}}\n        raise "
    path.write_text(text.replace("raise NotImplementedError(", f"{body}NotImplementedError(", 1))
    done = run_checking(tree, "CaptioningRNN.loss")
    assert (done.returncode, done.stderr) == (1, "")
    assert re.search(r"CaptioningRNN\.loss +wrong", done.stdout)
