"""The catalogue of misconceptions: known mistakes, each a small edit of one function.

``solutions/misconceptions/rnn.toml`` holds those that show in ``layers/rnn.py``, written against
the file of that name in ``solutions/textbook``, where every function is as students write it.
"""

from __future__ import annotations

import ast
import importlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.manifest import ROOT, read_manifest
from cs231n_rnn.checking.outcome import Outcome, run_probe

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


@dataclass(frozen=True)
class Misconception:
    """One known mistake: cases of ``function``, in the student's ``file``, fail.

    Attributes
    ----------
    edits, also : list of (before, after), dict of str to such lists
        Changes in that function, and in others of the file by name.
    """

    name: str
    function: str
    hint: str
    file: str
    edits: list[list[str]]
    also: dict[str, list[list[str]]]


def read_misconceptions(root: Path = ROOT) -> list[Misconception]:
    """Read the catalogue from ``root/solutions``, in the manifest's order of files.

    Raises
    ------
    ValueError
        Naming file and entry: a key that is missing or unknown, a name that stands twice, a
        function not in the file, an edit that does not fit or leaves no valid Python.
    """
    found: dict[str, Misconception] = {}
    for file, functions in read_manifest(root).points.items():
        path = root / "solutions" / "misconceptions" / f"{Path(file).stem}.toml"
        entries = tomllib.loads(path.read_text(encoding="utf-8"))["misconception"]
        for number, entry in enumerate(entries, start=1):
            name, function = entry.get("name"), entry.get("function")
            try:
                if name in found:
                    raise ValueError(f"the name stands in the file of {found[name].file} already")
                if function not in functions:
                    raise ValueError(f"{file} has no function {function} to fill in")
                found[name] = Misconception(file=file, **{"edits": [], "also": {}, **entry})
                ast.parse(mistaken(found[name], root))
            except (TypeError, ValueError, SyntaxError) as error:
                raise ValueError(f"{path.name}, entry {number} ({name}): {error}") from error
    return list(found.values())


def mistaken(misconception: Misconception, root: Path = ROOT) -> str:
    """The textbook file with the edits made; ValueError where one does not fit exactly once."""
    text = (root / "solutions" / "textbook" / misconception.file).read_text(encoding="utf-8")
    edited = [(misconception.function, misconception.edits), *misconception.also.items()]
    for function, edits in edited:
        lines = text.splitlines(keepends=True)
        begin, end = _span(text, function)
        body = "".join(lines[begin:end])
        for before, _ in edits:
            if body.count(before) != 1:
                raise ValueError(f"{before!r} stands {body.count(before)} times in {function}")
        # From the end on, so that no edit moves or makes what another one replaces.
        for before, after in sorted(edits, key=lambda edit: body.index(edit[0]), reverse=True):
            body = body.replace(before, after, 1)
        text = "".join([*lines[:begin], body, *lines[end:]])
    return text


def _span(text: str, function: str) -> tuple[int, int]:
    """First line of a function and the line behind it, counted from 0."""
    scope: Any = ast.parse(text)
    for name in function.split("."):
        scope = next((node for node in scope.body if getattr(node, "name", "") == name), None)
        if scope is None:
            raise ValueError(f"the textbook file has no function {function}")
    return scope.lineno - 1, scope.end_lineno


def outcomes_of(
    misconceptions: Iterable[Misconception], cases: list[Case], seed: int, root: Path = ROOT
) -> dict[str, dict[str, Outcome]]:
    """Run the cases of each misconception's function; only inside the overlaid textbook tree.

    Returns
    -------
    dict of str to dict of str to Outcome
        A misconception's name to a case's id to what the case gave. ``root`` is the kit itself.
    """
    return {m.name: _outcomes_of_one(m, cases, seed, root) for m in misconceptions}


def _outcomes_of_one(m: Misconception, cases: list[Case], seed: int, root: Path) -> dict:
    module = importlib.import_module(m.file.removesuffix(".py").replace("/", "."))
    wrong: dict[str, Any] = {"__name__": m.name}
    exec(compile(mistaken(m, root), m.file, "exec"), wrong)
    functions = [attrgetter(name)(module) for name in (m.function, *m.also)]
    right = [function.__code__ for function in functions]
    # Whoever has imported a function by name holds the same object, so only its code changes.
    for function in functions:
        function.__code__ = attrgetter(function.__qualname__)(SimpleNamespace(**wrong)).__code__
    try:
        return {c.id: run_probe(c, seed) for c in cases if c.function == m.function}
    finally:
        for function, code in zip(functions, right, strict=True):
            function.__code__ = code
