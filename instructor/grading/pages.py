"""What is looked at after grading: a page for each student, and one for the class.

A page is one HTML file that needs nothing else, neither a network nor a script. Whatever came
from a student is shown as text: escaped, cut to a length to read, without control characters.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup, escape
from mdit_py_plugins.dollarmath import dollarmath_plugin

from cs231n_rnn.checking.manifest import Manifest, read_manifest
from cs231n_rnn.checking.messages import Message, message
from cs231n_rnn.checking.report import FunctionReport, make_report
from cs231n_rnn.checking.results import Result
from cs231n_rnn.checking.wording import say_result, say_variant
from cs231n_rnn.files import ROOT
from instructor.grading.inline_answers import (
    PICTURE_PIXELS,
    Figure,
    InlineAnswer,
    NotebookError,
    Room,
    figures,
    inline_answers,
)
from instructor.grading.shown import TEXT_CHARACTERS, clean, cut
from instructor.grading.student_grade import Grade
from instructor.grading.wording import say_quoting

ANSWER_CHARACTERS = 20_000
SLUG_CHARACTERS = 80
BINS = 10
RESERVED = re.compile(r"con|prn|aux|nul|com\d|lpt\d")  # by Windows
HASHED = re.compile(r".*-[0-9a-f]{12}")
# What a student writes may hold neither HTML nor links, pictures or headings of the page's own.
MARKDOWN = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .use(dollarmath_plugin, allow_labels=False)
    .disable(["image", "link", "autolink", "reference", "heading", "lheading"])
)


@dataclass(frozen=True)
class Notebook:
    """What a page shows of a student's notebook."""

    name: str
    answers: list[InlineAnswer] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    faults: list[Message] = field(default_factory=list)


@dataclass(frozen=True)
class FunctionCount:
    """How many students have a function done, wrong or to do, and its mean points."""

    function: str
    counts: dict[str, int]
    earned: float
    points: float


def student_page(
    grade: Grade,
    notebooks: dict[str, bytes],
    hidden: bool = True,
    root: Path = ROOT,
    rubric: bool = True,
) -> str:
    """One student's page: points, what went wrong with its hint, answers and plots.

    Parameters
    ----------
    grade : Grade
    notebooks : dict of str to bytes
        The submission's notebooks, by name without ending. One that cannot be read gives a note.
    hidden : bool
        Whether hidden cases are shown. If not, the page says how many there are, and its states
        and points are those of the public cases alone.
    root : Path
        Folder that holds the kit.
    rubric : bool
        Whether the model answers stand beside the student's.

    Returns
    -------
    str
        HTML.
    """
    manifest = read_manifest(root)
    shown = [result for result in grade.results if hidden or not result.hidden]
    room = Room()
    books = [_notebook(name, content, root, room) for name, content in sorted(notebooks.items())]
    return _render(
        "student.html.j2",
        grade=grade,
        manifest=manifest,
        hidden=hidden,
        rubric=rubric,
        results=shown,
        hidden_count=sum(result.hidden for result in grade.results),
        functions=_by_function(shown, manifest),
        notes=[*grade.notes, *(note for book in books for note in book.faults)],
        notebooks=books,
    )


def overview_page(grades: list[Grade], title: str) -> str:
    """The class at a glance: points, functions, misconceptions, students.

    Parameters
    ----------
    grades : list of Grade
    title : str
        The assignment's.

    Returns
    -------
    str
        HTML, with links to ``pages/<slug>.html``.
    """
    manifest = read_manifest()
    ordered = sorted(grades, key=lambda grade: grade.student)
    graded = [grade for grade in ordered if not grade.reason]
    totals = [grade.earned for grade in graded]
    return _render(
        "overview.html.j2",
        title=title,
        ungraded=[grade for grade in ordered if grade.reason],
        graded=graded,
        quartiles=np.percentile(totals, [25, 50, 75]).tolist() if totals else [],
        histogram=_histogram(totals, max((grade.points for grade in graded), default=0)),
        functions=_function_counts(graded, manifest),
        hints=_hints(graded),
    )


def slug(student: str) -> str:
    """A file name for a student that every file system takes and no other student has.

    Parameters
    ----------
    student : str

    Returns
    -------
    str
        At most 80 ASCII letters, digits, - and _. A name that is not lower case throughout gets
        a hash too: to Windows and macOS, Ann.html and ann.html are one file.
    """
    plain = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("-")
    kept = plain == student == student.lower() and len(plain) <= SLUG_CHARACTERS
    # A name with the looks of a hash could be the changed name of somebody else.
    if kept and plain and not RESERVED.fullmatch(plain) and not HASHED.fullmatch(plain):
        return plain
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{plain[: SLUG_CHARACTERS - 13] or 'student'}-{digest}"


# What the pages are made of.


def _notebook(name: str, content: bytes, root: Path, room: Room) -> Notebook:
    faults = []
    try:
        pictures, left_out = figures(content, room)
    except NotebookError as error:
        return Notebook(name, faults=[message("notebook", name=name, fault=error.reason)])
    if left_out:
        most = {"pictures": Room.pictures, "megabytes": Room.volume / 1e6}
        pixels = {"pixels": Room.pixels / 1e6, "each": PICTURE_PIXELS / 1e6}
        faults.append(message("plots_left_out", name=name, count=left_out, **most, **pixels))
    try:
        return Notebook(name, inline_answers(name, content, root), pictures, faults)
    except NotebookError as error:
        fault = message("notebook", name=name, fault=error.reason)
        return Notebook(name, [], pictures, [*faults, fault])


def _by_function(results: list[Result], manifest: Manifest) -> list[FunctionReport]:
    order = list(manifest.functions)
    return make_report(sorted(results, key=lambda r: order.index(r.function)), manifest).functions


def _histogram(totals: list[float], top: float) -> list[dict[str, Any]]:
    """Bars of equal width from 0 to the most points that there are."""
    if not top:
        return []
    counts, edges = np.histogram(totals, bins=BINS, range=(0, top))
    return [
        {"low": low, "high": high, "count": int(n), "share": float(n / counts.max())}
        for n, low, high in zip(counts, edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    ]


def _function_counts(grades: list[Grade], manifest: Manifest) -> list[FunctionCount]:
    reports: dict[str, list[FunctionReport]] = {name: [] for name in manifest.functions}
    for grade in grades:
        for report in _by_function(grade.results, manifest):
            reports[report.function].append(report)
    return [
        FunctionCount(
            name,
            {state: sum(r.state == state for r in found) for state in ("done", "wrong", "to do")},
            sum(r.earned for r in found) / len(found),
            sum(r.points for r in found) / len(found),
        )
        for name, found in reports.items()
        if found
    ]


def _hints(grades: list[Grade]) -> list[tuple[str, str, list[str]]]:
    """``(function, hint, students)``, the most frequent first."""
    found: dict[tuple[str, Message], dict[str, None]] = {}
    for grade in grades:
        for result in grade.results:
            if result.hint and result.status != "passed":
                found.setdefault((result.function, result.hint), {})[grade.student] = None
    rows = [(function, say_quoting(hint), list(names)) for (function, hint), names in found.items()]
    return sorted(rows, key=lambda row: (-len(row[2]), row[0], row[1]))


def _failed_cases(report: FunctionReport) -> list[Result]:
    """Cases that did not pass: wrong before to do, public before hidden."""
    left = [result for result in report.results if result.status != "passed"]
    return sorted(left, key=lambda r: (r.state != "wrong", r.hidden))


# Text.


def _render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        finalize=_harmless,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "slug": slug,
        "markdown": _markdown,
        "breakable": _breakable,
        "say": say_quoting,
        "say_result": partial(say_result, say=say_quoting),
        "say_variant": say_variant,
        "failed_cases": _failed_cases,
        "points": lambda value: f"{value:.1f}",
    }
    return environment


def _harmless(value: Any) -> Any:
    """A text as a page may show it; what is HTML already, and numbers, as they are."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return clean(cut(value, TEXT_CHARACTERS))


def _markdown(text: str) -> Markup:
    """A student's or our own Markdown as HTML; the parser escapes what is not Markdown."""
    return Markup(MARKDOWN.render(clean(cut(text, ANSWER_CHARACTERS))))


def _breakable(name: str) -> Markup:
    """A function's name that may go on in a second line where the screen is narrow."""
    return Markup(re.sub(r"[_.]", r"\g<0><wbr>", str(escape(_harmless(name)))))
