"""Outcomes as bytes between the worker and the grader: a line of JSON, then plain numbers.

The worker runs the student's code, so nothing it sends is trusted: there are no pickles, the
kinds of numbers are a fixed few, and sizes are bounded before anything is read.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any

import numpy as np

from cs231n_rnn.checking.messages import LONGEST_TEXT, Message, message
from cs231n_rnn.checking.outcome import Outcome

DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = ("float16", "float32", "float64")
LONGEST_HEADER = 100_000
MOST_ADVICE, MOST_NAMES, LARGEST_LINE = 20, 50, 10**9
RAISED = {"type": str, "text": str}
# The messages that may come, with the kinds of their values: by status those of the fault, and
# those of advice.
FAULTS: dict[str, dict[str, Mapping[str, type]]] = {
    "returned": {},
    "not implemented": {"todo": {"text": str, "file": str, "function": str}},
    "crashed": {
        "raised": RAISED,
        "raised_at": RAISED | {"file": str, "line": int, "source": str, "function": str},
    },
}
ADVICE: dict[str, Mapping[str, type]] = {
    "changed_in_place": {"name": str},
    "cache_changed": {},
    "float64_out": {"names": list},
}

PLACE = {"function": str, "file": str, "line": int}
SEEN = {f"seen_{kind}": PLACE for kind in ("beside", "again", "complex")}


class WireError(ValueError):
    """What came is no outcome; ``message`` says why."""

    def __init__(self, code: str = "mixed_up") -> None:
        super().__init__(code)
        self.message = message(code)


def send(stream: IO[bytes], name: str, outcome: Outcome) -> None:
    """Write an outcome.

    Parameters
    ----------
    stream : binary file
    name : str
        What was asked, a case's id: the reader checks it.
    outcome : Outcome
        Arrays of anything but plain numbers are sent as their kind and shape alone.
    """
    entries, chunks = [], []
    for key, value in outcome.arrays.items():
        array = _native(value)
        plain = array.dtype.name in DTYPES + FLOATS
        entries.append([str(key), array.dtype.name if plain else str(array.dtype), array.shape])
        chunks.append(np.ascontiguousarray(array).tobytes() if plain else b"")
    header = {
        "name": name,
        "status": outcome.status,
        "fault": outcome.fault and outcome.fault.as_dict(),
        "advice": [advice.as_dict() for advice in outcome.advice[:MOST_ADVICE]],
        "seen": [seen.as_dict() for seen in outcome.seen],
        "seconds": outcome.seconds,
        "arrays": entries,
    }
    stream.write(json.dumps(header).encode() + b"\n")
    for chunk in chunks:
        stream.write(chunk)
    stream.flush()


def _native(array: np.ndarray) -> np.ndarray:
    """Numbers in this machine's order of bytes, and of 64 bits where there are more."""
    if array.dtype.kind not in "iuf":
        return array
    native = array.dtype.newbyteorder("=")
    return array.astype(np.float64 if native.itemsize > 8 else native, copy=False)


def receive(stream: IO[bytes], name: str, at_most: int) -> Outcome:
    """Read an outcome.

    Parameters
    ----------
    stream : binary file
    name : str
        What was asked.
    at_most : int
        Bytes that all arrays may have together.

    Returns
    -------
    Outcome

    Raises
    ------
    EOFError
        If the other side ended.
    WireError
        If what came is no outcome, or is larger.
    """
    line = stream.readline(LONGEST_HEADER)
    if not line:
        raise EOFError
    try:
        header = json.loads(line)
        status = header["status"]
        if header["name"] != name or status not in FAULTS:
            raise WireError
        fault = _read_message(header["fault"], FAULTS[status]) if status != "returned" else None
        advice = tuple(_read_message(entry, ADVICE) for entry in header["advice"])
        seen = tuple(_read_message(entry, SEEN) for entry in header.get("seen", []))
        seconds = float(header["seconds"])
        if max(len(advice), len(seen)) > MOST_ADVICE or not math.isfinite(seconds):
            raise WireError
        arrays = _read_arrays(stream, header["arrays"], at_most)
        return Outcome(status, arrays, fault, advice, seconds, seen)
    except WireError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
        raise WireError from None


def _read_message(entry: Any, known: Mapping[str, Mapping[str, type]]) -> Message:
    """A message of a code that is known here, with the values that belong to it."""
    code, values = entry["code"], entry["values"]
    kinds = known[code]
    if values.keys() != kinds.keys() or any(type(values[k]) is not kinds[k] for k in kinds):
        raise WireError
    if not all(map(_is_small, values.values())):
        raise WireError
    return Message(code, values)


def _is_small(value: Any) -> bool:
    """Whether a text, a line's number or a list of names is of a size to keep."""
    if isinstance(value, str):
        return len(value) <= 2 * LONGEST_TEXT
    if isinstance(value, int):
        return 0 <= value <= LARGEST_LINE
    return len(value) <= MOST_NAMES and all(isinstance(v, str) and _is_small(v) for v in value)


def _read_arrays(stream: IO[bytes], entries: Any, at_most: int) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    for key, dtype, shape in entries:
        shape = tuple(int(size) for size in shape)
        if min(shape, default=0) < 0 or len(shape) > 16:
            raise WireError("no_shape")
        plain = dtype in DTYPES + FLOATS
        size = math.prod(shape) * (np.dtype(dtype).itemsize if plain else 8)
        at_most -= size
        if at_most < 0:
            raise WireError("too_much")
        if not plain:
            arrays[str(key)] = np.empty(shape, dtype=object)
            continue
        data = stream.read(size)
        if len(data) < size:
            raise EOFError
        arrays[str(key)] = np.frombuffer(data, dtype=dtype).reshape(shape)
    return arrays
