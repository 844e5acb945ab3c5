import csv
import io
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs231n_rnn.checking.manifest import read_manifest
from instructor.grading.gradebook import gradebook, harmless
from instructor.grading.pages import slug
from instructor.grading.student_grade import Grade
from instructor.grading.wording import quoted, say
from instructor.tests.pages_tools import ANY, mixed_grade, result, saying, student


@pytest.fixture(scope="module")
def mixed():
    return mixed_grade()


# File names.


@pytest.mark.parametrize("name", ["ann", "s123-4_5", "a" * 80, "cone", "com10", "lpt"])
def test_a_plain_name_stays(name):
    assert slug(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "con", "NUL", "com1", "LPT9", "a/b", "-rf", "日本"]
)
def test_any_other_name_is_changed(name):
    assert slug(name) != name


@settings(deadline=None, max_examples=50)
@given(st.text(ANY, max_size=120))
def test_a_file_name_is_one_that_every_file_system_takes(name):
    made = slug(name)
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,79}", made)
    assert made.lower() not in {"con", "prn", "aux", "nul", "com1", "lpt1"}
    assert made == slug(name)


@pytest.mark.parametrize(
    "names",
    [
        ["ann", "Ann", "ANN", "änn", "a\u0308nn", "ann ", " ann", "an/n"],
        ["", " ", ".", "student", "日本", "日木"],
        ["x" * 80, "x" * 81, "x" * 82, "X" * 80],
        ["con", "Con", "con-", "\ud800", "\ud801"],
    ],
)
def test_two_students_never_share_a_file(names):
    made = {slug(name).lower() for name in names}
    made |= {slug(slug(name)).lower() for name in names if slug(name) != name}
    changed = [name for name in names if slug(name) != name]
    assert len(made) == len(names) + len(changed)


# The gradebook.


def read(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def test_the_gradebook_has_a_row_for_each_student_sorted_by_name(mixed):
    refused = Grade("Bo", reason=saying("not a zip, sorry"))
    grades = [student("Zoe", result(points=1 / 3)), mixed, refused]
    columns = ["word_embedding_forward", "rnn_step_forward", "rnn_forward", "rnn_backward"]
    text = gradebook(grades, columns)
    assert read(text) == [
        ["student", "points", "out_of", *columns, "failed_cases", "reason", "notes"],
        ["Adeyemi_Ann", "5.00", "25.00", "3.00", "2.00", "", "0.00", "3", "", say(mixed.notes[0])],
        ["Bo", "0.00", "0.00", "", "", "", "", "0", "its code says “not a zip, sorry”", ""],
        ["Zoe", "0.33", "0.33", "", "", "0.33", "", "0", "", ""],
    ]
    assert "\r" not in text
    assert text.endswith("\n")


def test_the_order_of_grading_does_not_show():
    grades = [student("a", result()), student("b"), student("a"), Grade("a", reason=saying("no"))]
    texts = {
        gradebook(order, ["rnn_forward"])
        for order in (grades, grades[::-1], grades[1:] + grades[:1])
    }
    assert len(texts) == 1


SIGNS = ["=", "+", "-", "@", "\t", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe66", "\u2212"]


@pytest.mark.parametrize("start", [*SIGNS, " =", "\ufeff=", "\u200b@", "\xa0+", '"=', "'="])
def test_a_spreadsheet_runs_no_name(start):
    name = f"{start}cmd|' /C calc'!A0"
    (row,) = read(gradebook([Grade(name, reason=saying(name), notes=[saying(name)])], []))[1:]
    assert row[0] == f"'{name}"
    assert row[4:] == [f"its code says {quoted(name)}"] * 2
    assert harmless(name) == f"'{name}"


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize(
    "separator", [";", ";  ", "\t", "\n", "\r\n", "\x0b", "\u2028", "|", ', "']
)
def test_nor_does_one_that_splits_at_something_else(sign, separator):
    """However a line is split: no piece of it begins a formula."""
    name = f"a{separator}{sign}HYPERLINK(1)"
    text = gradebook([Grade(name, reason=saying(name), notes=[saying(name)] * 2)], [])
    starts = tuple(mark for mark in SIGNS if mark != "\t")
    for delimiter in ";\t|,\n":
        for row in csv.reader(io.StringIO(text), delimiter=delimiter, quoting=csv.QUOTE_NONE):
            for piece in row:
                assert not piece.strip(" \"'").startswith(starts) or "'" in piece[:4], piece


def test_every_field_is_quoted(mixed):
    lines = gradebook([mixed], ["rnn_forward"]).splitlines()
    for line in lines:
        assert len(line[1:-1].split('","')) == 7
        assert line[0] == line[-1] == '"'


@settings(deadline=None, max_examples=50)
@given(st.text(ANY, max_size=60))
def test_any_name_gives_one_row_that_can_be_written(name):
    text = gradebook([Grade(name, reason=saying(name), notes=[saying(name)] * 2)], [])
    assert text.encode("utf-8").decode() == text
    assert len(text.splitlines()) == len(read(text)) == 2


def test_the_manifests_functions_are_columns(mixed):
    functions = list(read_manifest().functions)
    rows = read(gradebook([mixed], functions))
    by_name = dict(zip(*rows, strict=True))
    assert sum(float(by_name[name] or 0) for name in functions) == mixed.earned == 5.0
    assert by_name["lstm_forward"] == ""
