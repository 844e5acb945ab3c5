import re
from dataclasses import replace
from itertools import takewhile

import pytest

from cs231n_rnn.checking import check
from cs231n_rnn.checking.cases import load_cases
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.report import HIDDEN, FunctionReport, Report, make_report
from cs231n_rnn.checking.results import Result

FUNCTION, FILE = "rnn_step_forward", "cs231n_rnn/layers/rnn.py"


LATE = message("step_late", name="h")
MISSING = message("missing", name="<h>")
TODO = message("todo", text="TODO: it", file="", function="")
NO = message("raised", type="TypeError", text="no")


def result(status, variant="sizes", function=FUNCTION, points=3.0, fault=None, hint=None):
    return Result(f"{function}-{variant}", function, variant, points, status, fault, hint)


@pytest.fixture
def report():
    """A function that is done, one that is wrong in one of three cases, and a stub."""
    wrong = [
        result("passed", "small", "rnn_forward"),
        result("failed", "one_example", "rnn_forward", fault=MISSING, hint=LATE),
        result("crashed", "large", "rnn_forward", fault=NO),
    ]
    stub = [result("not implemented", v, "rnn_backward", fault=TODO) for v in ("a", "b")]
    return Report(
        [
            FunctionReport(FUNCTION, FILE, [result("passed"), result("passed", "large")]),
            FunctionReport("rnn_forward", FILE, wrong),
            FunctionReport("rnn_backward", FILE, stub),
        ]
    )


def lines_of(report, function):
    """The line of a function, and the indented ones below it."""
    lines = str(report).splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith(f"{function} "))
    notes = takewhile(lambda line: line.startswith("  "), lines[start + 1 :])
    return lines[start], [line.strip() for line in notes]


def test_text_shows_what_is_done_wrong_and_to_do_with_its_points(report):
    done, no_notes = lines_of(report, FUNCTION)
    assert re.search(r"\bdone +2 of +2 cases +6\.0 of +6\.0 points", done)
    assert no_notes == []
    wrong, notes = lines_of(report, "rnn_forward")
    assert re.search(r"\bwrong +1 of +3 cases +3\.0 of +9\.0 points", wrong)
    assert notes == [
        "one example: <h> was not returned",
        "large: TypeError: no",
        "hint: h is one time step late.",
    ]
    stub, notes = lines_of(report, "rnn_backward")
    assert re.search(r"\bto do +0 of +2 cases +0\.0 of +6\.0 points", stub)
    assert notes == ["TODO: it"]


def test_of_many_wrong_cases_three_are_shown_and_each_hint_and_advice_once():
    wrong = [
        replace(
            result("failed", f"case_{n}", fault=MISSING, hint=LATE),
            advice=(message("cache_changed"), message("float64_out", names=["h", "dx"])),
        )
        for n in range(5)
    ]
    _, notes = lines_of(Report([FunctionReport(FUNCTION, FILE, wrong)]), FUNCTION)
    assert notes == [
        *[f"case {n}: <h> was not returned" for n in range(3)],
        "and 2 more",
        "hint: h is one time step late.",
        "advice, costs no points: a second backward pass on the same cache fails: the first one "
        "changes it",
        "advice, costs no points: float32 in gives float64 out in h, dx, at twice the memory",
    ]


def test_what_to_fix_first_is_said_once_and_first():
    cause = "rnn_step_forward fails; fix it, then look here."
    from_there = [
        replace(result("failed", f"case_{n}", fault=MISSING), causes=("rnn_step_forward",))
        for n in range(2)
    ]
    _, notes = lines_of(Report([FunctionReport(FUNCTION, FILE, from_there)]), FUNCTION)
    assert notes == [cause]
    own = [*from_there, result("crashed", "case_2", fault=NO)]
    _, notes = lines_of(Report([FunctionReport(FUNCTION, FILE, own)]), FUNCTION)
    missing = "<h> was not returned"
    assert notes == [cause, f"case 0: {missing}", f"case 1: {missing}", "case 2: TypeError: no"]


def test_what_a_student_raises_is_shown_whole_whatever_it_says():
    text = "Wx is wrong, then look here. It has 3 axes"
    place = {"file": FILE, "line": 8, "source": "raise ValueError(…)", "function": "rnn_forward"}
    fault = message("raised_at", type="ValueError", text=text, **place)
    report = Report([FunctionReport(FUNCTION, FILE, [result("crashed", fault=fault)])])
    _, notes = lines_of(report, FUNCTION)
    assert notes == [f"sizes: ValueError: {text} ({FILE}, line 8: raise ValueError(…))"]


def test_text_ends_with_the_total_and_the_hidden_cases(report):
    assert str(report).splitlines()[-1] == f"9.0 of 21.0 points on the public cases. {HIDDEN}"
    assert "hidden cases" in HIDDEN
    assert repr(report) == str(report)


def test_html_has_a_row_for_each_function_and_the_hidden_cases(report):
    html = report._repr_html_()
    rows = re.findall(r"<tr>(.*?)</tr>", html)[1:]
    cells = [[re.sub("<[^>]*>", "", c) for c in re.findall("<td.*?>(.*?)</td>", r)] for r in rows]
    assert [row[:4] for row in cells] == [
        [FUNCTION, "done", "2 of 2", "6.0 of 6.0"],
        ["rnn_forward", "wrong", "1 of 3", "3.0 of 9.0"],
        ["rnn_backward", "to do", "0 of 2", "0.0 of 6.0"],
    ]
    assert f"9.0 of 21.0 points on the public cases. {HIDDEN}" in html


def test_html_escapes_what_code_under_test_says(report):
    html = report._repr_html_()
    assert "&lt;h&gt; was not returned" in html
    assert "<h>" not in html


def test_a_state_is_told_by_a_word_and_not_by_colour_alone(report):
    words = re.findall(r"<b [^>]*>([^<]*)</b>", report._repr_html_())
    assert words == ["done", "wrong", "to do"]


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (["passed", "passed"], "done"),
        (["passed", "not implemented"], "to do"),
        (["not implemented", "failed"], "wrong"),
        (["passed", "crashed"], "wrong"),
        (["timed out", "passed"], "wrong"),
    ],
)
def test_a_function_is_as_good_as_its_worst_case(statuses, state):
    assert FunctionReport(FUNCTION, FILE, [result(s) for s in statuses]).state == state


def test_results_are_grouped_by_function_in_the_order_of_the_cases():
    manifest = read_manifest()
    few = [c for c in load_cases(manifest) if c.function in ("rnn_forward", "rnn_step_forward")]
    results = [result("passed", c.id, c.function) for c in few]
    report = make_report(results, manifest)
    assert [f.function for f in report.functions] == ["rnn_step_forward", "rnn_forward"]
    assert all(f.file == FILE for f in report.functions)


def test_check_reports_the_functions_that_are_named_and_their_points():
    manifest = read_manifest()
    report = check("CaptioningRNN.step", "rnn_step_forward")
    points = {f.function: f.points for f in report.functions}
    assert points == pytest.approx(
        {name: manifest.points_of(name) for name in ("rnn_step_forward", "CaptioningRNN.step")}
    )
    assert "rnn_step_forward" in str(report)


def test_check_refuses_an_unknown_name_and_lists_the_known_ones():
    with pytest.raises(ValueError, match="no function rnn_stepforward in this assignment") as error:
        check("rnn_step_forward", "rnn_stepforward")
    assert "rnn_step_forward, " in str(error.value)
    assert "CaptioningRNN.sample" in str(error.value)
