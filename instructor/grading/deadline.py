"""A function that is right on small arrays alone, or too late on large ones, earns nothing.

Such is a backward pass computed by numerical differences. The cases that tell are marked with
``deadline``.
"""

from __future__ import annotations

from dataclasses import replace

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.results import Result

# A mistake that fails on large arrays fails most small ones too: no catalogued one misses
# a deadline and passes more than a third of the other cases.
MOST = 0.5


def enforce_deadlines(results: list[Result], cases: list[Case]) -> list[Result]:
    """Take back a function's points where it meets no deadline, though much of the rest passes."""
    deadlines = {case.id for case in cases if case.deadline}
    timed = [r for r in results if r.id in deadlines]
    if not timed or any(r.status == "passed" for r in timed):
        return results
    rest = [r.status == "passed" for r in results if r.id not in deadlines]
    late = any(r.status == "timed out" for r in timed)
    if not late and sum(rest) < MOST * len(rest):
        return results
    fault = message("too_slow" if late else "small_only")
    return [
        replace(r, status="failed", fault=fault) if r.status == "passed" else r for r in results
    ]
