import numpy as np
import pytest

from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.misconceptions import (
    Misconception,
    Traces,
    encode_misconceptions,
    fingerprint,
    hint_for,
    name_misconceptions,
    read_misconceptions,
    same_fingerprint,
    traces_of,
)
from cs231n_rnn.checking.outcome import Outcome

RNG = np.random.default_rng(0)
A, B, C = RNG.standard_normal((3, 4, 5))


def misconception(name, **wrong):
    """A misconception from wrong arrays by case and name."""
    found = {
        case: Traces({key: fingerprint(array) for key, array in arrays.items()})
        for case, arrays in wrong.items()
    }
    return Misconception(name, "rnn_backward", f"hint of {name}", found)


def named(known, **wrong):
    """Which misconception is named for each array."""
    found = name_misconceptions(misconception("x", **wrong).traces, known)
    return {key: m.name for key, m in found.items()}


def test_the_same_array_has_the_same_fingerprint_but_for_rounding():
    order = RNG.permutation(20).reshape(4, 5)
    noise = A * (1 + 1e-12 * (order - 10))
    assert same_fingerprint(fingerprint(A), fingerprint(noise))
    assert not same_fingerprint(fingerprint(A), fingerprint(A + 1e-3))


@pytest.mark.parametrize(
    "other", [-A, A.T, A[:, ::-1], A.reshape(5, 4), A[np.newaxis], 2 * A, A.sum()]
)
def test_another_array_has_another_fingerprint(other):
    assert not same_fingerprint(fingerprint(A), fingerprint(np.asarray(other)))


def test_what_is_not_finite_or_no_number_has_a_fingerprint_too():
    gone = np.where(A > 0, np.nan, A)
    assert same_fingerprint(fingerprint(gone), fingerprint(gone.copy()))
    assert not same_fingerprint(fingerprint(gone), fingerprint(A))
    words = np.array(["a"])
    assert same_fingerprint(fingerprint(words), fingerprint(words))
    assert not same_fingerprint(fingerprint(words), fingerprint(np.ones(1)))


def test_a_misconception_is_named_by_its_numbers():
    known = [misconception("one", a={"dx": A}), misconception("two", a={"dx": B})]
    assert named(known, a={"dx": B}) == {"dx": "two"}
    assert named(known, a={"dx": C}) == {}
    assert named(known, a={}) == {}


def test_two_misconceptions_in_one_function_are_both_named():
    known = [misconception("one", a={"dx": A}), misconception("two", a={"db": B})]
    assert named(known, a={"dx": A, "db": B}) == {"dx": "one", "db": "two"}


def test_of_two_that_explain_an_array_the_one_that_explains_more_is_named():
    known = [misconception("narrow", a={"dx": A}), misconception("wide", a={"dx": A, "dh": B})]
    assert named(known, a={"dx": A, "dh": B}) == {"dx": "wide", "dh": "wide"}


def test_of_two_that_explain_an_array_the_one_that_spoils_no_other_is_named():
    known = [misconception("wide", a={"dx": A, "dh": B}), misconception("narrow", a={"dx": A})]
    assert named(known, a={"dx": A}) == {"dx": "narrow"}


def test_a_misconception_that_would_spoil_other_cases_is_not_named():
    known = [misconception("everywhere", a={"dx": A}, b={"dx": B}, c={"dx": C})]
    assert named(known, a={"dx": A}, b={}, c={}) == {}


def test_a_crash_is_known_by_its_cases():
    crash, right = Traces(raised="ValueError"), Traces()
    known = [Misconception("squeezed", "rnn_backward", "hint", {"one": crash})]
    found = name_misconceptions({"one": crash, "two": right}, known)
    assert found[None].name == "squeezed"
    assert name_misconceptions({"one": Traces(raised="TypeError"), "two": right}, known) == {}


def test_an_array_may_be_called_crash():
    known = [misconception("one", a={"crash": A})]
    assert named(known, a={"crash": A}) == {"crash": "one"}
    assert name_misconceptions({"a": Traces(raised="ValueError")}, known) == {}


def test_a_symptom_gets_the_hint_of_its_own_misconception_or_of_the_only_one_that_can_show_so():
    one, two = misconception("one", a={"dx": A, "dh": B}), misconception("two", a={"db": C})
    assert hint_for("dx", {"dx": one, "db": two}) == message("misconception", name="one")
    assert hint_for("dh", {"dx": one, "db": two}) == message("misconception", name="one")
    assert hint_for("dW", {"dx": one, "db": two}) is None
    assert hint_for(None, {"dx": one}) is None
    assert hint_for("dh", {"dx": one, "db": misconception("x", a={"dh": C})}) is None


def test_an_outcome_gives_the_fingerprints_of_its_wrong_arrays_alone():
    outcome = Outcome("returned", {"dx": A, "db": B})
    assert traces_of(outcome, ["db", "missing"]) == Traces({"db": fingerprint(B)})
    crashed = Outcome("crashed", fault=message("raised", type="ValueError", text="too long: 3"))
    assert traces_of(crashed, []) == Traces(raised="ValueError")


def test_misconceptions_survive_being_written_and_read(tmp_path):
    crash = Misconception("crash", "rnn_forward", "hint", {"a": Traces(raised="TypeError")})
    known = [misconception("one", a={"dx": A}, b={"dx": B}), misconception("zwei ≠ 1"), crash]
    path = tmp_path / "misconceptions.json"
    path.write_text(encode_misconceptions(known), encoding="utf-8")
    assert read_misconceptions(path) == known
    assert read_misconceptions(tmp_path / "none.json") == []
