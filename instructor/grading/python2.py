"""Old but right code: what Python 3 or NumPy no longer has is put in its present form.

CS231n's own files were written for Python 2 until 2017, and submissions still are. Every line keeps
its number, so that a message about a line is about the student's line. Syntax is fixed on the
tokens, names on the syntax tree, so strings and comments stay as they are.
"""

from __future__ import annotations

import ast
import io
import re
import threading
import tokenize
import warnings
from collections.abc import Iterator

from cs231n_rnn.checking.messages import Message, message
from instructor.grading.edits import Edit, Places, apply, lines_of

# Deeper syntax trees than such a file can hold have crashed Python 3.10. Python 3.12 keeps a
# line with each of its tokens.
LONGEST, LONGEST_LINE = 100_000, 5_000
# Two threads of Python 3.11 that build syntax trees count each other's depth: a SystemError.
ONE_AT_A_TIME = threading.Lock()

BUILTINS = {"xrange": "range", "raw_input": "input", "unichr": "chr", "long": "int"}
BUILTINS |= {"unicode": "str", "basestring": "str"}
METHODS = {f"iter{name}": name for name in ("items", "values", "keys")}
METHODS |= {"has_key": "__contains__"}
# Names of NumPy 1 that were Python's own, and those that have another name in NumPy 2.
NUMPY = {name: name for name in ("float", "int", "bool", "object", "complex", "str")}
NUMPY |= {"long": "int", "unicode": "str", "float_": "np.float64", "complex_": "np.complex128"}
NUMPY |= {"Inf": "np.inf", "Infinity": "np.inf", "infty": "np.inf", "NaN": "np.nan"}
OLD_DIV = "lambda a, b: a // b if isinstance(a, int) and isinstance(b, int) else a / b"
IMPORTS = {
    "past.builtins": BUILTINS,
    "six.moves": {**BUILTINS, "range": "range", "zip": "zip", "map": "map", "input": "input"},
    "itertools": {"izip": "zip", "imap": "map", "ifilter": "filter"},
    "past.utils": {"old_div": OLD_DIV},
}
# What they return is never a whole number, so / is the same in both Pythons.
FLOATS = ("exp", "sqrt", "tanh", "cosh", "log", "mean", "std")
# Where a file is Python 2's for certain: there / between whole numbers rounds down.
DIVISION = (
    "_python2_division = lambda a, b, i='': getattr(__import__('operator'), i + ('floordiv' if "
    "all(type(x) is int or getattr(getattr(x, 'dtype', 0), 'kind', 'f') in 'iu' for x in (a, b)) "
    "else 'truediv'))(a, b)"
)


def fix(source: str) -> tuple[str, list[tuple[int, Message]]]:
    """Make a source for Python 2 or an old NumPy run today.

    Parameters
    ----------
    source : str

    Returns
    -------
    source : str
        The same object where there was nothing to fix, or no way to make it compile.
    leftovers : list of tuple of int and Message
        For example 40 and "xrange is Python 2; Python 3 has range": each kind once, with the
        first line that has it, in their order.
    """
    if max(map(len, source.split("\n"))) > LONGEST_LINE:
        return source, []
    text = source.replace("\r\n", "\n").replace("\r", "\n")
    text, found = _fix_syntax(text)
    tree = parse(text)
    if isinstance(tree, Message):
        return source, []
    edits = list(_names(tree, text))
    # The imports below are for files that run on both, and NumPy's names say nothing either.
    is_old = bool(found or edits) and not _imports_division(tree)
    edits += [*_imports(tree, text), *_numpy(tree, text)]
    found += lines_of(text, edits)
    divisions = _divisions(tree, text) if is_old else []
    found += lines_of(text, divisions)
    if not found:
        return source, []
    return apply(text, edits + divisions), _once(found)


def parse(source: str) -> ast.Module | Message:
    """The syntax tree, or why there is none; nothing is compiled or run."""
    if len(source) > LONGEST:
        return message("source_too_long", length=len(source), most=LONGEST)
    try:
        with ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about "is" with a literal, or \d in a string
            return ast.parse(source)
    except SyntaxError as error:
        if isinstance(error, TabError):
            return message("tabs", line=error.lineno, text=error.msg)
        if error.lineno:
            return message("syntax_in_line", line=error.lineno, text=error.msg)
        return message("syntax", text=error.msg)
    except ValueError as error:
        return message("syntax", text=str(error))
    except (RecursionError, MemoryError):
        return message("nested")


def _once(found: list[tuple[int, Message]]) -> list[tuple[int, Message]]:
    """Each kind of leftover with the first line that has it."""
    first: dict[Message, int] = {}
    for line, leftover in sorted(found, key=lambda one: (one[0], repr(one[1]))):
        first.setdefault(leftover, line)
    return [(line, leftover) for leftover, line in first.items()]


def _fix_syntax(text: str) -> tuple[str, list[tuple[int, Message]]]:
    found: list[tuple[int, Message]] = []
    for _ in range(3):  # tabs may hide after a print statement, or the other way round
        fault = parse(text)
        if isinstance(fault, ast.Module) or len(text) > LONGEST:
            break
        edits = list(_tabs(text) if fault.code == "tabs" else _statements(text))
        found += lines_of(text, edits)
        text = apply(text, edits)
    return text, found


def _tabs(text: str) -> Iterator[Edit]:
    leftover = message("mixed_tabs")
    for match in re.finditer(r"^[ \t]*\t[ \t]*", text, re.MULTILINE):
        yield Edit(*match.span(), match.group().expandtabs(8), leftover)


def _statements(text: str) -> Iterator[Edit]:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError, ValueError):
        yield from _tabs(text)  # since Python 3.12 they are an error here too
        return
    places = Places(text)
    for statement in _split(tokens):
        yield from _unequal(statement, places)
        first = statement[0].string
        if first == "print" and not _is_call(statement):
            yield from _print(statement, places)
        elif first in ("raise", "except"):
            yield from _comma(statement, places)


def _split(tokens: list[tokenize.TokenInfo]) -> Iterator[list[tokenize.TokenInfo]]:
    """Simple statements and the heads of compound ones, each without what ends it."""
    blank = (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    statement: list[tokenize.TokenInfo] = []
    depth = 0
    for token in tokens:
        depth += _nesting(token)
        at_top = token.type == tokenize.OP and depth == 0
        if token.type == tokenize.NEWLINE or (at_top and token.string in (":", ";")):
            if statement:
                yield statement
            statement = []
        elif token.type not in blank:
            statement.append(token)


def _nesting(token: tokenize.TokenInfo) -> int:
    return (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))


def _commas(tokens: list[tokenize.TokenInfo]) -> list[tokenize.TokenInfo]:
    """Commas outside of all brackets."""
    commas, depth = [], 0
    for token in tokens:
        depth += _nesting(token)
        if token.string == "," and depth == 0:
            commas.append(token)
    return commas


def _unequal(statement: list[tokenize.TokenInfo], places: Places) -> Iterator[Edit]:
    leftover = message("python2", old="<>", new="!=")
    for token, following in zip(statement, [*statement[1:], statement[-1]], strict=True):
        # One token or two, as Python's version has it.
        in_two = token.string == "<" and following.string == ">" and following.start == token.end
        if token.string == "<>" or in_two:
            start = places.of_token(token.start)
            yield Edit(start, start + 2, "!=", leftover)


def _print(statement: list[tokenize.TokenInfo], places: Places) -> Iterator[Edit]:
    leftover = message("python2", old="print as a statement", new="print(...)")
    after, end = places.of_token(statement[0].end), places.of_token(statement[-1].end)
    trailing = statement[-1].string == ","
    yield Edit(end - trailing, end, ", end=' ')" if trailing else ")")
    yield Edit(after, after, "(", leftover)


def _is_call(statement: list[tokenize.TokenInfo]) -> bool:
    """Whether the bracket after the first word is closed by the last token."""
    depth = 0
    for token in statement[1:]:
        depth += _nesting(token)
        if depth == 0:
            return token.string == ")" and token is statement[-1]
    return False


def _comma(statement: list[tokenize.TokenInfo], places: Places) -> Iterator[Edit]:
    """``raise E, text`` and ``except E, e``."""
    commas = _commas(statement)
    if len(commas) != 1:
        return
    comma, end = places.of_token(commas[0].start), places.of_token(statement[-1].end)
    if statement[0].string == "except":
        leftover = message("python2", old="except E, e", new="except E as e")
        yield Edit(comma, comma + 1, " as", leftover)
    else:
        leftover = message("python2", old="raise E, text", new="raise E(text)")
        yield Edit(comma, comma + 1, "(", leftover)
        yield Edit(end, end, ")")


def _names(tree: ast.Module, text: str) -> Iterator[Edit]:
    """Built-in functions and methods of dict that are gone."""
    places, own = Places(text), _bound(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in BUILTINS and node.id not in own:
            new = BUILTINS[node.id]
            leftover = message("python2", old=node.id, new=new)
            yield from _replace(text, places.end(node), node.id, new, leftover)
        elif isinstance(node, ast.Attribute) and node.attr in METHODS:
            new = METHODS[node.attr]
            present = "in" if new == "__contains__" else f".{new}()"
            leftover = message("python2", old=f".{node.attr}()", new=present)
            yield from _replace(text, places.end(node), node.attr, new, leftover)


def _replace(text: str, end: int, old: str, new: str, leftover: Message) -> Iterator[Edit]:
    # Inside an f-string, Python before 3.12 does not know the places of names.
    if text[end - len(old) : end] == old:
        yield Edit(end - len(old), end, new, leftover)


def _bound(tree: ast.Module) -> set[str]:
    """Names that the source itself gives a meaning, anywhere."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name for alias in node.names}
    return names


def _imports(tree: ast.Module, text: str) -> Iterator[Edit]:
    """``from past.builtins import xrange`` becomes ``xrange = range``."""
    places = Places(text)
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.module not in IMPORTS or node.level:
            continue
        table, old, kept = _sort_out(node.module, node.names)
        if not old:
            continue
        parts = [f"from {node.module} import {', '.join(kept)}"] if kept else []
        parts += [f"{alias.asname or alias.name} = {table[alias.name]}" for alias in old]
        start, end = places.start(node), places.end(node)
        lost = "\n" * text.count("\n", start, end)
        new = table[old[0].name]
        present = "//" if new is OLD_DIV else new
        leftover = message("for_python2", old=f"{node.module}.{old[0].name}", new=present)
        yield Edit(start, end, "; ".join(parts) + lost, leftover)


def _sort_out(
    module: str, names: list[ast.alias]
) -> tuple[dict[str, str], list[ast.alias], list[str]]:
    """What the names of an import are now; those that are replaced; those that stay."""
    table = IMPORTS[module]
    if module == "past.builtins":
        if names[0].name == "*":
            names = [ast.alias(name, None) for name in BUILTINS]
        # The others are Python 3's own under the same name.
        table = {alias.name: BUILTINS.get(alias.name, alias.name) for alias in names}
    old = [alias for alias in names if alias.name in table]
    return table, old, [ast.unparse(alias) for alias in names if alias not in old]


def _numpy(tree: ast.Module, text: str) -> Iterator[Edit]:
    """``np.float`` and other names that NumPy no longer has."""
    places = Places(text)
    modules = {"np", "numpy"} - _bound(tree) | {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == "numpy"
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr not in NUMPY:
            continue
        name, new = getattr(node.value, "id", ""), NUMPY[node.attr]
        if name in modules:
            leftover = message("old_numpy", old=node.attr, new=new)
            new = new.replace("np.", f"{name}.")
            yield from _replace(text, places.end(node), f"{name}.{node.attr}", new, leftover)


def _divisions(tree: ast.Module, text: str) -> list[Edit]:
    """Divisions that may be of whole numbers, such as ``H = Wh.shape[1] / 4``."""
    places = Places(text)
    edits: list[Edit] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            edits += _division(node, node.left, node.right, places, text)
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Div):
            edits += _division(node, node.target, node.value, places, text)
    helper = _helper(tree, places)
    return [*edits, helper] if edits and helper else []


def _helper(tree: ast.Module, places: Places) -> Edit | None:
    """The function that divides, on a line that is there: before or behind a simple statement."""
    after = None
    for node in tree.body:
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_text or (isinstance(node, ast.ImportFrom) and node.module == "__future__"):
            after = places.end(node)
        elif not hasattr(node, "body"):
            return Edit(places.start(node), places.start(node), f"{DIVISION}; ")
        else:
            break
    return None if after is None else Edit(after, after, f"; {DIVISION}")


def _has_float(node: ast.expr) -> bool:
    return any(
        (isinstance(n, ast.Constant) and isinstance(n.value, float))
        or (isinstance(n, ast.Attribute) and n.attr in FLOATS)
        for n in ast.walk(node)
    )


def _imports_division(tree: ast.Module) -> bool:
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return any(alias.name == "division" for node in imports for alias in node.names)


def _division(
    node: ast.BinOp | ast.AugAssign, left: ast.expr, right: ast.expr, places: Places, text: str
) -> Iterator[Edit]:
    after, before = places.end(left), places.start(right)
    between = text[after:before]
    if "#" in between or between.count("/") != 1 or _has_float(left) or _has_float(right):
        return
    slash = after + between.index("/")
    start, end = places.start(node), places.end(node)
    leftover = message("division")
    if isinstance(node, ast.BinOp):
        yield Edit(start, start, "_python2_division(", leftover)
        yield Edit(slash, slash + 1, ",")
        yield Edit(end, end, ")")
    elif isinstance(left, ast.Name):
        yield Edit(slash, slash + 2, f"= _python2_division({left.id},", leftover)
        yield Edit(end, end, ", 'i')")
