import numpy as np
import pytest

from cs231n_rnn.checking.mistakes import (
    Mistake,
    encode_mistakes,
    fingerprint,
    name_mistakes,
    read_mistakes,
    same_print,
    wrong_prints,
)
from cs231n_rnn.checking.outcome import Outcome

RNG = np.random.default_rng(0)
A, B, C = RNG.standard_normal((3, 4, 5))


def mistake(name, **prints):
    """A mistake from arrays by case and name."""
    found = {
        case: {key: fingerprint(array) for key, array in arrays.items()}
        for case, arrays in prints.items()
    }
    return Mistake(name, "rnn_backward", f"hint of {name}", found)


def named(mistakes, **prints):
    """Which mistake is named for each array."""
    found = name_mistakes(mistake("x", **prints).prints, mistakes)
    return {key: m.name for key, m in found.items()}


def test_the_same_array_has_the_same_print_but_for_rounding():
    order = RNG.permutation(20).reshape(4, 5)
    noise = A * (1 + 1e-12 * (order - 10))
    assert same_print(fingerprint(A), fingerprint(noise))
    assert not same_print(fingerprint(A), fingerprint(A + 1e-3))


@pytest.mark.parametrize(
    "other", [-A, A.T, A[:, ::-1], A.reshape(5, 4), A[np.newaxis], 2 * A, A.sum()]
)
def test_another_array_has_another_print(other):
    assert not same_print(fingerprint(A), fingerprint(np.asarray(other)))


def test_what_is_not_finite_or_no_number_has_a_print_too():
    gone = np.where(A > 0, np.nan, A)
    assert same_print(fingerprint(gone), fingerprint(gone.copy()))
    assert not same_print(fingerprint(gone), fingerprint(A))
    words = np.array(["a"])
    assert same_print(fingerprint(words), fingerprint(words))
    assert not same_print(fingerprint(words), fingerprint(np.ones(1)))


def test_a_mistake_is_named_by_its_numbers():
    known = [mistake("one", a={"dx": A}), mistake("two", a={"dx": B})]
    assert named(known, a={"dx": B}) == {"dx": "two"}
    assert named(known, a={"dx": C}) == {}
    assert named(known, a={}) == {}


def test_two_mistakes_in_one_function_are_both_named():
    known = [mistake("one", a={"dx": A}), mistake("two", a={"db": B})]
    assert named(known, a={"dx": A, "db": B}) == {"dx": "one", "db": "two"}


def test_of_two_that_explain_an_array_the_one_that_explains_more_is_named():
    known = [mistake("narrow", a={"dx": A}), mistake("wide", a={"dx": A, "dh": B})]
    assert named(known, a={"dx": A, "dh": B}) == {"dx": "wide", "dh": "wide"}


def test_of_two_that_explain_an_array_the_one_that_spoils_no_other_is_named():
    known = [mistake("wide", a={"dx": A, "dh": B}), mistake("narrow", a={"dx": A})]
    assert named(known, a={"dx": A}) == {"dx": "narrow"}


def test_a_mistake_that_would_spoil_other_cases_is_not_named():
    known = [mistake("everywhere", a={"dx": A}, b={"dx": B}, c={"dx": C})]
    assert named(known, a={"dx": A}, b={}, c={}) == {}


def test_a_crash_is_known_by_its_cases():
    crash = [[], "ValueError"]
    known = [Mistake("squeezed", "rnn_backward", "hint", {"one": {"crash": crash}})]
    found = name_mistakes({"one": {"crash": crash}, "two": {}}, known)
    assert found["crash"].name == "squeezed"
    assert name_mistakes({"one": {"crash": [[], "TypeError"]}, "two": {}}, known) == {}


def test_an_outcome_gives_the_prints_of_its_wrong_arrays_alone():
    outcome = Outcome("returned", {"dx": A, "db": B})
    assert wrong_prints(outcome, ["db", "missing"]) == {"db": fingerprint(B)}
    crashed = Outcome("crashed", message="ValueError: too long: 3 (rnn.py, line 4)")
    assert wrong_prints(crashed, []) == {"crash": [[], "ValueError"]}


def test_mistakes_survive_being_written_and_read(tmp_path):
    known = [mistake("one", a={"dx": A}, b={"dx": B, "db": C}), mistake("zwei ≠ 1")]
    path = tmp_path / "hints.json"
    path.write_text(encode_mistakes(known), encoding="utf-8")
    assert read_mistakes(path) == known
    assert read_mistakes(tmp_path / "none.json") == []
