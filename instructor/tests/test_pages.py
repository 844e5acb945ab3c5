import base64
import json
import re
import struct
import time
import zipfile
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.messages import message
from cs231n_rnn.files import ROOT
from instructor.grading.open import open_submission
from instructor.grading.pages import overview_page, student_page
from instructor.grading.student_grade import Grade
from instructor.grading.submission import Source, SubmissionError
from instructor.grading.wording import quoted, say
from instructor.tests.pages_tools import ANY, Page, mixed_grade, result, saying, student

MARKUP = (
    """</title></style><script>alert(1)</script>"><img src=x onerror=alert(1)>{{ 7 * 7 }}&lt;"""
)
NOTEBOOK = "1_RNN_Captioning"
PNG = base64.b64encode(
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\2\0\0\0\2\x08\0\0\0\0" + bytes(20)
).decode()


@pytest.fixture(scope="module")
def mixed():
    return mixed_grade()


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
    assert article.index("next_h was not returned") < article.index("2 more cases")
    assert "next_h is one time step late." in article
    assert "next_h is one time step late." not in folded
    assert folded.index("one input timed out") < folded.index("negative hidden case crashed")
    assert "secret has the wrong sign." in folded


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
    assert {*map(say, mixed.advice), *map(say, mixed.notes)} <= {*page.texts("li")}


def test_a_submission_that_could_not_be_graded_says_why():
    page = Page(student_page(Grade("Ann", reason=message("not_a_zip", name="a.zip")), {}))
    assert "This submission could not be graded. a.zip is not a zip file." in page.text
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


# Both kinds of page, whatever the submission holds.


def hostile(text):
    return student(
        text,
        result("rnn_forward-x", "failed", fault=saying(text), hint=saying(text)),
        result("rnn_forward-y", "crashed", fault=saying(text), hint=saying(text), hidden=True),
        advice=[saying(text)],
        notes=[saying(text)],
    )


def pages_of(text):
    broken = Grade(text, reason=saying(text), notes=[saying(text)])
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
def test_nothing_of_a_submission_becomes_markup(text):
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
    assert page.texts("p", **{"class": "message"}) == [f"its code says {quoted(MARKUP)}"] * 2
    assert page.texts("li") == [f"its code says {quoted(MARKUP)}"] * 2


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
    for source in (graded, overview_page([mixed, Grade("B", reason=saying("no"))], "Title")):
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
    many = [
        mixed,
        student("B", result(hint=message("zero", name="h"), status="failed")),
        Grade("C", reason=saying("no")),
    ]
    assert overview_page(many, "Title") == overview_page(many[::-1], "Title")


# What a page costs.


def worst_notebook(name, answer, outputs):
    """A notebook with an answer to every question, and outputs."""
    content = json.loads((ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    for cell in content["cells"]:
        cell["source"] = "".join(cell["source"]).replace("*Write your answer here.*", answer)
    content["cells"].append({"cell_type": "code", "source": "", "outputs": outputs})
    return json.dumps(content).encode()


def picture(width, height, filler=0):
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + bytes(filler)
    return {"data": {"image/png": base64.b64encode(png).decode()}}


@pytest.mark.parametrize(
    "outputs",
    [[picture(5_000, 5_000, 900)] * 10, [picture(9, 9, 990_000)] * 10, [picture(900, 900)] * 90],
    ids=["pixels", "bytes", "number"],
)
def test_a_page_is_bounded_in_bytes_and_pixels_and_says_what_is_left_out(mixed, outputs):
    names = read_manifest().notebooks
    books = {name: worst_notebook(name, "$a$" * 50_000, outputs) for name in names}
    begin = time.process_time()
    page = student_page(mixed, books)
    assert time.process_time() - begin < 60
    assert len(page.encode()) < 30e6
    shown = [
        base64.b64decode(text) for text in re.findall('src="data:image/png;base64,([^"]*)"', page)
    ]
    sizes = [struct.unpack(">II", png[16:24]) for png in shown]
    assert sum(width * height for width, height in sizes) <= 64e6
    assert max((width * height for width, height in sizes), default=0) <= 8e6
    assert len(shown) <= 150
    left_out = re.findall(r"(\d+) of its plots are not shown", page)
    assert sum(map(int, left_out)) + len(shown) == len(names) * len(outputs)


def test_copies_that_cannot_be_read_are_not_tried_without_end(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(500):
            archive.writestr(f"{number}/cs231n_rnn/layers/rnn.py", b"#" * 1_900_000)
    # Each is damaged: its check sum is another one.
    content = path.read_bytes().replace(struct.pack("<I", zlib.crc32(b"#" * 1_900_000)), b"\0" * 4)
    path.write_bytes(content)
    begin = time.process_time()
    with pytest.raises(SubmissionError) as error:
        open_submission(Source("ann", path), read_manifest())
    assert time.process_time() - begin < 10
    assert len(str(error.value)) < 3_000


def test_cells_added_below_a_question_are_not_read_without_end(mixed):
    content = json.loads(notebook(answer="").decode())
    place = next(i for i, c in enumerate(content["cells"]) if "**Question" in "".join(c["source"]))
    added = [{"cell_type": "markdown", "source": "a" * 9_000, "id": f"x{i}"} for i in range(1_900)]
    content["cells"][place + 1 : place + 1] = added
    begin = time.process_time()
    page = student_page(mixed, {NOTEBOOK: json.dumps(content).encode()})
    assert time.process_time() - begin < 10
    assert "(cut here: 450098 characters)" in page
