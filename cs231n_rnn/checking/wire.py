"""Outcomes as bytes between the worker and the grader: a line of JSON, then plain numbers.

The worker runs the student's code, so nothing it sends is trusted: there are no pickles, the
kinds of numbers are a fixed few, and sizes are bounded before anything is read.
"""

from __future__ import annotations

import json
import math
from typing import IO, Any

import numpy as np

from cs231n_rnn.checking.outcome import LONGEST_MESSAGE, Outcome

DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
FLOATS = ("float16", "float32", "float64")
STATUSES = ("returned", "not implemented", "crashed")
LONGEST_HEADER = 100_000
MIXED_UP = "what came back is no result: the code, or a process of it, wrote into the grader's pipe"


class WireError(ValueError):
    """What came is no outcome."""


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
        "message": outcome.message,
        "advice": outcome.advice,
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
        if header["name"] != name or header["status"] not in STATUSES:
            raise WireError(MIXED_UP)
        arrays = _read_arrays(stream, header["arrays"], at_most)
        return Outcome(
            header["status"],
            arrays,
            str(header["message"])[: 2 * LONGEST_MESSAGE],
            str(header["advice"])[: 2 * LONGEST_MESSAGE],
            float(header["seconds"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        message = str(error) if isinstance(error, WireError) else MIXED_UP
        raise WireError(message) from None


def _read_arrays(stream: IO[bytes], entries: Any, at_most: int) -> dict[str, np.ndarray]:
    arrays: dict[str, np.ndarray] = {}
    for key, dtype, shape in entries:
        shape = tuple(int(size) for size in shape)
        if min(shape, default=0) < 0 or len(shape) > 16:
            raise WireError("it returned an array of no shape")
        plain = dtype in DTYPES + FLOATS
        size = math.prod(shape) * (np.dtype(dtype).itemsize if plain else 8)
        at_most -= size
        if at_most < 0:
            raise WireError("it returned more than a case may")
        if not plain:
            arrays[str(key)] = np.empty(shape, dtype=object)
            continue
        data = stream.read(size)
        if len(data) < size:
            raise EOFError
        arrays[str(key)] = np.frombuffer(data, dtype=dtype).reshape(shape)
    return arrays
