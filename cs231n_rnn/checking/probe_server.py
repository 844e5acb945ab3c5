"""``python -m cs231n_rnn.checking.probe_server``: runs probes on request, and judges nothing.

Requests come as lines of JSON on the standard input, outcomes go to the standard output
(``wire.py``). The grader starts it in a sandbox, beside a submission and no answer. On the
reference it gives the answers.
"""

from __future__ import annotations

import builtins
import contextlib
import functools
import importlib
import json
import os
import random
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from cs231n_rnn.checking import watching
from cs231n_rnn.checking.cases import Case, cases_from, cases_of
from cs231n_rnn.checking.outcome import Outcome, raised, run_probe, students_files
from cs231n_rnn.checking.wire import send

MEGABYTE = 2**20


def main() -> int:
    """Serve requests until the input ends."""
    requests, replies = _own_streams()
    settings = json.loads(requests.readline())
    _limit(settings)
    _preload(settings["preload"])
    if "memory_mb" in settings:  # the reference has none, and derives
        watching.install()
    students_files()
    # What goes wrong so far is the grader's fault, and is said; from here on it is the student's.
    os.dup2(0, 2)
    send(replies, "ready", Outcome("returned"))
    for line in requests:
        request = json.loads(line)
        try:
            outcome = _serve(request)
        except BaseException as error:  # also what the student's code raises at its import
            outcome = Outcome("crashed", fault=raised(error))
        send(replies, request["name"], outcome)
    return 0


def _serve(request: dict[str, Any]) -> Outcome:
    """Import a module, or run one case."""
    _fix_chance(request.get("seed", 0))
    if "module" in request:
        importlib.import_module(request["module"])
        return Outcome("returned")
    exercise = request["exercise"]
    cases = _cases(exercise)
    if "cases" in request:
        # These stay with the grader until all that the public ones say has been said.
        cases |= {case.id: case for case in cases_from(request["cases"], exercise)}
    return run_probe(cases[request["name"]], request["seed"])


@functools.cache
def _cases(exercise: str) -> dict[str, Case]:
    return {case.id: case for case in cases_of(exercise, Path.cwd())}


def _preload(modules: Sequence[str]) -> None:
    """Import what takes long and is not the student's; what is not there fails in their file."""
    for name in modules:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _fix_chance(seed: int) -> None:
    """Let generators, old and new ones, that the code does not seed give the same numbers."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002
    # Where NumPy takes the seed of a new generator from, if it is asked for none.
    drawn = random.Random(seed)
    vars(np.random.bit_generator)["randbits"] = drawn.getrandbits


def _own_streams() -> tuple[BinaryIO, BinaryIO]:
    """Take the standard streams away from the code under test, which may print what it likes."""
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nothing, stream)
    return requests, replies


def _limit(settings: dict[str, Any]) -> None:
    """Give up rights and memory before any code of the student's is imported."""
    forbidden = settings.get("forbidden", [])
    sys.meta_path.insert(0, _Forbidden(forbidden))
    # Python 2 had it; submissions that use it are told so and graded all the same.
    vars(builtins).setdefault("xrange", range)
    if settings.get("uid") and os.geteuid() == 0:
        os.setgroups([])
        os.setgid(settings["uid"])
        os.setuid(settings["uid"])
    if "memory_mb" not in settings or sys.platform == "win32":
        return
    import resource

    limits = {
        "RLIMIT_AS": settings["memory_mb"] * MEGABYTE,
        "RLIMIT_FSIZE": settings["file_mb"] * MEGABYTE,
        "RLIMIT_NPROC": settings["processes"],
        "RLIMIT_NOFILE": 64,  # files without a name take memory too
        "RLIMIT_CORE": 0,
    }
    for name, value in limits.items():
        _lower(resource, name, value)
    if "confinement" in settings:
        # The grader's own code, which is not in this tree.
        confinement: dict[str, Any] = {"__name__": "confinement"}
        exec(settings["confinement"], confinement)
        confinement["confine"](settings["readable"], settings["writable"])


def _lower(resource: Any, name: str, value: int) -> None:
    """Set a limit, unless a lower one holds already or the system does not know it."""
    kind = getattr(resource, name, None)
    if kind is None:
        return
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    with contextlib.suppress(OSError, ValueError if sys.platform == "darwin" else OSError):
        resource.setrlimit(kind, (value, value))


class _Forbidden(MetaPathFinder):
    """Refuses, by name, libraries that would do the derivation in the student's place."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> None:
        """Refuse a forbidden library; leave all others to the next finder."""
        if fullname.split(".")[0] in self.names:
            raise ImportError(f"{fullname} is not allowed here: the assignment is NumPy by hand")


if __name__ == "__main__":
    sys.exit(main())
