"""The judge: compares what a probe returned with the answer key, and says what differs."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.diagnosis import diagnose
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
    advice : str
        What costs no points; empty if there is none.
    hidden : bool
        Whether the case is one that students do not have.
    """

    id: str
    function: str
    points: float
    status: str
    message: str = ""
    hint: str = ""
    advice: str = ""
    hidden: bool = False

    @property
    def earned(self) -> float:
        """Points that the case brought."""
        return self.points if self.status == "passed" else 0.0

    def as_dict(self) -> dict[str, Any]:
        """The fields, for JSON and CSV."""
        return asdict(self)


def judge(case: Case, outcome: Outcome, answer: Answer, points: float, hint: str = "") -> Result:
    """Compare an outcome with its answer.

    Parameters
    ----------
    case : Case
    outcome : Outcome
    answer : dict of str to ndarray
        What the reference returned for the same seed.
    points : float
        What the case is worth.
    hint : str
        The hint of the mistake that was recognised; without one, what can be seen in the array.

    Returns
    -------
    Result
        Its message names the first array that differs, its shape, its largest relative error
        and where that is.
    """
    result = Result(case.id, case.function, points, "passed", advice=outcome.advice)
    if outcome.status != "returned":
        return replace(result, status=outcome.status, message=outcome.message, hint=hint)
    wrong = faults(case, outcome, answer)
    if not wrong:
        return result
    first, fault = next(iter(wrong.items()))
    seen = hint or _seen(list(wrong), case, outcome, answer)
    return replace(result, status="failed", message=f"{first} {fault}", hint=seen)


def faults(case: Case, outcome: Outcome, answer: Answer) -> dict[str, str]:
    """What is wrong with each array that a probe returned, in the order of the answer."""
    arrays = outcome.arrays
    found = {name: _above(arrays.get(name), bound) for name, bound in case.at_most.items()}
    with np.errstate(all="ignore"):  # any number may come
        for name, right in answer.items():
            found[name] = _differs(arrays.get(name), right, case.tolerance)
    return {name: fault for name, fault in found.items() if fault}


def _seen(wrong: list[str], case: Case, outcome: Outcome, answer: Answer) -> str:
    """What can be seen in the wrong arrays without knowing the mistake."""
    found = []
    with np.errstate(all="ignore"):
        for name in wrong:
            if name in outcome.arrays and name in answer:
                value = outcome.arrays[name]
                found.append(diagnose(name, value, answer, case.sizes, case.tolerance))
    # Weights and biases tell the gates apart, which inputs do not.
    told = [sentence for sentence in found if " columns of " in sentence or " gates " in sentence]
    return next(filter(None, told + found), "")


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
    if value.dtype == object and not value.shape:
        return "is no number: is it None, or does the function end without a return?"
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
    if right.dtype.kind in "biu":
        count = f"differs in {np.count_nonzero(error)} of {error.size} places"
        first = _position(error > 0)
        return f"{count}, first at {list(first)}: {value[first]}; {right[first]} is right"
    return (
        f"of shape {value.shape} has a largest relative error of {error.max() / scale:.2g}, "
        f"at {list(worst)}: {value[worst]:.8g}; {right[worst]:.8g} is right"
    )


def _position(where: np.ndarray) -> tuple[int, ...]:
    """Index of the first True."""
    return tuple(int(i) for i in np.argwhere(where)[0])
