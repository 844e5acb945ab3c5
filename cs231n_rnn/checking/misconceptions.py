"""Known misconceptions, found again by the numbers that they give.

For every misconception in the instructor's catalogue the answer key holds fingerprints of the
wrong arrays: a few random projections of each. A student's arrays with the same fingerprints were
made by the same misconception, and its hint can be shown where no solution is.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cs231n_rnn.checking.messages import Message, message
from cs231n_rnn.checking.outcome import Outcome

PROJECTIONS = 3
# Relative to the array's norm: two ways to compute the same wrong numbers differ by rounding.
SAME = 1e-6
# A misconception is named if it agrees with this share of the function's cases; a second one in
# the same function may spoil the others.
ENOUGH = 0.7
# The code of a hint that names one; its words are the catalogue's.
MISCONCEPTION = "misconception"

Fingerprint = list[Any]
# What shows that a case is wrong: an array by its name, or, as None, that something was raised.
Symptom = str | None


@dataclass(frozen=True)
class Traces:
    """What is wrong in one case; nothing where it is right.

    Attributes
    ----------
    arrays : dict of str to list
        The wrong arrays: a name to its fingerprint.
    raised : str
        The name of the exception where there are no arrays.
    """

    arrays: dict[str, Fingerprint] = field(default_factory=dict)
    raised: str = ""

    def __bool__(self) -> bool:
        return bool(self.arrays or self.raised)

    @property
    def symptoms(self) -> set[Symptom]:
        """The wrong arrays' names, or that something was raised."""
        return {None} if self.raised else set(self.arrays)


@dataclass(frozen=True)
class Misconception:
    """A misconception as the answer key knows it.

    Attributes
    ----------
    name : str
    function : str
    hint : str
    traces : dict of str to Traces
        By the case's id. Cases that come out right are absent.
    """

    name: str
    function: str
    hint: str
    traces: dict[str, Traces]


def fingerprint(array: np.ndarray) -> Fingerprint:
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


def same_fingerprint(one: Fingerprint, other: Fingerprint) -> bool:
    """Whether two fingerprints belong to the same array, but for rounding."""
    if one[0] != other[0] or len(one) != len(other):
        return False
    if isinstance(one[1], str) or isinstance(other[1], str):
        return bool(one[1] == other[1])
    a, b = np.array(one[1:]), np.array(other[1:])
    with np.errstate(all="ignore"):
        return bool(np.all(abs(a - b) <= SAME * max(1e-6, float(abs(b).max()))))


def same_traces(one: Traces, other: Traces) -> bool:
    """Whether two cases are wrong in the same way, but for rounding."""
    if one.raised != other.raised or list(one.arrays) != list(other.arrays):
        return False
    return all(same_fingerprint(one.arrays[name], other.arrays[name]) for name in one.arrays)


def traces_of(outcome: Outcome, wrong: list[str]) -> Traces:
    """Fingerprints of the wrong arrays of one case, or the exception's name where it crashed."""
    if outcome.status == "returned":
        arrays = outcome.arrays
        return Traces({name: fingerprint(arrays[name]) for name in wrong if name in arrays})
    # A case that ended its process raised nothing, and yet it did not return.
    told = outcome.fault
    return Traces(raised=told.values.get("type", told.code) if told else outcome.status)


def name_misconceptions(
    traces: Mapping[str, Traces], known: list[Misconception]
) -> dict[Symptom, Misconception]:
    """Name the misconceptions that explain what is wrong in a function.

    Parameters
    ----------
    traces : mapping of str to Traces
        Each case's id to what is wrong in it.
    known : list of Misconception
        Those known for the function.

    Returns
    -------
    dict of str or None to Misconception
        A symptom to the misconception that gives the same wrong numbers, or raises the same, in
        (nearly) all cases. Symptoms that none explains are absent.
    """
    symptoms = {symptom for wrong in traces.values() for symptom in wrong.symptoms}
    scores = {m.name: {s: _agreement(s, traces, m) for s in symptoms} for m in known}
    named = {}
    for symptom in symptoms:
        fitting = [m for m in known if scores[m.name][symptom] >= ENOUGH]
        if fitting:
            # Of several, the one that explains most, and spoils nothing that came out right.
            named[symptom] = max(
                fitting,
                key=lambda m: (
                    scores[m.name][symptom],
                    sum(score >= ENOUGH for score in scores[m.name].values()),
                    -len({s for wrong in m.traces.values() for s in wrong.symptoms} - symptoms),
                ),
            )
    return named


def hint_for(symptom: Symptom, named: Mapping[Symptom, Misconception]) -> Message | None:
    """The hint for a symptom: its own misconception, or the one that was named by others and can
    show in this way too.
    """
    if symptom in named:
        return message(MISCONCEPTION, name=named[symptom].name)
    able = {
        m.name
        for m in named.values()
        if any(symptom in wrong.symptoms for wrong in m.traces.values())
    }
    return message(MISCONCEPTION, name=able.pop()) if len(able) == 1 else None


def _agreement(symptom: Symptom, traces: Mapping[str, Traces], m: Misconception) -> float:
    """Share of the cases in which a misconception predicts whether, and how, a symptom shows."""
    agree = wrong = 0
    for case, found in traces.items():
        predicted = m.traces.get(case, Traces())
        if bool(found.raised) != bool(predicted.raised):
            continue
        in_both = symptom in found.symptoms and symptom in predicted.symptoms
        if in_both and _same(symptom, found, predicted):
            agree, wrong = agree + 1, wrong + 1
        elif symptom not in found.symptoms and symptom not in predicted.symptoms:
            agree += 1
    # All right where the array is wrong explains nothing.
    return agree / len(traces) if wrong else 0.0


def _same(symptom: Symptom, one: Traces, other: Traces) -> bool:
    if symptom is None:
        return one.raised == other.raised
    return same_fingerprint(one.arrays[symptom], other.arrays[symptom])


def read_misconceptions(path: Path) -> list[Misconception]:
    """Read the answer key's ``misconceptions.json``; an empty list where there is none."""
    if not path.exists():
        return []
    return [
        Misconception(
            entry["name"],
            entry["function"],
            entry["hint"],
            {case: Traces(**traces) for case, traces in entry["traces"].items()},
        )
        for entry in json.loads(path.read_text(encoding="utf-8"))
    ]


def encode_misconceptions(misconceptions: list[Misconception]) -> str:
    """Write misconceptions as JSON text, one a line."""
    lines = []
    for m in misconceptions:
        traces = {case: {k: v for k, v in vars(t).items() if v} for case, t in m.traces.items()}
        lines.append(json.dumps({**vars(m), "traces": traces}, ensure_ascii=False))
    return "[\n" + ",\n".join(lines) + "\n]\n"
