"""Which module may import which, read from their source: imports inside functions count too."""

import ast
import sys
from graphlib import CycleError, TopologicalSorter

import pytest

from cs231n_rnn.files import ROOT
from instructor.exercises import read_solutions

ROOMS = ("cs231n_rnn", "instructor")
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for folder in ROOMS
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "tests" not in path.relative_to(ROOT).parts
}
# The reference's files import what the stubs in their place may not need yet.
REFERENCE = {
    solution.file.removesuffix(".py").replace("/", "."): solution.reference
    for solution in read_solutions(left_out=True)
}


def imported_names(module, path):
    """Every name that a file imports, with all its dots: ``from a import b`` gives a and a.b.

    An import under ``if TYPE_CHECKING`` does not run, and does not count.
    """
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    hints = {
        node
        for guard in ast.walk(tree)
        if isinstance(guard, ast.If) and ast.unparse(guard.test) == "TYPE_CHECKING"
        for statement in guard.body
        for node in ast.walk(statement)
    }
    for node in set(ast.walk(tree)) - hints:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            yield source
            yield from (f"{source}.{alias.name}" for alias in node.names)


IMPORTED = {
    name: {
        *imported_names(name, path),
        *(imported_names(name, REFERENCE[name]) if name in REFERENCE else ()),
    }
    for name, path in MODULES.items()
}


def is_below(name, rooms):
    return any(f"{name}.".startswith(f"{room}.") for room in rooms)


def strays(room, forbidden, allowed=()):
    """What the modules of a room import from the forbidden rooms, and not from the allowed."""
    return [
        f"{module} imports {name}"
        for module, names in IMPORTED.items()
        for name in sorted(names)
        if is_below(module, [room]) and is_below(name, forbidden) and not is_below(name, allowed)
    ]


def test_the_modules_are_found_with_their_imports():
    assert {"cs231n_rnn.layers.rnn", "cs231n_rnn.photos", "instructor.sync"} <= MODULES.keys()
    assert {"cs231n_rnn.layers.rnn", "cs231n_rnn.models.captioning"} <= REFERENCE.keys()
    assert "cs231n_rnn.photos.build" in IMPORTED["cs231n_rnn.photos"]
    assert "cs231n_rnn.plots.attention" in IMPORTED["cs231n_rnn.photos.captioner"]


def test_no_imports_run_in_a_circle():
    graph = {module: (names & MODULES.keys()) - {module} for module, names in IMPORTED.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_layers_import_numpy_and_layers_alone():
    known = {name.partition(".")[0] for names in IMPORTED.values() for name in names}
    outside = known - sys.stdlib_module_names - {"numpy"}
    assert strays("cs231n_rnn.layers", outside, ["cs231n_rnn.layers"]) == []


def test_models_import_layers_and_models():
    rooms = ["cs231n_rnn.layers", "cs231n_rnn.models"]
    assert strays("cs231n_rnn.models", ["cs231n_rnn"], rooms) == []


def test_training_imports_no_data():
    assert strays("cs231n_rnn.training", ["cs231n_rnn.data"]) == []


def test_the_package_imports_nothing_of_the_staffs():
    assert strays("cs231n_rnn", ["instructor", "solutions", "benchmarks", "tests"]) == []


def test_nothing_but_photos_imports_photos():
    photos = ["cs231n_rnn.photos"]
    for room in (name for name in MODULES if not is_below(name, photos)):
        assert {name for name in IMPORTED[room] if is_below(name, photos)} == set(), room
