"""Running a probe: what comes back is arrays, or the reason why there are none."""

from __future__ import annotations

import functools
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.messages import Message, cut, message
from cs231n_rnn.checking.probing import recording
from cs231n_rnn.checking.watching import Watch, is_installed

PACKAGE = Path(__file__).resolve().parents[1]
Ran = Literal["returned", "not implemented", "crashed", "timed out"]


@dataclass(frozen=True)
class Outcome:
    """What a probe gave.

    Attributes
    ----------
    status : {"returned", "not implemented", "crashed", "timed out"}
    arrays : dict of str to ndarray
        Empty unless the probe returned.
    fault : Message, optional
        Why there are no arrays: the exception, and the student's line that raised it.
    advice : tuple of Message
        What was noted that costs no points.
    seconds : float
        How long the code under test ran, as far as it was called through ``call``.
    seen : tuple of Message
        What a watch saw of a backward pass that derives nothing.
    """

    status: Ran
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    fault: Message | None = None
    advice: tuple[Message, ...] = ()
    seconds: float = 0.0
    seen: tuple[Message, ...] = ()


def run_probe(case: Case, seed: int) -> Outcome:
    """Run a case's probe on the code that is imported now.

    Parameters
    ----------
    case : Case
    seed : int

    Returns
    -------
    Outcome
        Never raises for a fault of the code under test.
    """
    try:
        # Large activations may overflow on the way to a right answer; values are what is judged.
        with recording() as record, np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if is_installed() and _is_watched(case):
                record.watch = Watch(_names())
            values = case.probe(case.rng(seed), **case.sizes)
        # Copies: the code under test may go on to write into what it returned.
        arrays = {name: np.array(value) for name, value in values.items()}
    except NotImplementedError as error:
        return Outcome("not implemented", fault=todo(error))
    except (Exception, SystemExit) as error:
        return Outcome("crashed", fault=raised(error))
    advice = tuple(dict.fromkeys([*record.advice, *_wide(case, arrays)]))
    seen = tuple(record.watch.seen) if record.watch else ()
    return Outcome("returned", arrays, advice=advice, seconds=record.seconds, seen=seen)


def _is_watched(case: Case) -> bool:
    """Whether a case runs a backward pass on small arrays; the public ones are enough."""
    is_passed_over = case.hidden or case.sizes.get("dtype") == "float32"
    return case.function.endswith("_backward") and not is_passed_over


def todo(error: NotImplementedError) -> Message:
    """What a stub says, with its file and the name of the function, empty where it is not ours."""
    place = _place(error)
    values = {key: place.get(key, "") for key in ("file", "function")}
    return Message("todo", {"text": text_of(error), **values})


def raised(error: BaseException) -> Message:
    """An exception, and the student's own line that raised it or called what did."""
    values = {"type": cut(type(error).__name__), "text": text_of(error)}
    place = _place(error)
    return Message("raised_at" if place else "raised", values | place)


def _place(error: BaseException) -> dict[str, Any]:
    """File, line, its source and function of the last step in the student's code, if any."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename) in students_files()]
    if not own:
        return {}
    last = own[-1]
    file = _name(Path(last.filename))
    source = cut(last.line or "")
    return {"file": file, "line": last.lineno or 0, "source": source, "function": cut(last.name)}


@functools.cache
def _names() -> dict[str, str]:
    """The student's files by their paths."""
    return {str(file): _name(file) for file in students_files()}


def _name(path: Path) -> str:
    return path.relative_to(PACKAGE.parent).as_posix()


@functools.cache
def students_files() -> set[Path]:
    """Files that may be the student's; read once, since later no file may be left to open."""
    return {PACKAGE.parent / file for file in read_manifest().submitted}


def text_of(error: BaseException) -> str:
    """An exception's text, cut where it is long; its ``__str__`` is the student's and may fail."""
    try:
        text = str(error)
    except Exception:
        return "(its message cannot be read)"
    return cut(text)


def _wide(case: Case, arrays: dict[str, np.ndarray]) -> list[Message]:
    """Advice where float32 became float64."""
    # A single number is cheap, and Python's own float has 64 bits.
    wide = [name for name, value in arrays.items() if value.ndim and value.dtype == np.float64]
    if case.sizes.get("dtype") != "float32" or not wide:
        return []
    return [message("float64_out", names=wide)]
