"""What an exercise still lacks, in sentences: ``sync`` says all of them before it writes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT, read_toml
from cs231n_rnn.submit import definitions
from instructor.exercises import Solution, parsed, read_solutions
from instructor.markers import MarkerError, find_blocks, function_around
from instructor.misconceptions import read_alternatives, read_misconceptions


def find_problems(root: Path = ROOT) -> Iterator[str]:
    """Say what is missing or does not fit, file by file; nothing is run."""
    try:
        solutions = read_solutions(root, left_out=True)
    except (ValueError, OSError) as error:
        yield str(error)
        return
    found = list(_problems_of_manifest(root))
    found += [problem for solution in solutions for problem in _problems_of(solution, root)]
    yield from found
    if not found:
        for read in (read_misconceptions, read_alternatives):
            try:
                read(root)
            except ValueError as error:
                yield str(error)


def _problems_of_manifest(root: Path) -> Iterator[str]:
    manifest = read_manifest(root)
    for name in manifest.notebooks:
        source = root / "solutions" / "notebooks" / f"{name}.py"
        if not source.is_file():
            yield f"{_name(source, root)} is missing: assignment.toml has a notebook of this name"
    for exercise in [*manifest.exercises.values(), *manifest.left_out.values()]:
        for function, points in exercise.points.items():
            if not (isinstance(points, int) and points > 0):
                yield f"assignment.toml: {function} needs points, a whole number above 0"


def _problems_of(solution: Solution, root: Path) -> Iterator[str]:
    files = {
        solution.reference: "the marked solution",
        solution.simple: "its functions as a good student writes them",
        solution.cases: "its cases, public and hidden",
        solution.misconceptions: "its misconceptions",
    }
    for path, what in files.items():
        if not path.is_file():
            yield f"{_name(path, root)} is missing: exercise {solution.name} needs {what}"
    if solution.reference.is_file():
        yield from _functions_that_differ(solution, root)
    if solution.misconceptions.is_file():
        yield from _empty_catalogue(solution, root)


def _functions_that_differ(solution: Solution, root: Path) -> Iterator[str]:
    """Compare the functions of the table, the reference and the simple implementation."""
    name = _name(solution.reference, root)
    try:
        text = solution.reference.read_text(encoding="utf-8")
        tree = ast.parse(text, name)
        marked = {function_around(tree, block, name) for block in find_blocks(text, name)}
        simple = definitions(parsed(solution.simple.read_text(encoding="utf-8")))
    except MarkerError as error:
        yield str(error)
        return
    except SyntaxError as error:
        yield f"exercise {solution.name} is not valid Python: {error}"
        return
    except FileNotFoundError:  # it is said already
        return
    for function in sorted(marked - {"", *solution.functions}):
        table = f"[exercises.{solution.name}.functions] of assignment.toml"
        yield f"{name}: {function} has no points; give it some in {table}"
    for function in solution.functions:
        if function not in marked:
            yield f"assignment.toml gives points for {function}, which {name} does not mark"
        elif function not in simple:
            yield f"{_name(solution.simple, root)} lacks {function}"


def _empty_catalogue(solution: Solution, root: Path) -> Iterator[str]:
    name = _name(solution.misconceptions, root)
    try:
        entries = read_toml(solution.misconceptions)
    except ValueError as error:
        yield str(error)
        return
    if not entries.get("misconception"):
        yield f"{name} has no [[misconception]]; exercise {solution.name} needs at least one"
    if not entries.get("alternative") and not solution.alternatives:
        yield (
            f"exercise {solution.name} has no alternative: it needs an [[alternative]] in {name}, "
            f"or a file in {_name(solution.folder, root)}/alternatives"
        )


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
