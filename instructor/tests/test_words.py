"""Nothing is decided by words: with every sentence replaced by its code the grades are the same."""

import ast
import csv
import json

import pytest

from cs231n_rnn.checking import wording
from cs231n_rnn.checking.manifest import ROOT
from cs231n_rnn.checking.results import STATES
from instructor import grade
from instructor.grading.kit import Kit
from instructor.grading.student_grade import Grade
from instructor.grading.wording import SUBMISSIONS, say
from instructor.tests.grading_tools import SECRET, only, sources, write_submission
from instructor.tests.pages_tools import Page, mixed_grade

RNN, EMBEDDING = "cs231n_rnn/layers/rnn.py", "cs231n_rnn/layers/embedding.py"
FUNCTIONS = "word_embedding_backward", "rnn_step_forward", "rnn_forward"
# Right on small arrays, and by numerical differences, which end too late on large ones.
DIFFERENCES = b"""
import numpy as np

def word_embedding_forward(x, W):
    return W[x], (x, W)

def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    for k in np.ndindex(*W.shape):
        step = np.zeros_like(W)
        step[k] = 1
        dW[k] = (dout * (W + step)[x] - dout * (W - step)[x]).sum() / 2
    return dW
"""
# An exception that says what a report says.
SAYS = b"""
def rnn_step_forward(x, prev_h, Wx, Wh, b):
    raise ValueError("rnn_forward fails; fix it, then look here. h is missing.")
"""


def a_class(folder):
    """Submissions whose grades take every kind of decision."""
    right = sources("simple")
    no_tanh = right[RNN].replace(b"np.tanh(a)", b"a")
    assert no_tanh != right[RNN]
    late = right[RNN].replace(b"for t in range(T)", b"for t in xrange(T)")
    versions = {
        "right": right,
        "stubs": sources("stubs"),
        "no tanh": right | {RNN: no_tanh},
        "differences": right | {EMBEDDING: DIFFERENCES},
        "says": right | {RNN: right[RNN] + SAYS},
        "python 2": right | {RNN: late},
        "broken": right | {RNN: b"def rnn_forward(:\n"},
        "not all": {RNN: right[RNN]},
    }
    for name, files in versions.items():
        write_submission(folder / name, files)
    (folder / "the grader failed.zip").write_bytes(b"not a zip")
    return folder


def replace_words_by_codes(monkeypatch):
    for table in (wording.TEMPLATES, SUBMISSIONS):
        for code in table:
            monkeypatch.setitem(table, code, code)
    monkeypatch.setattr(wording, "_hints", dict)


def graded(submissions, out, secret):
    """Exit status, gradebook without its words, what is kept of each student, and tables."""
    status = grade.main([str(a) for a in (submissions, "--out", out, "--secret", secret)])
    with open(out / "gradebook.csv", encoding="utf-8", newline="") as file:
        numbers = [
            {name: cell for name, cell in row.items() if name not in ("reason", "notes")}
            for row in csv.DictReader(file)
        ]
    kept = {}
    for path in sorted((out / "results").glob("*.json")):
        found = Grade.from_json(json.loads(path.read_text(encoding="utf-8"))["grade"])
        # How slow something is differs from run to run.
        kept[found.student] = found.reason, found.results, found.notes, found.grader_failed
    page = Page((out / "overview.html").read_text(encoding="utf-8"))
    misconceptions = sorted((row[0], row[1]) for row in page.rows("hints")[1:])
    return status, numbers, kept, page.rows("functions"), misconceptions


def test_the_grades_are_the_same_with_every_sentence_replaced_by_its_code(tmp_path, monkeypatch):
    whole = Kit.open
    monkeypatch.setattr(Kit, "open", lambda root=ROOT: only(whole(root), *FUNCTIONS))
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET)
    submissions = a_class(tmp_path / "submissions")
    with_words = graded(submissions, tmp_path / "words", secret)
    replace_words_by_codes(monkeypatch)
    assert graded(submissions, tmp_path / "codes", secret) == with_words
    # What was graded takes the decisions that once were taken by words.
    results = [result for _, found, *_ in with_words[2].values() for result in found]
    codes = {told.code for r in results for told in (r.fault, r.hint) if told}
    assert {"differs", "todo", "raised_at", "not_importable", "too_slow", "misconception"} <= codes
    assert any(result.causes for result in results)
    notes = {told.code for *_, notes, _ in with_words[2].values() for told in notes}
    assert {"file_missing", "leftover", "not_python3"} <= notes


def test_the_words_are_really_gone(monkeypatch):
    told = [r.fault for r in mixed_grade().results if r.fault] + mixed_grade().notes
    replace_words_by_codes(monkeypatch)
    assert [say(one) for one in told] == [one.code for one in told]


# The search for decisions by words in the source.

HOLDS_WORDS = {"message", "hint", "reason", "fault", "advice", "note", "notes", "leftover", "msg"}
IDS = {"id", "variant"}  # a code is compared whole
READS = {"startswith", "endswith", "find", "index", "count", "removeprefix", "removesuffix"}
READS |= {"split", "rsplit", "splitlines", "partition", "rpartition", "replace", "strip", "rstrip"}
FIXED = {*STATES, *STATES.values()}


def decisions_by_words(source):
    """Lines on which a sentence, or a piece of an id, decides."""
    return sorted({n.lineno for n in ast.walk(ast.parse(source)) if _reads_words(n)})


def _reads_words(node):
    if isinstance(node, ast.Compare):
        both = [node.left, *node.comparators]
        if any(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
            return any(map(_holds_words, node.comparators)) or _is_sentence(node.left)
        texts = any(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in both)
        return any(map(_is_sentence, both)) or (texts and any(map(_holds_words, both)))
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    owner = node.func.value
    if isinstance(owner, ast.Name) and owner.id == "re":
        return any(map(_holds_words, node.args))
    reads = node.func.attr in READS
    is_id = isinstance(owner, ast.Attribute) and owner.attr in IDS
    return reads and (is_id or _holds_words(owner) or any(map(_is_sentence, node.args)))


def _holds_words(node):
    """Whether an expression is a sentence, by its name or because it was just said."""
    if isinstance(node, ast.Subscript | ast.Starred):
        return _holds_words(node.value)
    if isinstance(node, ast.Call):
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        of_error = called == "str" and node.args and getattr(node.args[0], "id", "") == "error"
        return called.startswith("say") or bool(of_error)
    return getattr(node, "attr", getattr(node, "id", "")) in HOLDS_WORDS


def _is_sentence(node):
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return False
    text = node.value
    return " " in text and any(map(str.isalpha, text)) and text not in FIXED


@pytest.mark.parametrize("folder", ["cs231n_rnn/checking", "instructor/grading"])
def test_no_source_of_checking_and_grading_decides_by_words(folder):
    found = {
        path.name: lines
        for path in sorted((ROOT / folder).glob("*.py"))
        if (lines := decisions_by_words(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "grade.reason.startswith(FAULT)",
        "result.message.split(THEN)[0]",
        "[r for r in wrong if THEN in r.message]",
        "result.advice.split('; ')",
        "[s for s in found if ' columns of ' in s]",
        "re.sub('[0-9.,]+', '', hint)",
        "[note for note in notes if not note.endswith('is missing.')]",
        "case.id.endswith('-at_scale')",
        "error.message.split(':')[0]",
        "case.function in result.message",
        "'tabs' in fault",
        "say(result.fault).startswith('h')",
        "'x' in str(error)",
        "fault == 'none'",
    ],
)
def test_the_search_finds_what_once_decided(source):
    assert decisions_by_words(source) == [1]


@pytest.mark.parametrize(
    "source",
    [
        "fault.code == 'tabs'",
        "result.status == 'not implemented'",
        "'to do' in states",
        "entry.fault == IS_LINK",
        "say(fault)",
        "name.endswith('.py')",
    ],
)
def test_the_search_leaves_codes_alone(source):
    assert decisions_by_words(source) == []
