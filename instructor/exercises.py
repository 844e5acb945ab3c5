"""An exercise is a folder: ``solutions/rnn`` holds all that the staff keep of ``rnn``.

``reference.py`` is the marked solution, ``simple.py`` what fills its blocks as a good student
writes it, ``cases.py`` all cases, ``misconceptions.toml`` known mistakes as edits of the simple
implementation, ``alternatives/`` other ways to be right, ``test_*.py`` the oracles. The functions
that end in ``_files`` give what is laid over the kit: names in the tree to contents.
"""

from __future__ import annotations

import ast
import functools
from dataclasses import dataclass
from pathlib import Path

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT
from cs231n_rnn.submit import definitions
from instructor.markers import Block, find_blocks, function_around


@dataclass(frozen=True)
class Solution:
    """The folder of one exercise.

    Attributes
    ----------
    name : str
    file : str
        What students fill in, ``cs231n_rnn/layers/rnn.py``.
    functions : list of str
        Those with points, in the assignment's order.
    folder : Path
    """

    name: str
    file: str
    functions: list[str]
    folder: Path

    @property
    def reference(self) -> Path:
        """The marked solution, of which the stub is made."""
        return self.folder / "reference.py"

    @property
    def simple(self) -> Path:
        """The functions as a good student writes them, without what the reference provides."""
        return self.folder / "simple.py"

    @property
    def cases(self) -> Path:
        """All cases, the hidden ones between markers."""
        return self.folder / "cases.py"

    @property
    def misconceptions(self) -> Path:
        """Edits of the simple implementation: misconceptions, and alternatives."""
        return self.folder / "misconceptions.toml"

    @property
    def alternatives(self) -> list[Path]:
        """Files of functions that are right in another way."""
        return sorted((self.folder / "alternatives").glob("*.py"))

    def simple_text(self) -> str:
        """The student's file with the simple implementation in it."""
        reference, simple = (p.read_text(encoding="utf-8") for p in (self.reference, self.simple))
        return fill(reference, simple, self.file)


def read_solutions(root: Path = ROOT, left_out: bool = False) -> list[Solution]:
    """The folder of every exercise, in the manifest's order; with those that no notebook names?"""
    manifest = read_manifest(root)
    exercises = [*manifest.exercises.values(), *(manifest.left_out.values() if left_out else ())]
    folder = root / "solutions"
    return [Solution(e.name, e.file, list(e.points), folder / e.name) for e in exercises]


def reference_files(root: Path = ROOT) -> dict[str, bytes]:
    """The reference of every exercise, those that are left out of the assignment too."""
    return {s.file: s.reference.read_bytes() for s in read_solutions(root, left_out=True)}


def simple_files(root: Path = ROOT) -> dict[str, bytes]:
    """The simple implementation of every exercise, likewise."""
    return {s.file: s.simple_text().encode() for s in read_solutions(root, left_out=True)}


def case_files(root: Path = ROOT) -> dict[str, bytes]:
    """All cases, public and hidden, in the place of the students' ones."""
    return {f"tests/test_{s.name}.py": s.cases.read_bytes() for s in read_solutions(root)}


def fill(reference: str, simple: str, path: str) -> str:
    """Fill each block of the reference with the body of the simple function of that name.

    Parameters
    ----------
    reference : str
        A marked solution.
    simple : str
        Functions, those of a class inside of it. What else is at the top level, imports and
        helpers, goes to the end.
    path : str
        The file's name, for messages.

    Returns
    -------
    str
        The reference's signatures, docstrings and provided lines stay; its helpers go.

    Raises
    ------
    ValueError
        If the simple implementation lacks a function.
    """
    lines, source = reference.splitlines(), simple.splitlines()
    own, filled = definitions(simple), set()
    for block, name in _places(reference, path):
        if name and name not in own:
            raise ValueError(f"it has no function {name}")
        lines[block.begin - 1 : block.end] = _body(own[name], source) if name else []
        filled |= {name.split(".")[0]}
    helpers = [
        "\n".join(source[node.lineno - 1 : node.end_lineno])
        for node in parsed(simple).body
        if getattr(node, "name", "") not in filled and not isinstance(node, ast.Expr)
    ]
    return "\n".join([*lines, *helpers]) + "\n"


@functools.cache
def _places(reference: str, path: str) -> list[tuple[Block, str]]:
    """The blocks of a reference from the last to the first, each with its function."""
    tree = ast.parse(reference, path)
    blocks = reversed(find_blocks(reference, path))
    return [(block, function_around(tree, block, path)) for block in blocks]


@functools.lru_cache(32)
def parsed(text: str) -> ast.Module:
    """The syntax tree of a file, which is asked for again and again; SyntaxError as of ``ast``."""
    return ast.parse(text)


def _body(function: ast.FunctionDef, lines: list[str]) -> list[str]:
    """The lines of a function's body, with the comments that it begins with."""
    begin = function.body[0].lineno - 1
    while lines[begin - 1].lstrip().startswith("#"):
        begin -= 1
    return lines[begin : function.end_lineno]
