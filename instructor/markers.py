"""From a marked solution to a stub: the only place that understands the markers.

A block between ``# BEGIN SOLUTION`` and ``# END SOLUTION`` becomes one ``raise`` inside a
function, nothing at all outside of one (a helper of the solution), and a line to write the
answer on in a notebook. Of cases, students get what is not between ``# BEGIN HIDDEN`` and
``# END HIDDEN``.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from cs231n_rnn.submit import definitions

WORD, HIDDEN = "SOLUTION", "HIDDEN"
LINE_LENGTH = 100
ANSWER_LINE = "*Write your answer here.*"


class MarkerError(ValueError):
    """A fault in the markers, with file and line."""


@dataclass(frozen=True)
class Block:
    """Lines of a solution: the marker lines' numbers, counted from 1, and their column."""

    begin: int
    end: int
    indent: int = 0


def find_blocks(text: str, path: str, word: str = WORD) -> list[Block]:
    """Find the blocks of a file.

    Parameters
    ----------
    text : str
    path : str
        The file's name, for messages.
    word : str
        What the markers say after BEGIN and END.

    Returns
    -------
    list of Block

    Raises
    ------
    MarkerError
        If markers are nested, unmatched, indented differently, or nearly but not exactly right.
    """
    blocks = []
    begin = 0
    opening, closing = markers = f"# BEGIN {word}", f"# END {word}"
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        marker = _marker(line, f"{path}:{number}", word, markers)
        if marker == opening:
            if begin:
                raise MarkerError(f"{path}:{number}: {opening} inside the block of line {begin}")
            begin = number
        elif marker == closing:
            if not begin:
                raise MarkerError(f"{path}:{number}: {closing} without {opening}")
            if _indent(line) != _indent(lines[begin - 1]):
                raise MarkerError(
                    f"{path}:{number}: {closing} is not below {opening} of line {begin}"
                )
            blocks.append(Block(begin, number, _indent(line)))
            begin = 0
    if begin:
        raise MarkerError(f"{path}:{begin}: {opening} without {closing}")
    return blocks


def make_stub(text: str, path: str) -> str:
    """Turn a marked Python file into the student's.

    Parameters
    ----------
    text : str
        The solution.
    path : str
        The file as a student knows it, ``cs231n_rnn/layers/rnn.py``.

    Returns
    -------
    str
        Docstrings, signatures and the comments above the markers stay.

    Raises
    ------
    MarkerError
        If a marker is misplaced: inside a loop or a branch, in a class but outside its methods,
        a second block in one function, or a block that cuts a statement in two.
    """
    tree = ast.parse(text, filename=path)
    lines = text.splitlines()
    filled: set[str] = set()
    for block in reversed(find_blocks(text, path)):
        name = function_around(tree, block, path)
        if name in filled:
            raise MarkerError(f"{path}:{block.begin}: {name} has a second block further down")
        stub = _raise_lines(name, path, block.indent) if name else []
        filled |= {name} - {""}
        lines[block.begin - 1 : block.end] = stub
    return _without_gaps(lines)


def make_finished(text: str, path: str) -> str:
    """Turn a marked Python file into what a course hands out of it finished: no marker is left.

    Raises
    ------
    MarkerError
    """
    lines = text.splitlines()
    for block in reversed(find_blocks(text, path)):
        del lines[block.end - 1], lines[block.begin - 1]
    return _without_gaps(lines)


def make_public(text: str, path: str) -> str:
    """The cases of an exercise as students get them: without the hidden blocks.

    Raises
    ------
    MarkerError
        If what is left is not Python, or still holds something hidden.
    """
    lines = text.splitlines()
    for block in reversed(find_blocks(text, path, HIDDEN)):
        del lines[block.begin - 1 : block.end]
    public = _without_gaps(lines)
    try:
        tree = ast.parse(public)
    except SyntaxError as error:
        raise MarkerError(f"{path}: without its hidden blocks it is not Python: {error}") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "hidden":
            raise MarkerError(
                f"{path}: a hidden case is not between # BEGIN HIDDEN and # END HIDDEN"
            )
    return public


def make_notebook_stub(text: str, path: str) -> str:
    """Turn a marked notebook in py:percent form into the student's.

    Parameters
    ----------
    text : str
    path : str

    Returns
    -------
    str
        Each block is replaced by a line to write the answer on.

    Raises
    ------
    MarkerError
    """
    lines = text.splitlines()
    for block in reversed(find_blocks(text, path)):
        lines[block.begin - 1 : block.end] = [f"# {ANSWER_LINE}"]
    return "\n".join(lines) + "\n"


def _marker(line: str, where: str, word: str, markers: tuple[str, str]) -> str:
    """The marker that a line is, or an empty string. A Markdown cell's lines have a ``# `` more."""
    if not re.search(rf"\b(BEGIN|END)[\W_]*{word}", line, re.IGNORECASE):
        return ""
    for marker in markers:
        if line.strip() in (marker, f"# {marker}"):
            return marker
    raise MarkerError(f"{where}: {line.strip()!r} is not exactly {markers[0]!r} or {markers[1]!r}")


def _without_gaps(lines: list[str]) -> str:
    """Where a block has gone, two empty lines stay, and none at the end."""
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines)).rstrip("\n") + "\n"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def function_around(tree: ast.Module, block: Block, path: str) -> str:
    """Qualified name of the function that a block is the end of; "" for a helper outside of any.

    Raises
    ------
    MarkerError
        If the block is misplaced.
    """
    name = ""
    scope: ast.Module | ast.FunctionDef = tree
    for function, node in definitions(tree).items():
        if node.lineno < block.begin < _last(node):
            name, scope = function, node  # an inner one comes after the one around it
    inside = [s for s in scope.body if block.begin < _first(s) and _last(s) < block.end]
    cut = [s for s in scope.body if _first(s) < block.end and block.begin < _last(s)]
    indented = [s for s in inside if s.col_offset == block.indent]
    if not inside or cut != inside or indented != inside:
        raise MarkerError(
            f"{path}:{block.begin}: misplaced; a block holds whole statements of a "
            "function's body, in its column, and not of a branch, a loop or a class"
        )
    return name


def _first(node: ast.stmt) -> int:
    """Line in which a statement begins, with its decorators."""
    return min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", []))])


def _last(node: ast.stmt) -> int:
    """Line in which a statement ends."""
    return node.end_lineno or node.lineno


def _raise_lines(name: str, path: str, indent: int) -> list[str]:
    space = " " * indent
    message = f'"TODO: implement {name} in {path}"'
    line = f"{space}raise NotImplementedError({message})"
    if len(line) <= LINE_LENGTH:
        return [line]
    return [f"{space}raise NotImplementedError(", f"{space}    {message}", f"{space})"]
