"""The class at a glance."""

import re
import statistics

import pytest

from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.wording import say
from instructor.grading.pages import overview_page, slug
from instructor.grading.student_grade import Grade
from instructor.tests.pages_tools import Page, mixed_grade, result, saying, student


@pytest.fixture(scope="module")
def mixed():
    return mixed_grade()


def class_of(*earned, top=10.0):
    """Students with so many of so many points."""
    return [
        student(f"s{i}", result(points=x), result("rnn_forward-b", "failed", points=top - x))
        for i, x in enumerate(earned)
    ]


def test_median_and_quartiles_are_those_of_the_graded():
    earned = [0.0, 10.0, 7.5, 3.0, 9.0, 4.0]
    page = Page(overview_page([*class_of(*earned), Grade("z", reason=saying("no"))], "T"))
    tiles = dict(zip(page.texts("dt"), page.texts("dd"), strict=True))
    low, middle, high = statistics.quantiles(earned, n=4, method="inclusive")
    assert tiles == {
        "Submissions": "7",
        "Median": f"{middle:.1f}",
        "Quartiles": f"{low:.1f} and {high:.1f}",
        "Out of": "10.0",
        "Could not be graded": "1",
    }


def test_the_histogram_holds_every_student_once():
    page = Page(overview_page(class_of(0.0, 0.5, 1.0, 9.9, 10.0, 0.1 + 0.2), "T"))
    said = page.texts("title")[-1]
    assert said.startswith("Students by points: 0.0 to 1.0: 3, 1.0 to 2.0: 1, 2.0 to 3.0: 0,")
    counts = [int(n) for n in re.findall(r" to [\d.]+: (\d+)", said)]
    assert len(counts) == 10
    assert sum(counts) == 6
    heights = [float(e["attrs"]["height"]) for e in page.all("rect", **{"class": "fill"})[:10]]
    assert heights == pytest.approx([130 * n / max(counts) for n in counts], abs=0.1)


def test_functions_are_counted_by_state():
    grades = [
        student("a", result(), result("rnn_backward-x", "failed", points=4)),
        student("b", result(status="not implemented"), result("rnn_backward-x", points=4)),
        student("c", result(), result("rnn_backward-x", "crashed", points=4)),
        student("d", result()),
    ]
    page = Page(overview_page(grades, "T"))
    rows = page.rows("functions")
    assert rows[1] == ["rnn_forward", "3", "0", "1", "", "0.8 of 1.0"]
    assert rows[2] == ["rnn_backward", "1", "2", "0", "", "1.3 of 4.0"]
    parts = [e["attrs"] for e in page.all("rect") if e["attrs"]["width"].endswith("%")]
    assert [(p["class"], p["x"], p["width"]) for p in parts] == [
        ("done", "0.0%", "75.0%"),
        ("to-do", "75.0%", "25.0%"),
        ("done", "0.0%", "33.33%"),
        ("wrong", "33.33%", "66.67%"),
    ]


def test_a_misconception_counts_students_not_cases():
    late, sums = message("step_late", name="h"), message("summed", name="h")
    wrong = [
        result(f"rnn_forward-{i}", "failed", fault=saying(str(i)), hint=late, hidden=i > 0)
        for i in range(3)
    ]
    grades = [
        student("Ann", *wrong),
        student("Bob", result("rnn_forward-0", "failed", hint=sums)),
        student("Cem", result("rnn_forward-0", "failed", hint=sums), *wrong),
        student("Dan", result(status="failed", hint=sums)),
        student("Eve", result(status="failed", hint=None)),
        student("Fay", result("rnn_backward-0", "failed", hint=sums)),
    ]
    page = Page(overview_page(grades, "T"))
    rows = [[row[0], row[1], row[2].split(" Who")[0]] for row in page.rows("hints")[1:]]
    assert rows == [
        ["3", "rnn_forward", say(sums)],
        ["2", "rnn_forward", say(late)],
        ["1", "rnn_backward", say(sums)],
    ]
    assert page.texts("li") == ["Bob", "Cem", "Dan", "Ann", "Cem", "Fay"]


def test_those_not_graded_come_first_and_everybody_is_linked():
    grades = [*class_of(5.0, 2.0), Grade("a/b é", reason=saying("it is a folder of links"))]
    page = Page(overview_page(grades, "T"))
    links = [(e["text"], e["attrs"]["href"]) for e in page.all("a")]
    assert links == [(n, f"pages/{slug(n)}.html") for n in ("a/b é", "s0", "s1")]
    assert page.rows("ungraded")[1] == ["a/b é", "its code says “it is a folder of links”"]
    assert [row[:2] for row in page.rows("students")[1:]] == [
        ["s0", "5.0 of 10.0"],
        ["s1", "2.0 of 10.0"],
    ]


@pytest.mark.parametrize("grades", [[], [Grade("a", reason=saying("no"))], [Grade("a")]])
def test_a_class_with_nothing_graded_has_an_overview(grades):
    page = Page(overview_page(grades, "T"))
    assert page.texts("dd")[0] == str(len(grades))
