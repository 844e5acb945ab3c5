"""The catalogue of misconceptions: known mistakes, each a small edit of one function.

``solutions/rnn/misconceptions.toml`` holds those that show in ``layers/rnn.py``, as edits of the
simple implementation beside it. Entries ``[[alternative]]`` are edits that lose no points.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from types import ModuleType, SimpleNamespace
from unittest.mock import patch

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.outcome import Outcome, run_probe
from cs231n_rnn.files import ROOT, read_toml
from cs231n_rnn.submit import definitions
from instructor.exercises import Solution, fill, parsed, read_solutions

Edits = list[list[str]]


@dataclass(frozen=True)
class Edited:
    """One other way to write ``function``, in the student's ``file``: wrong, or right too.

    Attributes
    ----------
    hint : str
        What a student reads; empty for an alternative.
    edits, also : list of (before, after), dict of str to such lists
        Changes in that function, and in others of the file by name.
    """

    name: str
    function: str
    file: str
    hint: str = ""
    edits: Edits = field(default_factory=list)
    also: dict[str, Edits] = field(default_factory=dict)


def read_misconceptions(root: Path = ROOT) -> list[Edited]:
    """Read the catalogue from ``root/solutions``, in the manifest's order of exercises.

    Raises
    ------
    ValueError
        Naming file and entry: a key that is missing or unknown, a name that is taken, a
        function not in the file, an edit that does not fit or leaves no valid Python.
    """
    return _read_entries("misconception", root)


def read_alternatives(root: Path = ROOT) -> list[Edited]:
    """Read the entries that are right, likewise."""
    return _read_entries("alternative", root)


def _read_entries(kind: str, root: Path) -> list[Edited]:
    found: dict[str, Edited] = {}
    for solution in read_solutions(root):
        for number, entry in enumerate(read_toml(solution.misconceptions).get(kind, []), start=1):
            name = entry.get("name")
            try:
                if name in found:
                    raise ValueError(f"{found[name].file} has an entry of this name already")
                if kind == "misconception" and not entry.get("hint"):
                    raise ValueError("it has no hint")
                if entry.get("function") not in solution.functions:
                    raise ValueError(
                        f"{solution.file} has no function {entry.get('function')} to fill in"
                    )
                found[name] = Edited(file=solution.file, **entry)
                parsed(edited_simple(found[name], solution))
            except (TypeError, ValueError, SyntaxError) as error:
                place = f"{solution.name}/{solution.misconceptions.name}"
                raise ValueError(f"{place}, {kind} {number} ({name}): {error}") from error
    return list(found.values())


def edited_text(edited: Edited, solution: Solution) -> str:
    """The student's file with the edits made."""
    reference = solution.reference.read_text(encoding="utf-8")
    return fill(reference, edited_simple(edited, solution), solution.file)


def edited_simple(edited: Edited, solution: Solution) -> str:
    """The simple implementation with the edits; ValueError where one does not fit exactly once."""
    text = solution.simple.read_text(encoding="utf-8")
    for function, edits in [(edited.function, edited.edits), *edited.also.items()]:
        if function not in (functions := definitions(text)):
            raise ValueError(f"{solution.simple.name} has no function {function}")
        node, lines = functions[function], text.splitlines(keepends=True)
        begin, end = node.lineno - 1, node.end_lineno
        body = "".join(lines[begin:end])
        for before, _ in edits:
            if body.count(before) != 1:
                raise ValueError(
                    f"{before!r} is in {function} {body.count(before)} times, not once"
                )
        # From the end on, so that no edit moves or makes what another one replaces.
        for before, after in sorted(edits, key=lambda edit: body.index(edit[0]), reverse=True):
            body = body.replace(before, after, 1)
        text = "".join([*lines[:begin], body, *lines[end:]])
    return text


def outcomes_of(
    every: Iterable[Edited], cases: list[Case], seed: int, root: Path = ROOT
) -> dict[str, dict[str, Outcome]]:
    """Run the cases of each one's function; only inside the tree of the simple implementation.

    Returns
    -------
    dict of str to dict of str to Outcome
        Its name to a case's id to what the case gave. ``root`` is the kit itself.
    """
    solutions = {solution.file: solution for solution in read_solutions(root)}
    found = {}
    for edited in every:
        with _planted(edited, edited_text(edited, solutions[edited.file])):
            own = [case for case in cases if case.function == edited.function]
            found[edited.name] = {case.id: run_probe(case, seed) for case in own}
    return found


@contextmanager
def _planted(edited: Edited, text: str) -> Iterator[None]:
    """Put the edited functions into the imported module, or into its class, for a while."""
    module_name = edited.file.removesuffix(".py").replace("/", ".")
    module = importlib.import_module(module_name)
    wrong = {"__name__": module_name}
    exec(compile(text, edited.file, "exec"), wrong)
    with ExitStack() as stack:
        for name in (edited.function, *edited.also):
            *classes, attribute = name.split(".")
            right, new = (attrgetter(name)(place) for place in (module, SimpleNamespace(**wrong)))
            owners = [attrgetter(*classes)(module)] if classes else _holders(attribute, right)
            for owner in owners:
                stack.enter_context(patch.object(owner, attribute, new))
        yield


def _holders(name: str, function: object) -> list[ModuleType]:
    """The modules of the package and of its cases that have imported a function by its name."""
    ours = [module for key, module in sys.modules.items() if key.startswith("cs231n_rnn")]
    return [module for module in ours if vars(module).get(name) is function]
