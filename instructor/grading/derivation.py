"""A backward pass that does not derive anything: what of a differentiator its source shows.

Nothing of a submission runs here, so nothing that it does can hide what is read. A place counts
for a function if the function's own source, or that of its forward pass, leads there by names: a
helper for the student's own checks that no backward pass mentions costs nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from cs231n_rnn.checking.manifest import Manifest
from cs231n_rnn.checking.messages import Message, message
from cs231n_rnn.checking.outcome import Outcome
from cs231n_rnn.checking.results import Result
from instructor.grading.cs231n_layout import functions_of
from instructor.grading.python2 import parse
from instructor.grading.submission import Submission

COMPLEX = {"complex64", "complex128", "complex192", "complex256", "complex_", "csingle"}
COMPLEX |= {"cdouble", "clongdouble", "cfloat", "complexfloating", "imag", "emath", "scimath"}
# A class that has a product of its own may carry a derivative along in it; one that has a sum
# alone is a container.
PRODUCTS = {"__mul__", "__rmul__", "__matmul__", "__rmatmul__", "__truediv__", "__pow__"}
PRODUCTS |= {"__array_ufunc__", "__array_function__"}
LIBRARIES = {"autograd", "jax", "torch", "tensorflow", "sympy", "casadi", "theano", "aesara"}
LIBRARIES |= {"pytensor", "mxnet", "tinygrad", "micrograd", "paddle", "chainer", "keras"}
LIBRARIES |= {"numdifftools", "algopy", "uncertainties", "autodiff", "mindspore"}
LIBRARIES |= {"differentiate", "derivative"}  # SciPy's
DIFFERENCES = {"approx_fprime", "approx_derivative", "check_grad"}
FROM_DATA = {"marshal", "zlib", "gzip", "bz2", "lzma", "base64", "binascii", "codecs"}
FROM_DATA |= {"zipimport", "runpy", "importlib", "ctypes", "builtins"}
LONGEST_TEXT = 400
BUILT_IN = {"exec", "compile", "__import__"}
# What would hide from the watch in the worker.
AROUND = {"setprofile", "settrace", "_getframe", "_current_frames", "get_referrers"}
AROUND |= {"get_objects", "_multiarray_umath", "umath", "meta_path"}
IN_NAMES = {"complex": {"complex"}, "from_data": {"__builtins__"}}
IN_ATTRIBUTES = {
    "complex": COMPLEX,
    "library": DIFFERENCES,
    "from_data": {"fromhex", "__builtins__"},
    "around": AROUND,
}
IN_IMPORTS = {
    "complex": COMPLEX | {"cmath"},
    "library": LIBRARIES | DIFFERENCES,
    "from_data": FROM_DATA,
    "around": AROUND,
}


@dataclass(frozen=True)
class Place:
    """What of a differentiator is where."""

    kind: str
    file: str
    line: int


@dataclass
class Unit:
    """A function or another statement: what it defines, what it mentions, what it holds.

    Attributes
    ----------
    function : str
        Its qualified name, if it is a function.
    defines, mentions : set of str
    binds : set of str
        Those that an assignment defines.
    places : list of Place
    """

    function: str = ""
    defines: set[str] = field(default_factory=set)
    mentions: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    places: list[Place] = field(default_factory=list)

    @property
    def is_unread(self) -> bool:
        """Whether it stands for a file that has no syntax tree."""
        return any(place.kind == "unread" for place in self.places)

    def makes(self, function: str) -> bool:
        """Whether it defines a function, or binds its name to something."""
        return self.function == function or function.rpartition(".")[2] in self.binds


def underived(results: list[Result], found: dict[str, Place], manifest: Manifest) -> list[Result]:
    """Results in which functions that derive nothing earn the course's share.

    Parameters
    ----------
    results : list of Result
    found : dict of str to Place
        A function to where it differentiates.
    manifest : Manifest
        Its ``[derivation] points`` is the share, 0 if it says nothing.

    Returns
    -------
    list of Result
        What failed before has the reason that it had, but for a missed deadline: that is named by
        its cause.
    """

    def changed(result: Result) -> Result:
        place, passed = found.get(result.function), result.status == "passed"
        is_late = result.fault is not None and result.fault.code in ("too_slow", "small_only")
        if place is None or not (passed or is_late):
            return result
        kept = manifest.derivation.get("points", 0.0) if passed else 0.0
        about = message(f"derived_by_{place.kind}")
        values = {"about": about, "file": place.file, "line": place.line}
        partly = message("underived_in_part", share=kept, **values)
        fault = partly if kept else message("underived", **values)
        return replace(result, status="failed", fault=fault, kept=kept)

    return [changed(result) for result in results]


def differentiators(submission: Submission, manifest: Manifest) -> dict[str, Place]:
    """The backward functions of a submission whose source leads to a differentiator.

    Returns
    -------
    dict of str to Place
        A function to the first such place.
    """
    units = {name: _units(name, source) for name, source in submission.files.items()}
    found: dict[str, Place] = {}
    if not any(unit.places for own in units.values() for unit in own):
        return found
    backward = [name for name in manifest.functions if name.endswith(("_backward", ".loss"))]
    for file, own in units.items():
        at_import = [unit for unit in own if not unit.function and not unit.defines]
        unread = any(unit.is_unread for unit in own)
        within = functions_of(file, manifest)
        for function in backward:
            forward = function.removesuffix("_backward")
            names = (function, forward, f"{forward}_forward")
            roots = [unit for unit in own if any(map(unit.makes, names))]
            if not roots and not (unread and function in within):
                continue
            for unit in _reached([*roots, *at_import], file, units, builds_on(function, manifest)):
                for place in unit.places:
                    found.setdefault(function, place)
    return found


def sightings(outcomes: Iterable[tuple[str, Outcome]], manifest: Manifest) -> dict[str, Place]:
    """The backward functions that were seen to differentiate, while the cases ran.

    Parameters
    ----------
    outcomes : iterable of (str, Outcome)
        A function with the outcome of each of its cases.
    manifest : Manifest

    Returns
    -------
    dict of str to Place
        A function to the first such place; of one that calls another exercise's, that one.
    """
    found: dict[str, Place] = {}
    for function, outcome in outcomes:
        for told in outcome.seen:
            inner, file, line = (told.values[name] for name in ("function", "file", "line"))
            own = [n for n in manifest.functions if n.rpartition(".")[2] == inner]
            known = file if file in manifest.submitted else manifest.functions[function]
            place = Place(told.code.removeprefix("seen_"), known, line)
            for name in own or [function]:
                found.setdefault(name, place)
    return found


def builds_on(function: str, manifest: Manifest) -> set[str]:
    """The graded functions that one builds on, and those that these do: they earn by themselves."""
    found: set[str] = set()
    todo = [function]
    while todo:
        named = manifest.builds_on.get(todo.pop(), [])
        # "{cell_type}_forward" may be any cell's.
        patterns = [re.sub(r"{.*?}", "*", name) for name in named]
        new = {n for n in manifest.functions if any(fnmatchcase(n, p) for p in patterns)} - found
        found |= new
        todo += new
    return found


def _reached(
    roots: list[Unit], file: str, units: dict[str, list[Unit]], others: set[str]
) -> Iterator[Unit]:
    """The units that roots lead to by names, but for other functions that are graded."""
    todo = [(unit, file) for unit in roots]
    seen = {id(unit) for unit in roots}
    while todo:
        unit, file = todo.pop(0)
        yield unit
        for place in _scope(file, units):
            for candidate in units[place]:
                if id(candidate) in seen or not candidate.defines & unit.mentions:
                    continue
                if not any(map(candidate.makes, others)):
                    seen.add(id(candidate))
                    todo.append((candidate, place))


def _scope(file: str, units: dict[str, list[Unit]]) -> list[str]:
    """A file and the submission's others that it imports."""
    mentioned = {name for unit in units[file] for name in unit.mentions}
    return [f for f in units if f == file or f.removesuffix(".py").replace("/", ".") in mentioned]


def _units(file: str, source: bytes) -> list[Unit]:
    tree = parse(source.decode("utf-8", "replace"))
    if isinstance(tree, Message):
        return [Unit(places=[Place("unread", file, 1)])]
    return list(_split(tree.body, file, ""))


def _split(body: Iterable[ast.stmt], file: str, prefix: str) -> Iterator[Unit]:
    """A unit for each function, method, import and other statement."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from _class_units(node, file)
        elif isinstance(node, ast.If) and "__main__" in ast.dump(node.test):
            continue  # it does not run while this is graded
        else:
            name = node.name if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ""
            is_function = bool(name)
            unit = _unit([node], file, name and f"{prefix}{name}")
            unit.defines = {name} if is_function else set(_assigned(node))
            unit.binds = (
                set()
                if is_function or isinstance(node, ast.Import | ast.ImportFrom)
                else unit.defines
            )
            yield unit


def _class_units(node: ast.ClassDef, file: str) -> Iterator[Unit]:
    """The class itself with what Python calls by itself, and each other method."""
    methods = list(_split(node.body, file, f"{node.name}."))
    whole = _unit([*node.bases, *node.decorator_list, *node.keywords], file)
    whole.defines = {node.name}
    members = {name for unit in methods for name in unit.defines}
    if members & PRODUCTS:
        whole.places.append(Place("arithmetic", file, node.lineno))
    for unit in methods:
        if any(name.startswith("__") for name in unit.defines) or not unit.function:
            unit.defines.add(node.name)
        yield unit
    yield whole


def _unit(nodes: Iterable[ast.AST], file: str, function: str = "") -> Unit:
    unit = Unit(function)
    for node in (inner for outer in nodes for inner in ast.walk(outer)):
        unit.mentions |= set(_names(node))
        kind = _kind(node)
        if kind:
            unit.places.append(Place(kind, file, getattr(node, "lineno", 1)))
    unit.places.sort(key=lambda place: place.line)
    return unit


def _names(node: ast.AST) -> Iterator[str]:
    """What a node mentions: names, attributes, texts, modules."""
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield node.module or ""
        yield from (alias.name for alias in node.names)
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _assigned(node: ast.stmt) -> Iterator[str]:
    """The names that a statement binds, also as attributes of a module: rnn.rnn_forward = f."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name.partition(".")[0]) for alias in node.names)
    for target in ast.walk(node) if isinstance(node, ast.Assign | ast.AnnAssign) else ():
        if isinstance(target, ast.Name | ast.Attribute) and isinstance(target.ctx, ast.Store):
            yield target.id if isinstance(target, ast.Name) else target.attr


def _kind(node: ast.AST) -> str:
    """The kind of differentiator that a node shows; empty if none."""
    if isinstance(node, ast.Constant):
        return _kind_of_constant(node.value)
    if isinstance(node, ast.ClassDef):
        members = {
            name for one in node.body for name in [getattr(one, "name", ""), *_assigned(one)]
        }
        return "arithmetic" if members & PRODUCTS else ""
    if isinstance(node, ast.BinOp) and _is_difference(node):
        return "difference"
    if isinstance(node, ast.Call) and _runs_data(node):
        return "from_data"
    if isinstance(node, ast.Attribute) and node.attr in PRODUCTS and _is_set(node):
        return "arithmetic"
    words = _words(node)
    parts = {part for name in _names(node) for part in name.split(".")} if words else set()
    return next((kind for kind, known in words.items() if parts & known), "")


def _words(node: ast.AST) -> dict[str, set[str]]:
    """The words by which a name, an attribute or an import shows a kind."""
    if isinstance(node, ast.Name):
        return IN_NAMES
    if isinstance(node, ast.Attribute):
        return IN_ATTRIBUTES
    return IN_IMPORTS if isinstance(node, ast.Import | ast.ImportFrom) else {}


def _kind_of_constant(value: object) -> str:
    if isinstance(value, complex):
        return "complex"
    if not isinstance(value, str):
        return ""
    if value in PRODUCTS:
        return "arithmetic"
    return "complex" if value in COMPLEX | {"complex"} - {"imag"} else ""


def _is_set(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store)


def _runs_data(node: ast.Call) -> bool:
    """Exec and its like, but for a short text that is there: eval(f"{cell}_forward")."""
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    first = node.args[0] if node.args else node
    is_text = isinstance(first, ast.JoinedStr | ast.Constant | ast.BinOp)
    is_plain = name == "eval" and is_text and len(ast.dump(first)) < LONGEST_TEXT
    return name in BUILT_IN | {"eval"} and not is_plain


def _is_difference(node: ast.BinOp) -> bool:
    """f(a + h) - f(a - h): two calls that differ in nothing but a sign."""
    left, right = node.left, node.right
    called = left.value if isinstance(left, ast.Subscript) else left  # f(a + h)[0]
    if not isinstance(node.op, ast.Sub) or not isinstance(called, ast.Call):
        return False
    one, other = (ast.dump(side) for side in (left, right))
    return one != other and one.replace("Add()", "Sub()") == other.replace("Add()", "Sub()")
