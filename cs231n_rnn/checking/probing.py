"""What probes use: they draw inputs, call the code under test on copies, and note advice.

Advice costs no points. It is collected while a probe runs and handed on with its outcome.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from typing import Any

import numpy as np

NOTES: list[str] = []
# Seconds that each call of the code under test took.
SECONDS: list[float] = []


def draw(rng: np.random.Generator, *shapes: tuple[int, ...], dtype: Any = float) -> list[Any]:
    """Standard normal arrays of the given shapes."""
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call the code under test on copies of the arrays, and note which of them it changed.

    Parameters
    ----------
    function : callable
    *arguments
        Arrays are copied; anything else, a cache say, is handed over as it is.

    Returns
    -------
    Whatever the function returns.
    """
    copies = [np.copy(a) if _has_numbers(a) else a for a in arguments]
    begin = time.perf_counter()
    result = function(*copies)
    SECONDS.append(time.perf_counter() - begin)
    for position, (before, after) in enumerate(zip(arguments, copies, strict=True)):
        if _has_numbers(before) and not np.array_equal(before, after, equal_nan=True):
            name = _parameter(function, position)
            NOTES.append(f"{name} is changed in place, though whoever called still needs it")
    return result


def call_backward(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a backward pass, then once more on the same cache, and note if that goes wrong.

    The first call's result is what counts: one backward pass for each forward pass is right.
    """
    first = call(function, *arguments)
    # Copied before the second call, which may write into what the first one returned.
    kept = [np.array(a) for a in _as_tuple(first)]
    try:
        second = [np.asarray(a) for a in _as_tuple(call(function, *arguments))]
        same = all(np.array_equal(a, b, equal_nan=True) for a, b in zip(kept, second, strict=True))
    except Exception:
        same = False
    if not same:
        NOTES.append("a second backward pass on the same cache fails: the first one changes it")
    return tuple(kept) if isinstance(first, tuple | list) else kept[0]


def _has_numbers(value: Any) -> bool:
    """Whether a value is an array of numbers; a cache may be an array of anything."""
    return isinstance(value, np.ndarray) and value.dtype.kind in "biufc"


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def _parameter(function: Callable[..., Any], position: int) -> str:
    try:
        return list(inspect.signature(function).parameters)[position]
    except (ValueError, TypeError, IndexError):  # a built-in, or *args
        return f"argument {position + 1}"
