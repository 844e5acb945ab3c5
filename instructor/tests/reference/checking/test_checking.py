import math
import re
from pathlib import Path

import numpy as np
import pytest

import cs231n_rnn
from cs231n_rnn.checking import case, outcome, random_arrays
from cs231n_rnn.checking.answers import encode_answers, read_answers
from cs231n_rnn.checking.cases import Case, as_cases, load_cases
from cs231n_rnn.checking.judge import judge
from cs231n_rnn.checking.manifest import ROOT, read_manifest
from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.outcome import PACKAGE, Outcome, run_probe
from cs231n_rnn.checking.running import AnswerKey
from cs231n_rnn.checking.wording import say, say_result
from cs231n_rnn.layers.affine import affine_forward

RIGHT = np.array([[1.0, -2.0, 0.5], [4.0, 0.0, -8.0]])
FUNCTION, FILE = "rnn_step_forward", "cs231n_rnn/layers/rnn.py"


def make_case(probe=None, **fields):
    return Case(f"{FUNCTION}-some_sizes", FUNCTION, probe, variant="some_sizes", **fields)


def judged(value, right=RIGHT, **fields):
    """The result for one array, ``next_h``."""
    return judge(make_case(**fields), Outcome("returned", {"next_h": value}), {"next_h": right}, 6)


def outcome_of(probe):
    return run_probe(make_case(probe), seed=231)


# The judge.


def test_the_right_array_passes_and_earns_its_points():
    result = judged(RIGHT.copy())
    assert (result.status, result.fault, result.earned) == ("passed", None, 6)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (RIGHT.T, r"next_h has shape \(3, 2\); \(2, 3\) is needed"),
        (RIGHT[0], r"next_h has shape \(3,\); \(2, 3\) is needed"),
        (RIGHT[np.newaxis], r"next_h has shape \(1, 2, 3\); \(2, 3\) is needed"),
        (np.where(RIGHT == 0.5, np.nan, RIGHT), r"of shape \(2, 3\) is nan at \[0, 2\]"),
        (np.where(RIGHT == 0, np.inf, RIGHT), r"of shape \(2, 3\) is inf at \[1, 1\]"),
        (-RIGHT, r"largest relative error of 2, at \[1, 2\]: 8; -8 is right"),
        (RIGHT + np.array([0, 0.08, 0]), r"error of 0.01, at \[0, 1\]: -1.92; -2 is right"),
        (RIGHT.astype(str), "next_h holds <U32; numbers are needed"),
        (RIGHT.astype(object), "next_h holds object; numbers are needed"),
    ],
    ids=["transposed", "flat", "deep", "nan", "inf", "sign", "off", "text", "objects"],
)
def test_the_fault_says_what_differs_and_where(value, words):
    result = judged(value)
    assert (result.status, result.earned) == ("failed", 0)
    assert re.search(words, say_result(result))


def test_words_differ_in_places_and_not_by_an_error():
    words = np.array([[4, 13, 7], [5, 5, 2]])
    found = judged(np.where(words == 5, 9, words), right=words)
    values = {"wrong": 2, "size": 6, "position": [1, 0], "value": 9, "expected": 5}
    assert found.fault == message("places", name="next_h", **values)
    assert say(found.fault) == "next_h differs in 2 of 6 places, first at [1, 0]: 9; 5 is right"


def test_nothing_returned_is_said_so():
    assert judged(np.array(None)).fault == message("no_number", name="next_h")


def test_a_bias_gradient_with_a_kept_dimension_fails():
    assert judged(np.ones((1, 3)), right=np.ones(3)).status == "failed"


def test_float32_integers_and_booleans_are_numbers():
    assert judged(RIGHT.astype(np.float32), tolerance=1e-6).status == "passed"
    assert judged(np.array([[3, 4]]), right=np.array([[3, 4]])).status == "passed"
    assert judged(np.array([True, False]), right=np.array([True, False])).status == "passed"


def test_a_scalar_and_an_empty_array_are_judged():
    assert judged(np.array(2.5), right=np.array(2.5)).status == "passed"
    assert judged(np.array(2.6), right=np.array(2.5)).status == "failed"
    assert judged(np.zeros((0, 3)), right=np.zeros((0, 3))).status == "passed"


@pytest.mark.parametrize("factor", [0.5, 2])
def test_the_tolerance_is_relative_to_the_largest_element(factor):
    tolerance = 1e-3
    value = RIGHT.copy()
    value[1, 1] += factor * tolerance * 8
    status = "passed" if factor < 1 else "failed"
    assert judged(value, tolerance=tolerance).status == status


@pytest.mark.parametrize("size", [1.7e308, -1.7e308, 1e-320])
def test_the_largest_and_smallest_numbers_are_judged_without_a_warning(size):
    assert judged(np.full_like(RIGHT, size)).status == "failed"


def test_a_missing_array_is_named():
    answer = {"dx": RIGHT, "db": RIGHT[0]}
    result = judge(make_case(), Outcome("returned", {"dx": RIGHT}), answer, 6)
    assert (result.status, result.fault) == ("failed", message("missing", name="db"))


def test_of_several_wrong_arrays_the_first_is_named():
    answer = {"dx": RIGHT, "dWx": RIGHT, "db": RIGHT}
    result = judge(
        make_case(), Outcome("returned", {**answer, "dWx": 0 * RIGHT, "db": np.array(0)}), answer, 6
    )
    assert (result.fault.code, result.fault.values["name"]) == ("differs", "dWx")


@pytest.mark.parametrize(
    ("value", "status", "words"),
    [
        (0.1, "passed", ""),
        (0.099, "passed", ""),
        (0.11, "failed", "final_loss is 0.11; at most 0.1 is needed"),
        (math.nan, "failed", "final_loss is nan; at most 0.1 is needed"),
        (math.inf, "failed", "final_loss is inf; at most 0.1 is needed"),
    ],
)
def test_a_bound_is_kept_or_not(value, status, words):
    bounded = make_case(at_most={"final_loss": 0.1})
    result = judge(bounded, Outcome("returned", {"final_loss": np.array(value)}), {}, 4)
    assert (result.status, say_result(result)) == (status, words)


@pytest.mark.parametrize("value", [None, [], "0.01"], ids=repr)
def test_what_is_no_number_keeps_no_bound(value):
    bounded = make_case(at_most={"final_loss": 0.1})
    result = judge(bounded, Outcome("returned", {"final_loss": np.array(value)}), {}, 4)
    assert result.status == "failed"
    assert result.fault.values["name"] == "final_loss"


def test_a_bounded_array_that_is_missing_is_named():
    result = judge(make_case(at_most={"final_loss": 0.1}), Outcome("returned"), {}, 4)
    assert (result.status, result.fault) == ("failed", message("missing", name="final_loss"))


@pytest.mark.parametrize("status", ["not implemented", "crashed", "timed out"])
def test_without_arrays_the_outcome_is_handed_on(status):
    fault = message("late", seconds=1)
    result = judge(make_case(), Outcome(status, fault=fault), {"next_h": RIGHT}, 6)
    assert (result.status, result.fault, result.earned) == (status, fault, 0)


# Running a probe.


def test_a_probe_returns_copies_that_later_writing_leaves_alone():
    kept = np.zeros(3)
    found = outcome_of(lambda rng: {"next_h": kept})
    kept += 1
    assert found.status == "returned"
    np.testing.assert_array_equal(found.arrays["next_h"], np.zeros(3))


def test_a_stub_is_not_implemented():
    def probe(rng):
        raise NotImplementedError("TODO: implement rnn_step_forward in cs231n_rnn/layers/rnn.py")

    found = outcome_of(probe)
    assert found.status == "not implemented"
    assert found.fault.code == "todo"
    assert say(found.fault).startswith("TODO: implement rnn_step_forward")


def students_function(source, line, package=PACKAGE):
    """A function that seems to stand in the student's rnn.py, from the given line on."""
    scope = {"affine_forward": affine_forward, "np": np}
    exec(compile("\n" * (line - 1) + source, str(package / "layers" / "rnn.py"), "exec"), scope)
    return scope["step"]


def test_a_crash_names_the_students_file_and_line():
    step = students_function("def step(rng):\n    return rng @ None\n", line=7)
    found = outcome_of(step)
    assert found.status == "crashed"
    place = {name: found.fault.values[name] for name in ("type", "file", "line", "function")}
    assert place == {"type": "TypeError", "file": FILE, "line": 8, "function": "step"}
    assert say(found.fault).startswith("TypeError: ")
    assert f"({FILE}, line 8: " in say(found.fault)


def test_a_clone_may_lie_in_any_folder(monkeypatch):
    package = Path("/home/me/checking the RNN/cs231n_rnn").absolute()
    monkeypatch.setattr(outcome, "PACKAGE", package)
    monkeypatch.setattr(outcome, "students_files", outcome.students_files.__wrapped__)
    step = students_function("def step(rng):\n    return rng @ None\n", 7, package)
    assert f"({FILE}, line 8: " in say(outcome_of(step).fault)


def test_a_crash_in_a_provided_layer_names_the_students_line_that_called_it():
    source = (
        "def step(rng):\n    return affine_forward(np.ones((2, 3)), np.ones((4, 5)), np.ones(5))\n"
    )
    found = outcome_of(students_function(source, line=7))
    assert "w is (4, 5); affine_forward needs" in say(found.fault)
    assert f"({FILE}, line 8: " in say(found.fault)


def test_a_crash_in_the_probe_itself_needs_no_line():
    found = outcome_of(lambda rng: 1 / 0)
    assert (found.status, say(found.fault)) == ("crashed", "ZeroDivisionError: division by zero")


def test_arrays_of_unequal_rows_are_a_crash():
    assert outcome_of(lambda rng: {"next_h": [[1, 2], [3]]}).status == "crashed"


def test_a_probe_may_overflow_on_its_way():
    found = outcome_of(lambda rng: {"next_h": np.tanh(np.exp(np.array([1e4])))})
    np.testing.assert_array_equal(found.arrays["next_h"], [1])


# Cases.


def test_variants_make_a_case_each_and_none_makes_one():
    @case("rnn_step_forward", small={"N": 1}, large={"N": 9}, tolerance=1e-5)
    def forward(rng, N):
        return {"N": N}

    @case("rnn_step_backward", at_most={"loss": 1})
    def alone(rng):
        return {}

    assert [c.id for c in forward] == ["rnn_step_forward-small", "rnn_step_forward-large"]
    assert [run_probe(c, 0).arrays["N"] for c in forward] == [1, 9]
    assert forward[0].tolerance == 1e-5
    assert [c.variant for c in (*forward, *alone)] == ["small", "large", "alone"]
    assert [(c.id, dict(c.at_most)) for c in alone] == [("rnn_step_backward-alone", {"loss": 1})]


def test_a_case_draws_the_same_numbers_whatever_ran_before():
    first, other = make_case(), Case("rnn_forward-x", "rnn_forward", None)
    numbers = first.rng(231).standard_normal(3)
    np.testing.assert_array_equal(first.rng(231).standard_normal(3), numbers)
    assert np.all(other.rng(231).standard_normal(3) != numbers)
    assert np.all(first.rng(232).standard_normal(3) != numbers)


def test_random_arrays_have_the_shapes():
    x, b = random_arrays(np.random.default_rng(0), (2, 3), (4,))
    assert (x.shape, b.shape, x.dtype) == ((2, 3), (4,), np.float64)


@pytest.mark.parametrize("value", [[], None, [1, 2], "text", np.zeros(3), [make_case(), 3]])
def test_what_case_did_not_make_is_no_case(value):
    assert as_cases(value) == []


@pytest.fixture(scope="module")
def manifest():
    return read_manifest()


@pytest.fixture(scope="module")
def cases(manifest):
    return load_cases(manifest)


def test_every_function_has_cases_in_the_order_of_the_assignment(manifest, cases):
    assert list(dict.fromkeys(c.function for c in cases)) == list(manifest.functions)
    assert len({c.id for c in cases}) == len(cases)


def test_every_case_has_an_answer_and_every_answer_a_case(cases):
    assert read_answers(ROOT / "tests" / "answers").keys() == {c.id for c in cases}


def test_a_missing_file_of_probes_is_named(manifest, tmp_path):
    (tmp_path / "tests").mkdir()
    with pytest.raises(FileNotFoundError, match=r"test_embedding\.py is missing; .*embedding"):
        load_cases(manifest, tmp_path)


def test_a_case_without_an_answer_is_refused_by_name():
    with pytest.raises(KeyError, match="no answer for rnn_step_forward-some_sizes"):
        AnswerKey({}, []).answer(make_case())


# The answer key.


def test_answers_survive_being_written_and_read(tmp_path):
    answers = {
        "a-b": {"x": np.array([[1.5, -2e-30], [3e20, 1 / 3]]), "n": np.array([[3], [4]])},
        "c-d": {"loss": np.array(2.5), "none": np.zeros((0, 2)), "yes": np.array([True, False])},
    }
    (tmp_path / "a.json").write_text(encode_answers(answers), encoding="utf-8")
    found = read_answers(tmp_path)
    assert found.keys() == answers.keys()
    for name, arrays in answers.items():
        assert list(found[name]) == list(arrays)
        for key, array in arrays.items():
            assert found[name][key].shape == array.shape
            np.testing.assert_allclose(found[name][key], array, rtol=1e-11)


def test_a_folder_without_answers_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no answers; take a fresh copy"):
        read_answers(tmp_path)


def test_the_package_under_test_is_the_one_beside_the_tests():
    assert PACKAGE.parent == ROOT
    assert PACKAGE.samefile(cs231n_rnn.__path__[0])
