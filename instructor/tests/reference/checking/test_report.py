import re
from dataclasses import replace
from itertools import takewhile

import pytest

from cs231n_rnn.checking import check
from cs231n_rnn.checking.cases import load_cases
from cs231n_rnn.checking.judge import Result
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.report import HIDDEN, FunctionReport, Report, make_report

FUNCTION, FILE = "rnn_step_forward", "cs231n_rnn/layers/rnn.py"


def result(status, variant="sizes", function=FUNCTION, points=3.0, message="", hint=""):
    return Result(f"{function}-{variant}", function, points, status, message, hint)


@pytest.fixture
def report():
    """A function that is done, one that is wrong in one of three cases, and a stub."""
    wrong = [
        result("passed", "small", "rnn_forward"),
        result("failed", "one_example", "rnn_forward", message="h differs <here>", hint="Look."),
        result("crashed", "large", "rnn_forward", message="TypeError: no"),
    ]
    stub = [result("not implemented", v, "rnn_backward", message="TODO: it") for v in ("a", "b")]
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
    assert notes == ["one example: h differs <here>", "large: TypeError: no", "hint: Look."]
    stub, notes = lines_of(report, "rnn_backward")
    assert re.search(r"\bto do +0 of +2 cases +0\.0 of +6\.0 points", stub)
    assert notes == ["TODO: it"]


def test_of_many_wrong_cases_three_are_shown_and_each_hint_and_advice_once():
    wrong = [
        replace(
            result("failed", f"case_{n}", message="h differs", hint="Look."),
            advice="x is changed in place; float64 out",
        )
        for n in range(5)
    ]
    _, notes = lines_of(Report([FunctionReport(FUNCTION, FILE, wrong)]), FUNCTION)
    assert notes == [
        *[f"case {n}: h differs" for n in range(3)],
        "and 2 more",
        "hint: Look.",
        "advice, costs no points: x is changed in place",
        "advice, costs no points: float64 out",
    ]


def test_what_to_mend_first_is_said_once_and_first():
    cause = "rnn_step_forward fails; mend it, then look here."
    from_there = [result("failed", f"case_{n}", message=f"{cause} h differs") for n in range(2)]
    _, notes = lines_of(Report([FunctionReport(FUNCTION, FILE, from_there)]), FUNCTION)
    assert notes == [cause]
    own = [*from_there, result("crashed", "case_2", message="TypeError: no")]
    _, notes = lines_of(Report([FunctionReport(FUNCTION, FILE, own)]), FUNCTION)
    assert notes == [cause, "case 0: h differs", "case 1: h differs", "case 2: TypeError: no"]


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
    assert "h differs &lt;here&gt;" in html
    assert "<here>" not in html


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
