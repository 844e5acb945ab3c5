import base64
import csv
import io
import json
import re
import statistics
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs231n_rnn.checking.judge import Result
from cs231n_rnn.checking.manifest import ROOT, read_manifest
from instructor.grading.grade import Grade
from instructor.grading.pages import gradebook, overview_page, slug, student_page

VOID = {"meta", "link", "br", "hr", "img", "wbr", "input", "rect", "circle", "line"}
MARKUP = (
    """</title></style><script>alert(1)</script>"><img src=x onerror=alert(1)>{{ 7 * 7 }}&lt;"""
)
NOTEBOOK = "1_RNN_Captioning"
PNG = base64.b64encode(
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\2\x08\0\0\0\0" + bytes(20)
).decode()

# Half surrogate pairs, control characters and turns of direction more often than by chance.
ANY = st.one_of(st.characters(), st.sampled_from("\ud800\udfff\0\x1b\r\x85\u2028\u202e\u2066"))


class Page(HTMLParser):
    """Elements of a page with their attributes and text; fails where tags do not match."""

    def __init__(self, text):
        super().__init__()
        self.source = text
        self.open, self.elements = [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "attrs": dict(attrs), "text": ""}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append({"tag": tag, "attrs": dict(attrs), "text": ""})

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1]["tag"] == tag
        self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag, **attrs):
        return [
            e
            for e in self.elements
            if e["tag"] == tag and all(e["attrs"].get(k) == v for k, v in attrs.items())
        ]

    def texts(self, tag, **attrs):
        return [" ".join(e["text"].split()) for e in self.all(tag, **attrs)]

    @property
    def text(self):
        return " ".join(self.all("main")[0]["text"].split())

    def rows(self, heading):
        """Texts of a table's rows, the table in the section with that id."""
        start = next(
            i for i, e in enumerate(self.elements) if e["attrs"].get("aria-labelledby") == heading
        )
        rows = []
        for element in self.elements[start + 1 :]:
            if element["tag"] == "section":
                break
            if element["tag"] == "tr":
                rows.append([])
            elif element["tag"] in ("th", "td"):
                rows[-1].append(" ".join(element["text"].split()))
        return rows


def result(case="rnn_forward-one_example", status="passed", points=1.0, **fields):
    return Result(case, case.split("-")[0], points, status, **fields)


def student(name="Ann", *results, **fields):
    return Grade(name, results=list(results), **fields)


@pytest.fixture(scope="module")
def mixed():
    """A grade with a function done, one wrong, one to do, and hidden cases."""
    return student(
        "Adeyemi_Ann",
        result(
            "rnn_step_forward-negative",
            "crashed",
            points=4.0,
            message="IndexError: secret message",
            hint="secret hint",
            hidden=True,
        ),
        result("word_embedding_forward-one_example", points=1.5),
        result("rnn_step_forward-unequal_sizes", points=2.0),
        result(
            "rnn_step_forward-one_example",
            "failed",
            points=2.0,
            message="next_h of shape (2, 4) is late",
            hint="Which state is it?",
        ),
        result("rnn_step_forward-one_input", "timed out", points=2.0, message="took 10 s"),
        result("rnn_backward-one_example", "not implemented", points=12.0, message="TODO: it"),
        result("word_embedding_forward-repeated", points=1.5, hidden=True),
        advice=["rnn_step_forward: float64 out for float32 in"],
        notes=["no sandbox on this machine"],
    )


def notebook(answer="Since **all** rows are one array.", alt="A curve that falls."):
    content = json.loads((ROOT / "notebooks" / f"{NOTEBOOK}.ipynb").read_text(encoding="utf-8"))
    for cell in content["cells"]:
        source = "".join(cell["source"])
        cell["source"] = source.replace("*Write your answer here.*", answer)
    picture = {"data": {"image/png": PNG}, "metadata": {"image/png": {"alt": alt}}}
    content["cells"].append({"cell_type": "code", "source": "", "outputs": [picture]})
    return json.dumps(content).encode()


# A student's page.


def test_the_table_has_a_row_for_each_function_in_the_assignments_order(mixed):
    rows = Page(student_page(mixed, {})).rows("points")
    assert rows[0][:4] == ["Function", "State", "Cases passed", "Points"]
    assert [row[:4] for row in rows[1:]] == [
        ["word_embedding_forward", "✓ done", "2 of 2", "3.0 of 3.0"],
        ["rnn_step_forward", "✗ wrong", "1 of 4", "2.0 of 10.0"],
        ["rnn_backward", "○ to do", "0 of 1", "0.0 of 12.0"],
    ]


def test_the_total_and_the_counts_of_cases_are_shown(mixed):
    text = Page(student_page(mixed, {})).text
    assert "5.0 of 25.0 points" in text
    assert "2 of 5 public cases pass, and 1 of 2 hidden cases." in text


def test_the_first_failing_case_is_open_and_the_others_are_folded(mixed):
    page = Page(student_page(mixed, {}))
    (article,) = page.texts("article")
    (folded,) = page.texts("details")
    assert article.index("next_h of shape (2, 4) is late") < article.index("2 more cases")
    assert "Which state is it?" in article
    assert "Which state is it?" not in folded
    assert folded.index("one input timed out") < folded.index("negative hidden case crashed")
    assert "secret hint" in folded


def test_a_function_to_do_is_listed_with_its_file(mixed):
    page = Page(student_page(mixed, {}))
    assert "rnn_backward in cs231n_rnn/layers/rnn.py" in page.texts("li")


def test_without_hidden_cases_their_number_alone_is_shown(mixed):
    page = Page(student_page(mixed, {}, hidden=False))
    assert "secret" not in page.source
    assert "negative" not in page.source
    assert "There are 2 hidden cases too" in page.text
    assert "3.5 of 19.5 points" in page.text
    assert page.rows("points")[2][:4] == ["rnn_step_forward", "✗ wrong", "1 of 3", "2.0 of 6.0"]


def test_advice_and_notes_are_shown(mixed):
    page = Page(student_page(mixed, {}))
    assert "This costs no points." in page.text
    assert {*mixed.advice, *mixed.notes} <= {*page.texts("li")}


def test_a_hand_in_that_could_not_be_graded_says_why():
    page = Page(student_page(Grade("Ann", reason="the hand-in is not a zip file"), {}))
    assert "This hand-in could not be graded. the hand-in is not a zip file" in page.text
    assert not page.all("table")


def test_answers_stand_beside_the_model_answers_and_plots_have_their_alternative(mixed):
    page = Page(student_page(mixed, {NOTEBOOK: notebook()}))
    questions = page.all("article", **{"class": "question"})
    assert len(questions) == 6
    assert all("Since all rows are one array." in q["text"] for q in questions)
    assert "all" in page.texts("strong")
    assert all("Model answer" in q["text"] for q in questions)
    (image,) = page.all("img")
    assert image["attrs"] == {
        "src": f"data:image/png;base64,{PNG}",
        "alt": "A curve that falls.",
    }


def test_the_rubric_can_be_left_out(mixed):
    text = student_page(mixed, {NOTEBOOK: notebook()}, rubric=False)
    assert "Model answer" not in text
    assert "A minibatch is one array" not in text
    assert "Since <strong>all</strong>" in text


def test_an_unanswered_question_says_so(mixed):
    page = Page(student_page(mixed, {NOTEBOOK: notebook(answer="")}))
    assert page.text.count("No answer was found.") == 6


def test_a_notebook_that_cannot_be_read_gives_a_note(mixed):
    page = Page(student_page(mixed, {NOTEBOOK: b"[" * 99_999, "Mine": notebook()}))
    assert f"{NOTEBOOK}: the notebook is not JSON that can be read" in page.texts("li")
    assert "Mine: Mine is not a notebook of this assignment" in page.texts("li")
    assert len(page.all("img")) == 1


# Both kinds of page, whatever the hand-in holds.


def hostile(text):
    return student(
        text,
        result("rnn_forward-x", "failed", message=text, hint=text),
        result("rnn_forward-y", "crashed", message=text, hint=text, hidden=True),
        advice=[text],
        notes=[text],
    )


def pages_of(text):
    broken = Grade(text, reason=text, notes=[text])
    books = {NOTEBOOK: notebook(answer=text, alt=text), text: b"{}"}
    yield student_page(hostile(text), books)
    yield student_page(broken, books)
    yield overview_page([hostile(text), broken], text)


def assert_harmless(source):
    page = Page(source)
    for element in page.elements:
        assert element["tag"] not in ("script", "iframe", "object", "embed", "link", "form", "base")
        for name, value in element["attrs"].items():
            assert not name.startswith("on")
            if name == "src":
                assert element["tag"] == "img"
                assert value == f"data:image/png;base64,{PNG}"
            if name == "href":
                assert re.fullmatch(r"#[\w.]+|pages/[A-Za-z0-9_-]+\.html", value)
    assert not re.search(r"@import|url\((?!#)", source)
    return page


@pytest.mark.parametrize(
    "text",
    [
        MARKUP,
        "](javascript:alert(1)) [a](javascript:alert(1)) ![x](http://x.org/a.png) <http://x.org>",
        "$</span><script>alert(1)</script>$\n\n$$<img src=x>$$\n\n```<b>\n<script>\n```",
        "<!-- ", "]]><![CDATA[", "&#0; &#xD800;", "=== \n---\n# h", "' onmouseover='alert(1)",
        "> " * 5_000, "*[`" * 1_000, "",
    ],
)  # fmt: skip
def test_nothing_of_a_hand_in_becomes_markup(text):
    plain = list(pages_of("plain"))
    for source, expected in zip(pages_of(text), plain, strict=True):
        page = assert_harmless(source)
        outline = [e["tag"] for e in page.elements if e["tag"] in ("h1", "h2", "h3", "img", "svg")]
        known = {e["tag"] for e in Page(expected).elements} | {"strong", "em", "code", "pre"}
        assert {e["tag"] for e in page.elements} <= known | {"blockquote", "br", "div", "ul", "hr"}
        assert outline.count("h1") == 1


def test_hostile_text_is_shown_as_it_stands():
    page = Page(student_page(hostile(MARKUP), {}))
    assert page.texts("h1") == [MARKUP]
    assert MARKUP in page.texts("title")[0]
    assert page.texts("p", **{"class": "message"}) == [MARKUP] * 2
    assert page.texts("li") == [MARKUP] * 2


@settings(deadline=None, max_examples=50)
@given(st.text(ANY, max_size=60))
def test_any_text_gives_a_page_that_can_be_written_and_read(text):
    for source in (student_page(hostile(text), {}), overview_page([hostile(text)], text)):
        assert source.encode("utf-8").decode() == source
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", source)
        assert_harmless(source)


def test_a_message_of_10_mb_is_cut():
    page = Page(student_page(hostile("x" * 10_000_000), {}))
    assert len(page.source) < 50_000
    assert "(cut here: 10000000 characters)" in page.text


def test_an_answer_of_10_mb_is_cut():
    source = student_page(student(), {NOTEBOOK: notebook(answer="word " * 300_000)})
    assert len(source) < 200_000
    assert "(cut here:" in source


def test_a_page_needs_nothing_but_itself(mixed):
    for source in (student_page(mixed, {NOTEBOOK: notebook()}), overview_page([mixed], "Title")):
        page = assert_harmless(source)
        (policy,) = page.all("meta", **{"http-equiv": "Content-Security-Policy"})
        directives = policy["attrs"]["content"].split("; ")
        assert {"default-src 'none'", "img-src data:", "style-src 'unsafe-inline'"} <= {*directives}
        assert "script-src" not in policy["attrs"]["content"]
        assert "http://" not in source
        assert "https://" not in source


def test_a_page_can_be_heard(mixed):
    graded = student_page(mixed, {NOTEBOOK: notebook()})
    for source in (graded, overview_page([mixed, Grade("B", reason="no")], "Title")):
        page = Page(source)
        assert page.all("html")[0]["attrs"]["lang"] == "en"
        levels = [int(e["tag"][1]) for e in page.elements if re.fullmatch(r"h[1-6]", e["tag"])]
        assert levels.count(1) == 1
        assert all(b - a <= 1 for a, b in zip([0, *levels], levels, strict=False))
        assert all(e["attrs"].get("scope") for e in page.all("th"))
        assert all(e["attrs"].get("alt") for e in page.all("img"))
        named = [e["attrs"]["id"] for e in page.elements if "id" in e["attrs"]]
        assert len(named) == len({*named})
        targets = [e["attrs"].get("aria-labelledby") for e in page.elements]
        links = [e["attrs"]["href"][1:] for e in page.all("a") if e["attrs"]["href"][0] == "#"]
        assert {*filter(None, targets), *links} <= {*named}
        for drawing in page.all("svg"):
            assert drawing["attrs"].get("aria-hidden") or drawing["attrs"].get("role") == "img"


def test_two_runs_give_the_same_page(mixed):
    books = {NOTEBOOK: notebook()}
    assert student_page(mixed, books) == student_page(mixed, dict(books))
    many = [mixed, student("B", result(hint="h", status="failed")), Grade("C", reason="no")]
    assert overview_page(many, "Title") == overview_page(many[::-1], "Title")


# The class.


def class_of(*earned, top=10.0):
    """Students with so many of so many points."""
    return [
        student(f"s{i}", result(points=x), result("rnn_forward-b", "failed", points=top - x))
        for i, x in enumerate(earned)
    ]


def test_median_and_quartiles_are_those_of_the_graded():
    earned = [0.0, 10.0, 7.5, 3.0, 9.0, 4.0]
    page = Page(overview_page([*class_of(*earned), Grade("z", reason="no")], "T"))
    tiles = dict(zip(page.texts("dt"), page.texts("dd"), strict=True))
    low, middle, high = statistics.quantiles(earned, n=4, method="inclusive")
    assert tiles == {
        "Hand-ins": "7",
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
    late, sums = "One step late?", "Over which axis?"
    wrong = [
        result(f"rnn_forward-{i}", "failed", message=str(i), hint=late, hidden=i > 0)
        for i in range(3)
    ]
    grades = [
        student("Ann", *wrong),
        student("Bob", result("rnn_forward-0", "failed", hint=sums)),
        student("Cem", result("rnn_forward-0", "failed", hint=sums), *wrong),
        student("Dan", result(status="failed", hint=sums)),
        student("Eve", result(status="failed", hint="")),
        student("Fay", result("rnn_backward-0", "failed", hint=sums)),
    ]
    page = Page(overview_page(grades, "T"))
    rows = [[row[0], row[1], row[2].split(" Who")[0]] for row in page.rows("hints")[1:]]
    assert rows == [
        ["3", "rnn_forward", sums],
        ["2", "rnn_forward", late],
        ["1", "rnn_backward", sums],
    ]
    assert page.texts("li") == ["Bob", "Cem", "Dan", "Ann", "Cem", "Fay"]


def test_those_not_graded_come_first_and_everybody_is_linked():
    grades = [*class_of(5.0, 2.0), Grade("a/b é", reason="it is a folder of links")]
    page = Page(overview_page(grades, "T"))
    links = [(e["text"], e["attrs"]["href"]) for e in page.all("a")]
    assert links == [(n, f"pages/{slug(n)}.html") for n in ("a/b é", "s0", "s1")]
    assert page.rows("ungraded")[1] == ["a/b é", "it is a folder of links"]
    assert [row[:2] for row in page.rows("students")[1:]] == [
        ["s0", "5.0 of 10.0"],
        ["s1", "2.0 of 10.0"],
    ]


@pytest.mark.parametrize("grades", [[], [Grade("a", reason="no")], [Grade("a")]])
def test_a_class_with_nothing_graded_has_an_overview(grades):
    page = Page(overview_page(grades, "T"))
    assert page.texts("dd")[0] == str(len(grades))


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
    grades = [student("Zoe", result(points=1 / 3)), mixed, Grade("Bo", reason="not a zip, sorry")]
    columns = ["word_embedding_forward", "rnn_step_forward", "rnn_forward", "rnn_backward"]
    text = gradebook(grades, columns)
    assert read(text) == [
        ["student", "points", "out_of", *columns, "to_look_at", "reason", "notes"],
        ["Adeyemi_Ann", "5.00", "25.00", "3.00", "2.00", "", "0.00", "3", "", mixed.notes[0]],
        ["Bo", "0.00", "0.00", "", "", "", "", "0", "not a zip, sorry", ""],
        ["Zoe", "0.33", "0.33", "", "", "0.33", "", "0", "", ""],
    ]
    assert "\r" not in text
    assert text.endswith("\n")


def test_the_order_of_grading_does_not_show():
    grades = [student("a", result()), student("b"), student("a"), Grade("a", reason="no")]
    texts = {
        gradebook(order, ["rnn_forward"])
        for order in (grades, grades[::-1], grades[1:] + grades[:1])
    }
    assert len(texts) == 1


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_a_spreadsheet_runs_no_name(start):
    name = f"{start}cmd|' /C calc'!A0"
    (row,) = read(gradebook([Grade(name, reason=name, notes=[name])], []))[1:]
    assert row[0] == f"'{name}"
    assert row[4:] == [f"'{name}"] * 2


@settings(deadline=None, max_examples=50)
@given(st.text(ANY, max_size=60))
def test_any_name_gives_one_row_that_can_be_written(name):
    text = gradebook([Grade(name, reason=name, notes=[name, name])], [])
    assert text.encode("utf-8").decode() == text
    assert len(text.splitlines()) == len(read(text)) == 2


def test_the_manifests_functions_are_columns(mixed):
    functions = list(read_manifest().functions)
    rows = read(gradebook([mixed], functions))
    by_name = dict(zip(*rows, strict=True))
    assert sum(float(by_name[name] or 0) for name in functions) == mixed.earned == 5.0
    assert by_name["lstm_forward"] == ""
