"""Known mistakes, recognised by the numbers that they give.

For every misconception in the instructor's catalogue the answer key holds a fingerprint of the
wrong arrays: a few random projections of each. A student's arrays with the same projections were
made by the same mistake, and its hint can be shown where no solution is.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cs231n_rnn.checking.outcome import Outcome

PROJECTIONS = 3
# Relative to the array's norm: two ways to compute the same wrong numbers differ by rounding.
SAME = 1e-6
# A mistake is named if it agrees with this share of the function's cases; a second mistake in
# the same function may spoil the others.
ENOUGH = 0.7

Print = list[Any]


@dataclass(frozen=True)
class Mistake:
    """A misconception as the answer key knows it.

    Attributes
    ----------
    name : str
    function : str
    hint : str
    prints : dict of str to dict
        A case's id to its wrong arrays: a name to their fingerprint. A case that crashes has
        the exception's name under ``"crash"``. Cases that come out right are absent.
    """

    name: str
    function: str
    hint: str
    prints: dict[str, dict[str, Print]]


def fingerprint(array: np.ndarray) -> Print:
    """Shape and random projections of an array.

    Parameters
    ----------
    array : ndarray

    Returns
    -------
    list
        The shape, then the projections, to 7 digits.
    """
    if array.dtype.kind not in "biuf":
        return [list(array.shape), str(array.dtype.kind)]
    flat = np.nan_to_num(array.astype(float).ravel(), nan=1e3, posinf=1e4, neginf=-1e4)
    vectors = np.random.default_rng(zlib.crc32(b"projections")).standard_normal(
        (flat.size, PROJECTIONS)
    )
    with np.errstate(all="ignore"):  # any number may come
        return [list(array.shape), *(float(f"{p:.7g}") for p in flat @ vectors)]


def same_print(one: Print, other: Print) -> bool:
    """Whether two fingerprints belong to the same array, but for rounding."""
    if one[0] != other[0] or len(one) != len(other):
        return False
    if isinstance(one[1], str) or isinstance(other[1], str):
        return bool(one[1] == other[1])
    a, b = np.array(one[1:]), np.array(other[1:])
    with np.errstate(all="ignore"):
        return bool(np.all(abs(a - b) <= SAME * max(1e-6, float(abs(b).max()))))


def wrong_prints(outcome: Outcome, wrong: list[str]) -> dict[str, Print]:
    """Fingerprints of the wrong arrays of one case; of the exception where it crashed."""
    if outcome.status == "returned":
        return {name: fingerprint(outcome.arrays[name]) for name in wrong if name in outcome.arrays}
    return {"crash": [[], outcome.message.split(":")[0]]}


def name_mistakes(
    prints: Mapping[str, dict[str, Print]], mistakes: list[Mistake]
) -> dict[str, Mistake]:
    """Name the mistakes behind a function's wrong arrays.

    Parameters
    ----------
    prints : mapping of str to dict
        Each case's id to ``wrong_prints`` of it; an empty dict where it is right.
    mistakes : list of Mistake
        Those known for the function.

    Returns
    -------
    dict of str to Mistake
        The name of an array, or ``"crash"``, to the mistake that gives the same wrong numbers in
        (nearly) all cases. Arrays that no mistake explains are absent.
    """
    names = {name for wrong in prints.values() for name in wrong}
    scores = {m.name: {n: _agreement(n, prints, m) for n in names} for m in mistakes}
    named = {}
    for name in sorted(names):
        fitting = [m for m in mistakes if scores[m.name][name] >= ENOUGH]
        if fitting:
            # Of several, the one that explains most arrays, and spoils none that came out right.
            named[name] = max(
                fitting,
                key=lambda m: (
                    scores[m.name][name],
                    sum(score >= ENOUGH for score in scores[m.name].values()),
                    -len({n for wrong in m.prints.values() for n in wrong} - names),
                ),
            )
    return named


def hint_for(wrong: str, named: Mapping[str, Mistake]) -> str:
    """The hint for an array that is wrong, or for ``"crash"``: its own mistake's, or the one that
    was named by other arrays and can spoil this one too.
    """
    if wrong in named:
        return named[wrong].hint
    hints = {m.hint for m in named.values() for found in m.prints.values() if wrong in found}
    return hints.pop() if len(hints) == 1 else ""


def _agreement(name: str, prints: Mapping[str, dict[str, Print]], mistake: Mistake) -> float:
    """Share of the cases in which a mistake predicts an array (right, or wrong in this way)."""
    agree = wrong = 0
    for case, found in prints.items():
        predicted = mistake.prints.get(case, {})
        if ("crash" in found) != ("crash" in predicted):
            continue
        if name in found and name in predicted and same_print(found[name], predicted[name]):
            agree, wrong = agree + 1, wrong + 1
        elif name not in found and name not in predicted:
            agree += 1
    # All right where the array is wrong explains nothing.
    return agree / len(prints) if wrong else 0.0


def read_mistakes(path: Path) -> list[Mistake]:
    """Read the answer key's ``hints.json``; an empty list where there is none."""
    if not path.exists():
        return []
    return [Mistake(**fields) for fields in json.loads(path.read_text(encoding="utf-8"))]


def encode_mistakes(mistakes: list[Mistake]) -> str:
    """Write mistakes as JSON text, one a line."""
    lines = [json.dumps(vars(mistake), ensure_ascii=False) for mistake in mistakes]
    return "[\n" + ",\n".join(lines) + "\n]\n"
