import itertools
import time

import numpy as np
import pytest

from cs231n_rnn.checking import call, call_backward, random_arrays
from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.outcome import run_probe
from cs231n_rnn.checking.probing import recording
from cs231n_rnn.checking.wording import say

X = np.arange(6.0).reshape(2, 3)


@pytest.fixture(autouse=True)
def record():
    with recording() as record:
        yield record


def outcome(probe, **sizes):
    return run_probe(Case("rnn_forward-x", "rnn_forward", probe, sizes), seed=0)


def test_a_function_gets_copies_and_a_change_in_place_is_noted_by_name(record):
    def careless(x, prev_h):
        prev_h += x
        return prev_h

    given = X.copy()
    np.testing.assert_array_equal(call(careless, X, given), 2 * X)
    np.testing.assert_array_equal(given, X)
    assert record.advice == [message("changed_in_place", name="prev_h")]


def test_a_function_that_leaves_its_inputs_alone_gets_no_note(record):
    assert call(np.add, X, X).shape == (2, 3)
    assert call(lambda x, cache: cache, X, "cache") == "cache"
    assert record.advice == []


def test_a_note_needs_no_names_of_parameters(record):
    def careless(*arrays):
        arrays[1][:] = 0

    call(careless, X, X)
    assert record.advice == [message("changed_in_place", name="argument_2")]


@pytest.mark.parametrize(
    "cache", [np.array([X, None], dtype=object), np.zeros(2, dtype=[("x", float), ("n", int)])]
)
def test_a_cache_may_be_an_array_of_anything_and_is_handed_over_itself(cache, record):
    assert call(lambda dh, cache: cache, X, cache) is cache
    assert record.advice == []


def test_memory_order_is_kept():
    assert call(lambda x: x.flags.f_contiguous, np.asfortranarray(X))


def test_a_backward_pass_that_empties_its_cache_is_right_and_noted(record):
    cache = [1, 2]
    found = call_backward(lambda dh, cache: (dh * cache.pop(), dh), X, cache, returns="dx, dh")
    np.testing.assert_array_equal(found["dx"], 2 * X)
    assert record.advice == [message("cache_changed")]


def test_a_backward_pass_that_writes_into_its_own_result_is_noted_and_the_first_result_kept(record):
    kept = np.zeros_like(X)

    def adds_up(dh, cache):
        kept[:] += dh
        return kept

    np.testing.assert_array_equal(call_backward(adds_up, X, None, returns="dx")["dx"], X)
    assert record.advice == [message("cache_changed")]


def test_a_backward_pass_that_can_be_repeated_gets_no_note(record):
    found = call_backward(lambda dh, cache: [dh, 2 * dh], X, None, returns="dx, dh0")
    np.testing.assert_array_equal(found["dh0"], 2 * found["dx"])
    assert record.advice == []


@pytest.mark.parametrize(
    ("result", "came"),
    [
        (None, "None"),
        (X, r"an array of shape \(2, 3\)"),
        ((X,), "1 values"),
        ([X, X, X], "3 or more values"),
        (itertools.count(), "3 or more values"),
        (2.5, "one float"),
    ],
    ids=str,
)
def test_another_number_of_values_is_refused_by_the_names_of_those_needed(result, came):
    def step(x):
        return result

    with pytest.raises(ValueError, match=f"step returns {came}; 2 are needed: next_h, cache"):
        call(step, X, returns="next_h, cache")


def test_values_may_come_in_any_kind_of_sequence():
    for result in ((X, 1), [X, 1], iter([X, 1]), np.array([None, 1], dtype=object)):
        assert call(lambda x, result=result: result, X, returns="next_h, cache")[1] == 1


def test_a_backward_pass_without_a_return_gets_no_advice(record):
    assert call_backward(lambda dh, cache: None, X, None, returns="dW")["dW"].dtype == object
    assert record.advice == []


def test_float64_out_for_float32_in_is_advice_that_names_the_arrays():
    def probe(rng, dtype):
        return {"h": X.astype(dtype), "dx": X, "n": np.arange(3)}

    assert outcome(probe, dtype="float32").advice == (message("float64_out", names=["dx"]),)
    assert outcome(lambda rng: {"dx": X}).advice == ()


def test_notes_of_one_case_do_not_reach_the_next():
    def careless(x):
        x += 1
        return x

    advice = outcome(lambda rng: {"h": call(careless, X), "again": call(careless, X)}).advice
    assert advice == (message("changed_in_place", name="x"),)
    assert outcome(lambda rng: {"h": X}).advice == ()


def test_the_time_of_the_code_under_test_is_taken_and_not_that_of_the_probe():
    def work(seconds):
        end = time.process_time() + seconds
        while time.process_time() < end:
            pass

    def probe(rng):
        work(0.3)
        call(work, 0.1)
        return {}

    assert 0.1 <= outcome(probe).seconds < 0.3


def test_random_arrays_have_the_dtype_that_is_asked_for():
    x, b = random_arrays(np.random.default_rng(0), (2, 3), (4,), dtype="float32")
    assert x.dtype == b.dtype == np.float32


def test_a_message_that_cannot_be_read_is_no_fault_of_the_checks():
    class Unreadable(Exception):
        def __str__(self):
            raise ValueError("no")

    def probe(rng):
        raise Unreadable

    assert say(outcome(probe).fault) == "Unreadable: (its message cannot be read)"


def test_a_long_message_is_cut():
    def probe(rng):
        raise ValueError("x" * 100_000)

    assert len(say(outcome(probe).fault)) < 1000


def test_a_call_of_exit_is_a_crash():
    def probe(rng):
        raise SystemExit(0)

    assert outcome(probe).status == "crashed"
