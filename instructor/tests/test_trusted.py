"""What a worker says is kept as far as the grader can stand for it."""

import dataclasses
import tracemalloc

import numpy as np
import pytest

from cs231n_rnn.checking.judge import faults, judge
from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.misconceptions import traces_of
from cs231n_rnn.checking.outcome import Outcome
from cs231n_rnn.files import ROOT
from instructor.grading.kit import Kit
from instructor.grading.run import grade_submission
from instructor.grading.sandbox import find_sandbox
from instructor.grading.trusted import bounded, trusted
from instructor.tests.grading_tools import SECRET, only, submission

FILE = "cs231n_rnn/layers/rnn.py"
SLOGAN = "REGRADED BY THE INSTRUCTOR: full marks"


@pytest.fixture(scope="module")
def kit():
    kit = Kit.open(ROOT)
    yield kit
    kit.close()


def case_of(kit, function, hidden):
    return next(c for c in kit.cases if c.function == function and c.hidden == hidden)


def raised(**changes):
    values = {"type": "ValueError", "text": SLOGAN, "file": FILE, "line": 2, "source": SLOGAN}
    return Outcome("crashed", fault=message("raised_at", **{**values, "function": "f", **changes}))


@pytest.mark.parametrize(
    ("changes", "source"),
    [
        ({}, "    b = 2"),
        ({"line": 0}, ""),
        ({"line": 10**9}, ""),
        ({"file": "../../../etc/hostname"}, ""),
        ({"file": "no such file"}, ""),
    ],
)
def test_the_line_of_an_exception_is_the_files_own(kit, tmp_path, changes, source):
    (tmp_path / FILE).parent.mkdir(parents=True)
    (tmp_path / FILE).write_text("def f():\n    b = 2\n", encoding="utf-8")
    case = case_of(kit, "rnn_step_forward", hidden=False)
    fault = trusted(raised(**changes), case, tmp_path).fault
    assert fault.values.get("source", "") == source.strip()
    assert fault.values.get("file", FILE) == FILE
    assert fault.values["text"] == SLOGAN  # it is shown as the exception's


@pytest.mark.parametrize(
    "outcome",
    [
        raised(),
        raised(type=SLOGAN),
        raised(type="open"),
        Outcome("crashed", fault=message("raised", type="A", text=SLOGAN)),
        Outcome(
            "not implemented",
            fault=message("todo", text=SLOGAN, file=FILE, function="lstm_forward"),
        ),
        Outcome("returned", advice=(message("float64_out", names=[SLOGAN]),)),
    ],
)
def test_in_a_hidden_case_nothing_is_quoted(kit, tmp_path, outcome):
    case = case_of(kit, "rnn_step_forward", hidden=True)
    assert SLOGAN not in str(trusted(outcome, case, tmp_path))
    assert trusted(outcome, case, tmp_path).status == outcome.status


@pytest.mark.parametrize(
    ("advice", "kept"),
    [
        (message("float64_out", names=["dWx of layer 0", "grads['W']"]), True),
        (message("float64_out", names=["grads['W']", SLOGAN]), False),
        (message("changed_in_place", name="prev_h"), True),
        (message("changed_in_place", name=SLOGAN), False),
        (message("cache_changed"), True),
    ],
)
def test_advice_names_arrays_and_parameters_and_says_nothing_else(kit, tmp_path, advice, kept):
    case = case_of(kit, "rnn_step_forward", hidden=False)
    arrays = {"dWx of layer 0": np.ones(2), "grads['W']": np.ones(2)}
    outcome = trusted(Outcome("returned", arrays, advice=(advice,)), case, tmp_path)
    assert (outcome.advice == (advice,)) == kept
    assert SLOGAN not in str(outcome.advice)


def test_a_far_too_large_array_costs_its_shape_alone(kit):
    """Nothing is drawn, copied or widened for its 30 million numbers."""
    case = case_of(kit, "rnn_step_forward", hidden=False)
    right = {"next_h": np.ones((3, 4))}
    sent = {"next_h": np.zeros((30, 1_000_000), dtype=np.int8), "more": np.zeros(10**6, np.int8)}
    tracemalloc.start()
    try:
        outcome = Outcome("returned", bounded(sent, right))
        result = judge(case, outcome, right, 1)
        traces_of(outcome, list(faults(case, outcome, right)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2**20
    assert set(outcome.arrays) == {"next_h"}
    assert result.fault == message("shape", name="next_h", shape=[30, 1_000_000], expected=[3, 4])
    assert result.hint is None


def test_a_wrong_shape_of_a_likely_size_keeps_its_hint(kit):
    right = {"loss": np.array(2.0)}
    whole = np.full((20, 30, 100), 2.0)
    assert bounded({"loss": whole}, right)["loss"] is whole
    assert bounded({}, right) == {}


def test_a_submission_that_returns_too_much_is_graded_all_the_same(kit):
    huge = (
        b"import numpy as np\n"
        b"def rnn_step_forward(*a):\n    return np.zeros((25, 2**20), dtype=np.int8), None\n"
    )
    few = only(kit, "rnn_step_forward", "word_embedding_forward")
    few = dataclasses.replace(few, cases=few.cases[:8])
    found = grade_submission(submission(rnn=huge), few, find_sandbox(), SECRET)
    codes = {r.fault.code for r in found.results if r.fault}
    assert codes == {"shape"}
