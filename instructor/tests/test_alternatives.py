"""What is right in another way gets full points, from the public cases and from the grader.

Each file in ``solutions/*/alternatives`` holds functions as some student may write them; they take
the place of those of the same name in the simple implementation. A smaller alternative is an
``[[alternative]]`` beside the misconceptions. A submission has one alternative in each of its
modules, so that few submissions hold them all.
"""

import ast
import dataclasses
import itertools
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.wording import say_result
from cs231n_rnn.files import ROOT
from instructor.exercises import read_solutions, simple_files
from instructor.grading.kit import Kit
from instructor.grading.python2 import parse
from instructor.grading.run import grade_submission
from instructor.grading.sandbox import find_sandbox
from instructor.grading.submission import Submission
from instructor.misconceptions import edited_text, read_alternatives
from instructor.overlay import overlay
from instructor.tests.grading_tools import only

SOLUTIONS = read_solutions()
FILES = [path for solution in SOLUTIONS for path in solution.alternatives]
ENTRIES = {entry.name: entry for entry in read_alternatives()}
SIMPLE = {file: content.decode() for file, content in simple_files().items()}
MANIFEST = read_manifest()
SECRET = b"of these tests alone"
CLASSES = {name.split(".")[0] for name in MANIFEST.functions if "." in name}

each = pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parents[1].name}-{p.stem}")


def names_of(node):
    """Names that a statement defines: a function's, a class's, those of an assignment."""
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return [node.name] if hasattr(node, "name") else []


def definitions(scope, prefix=""):
    """Every statement of a module and of its model's class, by qualified name."""
    found = {}
    for node in scope.body:
        for name in names_of(node):
            if name in CLASSES:
                found |= definitions(node, f"{name}.")
            else:
                found[prefix + name] = node
    return found


def span(node):
    """First line, with decorators, and the line after the last, counted from 0."""
    first = min(n.lineno for n in [node, *getattr(node, "decorator_list", [])])
    return first - 1, node.end_lineno


def replaced_functions(path):
    """The TODO functions that an alternative defines."""
    if path in ENTRIES:
        return [ENTRIES[path].function, *ENTRIES[path].also]
    found = definitions(parse(path.read_text(encoding="utf-8")))
    return [name for name in found if name in MANIFEST.functions]


def implementation(path):
    """Name and text of the student's file: the simple one with the alternative in it."""
    if path in ENTRIES:
        entry = ENTRIES[path]
        solution = next(s for s in SOLUTIONS if s.file == entry.file)
        return entry.file, edited_text(entry, solution)
    source = path.read_text(encoding="utf-8")
    functions = replaced_functions(path)
    (file,) = {MANIFEST.functions[name] for name in functions}
    text = SIMPLE[file]
    lines, new = text.splitlines(keepends=True), source.splitlines(keepends=True)
    simple, own = definitions(parse(text)), definitions(parse(source))
    pieces = [(*span(simple[name]), *span(own[name])) for name in functions]
    first_method = min((p[0] for p in pieces if "." in functions[0]), default=0)
    for name, node in own.items():
        if name.split(".")[0] in CLASSES and name not in functions:
            pieces.append((first_method, first_method, *span(node)))
    _, *body = parse(source).body  # without the docstring
    last = max(n.end_lineno for n in parse(text).body if isinstance(n, ast.ImportFrom))
    for node in body:
        if not {*CLASSES, *functions} & set(names_of(node)):
            pieces.append((last, last, *span(node)))
    # From the end on, and what stands in one place in its own order.
    for begin, end, first, behind in sorted(pieces, reverse=True):
        lines[begin:end] = [*new[first:behind], "\n"]
    return file, "".join(lines)


def submissions():
    """Every file in one submission, and in each submission at most one for a module."""
    by_module = {}
    for path in [*FILES, *ENTRIES]:
        by_module.setdefault(implementation(path)[0], []).append(path)
    return [
        [path for path in paths if path] for paths in itertools.zip_longest(*by_module.values())
    ]


SUBMISSIONS = submissions()
each_submission = pytest.mark.parametrize("number", range(len(SUBMISSIONS)))


def files_of(paths):
    """All files of a submission with the alternatives."""
    return SIMPLE | dict(map(implementation, paths))


def functions_beside(paths):
    """The TODO functions of every module that holds an alternative."""
    modules = {implementation(path)[0] for path in paths}
    return [name for name, file in MANIFEST.functions.items() if file in modules]


def all_replaced(paths):
    """The functions that the alternatives replace: on them alone hidden cases are graded."""
    return [name for path in paths for name in replaced_functions(path)]


def points_of(functions):
    return sum(map(MANIFEST.points_of, set(functions) - MANIFEST.optional))


def public_table(paths, folder):
    """What ``python -m cs231n_rnn check`` prints in a clone with the alternatives."""
    files = {name: text.encode() for name, text in files_of(paths).items()}
    tree = overlay(files, folder / "tree")
    outside = ("PYTHONPATH", "PYTHONSAFEPATH", "PYTHONWARNINGS")
    environment = {k: v for k, v in os.environ.items() if k not in outside}
    environment |= {"PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "cs231n_rnn", "check", *functions_beside(paths)]
    done = subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, encoding="utf-8"
    )
    return done.stdout + done.stderr


def in_pairs(function, *arguments):
    """A function of each submission, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(function, SUBMISSIONS, *arguments))


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folders = [tmp_path_factory.mktemp("alternatives") for _ in SUBMISSIONS]
    return in_pairs(public_table, folders)


@pytest.fixture(scope="module")
def grades():
    # Time is not what is tested here, and the machine may be busy.
    limits = {**MANIFEST.limits, "seconds": 30, "total_seconds": 300}
    patient = dataclasses.replace(MANIFEST, limits=limits)
    kits = [dataclasses.replace(Kit.open(ROOT), manifest=patient) for _ in range(2)]

    def grade(paths):
        files = {name: text.encode("utf-8") for name, text in files_of(paths).items()}
        kit = kits.pop()  # a kit serves one submission at a time
        few = only(kit, *all_replaced(paths))
        try:
            submission = Submission("alternatives", files, notebooks={}, layout="kit", notes=())
            return grade_submission(submission, few, find_sandbox(), SECRET)
        finally:
            kits.append(kit)

    try:
        return in_pairs(grade)
    finally:
        for kit in kits:
            kit.close()


@each
def test_an_alternative_is_in_the_submission_and_nothing_else_differs(path):
    file, text = implementation(path)
    simple = definitions(parse(SIMPLE[file]))
    found = definitions(parse(text))
    own = definitions(parse(path.read_text(encoding="utf-8")))
    assert set(found) == set(simple) | set(own)
    changed = [n for n in simple if ast.dump(simple[n]) != ast.dump(found[n])]
    assert sorted(changed) == sorted(replaced_functions(path))
    for name, node in own.items():
        assert ast.dump(found[name]) == ast.dump(node)


@each_submission
def test_the_public_cases_give_full_points(number, tables):
    points = points_of(functions_beside(SUBMISSIONS[number]))
    assert f"{points:.1f} of {points:.1f} points" in tables[number], SUBMISSIONS[number]


@each_submission
def test_the_grader_gives_full_points(number, grades):
    grade = grades[number]
    lost = [f"{r.id}: {r.status}, {say_result(r)}" for r in grade.results if r.status != "passed"]
    assert not grade.reason
    assert not lost, SUBMISSIONS[number]
    assert grade.earned == pytest.approx(points_of(all_replaced(SUBMISSIONS[number])))
