"""What probes use: they draw inputs, call the code under test on copies, and note advice.

Advice costs no points. A record collects it while a probe runs, and the outcome hands it on.
"""

from __future__ import annotations

import inspect
import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from cs231n_rnn.checking.messages import Message, cut, message
from cs231n_rnn.checking.watching import Watch


@dataclass
class Record:
    """What is noted while a probe runs.

    Attributes
    ----------
    advice : list of Message
    seconds : float
        Of a processor, in the code under test: a busy machine does not count.
    watch : Watch, optional
        Sees where the code evaluates nonlinear functions, while it is graded.
    """

    advice: list[Message] = field(default_factory=list)
    seconds: float = 0.0
    watch: Watch | None = None


_record: ContextVar[Record] = ContextVar("record")


@contextmanager
def recording() -> Iterator[Record]:
    """A record of all calls of the code under test inside the block."""
    record = Record()
    token = _record.set(record)
    try:
        yield record
    finally:
        _record.reset(token)


def random_arrays(
    rng: np.random.Generator, *shapes: tuple[int, ...], dtype: Any = float
) -> list[Any]:
    """Standard normal arrays of the given shapes."""
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def call(
    function: Callable[..., Any], *arguments: Any, returns: str = "", backward: bool = False
) -> Any:
    """Call the code under test on copies of the arrays, and note which of them it changed.

    Parameters
    ----------
    function : callable
    *arguments
        Arrays are copied; anything else, for example a cache, is handed over as it is.
    returns : str
        Names of the values that it must return, for example ``"next_h, cache"``; without them
        anything will do.
    backward : bool
        Whether it is a backward pass; one of that name is.

    Returns
    -------
    Whatever the function returns.

    Raises
    ------
    ValueError
        If it returns something else than so many values.
    """
    record = _record.get(Record())  # without a reader where nobody asked for one
    copies = [np.copy(a) if _has_numbers(a) else a for a in arguments]
    backward |= _is_named_backward(function)
    begin = time.process_time()
    with record.watch.during(backward) if record.watch else nullcontext():
        result = function(*copies)
    record.seconds += time.process_time() - begin
    for position, (before, after) in enumerate(zip(arguments, copies, strict=True)):
        if _has_numbers(before) and not np.array_equal(before, after, equal_nan=True):
            name = cut(_parameter(function, position))
            record.advice.append(message("changed_in_place", name=name))
    return _values(function, result, returns.split(", ")) if returns else result


def call_backward(
    function: Callable[..., Any], *arguments: Any, returns: str
) -> dict[str, np.ndarray]:
    """Call a backward pass, then once more on the same cache, and note if that goes wrong.

    The first call's result is what counts: one backward pass for each forward pass is right.

    Returns
    -------
    dict of str to ndarray
        The gradients under their names.
    """
    names = returns.split(", ")
    needed = returns if len(names) > 1 else ""
    first = call(function, *arguments, returns=needed, backward=True)
    # Copied before the second call, which may write into what the first one returned.
    kept = [np.array(a) for a in _as_tuple(first, names)]
    try:
        second = _as_tuple(call(function, *arguments, backward=True), names)
        same = all(_same(a, np.asarray(b)) for a, b in zip(kept, second, strict=True))
    except Exception:
        same = False
    if not same and all(_has_numbers(a) for a in kept):
        _record.get(Record()).advice.append(message("cache_changed"))
    return dict(zip(names, kept, strict=True))


def _is_named_backward(function: Callable[..., Any]) -> bool:
    # Of anything else the name is the student's own code.
    is_plain = isinstance(function, FunctionType | MethodType)
    return is_plain and function.__name__.endswith("_backward")


def _values(function: Callable[..., Any], result: Any, names: list[str]) -> tuple[Any, ...]:
    """The values that a function returned, if there are as many as it must return."""
    array = isinstance(result, np.ndarray) and result.dtype != object
    came = f"an array of shape {result.shape}" if array else f"one {type(result).__name__}"
    if result is None:
        came = "None"
    elif not array and hasattr(result, "__iter__"):
        values = tuple(itertools.islice(result, len(names) + 1))  # it may never end
        if len(values) == len(names):
            return values
        came = f"{len(values)}{' or more' * (len(values) > len(names))} values"
    name = getattr(function, "__name__", "the function")
    raise ValueError(f"{name} returns {came}; {len(names)} are needed: {', '.join(names)}")


def _has_numbers(value: Any) -> bool:
    """Whether a value is an array of numbers; a cache may be an array of anything."""
    return isinstance(value, np.ndarray) and value.dtype.kind in "biufc"


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind in "fc"))


def _as_tuple(value: Any, names: list[str]) -> tuple[Any, ...]:
    return tuple(value) if len(names) > 1 else (value,)


def _parameter(function: Callable[..., Any], position: int) -> str:
    try:
        return list(inspect.signature(function).parameters)[position]
    except (ValueError, TypeError, IndexError):  # a built-in, or *args
        return f"argument_{position + 1}"
