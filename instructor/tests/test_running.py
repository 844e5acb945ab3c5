"""One fault, one loss: which of several failing functions is to be mended first."""

import dataclasses

import pytest

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.judge import Result
from cs231n_rnn.checking.mistakes import Mistake
from cs231n_rnn.checking.running import agreed, point_to_cause
from instructor.tests.grading_tools import MANIFEST


def pointed(function, wrong, status="failed", message="it differs", sizes=None):
    result = Result(f"{function}-x", function, 1.0, status, message)
    case = Case(result.id, function, None, sizes or {})
    state = dict.fromkeys(wrong, "wrong")
    return point_to_cause(result, case, lambda name: state.get(name, "done"), MANIFEST).message


def test_what_a_failing_function_builds_on_comes_first():
    found = pointed("rnn_forward", ["rnn_step_forward"])
    assert found == "rnn_step_forward fails; mend it, then look here. it differs"


def test_several_are_named_together():
    found = pointed("rnn_backward", ["rnn_forward", "rnn_step_backward", "lstm_forward"])
    assert found.startswith("rnn_forward and rnn_step_backward fail; mend them, then look here.")


def test_a_models_case_points_to_the_layers_of_its_own_cell():
    wrong = ["rnn_forward", "lstm_backward"]
    found = pointed("CaptioningRNN.loss", wrong, sizes={"cell_type": "lstm"})
    assert found.startswith("lstm_backward fails; ")


def test_a_function_that_fails_alone_is_its_own_cause():
    assert pointed("rnn_forward", ["lstm_forward"]) == "it differs"


def test_a_stub_is_its_own_cause_and_a_stub_below_it_is_not():
    own = "TODO: implement CaptioningRNN.loss in cs231n_rnn/models/captioning.py"
    sizes = {"cell_type": "rnn"}
    arguments = "CaptioningRNN.loss", ["rnn_forward"], "not implemented"
    assert pointed(*arguments, own, sizes) == own
    below = "TODO: implement rnn_forward in cs231n_rnn/layers/rnn.py"
    assert pointed(*arguments, below, sizes).startswith("rnn_forward fails; mend it")


def test_every_function_builds_on_functions_of_the_manifest():
    for function, others in MANIFEST.builds_on.items():
        assert function in MANIFEST.functions
        names = [
            name.format(cell_type=cell, decoder=decoder)
            for name in others
            for cell in ("rnn", "lstm")
            for decoder in ("lstm", "attention_lstm")
        ]
        assert set(names) <= set(MANIFEST.functions)
        assert function not in names


@pytest.mark.parametrize("status", ["passed"])
def test_what_passes_is_left_alone(status):
    assert pointed("rnn_forward", ["rnn_step_forward"], status, "") == ""


def test_points_and_hint_stay():
    result = Result("rnn_forward-x", "rnn_forward", 2.5, "failed", "it differs", "Look.")
    case = Case(result.id, "rnn_forward", None)
    found = point_to_cause(result, case, lambda name: "wrong", MANIFEST)
    assert dataclasses.replace(found, message="it differs") == result


def hints_of(*hints, known=()):
    results = [Result(f"f-{n}", "f", 1.0, "failed", "it differs", h) for n, h in enumerate(hints)]
    named = {hint: Mistake(hint, "f", hint, {}) for hint in known}
    return [result.hint for result in agreed(results, named)]


def test_what_most_cases_show_is_kept_whatever_its_numbers():
    shown = ["h is too large by 2.5", "h is too large by 7", ""]
    assert hints_of(*shown) == shown


def test_what_a_single_case_shows_among_others_is_no_hint():
    assert hints_of("h is one time step late", "", "h is zero") == ["", "", ""]
    assert hints_of("h is zero", "h is late") == ["", ""]
    assert hints_of("h is zero") == ["h is zero"]


def test_the_hint_of_a_known_mistake_needs_no_majority():
    assert hints_of("Look there.", "h is late", "", known=["Look there."]) == [
        "Look there.",
        "",
        "",
    ]
