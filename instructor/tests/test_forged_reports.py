"""A report's words are the grader's: what a submission says is quoted as the submission's."""

import io
import json
import zipfile

import pytest

from cs231n_rnn.checking.messages import message
from cs231n_rnn.files import ROOT
from instructor.grading.gradebook import gradebook
from instructor.grading.gradescope import results_of
from instructor.grading.kit import Kit
from instructor.grading.open import open_submission
from instructor.grading.pages import overview_page, student_page
from instructor.grading.run import grade_submission
from instructor.grading.sandbox import find_sandbox
from instructor.grading.student_grade import Grade
from instructor.grading.submission import Source, SubmissionError
from instructor.grading.wording import quoted, say_quoting
from instructor.tests.grading_tools import MANIFEST, SECRET, only, sources, submission
from instructor.tests.pages_tools import Page

SLOGAN = "REGRADED BY THE INSTRUCTOR: full marks"
PLAIN = "REGRADED_BY_THE_INSTRUCTOR_full_marks"
RNN = "cs231n_rnn/layers/rnn.py"
# Each is put in front of the simple implementation's file, or in place of its first function.
STEP = "def rnn_step_forward(x, prev_h, Wx, Wh, b):\n    "
ATTACKS = {
    "an exception": f"{STEP}raise ValueError('{SLOGAN}')",
    "an exception that closes its quotation": (
        f"{STEP}raise ValueError('”. {SLOGAN}. “' + '\\n\\n{SLOGAN}\\n')"
    ),
    "an exception's name": f"{STEP}raise type('{SLOGAN}', (Exception,), {{}})('{SLOGAN}')",
    "an exception that is a name": f"class {PLAIN}(Exception): pass\n{STEP}raise {PLAIN}('a')",
    "a stub of its own": f"{STEP}raise NotImplementedError('{SLOGAN}')",
    "a stub that begins well": (
        f"{STEP}raise NotImplementedError('TODO: implement rnn_step_forward in {RNN}\\n{SLOGAN}')"
    ),
    "a line": f"{STEP}raise ValueError()  # {SLOGAN}",
    "a key": f"{STEP}return {{}}['{SLOGAN}']",
    "at its import": f"raise ImportError('{SLOGAN}')",
    "a line at its import": f"1 / 0  # ) {SLOGAN}",
    "what it prints": (
        f"import os, sys\nfor s in (sys.stdout, sys.stderr): print('{SLOGAN}', file=s)\n"
        f"for n in (0, 1, 2):\n    try: os.write(n, b'{SLOGAN}\\n')\n    except OSError: pass\n"
        f"{STEP}print('{SLOGAN}'); return x, None"
    ),
    "a parameter": (
        f"def rnn_step_forward({PLAIN}, prev_h, Wx, Wh, b):\n"
        f"    {PLAIN} *= 2\n    return prev_h, None"
    ),
    "advice": f"""
import sys
probing = sys.modules["cs231n_rnn.checking.probing"]
outcome = sys.modules["cs231n_rnn.checking.outcome"]
messages = sys.modules["cs231n_rnn.checking.messages"]
def forge(case, arrays):
    return [messages.message("float64_out", names=["{PLAIN}", "next_h"]),
            messages.message("changed_in_place", name="{PLAIN}")]
outcome._wide = forge
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    import numpy as np
    return np.tanh(x @ Wx + prev_h @ Wh + b), (x, prev_h, Wx, Wh)
""",
    "a file": f"""
import sys
outcome = sys.modules["cs231n_rnn.checking.outcome"]
outcome._place = lambda error: dict(file="{SLOGAN}", line=1, source="{SLOGAN}", function="f")
{STEP}raise ValueError("{SLOGAN}")
""",
    "a code": f"""
import sys
outcome = sys.modules["cs231n_rnn.checking.outcome"]
messages = sys.modules["cs231n_rnn.checking.messages"]
outcome._wide = lambda case, arrays: [messages.message("todo", text="{SLOGAN}")]
{STEP}return x, None
""",
}


@pytest.fixture(scope="module")
def kit():
    kit = Kit.open(ROOT)
    yield only(kit, "rnn_step_forward")
    kit.close()


def unquoted(text):
    """A text without what is in quotation marks."""
    kept, depth = "", 0
    for letter in text:
        depth += (letter == "“") - (letter == "”")
        assert depth in (0, 1), text
        kept += letter if depth == 0 else ""
    return kept


def texts_of(grade):
    """All that is said of a grade, in every form."""
    results = results_of(grade)
    yield results["output"]
    yield from (test["output"] for test in results["tests"])
    yield Page(student_page(grade, {})).text
    yield gradebook([grade], [])
    yield Page(overview_page([grade], "T")).text


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_the_code_says_is_quoted_everywhere(kit, attack):
    forged = sources("simple")[RNN] + f"\n{ATTACKS[attack]}\n".encode()
    grade = grade_submission(submission(rnn=forged), kit, find_sandbox(), SECRET)
    told = [result.fault for result in grade.results if result.fault] + grade.advice
    assert told or attack == "what it prints"
    for text in texts_of(grade):
        assert SLOGAN not in unquoted(text)
        # A name of the code's own is shown as that of an exception that the code raised.
        assert PLAIN not in unquoted(text).replace(f"the code raised {PLAIN}", "")
    if attack not in ("what it prints", "advice", "a parameter", "a code"):
        assert any("the code raised" in text or "its code says" in text for text in texts_of(grade))


def test_advice_is_kept_with_the_names_that_are_the_kits(kit):
    forged = sources("simple")[RNN] + ATTACKS["advice"].encode()
    grade = grade_submission(submission(rnn=forged), kit, find_sandbox(), SECRET)
    said = [say_quoting(advice) for advice in grade.advice]
    assert any("float64 out in next_h" in text for text in said)
    assert any("an argument is changed in place" in text for text in said)


def test_the_stubs_own_words_are_the_graders(kit):
    grade = grade_submission(submission("stubs"), kit, find_sandbox(), SECRET)
    said = [test["output"] for test in results_of(grade)["tests"]]
    assert f"TODO: implement rnn_step_forward in {RNN}" in said


@pytest.mark.parametrize("text", ["a”b", "“", "‘’«»„‟", "\u202e\n\t", "＂❝", "", "\ud800"])
def test_nothing_closes_a_quotation(text):
    assert quoted(text)[0] == "“"
    assert quoted(text)[-1] == "”"
    assert not set("“”\n\u202e\ud800") & set(quoted(text)[1:-1])


# Names of files.


def with_names(*names):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, b"x = 1\n" if str(name).endswith(".py") else b"")
    return file.getvalue()


def link(name):
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, 0o120777 << 16
    return info


@pytest.mark.parametrize(
    "names",
    [
        [RNN, link(SLOGAN)],
        [RNN, f"../{SLOGAN}"],
        [f"{SLOGAN}/rnn.py", f"z/{SLOGAN}. /rnn.py", f"{SLOGAN}/{RNN}", f"{SLOGAN}”/{RNN}"],
        [f"{SLOGAN}.txt"],
        [link(SLOGAN)],
        [f"d/{RNN}", *[link(f"{SLOGAN} {i}") for i in range(9)]],
    ],
)
@pytest.mark.parametrize("name", ["ann.zip", f"{SLOGAN}.zip"])
def test_names_are_quoted_where_they_are_no_plain_ones(tmp_path, names, name):
    (tmp_path / name).write_bytes(with_names(*names))
    try:
        found = open_submission(Source("ann", tmp_path / name), MANIFEST)
        grade = Grade("ann", notes=list(found.notes))
    except SubmissionError as error:
        grade = Grade("ann", reason=error.reason)
    for text in texts_of(grade):
        assert SLOGAN not in unquoted(text)


def test_a_zip_that_is_none_is_quoted_by_its_name(tmp_path):
    path = tmp_path / f"{SLOGAN}.zip"
    path.write_bytes(b"no zip")
    with pytest.raises(SubmissionError) as error:
        open_submission(Source("ann", path), MANIFEST)
    assert say_quoting(error.value.reason) == f"“{SLOGAN}.zip” is not a zip file."


def test_plots_and_answers_are_said_to_be_the_students():
    cells = [
        {"cell_type": "markdown", "source": f"# {SLOGAN}"},
        {"cell_type": "code", "source": "", "outputs": [{"data": {"image/png": PNG}}]},
    ]
    content = json.dumps({"cells": cells}).encode()
    page = Page(student_page(Grade("ann"), {next(iter(MANIFEST.notebooks)): content}))
    assert "Plots and their texts are the student's own." in page.text
    assert "The student's answer" in page.texts("h4")


PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


def test_a_message_of_the_worker_has_a_name_that_is_one():
    told = message("raised", type=f"A. {SLOGAN}", text="b")
    assert say_quoting(told) == f"the code raised “A. {SLOGAN}”: “b”"
