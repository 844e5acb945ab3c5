"""The grader's end of a worker: asks for one case at a time, and starts again what was killed."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
import os
import queue
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Literal

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.messages import Message, message
from cs231n_rnn.checking.outcome import Outcome
from cs231n_rnn.checking.wire import WireError, receive
from instructor.grading.clock import LOOK_SECONDS, PATIENCE, Budget, OwnTime
from instructor.grading.sandbox import Process, Sandbox
from instructor.grading.stopping import stop_if_asked

START_SECONDS = 60.0
# The code of an end by the clock on the wall: it says more of the machine than of the code.
STARVED = "starved"
# Two graders on one machine must not take the same users.
_slots = itertools.count(37 * os.getpid())


class WorkerError(RuntimeError):
    """A fault of the grader's own."""


class Ended(Exception):
    """The grader ends a worker, since it took too much; ``outcome`` says of what."""

    def __init__(self, status: Literal["timed out", "crashed"], told: Message) -> None:
        super().__init__(told.code)
        self.outcome = Outcome(status, fault=told)


class Worker:
    """Runs probes in a tree, one at a time, in a process of its own.

    Parameters
    ----------
    tree : Path
        A kit with a submission laid over it.
    sandbox : Sandbox
        Where it runs.
    limits : dict
        ``[limits]`` of the manifest.
    budget : Budget, optional
        What is left for all cases of the submission, which may have had a worker before. Without
        one there is no end to it.
    preload : tuple of str
        Modules that are imported before the time begins.
    """

    def __init__(
        self,
        tree: Path,
        sandbox: Sandbox,
        limits: dict[str, Any],
        budget: Budget | None = None,
        preload: tuple[str, ...] = (),
    ) -> None:
        self.tree, self.sandbox, self.limits = tree, sandbox, limits
        self.budget, self.preload = budget or Budget(math.inf), preload
        self._slot = next(_slots)
        self._process: Process | None = None
        self._clock: OwnTime | None = None
        self._talker: threading.Thread | None = None
        self._has_sent = threading.Event()
        self._told: set[str] = set()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Whether the process still runs after the last case."""
        return self._process is not None

    def close(self) -> None:
        """End the process, if there is one, and all that it started."""
        if not self._process:
            return
        process, self._process = self._process, None
        self.sandbox.kill(process)
        if self._talker:
            self._talker.join(timeout=2)
        for stream in (process.stdin, process.stdout):
            # One who still waits at the other end holds the streams; then they stay open.
            if stream and not (self._talker and self._talker.is_alive()):
                with contextlib.suppress(OSError):  # what was still to be written has no reader
                    stream.close()

    def run(
        self, case: Case, exercise: str, seed: int, seconds: float, cases: str | None = None
    ) -> Outcome:
        """Run a case; a worker that hangs or dies is the case's outcome, not an exception.

        Parameters
        ----------
        case : Case
        exercise : str
        seed : int
        seconds : float
            Of its own time.
        cases : str, optional
            Source of the exercise's cases, where the tree does not have this one.

        Returns
        -------
        Outcome
        """
        request = {"name": case.id, "exercise": exercise, "seed": seed}
        if cases and not (self._process and exercise in self._told):
            request["cases"] = cases
        outcome = self._ask(request, seconds)
        if cases and self._process:
            self._told.add(exercise)
        return outcome

    def load(self, module: str, seconds: float) -> Outcome:
        """Import a module: whether the student's file can be used at all."""
        return self._ask({"name": module, "module": module}, seconds)

    def _ask(self, request: dict[str, Any], seconds: float) -> Outcome:
        try:
            if self._process is None:
                self._start()
            return self._exchange(request, request["name"], seconds, self.budget)
        except Ended as error:
            fault = error.outcome
        except WireError as error:
            fault = Outcome("crashed", fault=error.message)
        except (EOFError, OSError):
            fault = Outcome("crashed", fault=self._ended())
        self.close()
        return fault

    def _start(self) -> None:
        process = self._process = self.sandbox.start(self.tree, self.limits, self._slot)
        self._clock = OwnTime(lambda: self.sandbox.members(process))
        self._told = set()
        settings = self.sandbox.settings(process, self.limits) | {"preload": self.preload}
        try:
            self._exchange(settings, "ready", START_SECONDS, Budget(math.inf))
        except (Ended, WireError, EOFError, OSError) as error:
            self.close()
            assert process.stderr is not None
            said = process.stderr.read().decode(errors="replace").strip()[-500:]
            # No code of the student's has run yet.
            raise WorkerError(f"the worker does not start: {said or repr(error)}") from None
        finally:
            if process.stderr:
                process.stderr.close()

    def _exchange(
        self, request: dict[str, Any], name: str, seconds: float, budget: Budget
    ) -> Outcome:
        """Send a request and wait for its reply, as long as there is time."""
        assert self._process is not None
        replies: queue.Queue[Outcome | Exception] = queue.Queue()
        # A thread, since whoever holds the other end may let a write or a read wait for ever; it
        # ends with the process.
        self._talker = threading.Thread(
            target=self._talk, args=(self._process, request, name, replies), daemon=True
        )
        self._has_sent.clear()
        self._talker.start()
        reply = self._wait(replies, seconds, budget)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def _wait(
        self, replies: queue.Queue[Outcome | Exception], seconds: float, budget: Budget
    ) -> Outcome | Exception:
        """The reply, or Ended."""
        clock = self._clock
        assert clock is not None
        clock.start_looking()
        # Between two requests a worker takes no time but what it goes on with unasked.
        begin, before = time.monotonic(), clock.seconds
        limit, patience = min(seconds, budget.left), min(PATIENCE * seconds, budget.patience)
        try:
            while True:
                with contextlib.suppress(queue.Empty):
                    return replies.get(timeout=LOOK_SECONDS)
                stop_if_asked()
                if clock.look(self._is_asked()) - before >= limit:
                    all_late = message("all_late", seconds=budget.seconds)
                    late = message("late", seconds=seconds)
                    raise Ended("timed out", all_late if budget.left < seconds else late)
                if time.monotonic() - begin >= patience:
                    raise Ended("timed out", message(STARVED, seconds=round(patience)))
                if clock.megabytes() > self.limits.get("total_memory_mb", math.inf):
                    told = message("memory", megabytes=self.limits["total_memory_mb"])
                    raise Ended("crashed", told)
        finally:
            budget.used += clock.read() - before
            budget.waited += time.monotonic() - begin

    def _is_asked(self) -> bool:
        """Whether the worker has its request and no answer waits: a busy grader may be late."""
        assert self._process is not None
        assert self._process.stdout is not None
        if sys.platform != "linux" or not self._has_sent.is_set():
            return self._has_sent.is_set()
        return not select.select([self._process.stdout], [], [], 0)[0]

    def _talk(
        self, process: Process, request: dict[str, Any], name: str, replies: queue.Queue[Any]
    ) -> None:
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(request).encode() + b"\n")
            process.stdin.flush()
            self._has_sent.set()
            replies.put(receive(process.stdout, name, self.limits["reply_mb"] * 2**20))
        except Exception as error:
            replies.put(error)

    def _ended(self) -> Message:
        """How the process ended."""
        assert self._process is not None
        try:
            status = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return message("closed_pipe")
        # bubblewrap reports a signal as 128 + its number.
        signal = -status if status < 0 else status - 128 if status > 128 else 0
        if 0 < signal <= 64:
            return message("killed", signal=signal)
        return message("exited", status=status)
