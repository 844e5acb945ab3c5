"""The judge: compares what a probe returned with the answer key, and says what differs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.diagnosis import TELLING, diagnose
from cs231n_rnn.checking.messages import Message, cut, message, number
from cs231n_rnn.checking.outcome import Outcome
from cs231n_rnn.checking.results import Result

Answer = dict[str, np.ndarray]


def judge(
    case: Case, outcome: Outcome, answer: Answer, points: float, hint: Message | None = None
) -> Result:
    """Compare an outcome with its answer.

    Parameters
    ----------
    case : Case
    outcome : Outcome
    answer : dict of str to ndarray
        What the reference returned for the same seed.
    points : float
        What the case is worth.
    hint : Message, optional
        The misconception that explains it; without one, what can be seen in the array.

    Returns
    -------
    Result
        Its fault names the first array that differs, its shape, its largest relative error
        and where that is.
    """
    result = Result(case.id, case.function, case.variant, points, "passed", advice=outcome.advice)
    if outcome.status != "returned":
        return replace(result, status=outcome.status, fault=outcome.fault, hint=hint)
    wrong = faults(case, outcome, answer)
    if not wrong:
        return result
    seen = hint or _seen(list(wrong), case, outcome, answer)
    return replace(result, status="failed", fault=next(iter(wrong.values())), hint=seen)


def faults(case: Case, outcome: Outcome, answer: Answer) -> dict[str, Message]:
    """What is wrong with each array that a probe returned, in the order of the answer."""
    arrays = outcome.arrays
    found = {name: _above(name, arrays.get(name), most) for name, most in case.at_most.items()}
    with np.errstate(all="ignore"):  # any number may come
        for name, right in answer.items():
            found[name] = _differs(name, arrays.get(name), right, case.tolerance)
    return {name: fault for name, fault in found.items() if fault}


def _seen(wrong: list[str], case: Case, outcome: Outcome, answer: Answer) -> Message | None:
    """What can be seen in the wrong arrays without knowing the misconception."""
    with np.errstate(all="ignore"):
        found = [
            diagnose(name, outcome.arrays[name], answer, case.sizes, case.tolerance)
            for name in wrong
            if name in outcome.arrays and name in answer
        ]
    seen = list(filter(None, found))
    return next((told for told in seen if told.code in TELLING), next(iter(seen), None))


def _above(name: str, value: np.ndarray | None, bound: float) -> Message | None:
    if value is None:
        return message("missing", name=name)
    if value.dtype.kind not in "bifu" or value.size == 0:
        return message("unbounded", name=name, value=cut(repr(value.tolist())), bound=bound)
    # Written so that NaN, which is above nothing, fails too.
    if np.all(value <= bound):
        return None
    return message("above", name=name, value=number(np.max(value)), bound=bound)


def _differs(
    name: str, value: np.ndarray | None, right: np.ndarray, tolerance: float
) -> Message | None:
    """What is wrong with a value, or None."""
    if value is None:
        return message("missing", name=name)
    if value.dtype == object and not value.shape:
        return message("no_number", name=name)
    shape = list(value.shape)
    if value.shape != right.shape:
        return message("shape", name=name, shape=shape, expected=list(right.shape))
    if value.dtype.kind not in "bifu":
        return message("dtype", name=name, dtype=cut(str(value.dtype)))
    if not np.all(np.isfinite(value)):
        first = _position(~np.isfinite(value))
        gone = number(value[first])
        return message("not_finite", name=name, shape=shape, value=gone, position=list(first))
    error = np.abs(value.astype(float) - right)
    # Relative to the array's size: a single element near zero has no digits to agree in.
    scale = max(1e-8, float(np.abs(right).max(initial=0)))
    if error.max(initial=0) <= tolerance * scale:
        return None
    exact = right.dtype.kind in "biu"
    worst = _position(error > 0 if exact else error == error.max())
    place = {
        "position": list(worst),
        "value": number(value[worst]),
        "expected": number(right[worst]),
    }
    if exact:
        count = int(np.count_nonzero(error))
        return message("places", name=name, wrong=count, size=error.size, **place)
    largest = number(error.max() / scale)
    return message("differs", name=name, shape=shape, error=largest, **place)


def _position(where: np.ndarray) -> tuple[int, ...]:
    """Index of the first True."""
    return tuple(int(i) for i in np.argwhere(where)[0])
