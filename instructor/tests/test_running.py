"""One fault, one loss: which of several failing functions is to be fixed first."""

import dataclasses

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.results import Result
from cs231n_rnn.checking.running import agreed, with_causes
from cs231n_rnn.checking.wording import say_causes
from instructor.tests.grading_tools import MANIFEST

DIFFERS = message("missing", name="h")


def causes_of(function, wrong, status="failed", fault=DIFFERS, sizes=None):
    result = Result(f"{function}-x", function, "x", 1.0, status, fault)
    case = Case(result.id, function, None, sizes or {})
    state = dict.fromkeys(wrong, "wrong")
    return with_causes(result, case, lambda name: state.get(name, "done"), MANIFEST).causes


def test_what_a_failing_function_builds_on_comes_first():
    found = causes_of("rnn_forward", ["rnn_step_forward"])
    assert found == ("rnn_step_forward",)
    assert say_causes(found) == "rnn_step_forward fails; fix it, then look here."


def test_several_are_named_together():
    found = causes_of("rnn_backward", ["rnn_forward", "rnn_step_backward", "lstm_forward"])
    assert found == ("rnn_forward", "rnn_step_backward")
    words = "rnn_forward and rnn_step_backward fail; fix them, then look here."
    assert say_causes(found) == words


def test_a_models_case_points_to_the_layers_of_its_own_cell():
    wrong = ["rnn_forward", "lstm_backward"]
    found = causes_of("CaptioningRNN.loss", wrong, sizes={"cell_type": "lstm"})
    assert found == ("lstm_backward",)


def test_a_function_that_fails_alone_is_its_own_cause():
    assert causes_of("rnn_forward", ["lstm_forward"]) == ()


def test_a_stub_is_its_own_cause_and_a_stub_below_it_is_not():
    def stub(file, function):
        return message("todo", text="whatever it says", file=file, function=function)

    own = stub("cs231n_rnn/models/captioning.py", "loss")
    sizes = {"cell_type": "rnn"}
    arguments = "CaptioningRNN.loss", ["rnn_forward"], "not implemented"
    assert causes_of(*arguments, own, sizes) == ()
    below = stub("cs231n_rnn/layers/rnn.py", "rnn_forward")
    assert causes_of(*arguments, below, sizes) == ("rnn_forward",)
    namesake = stub("cs231n_rnn/models/char_lm.py", "loss")
    assert causes_of(*arguments, namesake, sizes) == ("rnn_forward",)


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


def test_what_passes_is_left_alone():
    assert causes_of("rnn_forward", ["rnn_step_forward"], "passed", None) == ()


def test_points_and_hint_stay():
    result = Result("rnn_forward-x", "rnn_forward", "x", 2.5, "failed", DIFFERS, LATE)
    case = Case(result.id, "rnn_forward", None)
    found = with_causes(result, case, lambda name: "wrong", MANIFEST)
    assert dataclasses.replace(found, causes=()) == result


def hints_of(*hints):
    results = [
        Result(f"f-{n}", "f", str(n), 1.0, "failed", DIFFERS, hint) for n, hint in enumerate(hints)
    ]
    return [result.hint for result in agreed(results)]


LATE, ZERO = message("step_late", name="h"), message("zero", name="h")


def test_what_most_cases_show_is_kept_whatever_its_numbers():
    factors = [message("factor", name="h", factor=2.5), message("factor", name="h", factor=7.0)]
    assert hints_of(*factors, None) == [*factors, None]
    steps = [
        message("steps_only", name="h", steps=[1, 3]),
        message("steps_only", name="h", steps=[2]),
    ]
    assert hints_of(*steps, None) == [*steps, None]


def test_what_cases_show_of_different_arrays_is_not_the_same():
    assert hints_of(ZERO, message("zero", name="dx")) == [None, None]


def test_what_a_single_case_shows_among_others_is_no_hint():
    assert hints_of(LATE, None, ZERO) == [None, None, None]
    assert hints_of(ZERO, LATE) == [None, None]
    assert hints_of(ZERO) == [ZERO]


def test_a_misconception_needs_no_majority():
    known = message("misconception", name="rnn_step_no_tanh")
    assert hints_of(known, LATE, None) == [known, None, None]
