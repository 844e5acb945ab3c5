"""The judge: compares what a probe returned with the answer key, and says what differs."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.outcome import Outcome

Answer = dict[str, np.ndarray]


@dataclass(frozen=True)
class Result:
    """What came of one case: the one object behind every table, file and page.

    Attributes
    ----------
    id : str
        The case's id.
    function : str
    points : float
        What the case is worth.
    status : {"passed", "failed", "not implemented", "crashed", "timed out"}
    message : str
        What differs, where, and by how much; empty if passed.
    hint : str
        Where to look; empty if there is none.
    """

    id: str
    function: str
    points: float
    status: str
    message: str = ""
    hint: str = ""

    @property
    def earned(self) -> float:
        """Points that the case brought."""
        return self.points if self.status == "passed" else 0.0

    def as_dict(self) -> dict[str, Any]:
        """The fields, for JSON and CSV."""
        return asdict(self)


def judge(case: Case, outcome: Outcome, answer: Answer, points: float) -> Result:
    """Compare an outcome with its answer.

    Parameters
    ----------
    case : Case
    outcome : Outcome
    answer : dict of str to ndarray
        What the reference returned for the same seed.
    points : float
        What the case is worth.

    Returns
    -------
    Result
        Its message names the first array that differs, its shape, its largest relative error
        and where that is.
    """
    if outcome.status != "returned":
        return Result(case.id, case.function, points, outcome.status, outcome.message)
    for name, bound in case.at_most.items():
        fault = _above(outcome.arrays.get(name), bound)
        if fault:
            return Result(case.id, case.function, points, "failed", f"{name} {fault}")
    for name, right in answer.items():
        fault = _differs(outcome.arrays.get(name), right, case.tolerance)
        if fault:
            return Result(case.id, case.function, points, "failed", f"{name} {fault}")
    return Result(case.id, case.function, points, "passed")


def _above(value: np.ndarray | None, bound: float) -> str:
    if value is None:
        return "was not returned"
    if value.dtype.kind not in "bifu" or value.size == 0:
        return f"is {value.tolist()!r}; a number of at most {bound:g} is needed"
    # Written so that NaN, which is above nothing, fails too.
    return "" if np.all(value <= bound) else f"is {np.max(value):.6g}; at most {bound:g} is needed"


def _differs(value: np.ndarray | None, right: np.ndarray, tolerance: float) -> str:
    """What is wrong with a value, or an empty string."""
    if value is None:
        return "was not returned"
    if value.shape != right.shape:
        return f"has shape {value.shape}; {right.shape} is needed"
    if value.dtype.kind not in "bifu":
        return f"holds {value.dtype}; numbers are needed"
    if not np.all(np.isfinite(value)):
        first = _position(~np.isfinite(value))
        return f"of shape {value.shape} is {value[first]} at {list(first)}"
    error = np.abs(value.astype(float) - right)
    # Relative to the array's size: a single element near zero has no digits to agree in.
    scale = max(1e-8, float(np.abs(right).max(initial=0)))
    if error.max(initial=0) <= tolerance * scale:
        return ""
    worst = _position(error == error.max())
    return (
        f"of shape {value.shape} has a largest relative error of {error.max() / scale:.2g}, "
        f"at {list(worst)}: {value[worst]:.8g}; {right[worst]:.8g} is right"
    )


def _position(where: np.ndarray) -> tuple[int, ...]:
    """Index of the first True."""
    return tuple(int(i) for i in np.argwhere(where)[0])
