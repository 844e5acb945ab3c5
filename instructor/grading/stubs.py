"""A function that does nothing is a stub, whatever it returns: CS231n's stubs return None or zeros.

Such a one is made to raise what the kit's stubs raise. So it is "to do" rather than wrong, and so
is what calls it. The syntax tree decides; nothing is run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from cs231n_rnn.checking.messages import Message
from instructor.grading.edits import Edit, Places, apply
from instructor.grading.python2 import parse

# What makes an array that holds nothing yet.
EMPTY = {"ones", "zeros", "full", "empty"}
EMPTY |= {f"{name}_like" for name in EMPTY}
# Names and constants; and parts of what these name, or a comparison with them.
PLAIN: tuple[type[ast.AST], ...] = (ast.Name, ast.Constant, ast.Tuple, ast.List, ast.Dict)
PLAIN += ast.UnaryOp, ast.unaryop, ast.expr_context
PARTS = ast.Subscript, ast.Attribute, ast.Slice, ast.Compare, ast.cmpop


def with_stubs(file: str, content: bytes, functions: Iterable[str]) -> bytes:
    """A source in which each function that does nothing raises that it is still to be written.

    Parameters
    ----------
    file : str
        As the student knows it.
    content : bytes
    functions : iterable of str
        The TODO functions that it may hold.

    Returns
    -------
    bytes
        Every line keeps its number.
    """
    text = content.decode("utf-8", errors="replace")
    hollow = hollow_functions(text, functions)
    if not hollow:
        return content
    places = Places(text)
    edits = []
    for name, nodes in hollow.items():
        told = f"TODO: implement {name} in {file}"
        for node in nodes:
            start = places.start(node.body[0])
            edits.append(Edit(start, start, f"raise NotImplementedError({told!r}); "))
    return apply(text, edits).encode("utf-8")


def hollow_functions(text: str, functions: Iterable[str]) -> dict[str, list[ast.FunctionDef]]:
    """Those of the functions that do nothing, in the last of their definitions.

    Where some are made under a condition, it may be any of these.

    Parameters
    ----------
    text : str
    functions : iterable of str
        ``"rnn_forward"`` or ``"CaptioningRNN.loss"``.

    Returns
    -------
    dict of str to list of ast.FunctionDef
    """
    tree = parse(text)
    if isinstance(tree, Message):
        return {}
    defined: dict[str, list[ast.FunctionDef]] = {}
    for name, node, is_certain in _definitions(tree.body):
        defined[name] = [*([] if is_certain else defined.get(name, [])), node]
    return {
        name: defined[name]
        for name in functions
        if name in defined and all(is_hollow(node, "." in name) for node in defined[name])
    }


def _definitions(
    body: list[ast.stmt], prefix: str = "", is_certain: bool = True
) -> Iterator[tuple[str, ast.FunctionDef, bool]]:
    """Functions and methods by name, and whether each is made under no condition."""
    for node in body:
        if isinstance(node, ast.FunctionDef):
            yield prefix + node.name, node, is_certain
        elif isinstance(node, ast.ClassDef):
            yield from _definitions(node.body, f"{node.name}.", is_certain)
        else:
            for field in ("body", "orelse", "handlers", "finalbody"):
                yield from _definitions(getattr(node, field, []), prefix, False)


def is_hollow(function: ast.FunctionDef, is_method: bool = False) -> bool:
    """Whether a function only names things and returns them.

    Parameters
    ----------
    function : ast.FunctionDef
    is_method : bool
        A model's stub also takes its parameters out of their dict, cuts its inputs and makes
        arrays that hold nothing yet.

    Returns
    -------
    bool
    """
    if function.decorator_list:
        return False
    given = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
    for node in function.body:
        if isinstance(node, ast.Assign):
            is_nothing = _is_input(node.value) if is_method else _is_constant(node.value)
            if not all(map(_is_plain, node.targets)) or not (is_nothing or _is_shape(node.value)):
                return False
        elif isinstance(node, ast.Return | ast.Expr):
            # What hands on an input is wrong, and written.
            if node.value and not (_is_plain(node.value) or (is_method and _is_empty(node.value))):
                return False
            if node.value and given & _names(node.value):
                return False
        elif not isinstance(node, ast.Pass):
            return False
    return True


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _is_constant(node: ast.AST) -> bool:
    return _is_plain(node) and not _names(node)


def _is_plain(node: ast.AST) -> bool:
    """Names and constants, alone or several."""
    return all(isinstance(n, PLAIN) for n in ast.walk(node))


def _is_shape(node: ast.AST) -> bool:
    """Sizes of arrays: ``x.shape``, ``x.shape[0]``, or several of them."""
    if isinstance(node, ast.Tuple):
        return all(map(_is_shape, node.elts))
    if isinstance(node, ast.Subscript):
        node = node.value
    return isinstance(node, ast.Attribute) and node.attr == "shape"


def _is_input(node: ast.AST) -> bool:
    """What a model is given, in part or compared with a number, and arrays of nothing."""
    if isinstance(node, ast.Tuple):
        return all(map(_is_input, node.elts))
    return _is_empty(node) or all(isinstance(n, PLAIN + PARTS) for n in ast.walk(node))


def _is_empty(node: ast.AST) -> bool:
    """``np.zeros(...)``, or a multiple of it."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        return _is_empty(node.left) or _is_empty(node.right)
    return isinstance(node, ast.Call) and getattr(node.func, "attr", "") in EMPTY
