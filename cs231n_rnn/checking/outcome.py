"""Running a probe: what comes back is arrays, or the reason why there are none."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.manifest import read_manifest

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Outcome:
    """What a probe gave.

    Attributes
    ----------
    status : {"returned", "not implemented", "crashed"}
    arrays : dict of str to ndarray
        Empty unless the probe returned.
    message : str
        The exception and the student's line that raised it.
    """

    status: str
    arrays: dict[str, np.ndarray] = field(default_factory=dict)
    message: str = ""


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
        with np.errstate(all="ignore"):
            values = case.probe(case.rng(seed), **case.sizes)
        # Copies: the code under test may go on to write into what it returned.
        return Outcome("returned", {name: np.array(value) for name, value in values.items()})
    except NotImplementedError as error:
        return Outcome("not implemented", message=str(error))
    except Exception as error:
        return Outcome("crashed", message=_where(error))


def _where(error: Exception) -> str:
    """``ValueError: … (cs231n_rnn/layers/rnn.py, line 40: next_h = …)``, the student's own line."""
    text = f"{type(error).__name__}: {error}"
    students = {PACKAGE.parent / file for file in read_manifest().points}
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename) in students]
    if not own:
        return text
    file = Path(own[-1].filename).relative_to(PACKAGE.parent).as_posix()
    return f"{text} ({file}, line {own[-1].lineno}: {own[-1].line})"
