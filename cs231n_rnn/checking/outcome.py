"""Running a probe: what comes back is arrays, or the reason why there are none."""

from __future__ import annotations

import functools
import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.probing import NOTES, SECONDS

PACKAGE = Path(__file__).resolve().parents[1]
LONGEST_MESSAGE = 400


@dataclass(frozen=True)
class Outcome:
    """What a probe gave.

    Attributes
    ----------
    status : {"returned", "not implemented", "crashed", "timed out"}
    arrays : dict of str to ndarray
        Empty unless the probe returned.
    message : str
        The exception and the student's line that raised it.
    advice : str
        What the probe noted that costs no points.
    seconds : float
        How long the code under test ran, as far as it was called through ``call``.
    """

    status: str
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    message: str = ""
    advice: str = ""
    seconds: float = 0.0


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
    NOTES.clear()
    SECONDS.clear()
    try:
        # Large activations may overflow on the way to a right answer; values are what is judged.
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            values = case.probe(case.rng(seed), **case.sizes)
        # Copies: the code under test may go on to write into what it returned.
        arrays = {name: np.array(value) for name, value in values.items()}
    except NotImplementedError as error:
        return Outcome("not implemented", message=text_of(error))
    except (Exception, SystemExit) as error:
        return Outcome("crashed", message=where(error))
    return Outcome("returned", arrays, advice=_advice(case, arrays), seconds=sum(SECONDS))


def where(error: BaseException) -> str:
    """``ValueError: … (cs231n_rnn/layers/rnn.py, line 40: next_h = …)``, the student's own line."""
    text = f"{_cut(type(error).__name__)}: {text_of(error)}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename) in students_files()]
    if not own:
        return text
    file = Path(own[-1].filename).relative_to(PACKAGE.parent).as_posix()
    return f"{text} ({file}, line {own[-1].lineno}: {_cut(own[-1].line or '')})"


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
    return _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]} …"


def _advice(case: Case, arrays: dict[str, np.ndarray]) -> str:
    # A single number is cheap, and Python's own float has 64 bits.
    wide = [name for name, value in arrays.items() if value.ndim and value.dtype == np.float64]
    notes = list(dict.fromkeys(NOTES))
    if case.sizes.get("dtype") == "float32" and wide:
        notes.append(f"float32 in gives float64 out in {', '.join(wide)}, at twice the memory")
    return "; ".join(notes)
