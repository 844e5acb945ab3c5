"""What came from a worker, as far as the grader can stand for it.

Arrays are kept if they can be an answer. The line that an exception names is read from the file
itself. In a hidden case the exception's own text is dropped: it could quote the case.
"""

from __future__ import annotations

import ast
import builtins
import functools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.judge import Answer
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.messages import Message, cut, message
from cs231n_rnn.checking.outcome import Outcome
from cs231n_rnn.files import ROOT

# Numbers in an array that is wrong, yet worth a look: so many, or so many times the right one's.
MOST_NUMBERS, TIMES = 100_000, 8


def trusted(outcome: Outcome, case: Case, tree: Path) -> Outcome:
    """An outcome of a case with the words in it that can be kept; its arrays are ``bounded``.

    Parameters
    ----------
    outcome : Outcome
    case : Case
    tree : Path
        Where the code ran.

    Returns
    -------
    Outcome
    """
    outcome = with_own_source(outcome, tree)
    if case.hidden:
        return replace(outcome, fault=outcome.fault and _without_words(outcome.fault), advice=())
    advice = tuple(_of_known_names(told, outcome.arrays) for told in outcome.advice)
    return replace(outcome, advice=advice)


def bounded(arrays: Answer, expected: Mapping[str, np.ndarray]) -> Answer:
    """The arrays that are asked for; of one that is far too large its shape alone."""
    return {
        name: value if value.size <= max(MOST_NUMBERS, TIMES * right.size) else _shape_of(value)
        for name, right in expected.items()
        if (value := arrays.get(name)) is not None
    }


def _shape_of(array: np.ndarray) -> np.ndarray:
    """An array of the same shape that takes no memory, and holds no numbers."""
    return np.broadcast_to(np.array(None, dtype=object), array.shape)


def with_own_source(outcome: Outcome, tree: Path) -> Outcome:
    """An outcome with the line as the submission has it, whatever the worker said of it."""
    fault = outcome.fault
    if fault is None or fault.code != "raised_at":
        return outcome
    path = tree / fault.values["file"]
    if fault.values["file"] not in read_manifest().submitted:
        kept = {key: fault.values[key] for key in ("type", "text")}
        return replace(outcome, fault=message("raised", **kept))
    lines: list[str] = []
    if path.is_file() and not path.is_symlink():
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    number = fault.values["line"]
    source = cut(lines[number - 1].strip()) if 0 < number <= len(lines) else ""
    return replace(outcome, fault=replace(fault, values={**fault.values, "source": source}))


def _of_known_names(advice: Message, arrays: Answer) -> Message:
    """Advice without names that are none of the kit's: they may have been made up to be read."""
    values = advice.values
    if "name" in values and values["name"] not in _parameters():
        return replace(advice, values={**values, "name": "an argument"})
    if "names" in values:
        known = [name for name in values["names"] if name in arrays]
        return replace(advice, values={**values, "names": known or ["an array"]})
    return advice


@functools.cache
def _parameters() -> set[str]:
    """Names of what the functions to fill in take, as the stubs have them."""
    trees = [ast.parse((ROOT / file).read_bytes()) for file in read_manifest().points]
    return {node.arg for tree in trees for node in ast.walk(tree) if isinstance(node, ast.arg)}


def _without_words(fault: Message) -> Message:
    """A fault without what the code said itself."""
    if fault.code == "todo":
        return message("todo_unsaid", file=fault.values["file"], function=fault.values["function"])
    if fault.code not in ("raised", "raised_at"):
        return fault
    kind = getattr(builtins, fault.values["type"], None)
    known = isinstance(kind, type) and issubclass(kind, BaseException)
    name = fault.values["type"] if known else "an exception of its own"
    if not fault.values.get("source"):
        return message("raised_unsaid", type=name)
    place = {key: fault.values[key] for key in ("file", "line", "source")}
    return message("raised_unsaid_at", type=name, **place)
