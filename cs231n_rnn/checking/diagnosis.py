"""What can be seen in a wrong array itself: a sign, a factor, a shift in time.

Each check asks whether one simple change would turn the array into the right one. The catalogue
of misconceptions (``misconceptions.py``) comes first; this is for what nobody catalogued.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

import numpy as np

from cs231n_rnn.checking.messages import Message, message

GATES = "i", "f", "o", "g"
# Weights and biases tell the gates apart, which inputs do not: these codes say most.
TELLING = "gate_order", "gate_columns"


def diagnose(
    name: str,
    value: np.ndarray,
    answer: Mapping[str, np.ndarray],
    sizes: Mapping[str, Any],
    tolerance: float,
) -> Message | None:
    """Say what kind of difference lies between an array and the answer.

    Parameters
    ----------
    name : str
        The array's name, for example ``dWx``.
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
    Message or None
        None where nothing simple explains the difference.
    """
    right = answer[name]
    if value.dtype.kind not in "iuf" or right.size == 0:
        return None
    for other, array in answer.items():
        if other != name and value.size > 1 and _Near(array, tolerance)(value):
            return message("other_array", name=name, other=other)
    near = _Near(right, tolerance)
    if value.shape != right.shape:
        return _other_shape(name, value, near)
    if not np.all(np.isfinite(value)):
        return message("infinite", name=name)
    if value.dtype.kind in "iu" and right.dtype.kind == "f":
        return message("whole_numbers", name=name)
    if right.size > 1 and not np.any(value) and np.any(right):
        return message("zero", name=name)
    checks = (_factor, _transposed, _in_time, _gates, _parts)
    return next(filter(None, (check(name, value, near, sizes) for check in checks)), None)


class _Near:
    """The right array, and whether another one equals it."""

    def __init__(self, right: np.ndarray, tolerance: float) -> None:
        self.right = right
        self.allowed = tolerance * max(1e-8, float(np.abs(right).max(initial=0)))

    def __call__(self, value: np.ndarray, part: Any = ...) -> bool:
        right = self.right[part]
        return value.shape == right.shape and bool(np.all(abs(value - right) <= self.allowed))


def _other_shape(name: str, value: np.ndarray, near: _Near) -> Message | None:
    right = near.right
    if value.ndim == right.ndim:
        orders = itertools.permutations(range(value.ndim)) if value.ndim < 5 else []
        if any(near(value.transpose(order)) for order in orders):
            return message("axes", name=name)
    elif value.size == right.size and near(value.reshape(right.shape)):
        return message("dimensions", name=name)
    if value.ndim > right.ndim:
        for axis in range(value.ndim):
            if near(value.sum(axis=axis)):
                return message("sum_needed", name=name, axis=axis)
    if value.ndim == 0 and np.isclose(value, right.sum()):
        return message("summed", name=name)
    return None


def _factor(name: str, value: np.ndarray, near: _Near, sizes: Mapping[str, Any]) -> Message | None:
    right = near.right.astype(float)
    norm = float((right * right).sum())
    if norm == 0:
        return None
    k = float((value * right).sum()) / norm
    if not k or not near(value / k):
        return None
    if np.isclose(k, -1):
        return message("wrong_sign", name=name)
    counts = {key: size for key, size in sizes.items() if key in "NTDH" and size != 1}
    if "N" in counts and "T" in counts:
        counts["N T"] = counts["N"] * counts["T"]
    for key, size in counts.items():
        if np.isclose(k, 1 / size):
            return message("too_small_by", name=name, size=key)
        if np.isclose(k, size):
            return message("too_large_by", name=name, size=key)
    # Any number is right but for some factor.
    return message("factor", name=name, factor=k) if right.size > 1 else None


def _transposed(
    name: str, value: np.ndarray, near: _Near, sizes: Mapping[str, Any]
) -> Message | None:
    if value.ndim == 2 and len(value) > 1 and near(value.T):
        return message("transposed", name=name)
    return None


def _in_time(name: str, value: np.ndarray, near: _Near, sizes: Mapping[str, Any]) -> Message | None:
    T = sizes.get("T", 0)
    if value.ndim < 2 or T < 2 or value.shape[:2] != (sizes.get("N"), T):
        return None
    right = near.right
    # Two steps have a single column to compare, which says too little.
    if T > 2 and near(value[:, 1:], np.s_[:, :-1]):
        return message("step_late", name=name)
    if T > 2 and near(value[:, :-1], np.s_[:, 1:]):
        return message("step_early", name=name)
    if near(value[:, ::-1]):
        return message("backwards", name=name)
    good = [t for t in range(T) if near(value[:, t], np.s_[:, t]) and np.any(right[:, t])]
    if good == list(range(1, T)) and not np.any(value[:, 0]):
        return message("first_step_zero", name=name)
    if good == [T - 1]:
        return message("last_step_only", name=name)
    if good == list(range(len(good))) and good:
        return message("steps_up_to", name=name, step=good[-1])
    if good:
        return message("steps_only", name=name, steps=good)
    return None


def _gates(name: str, value: np.ndarray, near: _Near, sizes: Mapping[str, Any]) -> Message | None:
    H = sizes.get("H", 0)
    if not H or value.ndim == 0 or value.shape[-1] != 4 * H:
        return None
    blocks = [np.s_[..., k * H : (k + 1) * H] for k in range(4)]
    found = ["".join(GATES[j] for j in range(4) if near(value[b], blocks[j])) for b in blocks]
    if sorted(found) == sorted(GATES):
        return message("gate_order", name=name, gates=found, expected=list(GATES))
    wrong = [gate for k, gate in enumerate(GATES) if not near(value[blocks[k]], blocks[k])]
    if len(wrong) < 4:
        return message("gate_columns", name=name, gates=wrong)
    return None


def _parts(name: str, value: np.ndarray, near: _Near, sizes: Mapping[str, Any]) -> Message | None:
    """Rows of the minibatch that are right while others are not."""
    N = sizes.get("N", 0)
    if value.ndim < 2 or N < 2 or len(value) != N:
        return None
    good = [n for n in range(N) if near(value[n], n)]
    if good:
        return message("examples_only", name=name, examples=good)
    return None
