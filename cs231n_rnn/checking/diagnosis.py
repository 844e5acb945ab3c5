"""What can be seen in a wrong array without knowing the mistake: a sign, a factor, a shift in time.

Each check asks whether one simple change would turn the array into the right one. The catalogue
of known mistakes (``mistakes.py``) comes first; this is for what nobody catalogued.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

GATES = "i", "f", "o", "g"


def diagnose(
    name: str,
    value: np.ndarray,
    answer: Mapping[str, np.ndarray],
    sizes: Mapping[str, Any],
    tolerance: float,
) -> str:
    """Say what kind of difference lies between an array and the answer.

    Parameters
    ----------
    name : str
        The array's name, ``dWx`` say.
    value : ndarray
        What the student's code gave for it.
    answer : mapping of str to ndarray
        The right arrays of the case, under their names.
    sizes : mapping of str to anything
        The case's sizes: N, T, D, H and so on.
    tolerance : float
        Relative to the largest element of the answer.

    Returns
    -------
    str
        A sentence, or an empty string where nothing simple explains the difference.
    """
    right = answer[name]
    if value.dtype.kind not in "iuf" or right.size == 0:
        return ""
    for other, array in answer.items():
        if other != name and value.size > 1 and _Near(array, tolerance)(value):
            return f"What stands under {name} is {other}: in which order are they returned?"
    near = _Near(right, tolerance)
    if value.shape != right.shape:
        return _other_shape(name, value, near)
    if not np.all(np.isfinite(value)):
        return f"{name} is not finite: is something divided by 0, or exp taken of a large number?"
    if value.dtype.kind in "iu" and right.dtype.kind == "f":
        return f"{name} holds whole numbers: of which dtype is the array that it is written into?"
    if right.size > 1 and not np.any(value) and np.any(right):
        return f"{name} is zero everywhere: is it computed and returned at all?"
    checks = (_factor, _transposed, _in_time, _gates, _parts)
    return next(filter(None, (check(name, value, near, sizes) for check in checks)), "")


class _Near:
    """The right array, and whether another one equals it."""

    def __init__(self, right: np.ndarray, tolerance: float) -> None:
        self.right = right
        self.allowed = tolerance * max(1e-8, float(np.abs(right).max(initial=0)))

    def __call__(self, value: np.ndarray, part: Any = ...) -> bool:
        right = self.right[part]
        return value.shape == right.shape and bool(np.all(abs(value - right) <= self.allowed))


def _other_shape(name: str, value: np.ndarray, near: _Near) -> str:
    right = near.right
    if value.ndim == right.ndim:
        orders = itertools.permutations(range(value.ndim)) if value.ndim < 5 else []
        if any(near(value.transpose(order)) for order in orders):
            return f"{name} is right, but its axes are in another order."
    elif value.size == right.size and near(value.reshape(right.shape)):
        return f"{name} has the right numbers in another shape: was a dimension kept, or lost?"
    if value.ndim > right.ndim:
        for axis in range(value.ndim):
            if near(value.sum(axis=axis)):
                return f"{name} still needs a sum over axis {axis}."
    if value.ndim == 0 and np.isclose(value, right.sum()):
        return f"{name} is summed over everything; over which axes does it belong?"
    return ""


def _factor(name: str, value: np.ndarray, near: _Near, sizes: Mapping[str, Any]) -> str:
    right = near.right.astype(float)
    norm = float((right * right).sum())
    if norm == 0:
        return ""
    k = float((value * right).sum()) / norm
    if not k or not near(value / k):
        return ""
    if np.isclose(k, -1):
        return f"{name} has the wrong sign."
    counts = {key: size for key, size in sizes.items() if key in "NTDH" and size != 1}
    if "N" in counts and "T" in counts:
        counts["N T"] = counts["N"] * counts["T"]
    for key, size in counts.items():
        if np.isclose(k, 1 / size):
            return f"{name} is too small by the factor {key}: is it a mean where a sum is needed?"
        if np.isclose(k, size):
            return f"{name} is too large by the factor {key}: is something counted {key} times?"
    # Any number is right but for some factor.
    return f"{name} is right but for the factor {k:.4g}." if right.size > 1 else ""


def _transposed(name: str, value: np.ndarray, near: _Near, sizes: Mapping[str, Any]) -> str:
    if value.ndim == 2 and len(value) > 1 and near(value.T):
        return f"{name} is right but transposed."
    return ""


def _in_time(name: str, value: np.ndarray, near: _Near, sizes: Mapping[str, Any]) -> str:
    T = sizes.get("T", 0)
    if value.ndim < 2 or T < 2 or value.shape[:2] != (sizes.get("N"), T):
        return ""
    right = near.right
    # Two steps have a single column to compare, which says too little.
    if T > 2 and near(value[:, 1:], np.s_[:, :-1]):
        return f"{name} is one time step late."
    if T > 2 and near(value[:, :-1], np.s_[:, 1:]):
        return f"{name} is one time step early."
    if near(value[:, ::-1]):
        return f"{name} runs backwards in time."
    good = [t for t in range(T) if near(value[:, t], np.s_[:, t]) and np.any(right[:, t])]
    if good == list(range(1, T)) and not np.any(value[:, 0]):
        return f"{name} is zero at time step 0 and right at the others: does the loop reach it?"
    if good == [T - 1]:
        return (
            f"{name} is right at the last time step alone: what does an earlier step get back "
            "from the one behind it?"
        )
    if good == list(range(len(good))) and good:
        return f"{name} is right up to time step {good[-1]} (from 0), and wrong behind it."
    if good:
        return f"{name} is right at time steps {', '.join(map(str, good))} (from 0) alone."
    return ""


def _gates(name: str, value: np.ndarray, near: _Near, sizes: Mapping[str, Any]) -> str:
    H = sizes.get("H", 0)
    if not H or value.ndim == 0 or value.shape[-1] != 4 * H:
        return ""
    blocks = [np.s_[..., k * H : (k + 1) * H] for k in range(4)]
    found = ["".join(GATES[j] for j in range(4) if near(value[b], blocks[j])) for b in blocks]
    if sorted(found) == sorted(GATES):
        return f"{name} has the gates in the order {', '.join(found)}; it must be i, f, o, g."
    wrong = [gate for k, gate in enumerate(GATES) if not near(value[blocks[k]], blocks[k])]
    if len(wrong) < 4:
        return f"{name} is wrong in the columns of {' and '.join(wrong)} alone."
    return ""


def _parts(name: str, value: np.ndarray, near: _Near, sizes: Mapping[str, Any]) -> str:
    """Rows of the minibatch that are right while others are not."""
    N = sizes.get("N", 0)
    if value.ndim < 2 or N < 2 or len(value) != N:
        return ""
    good = [n for n in range(N) if near(value[n], n)]
    if good:
        return f"{name} is right for example {', '.join(map(str, good))} (from 0) alone."
    return ""
