"""What a student wrote and drew in a notebook: answers beside the model answers, and plots.

A submission's notebook is untrusted. It is read as JSON, each value's type is looked at before it
is used, and of its outputs nothing but PNG pictures is taken.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT
from instructor.grading.wording import Refused
from instructor.markers import ANSWER_LINE, find_blocks

# Read as JSON, a notebook may take 25 times its size in memory.
NOTEBOOK_BYTES = 20_000_000
CELLS = 2_000
SOURCE_CHARACTERS = 100_000
PICTURES, PICTURE_BYTES = 24, 1_000_000
# A picture of one colour is small in a file and huge on the reader's screen.
PICTURE_PIXELS = 8_000_000
# Added below a question, one answer has no more.
ANSWER_CELLS = 50
PNG = b"\x89PNG\r\n\x1a\n"
# A shorter line of a question may well begin a line of the answer.
LONG_LINE = 20


class NotebookError(Refused):
    """Why a student's notebook cannot be read."""


@dataclass(frozen=True)
class InlineAnswer:
    """A student's answer to a question of a notebook.

    Attributes
    ----------
    notebook : str
        ``1_RNN_Captioning``.
    question : str
        Markdown.
    answer : str
        Markdown, as the student wrote it; empty if there is none.
    rubric : str
        The model answer, Markdown.
    """

    notebook: str
    question: str
    answer: str
    rubric: str


@dataclass(frozen=True)
class Figure:
    """A plot of a student's notebook.

    Attributes
    ----------
    png_base64 : str
    alt : str
        Its text alternative, or where it stands.
    """

    png_base64: str
    alt: str


@dataclass
class Room:
    """What a page still has room for.

    Attributes
    ----------
    pictures : int
    volume : int
        Bytes of all pictures.
    pixels : int
        Of all pictures.
    """

    pictures: int = 150
    volume: int = 10_000_000
    pixels: int = 64_000_000

    def takes(self, png: bytes) -> bool:
        """Whether a picture is one to look at and there is room for it, which it then takes."""
        pixels = _pixels(png)
        if not 0 < pixels <= min(PICTURE_PIXELS, self.pixels):
            return False
        if len(png) > min(PICTURE_BYTES, self.volume) or not self.pictures:
            return False
        self.pictures -= 1
        self.volume -= len(png)
        self.pixels -= pixels
        return True


@dataclass(frozen=True)
class Cell:
    """What is looked at of a notebook's cell."""

    kind: str
    id: str
    source: str
    outputs: list[dict[str, Any]] = field(default_factory=list)

    @cached_property
    def text(self) -> str:
        """Its source with every run of white space as one space, to compare with."""
        return _flat(self.source)


@dataclass(frozen=True)
class Question:
    """A question of the kit's notebook: its cell's id, its lines without the rubric, the rubric."""

    id: str
    lines: list[str]
    rubric: str

    @property
    def text(self) -> str:
        """The question itself, without what else stands in its cell."""
        text = "\n".join(self.lines).strip()
        return text[max(text.find("**Question"), 0) :]

    @property
    def key(self) -> str:
        """Its first paragraph, to find it by: further down a student's answer may stand between."""
        return _flat(self.text.split("\n\n")[0])


def inline_answers(name: str, notebook: bytes, root: Path = ROOT) -> list[InlineAnswer]:
    """Find the student's answer to each question of a notebook.

    Parameters
    ----------
    name : str
        The notebook as the manifest names it, ``1_RNN_Captioning``.
    notebook : bytes
        The student's, as handed in.
    root : Path
        Folder that holds ``solutions/notebooks``.

    Returns
    -------
    list of InlineAnswer
        In the notebook's order. An answer is looked for in the question's cell, which is known
        by its id or its text, and then in the cells that the student added right below.

    Raises
    ------
    NotebookError
        If the assignment has no such notebook, or if the student's cannot be read.
    """
    if name not in read_manifest(root).notebooks:
        raise NotebookError("not_of_this", name=name)
    source = root / "solutions" / "notebooks" / f"{name}.py"
    questions, kit = _kit_notebook(source.read_text(encoding="utf-8"))
    cells = _cells(notebook)
    return [InlineAnswer(name, q.text, _answer(q, cells, kit), q.rubric) for q in questions]


def figures(notebook: bytes, room: Room) -> tuple[list[Figure], int]:
    """The plots of a student's notebook: its PNG outputs, as far as there is room on the page.

    Parameters
    ----------
    notebook : bytes
        As handed in.
    room : Room
        Of the page; what is taken has none left.

    Returns
    -------
    found : list of Figure
        Encoded again, so that the text holds nothing but base64.
    left_out : int
        How many more there are.

    Raises
    ------
    NotebookError
        If the notebook cannot be read.
    """
    found: list[Figure] = []
    left_out = 0
    for png, alt in _pngs(_cells(notebook)):
        if len(found) < PICTURES and room.takes(png):
            found.append(Figure(base64.b64encode(png).decode("ascii"), alt))
        else:
            left_out += 1
    return found, left_out


# The kit's notebook.


@lru_cache(maxsize=32)  # the same for a thousand submissions
def _kit_notebook(source: str) -> tuple[list[Question], dict[str, str]]:
    """Questions of a marked notebook in py:percent form, and the text of each cell by its id."""
    import jupytext  # takes seconds, which a submission without notebooks need not wait

    questions, kit = [], {}
    for position, cell in enumerate(jupytext.reads(source, fmt="py:percent").cells):
        cell_id = f"cell-{position:03d}"
        kit[cell_id] = _flat(cell.source)
        if cell.cell_type == "markdown" and (question := _question(cell_id, cell.source)):
            questions.append(question)
            kit[cell_id] = question.key
    return questions, kit


def _question(cell_id: str, source: str) -> Question | None:
    lines = source.splitlines()
    blocks = find_blocks(source, cell_id)
    if not blocks:
        return None
    rubric = "\n\n".join("\n".join(lines[b.begin : b.end - 1]) for b in blocks)
    inside = {number for b in blocks for number in range(b.begin - 1, b.end)}
    return Question(cell_id, [x for i, x in enumerate(lines) if i not in inside], rubric.strip())


# The student's.


def _answer(question: Question, cells: list[Cell], kit: dict[str, str]) -> str:
    """What the student wrote to a question; empty if nothing."""
    places = [i for i, cell in enumerate(cells) if question.key in cell.text]
    own = [i for i, cell in enumerate(cells) if cell.id == question.id]
    # An id alone counts where the question was deleted or changed, not where it is elsewhere.
    places = [i for i in own if i in places] + places or own
    found = (_beyond(question.lines, cells[i].source) for i in places)
    added = (_added_below(i, cells, kit) for i in places)
    return next(filter(None, itertools.chain(found, added)), "")


def _beyond(lines: list[str], source: str) -> str:
    """A cell's source without the lines that the kit put there, each of them once."""
    given = [line.strip() for line in [*lines, ANSWER_LINE] if line.strip()]
    kept = []
    for line in source.splitlines():
        text = line.strip()
        match = next((g for g in given if text == g), "") or next(
            (g for g in given if len(g) >= LONG_LINE and text.startswith(g)), ""
        )
        if match:
            given.remove(match)
            line = text.removeprefix(match).strip()
            if not line:
                continue
        kept.append(line)
    return "\n".join(kept).strip()


def _added_below(place: int, cells: list[Cell], kit: dict[str, str]) -> str:
    """Text of the cells right below that the kit's notebook does not have."""
    ids_kept = any(cell.id in kit for cell in cells)

    def is_added(cell: Cell) -> bool:
        if cell.id in kit or any(text and text in cell.text for text in kit.values()):
            return False
        # Without ids, a cell of code may as well be one of the kit's that was filled in.
        return ids_kept or cell.kind != "code"

    added = itertools.takewhile(is_added, cells[place + 1 : place + 1 + ANSWER_CELLS])
    return "\n\n".join(cell.source.strip() for cell in added).strip()


def _pngs(cells: list[Cell]) -> Iterator[tuple[bytes, str]]:
    """Every PNG picture with its text alternative, or the heading that it stands under.

    One that is too large or no PNG at all is empty.
    """
    heading = ""
    count = 0
    for cell in cells:
        if cell.kind == "markdown":
            headings = [x.strip("# ") for x in cell.source.splitlines() if x.startswith("#")]
            heading = headings[-1] if headings else heading
        for output in cell.outputs:
            png = _png(output)
            if png is not None:
                count += 1
                place = f"Plot {count}" + (f", under the heading {heading}" if heading else "")
                yield png, _alt(output) or place


def _png(output: dict[str, Any]) -> bytes | None:
    """An output's PNG picture, if it has one; empty if it is not whole or too large."""
    data = _typed(output.get("data", {}), dict, "an output's data")
    text = "".join(_joined(data.get("image/png", ""), "a picture").split())
    if not text or len(text) > PICTURE_BYTES * 4 // 3 + 4:
        return b"" if text else None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""


def _pixels(png: bytes) -> int:
    """How many pixels a PNG picture says it has; 0 if it is none."""
    if not png.startswith(PNG) or len(png) < 24:
        return 0
    width, height = struct.unpack(">II", png[16:24])
    return int(width * height)


def _alt(output: dict[str, Any]) -> str:
    metadata = _typed(output.get("metadata", {}), dict, "an output's metadata")
    of_png = _typed(metadata.get("image/png", {}), dict, "a picture's metadata")
    return _typed(of_png.get("alt", ""), str, "a picture's text alternative")


def _cells(notebook: bytes) -> list[Cell]:
    """Cells of a notebook, or a NotebookError."""
    if len(notebook) > NOTEBOOK_BYTES:
        sizes = {"megabytes": len(notebook) / 1e6, "most": NOTEBOOK_BYTES / 1e6}
        raise NotebookError("notebook_too_large", **sizes)
    try:
        content = json.loads(notebook.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise NotebookError("notebook_not_text") from None
    except (ValueError, RecursionError):
        raise NotebookError("notebook_not_json") from None
    content = _typed(content, dict, "the notebook")
    if "cells" not in content:
        raise NotebookError("notebook_without_cells")
    cells = _typed(content["cells"], list, "cells")
    if len(cells) > CELLS:
        raise NotebookError("too_many_cells", cells=len(cells), most=CELLS)
    return [_cell(cell) for cell in cells]


def _cell(cell: Any) -> Cell:
    cell = _typed(cell, dict, "a cell")
    metadata = _typed(cell.get("metadata", {}), dict, "a cell's metadata")
    # Colab keeps a cell's id in its metadata.
    cell_id = cell.get("id", metadata.get("id", ""))
    outputs = _typed(cell.get("outputs", []), list, "a cell's outputs")
    return Cell(
        kind=_typed(cell.get("cell_type", ""), str, "a cell's type"),
        id=_typed(cell_id, str, "a cell's id"),
        source=_joined(cell.get("source", ""), "a cell's source")[:SOURCE_CHARACTERS],
        outputs=[_typed(output, dict, "an output") for output in outputs],
    )


def _joined(value: Any, what: str) -> str:
    """A text that the notebook format allows to be a list of lines."""
    if isinstance(value, list):
        return "".join(_typed(line, str, what) for line in value)
    return _typed(value, str, what)


def _typed(value: Any, kind: type, what: str) -> Any:
    """The value itself, if it is of the kind that the notebook format gives it."""
    if not isinstance(value, kind):
        names: dict[type, str] = {dict: "an object", list: "a list", str: "text"}
        found = "nothing" if value is None else f"a {type(value).__name__}"
        raise NotebookError("notebook_kind", what=what, found=found, needed=names[kind])
    return value


def _flat(text: str) -> str:
    return " ".join(text.split())
