"""The grader's end of a worker: asks for one case at a time, and starts again what was killed."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import subprocess
import threading
from pathlib import Path
from typing import Any

from cs231n_rnn.checking.cases import Case
from cs231n_rnn.checking.messages import Message, message
from cs231n_rnn.checking.outcome import Outcome
from cs231n_rnn.checking.wire import WireError, receive
from instructor.grading.sandbox import Process, Sandbox

START_SECONDS = 60
# Two graders on one machine must not take the same users.
_slots = itertools.count(37 * os.getpid())


class WorkerError(RuntimeError):
    """A fault of the grader's own."""


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
    """

    def __init__(self, tree: Path, sandbox: Sandbox, limits: dict[str, Any]) -> None:
        self.tree, self.sandbox, self.limits = tree, sandbox, limits
        self._slot = next(_slots)
        self._process: Process | None = None
        self._listener: threading.Thread | None = None

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
        if self._listener:
            self._listener.join(timeout=2)
        for stream in (process.stdin, process.stdout):
            # A reader that still waits holds the stream; then it stays open.
            if stream and not (self._listener and self._listener.is_alive()):
                with contextlib.suppress(OSError):  # what was still to be written has no reader
                    stream.close()

    def run(self, case: Case, exercise: str, seed: int, seconds: float) -> Outcome:
        """Run a case; a worker that hangs or dies is the case's outcome, not an exception."""
        request = {"name": case.id, "exercise": exercise, "seed": seed}
        return self._ask(request, seconds)

    def load(self, module: str, seconds: float) -> Outcome:
        """Import a module: whether the student's file can be used at all."""
        return self._ask({"name": module, "module": module}, seconds)

    def _ask(self, request: dict[str, Any], seconds: float) -> Outcome:
        try:
            if self._process is None:
                self._start()
            return self._exchange(request, request["name"], seconds)
        except TimeoutError:
            fault = Outcome("timed out", fault=message("late", seconds=seconds))
        except WireError as error:
            fault = Outcome("crashed", fault=error.message)
        except (EOFError, OSError):
            fault = Outcome("crashed", fault=self._ended())
        self.close()
        return fault

    def _start(self) -> None:
        process = self._process = self.sandbox.start(self.tree, self.limits, self._slot)
        settings = self.sandbox.settings(process, self.limits)
        try:
            self._exchange(settings, "ready", START_SECONDS)
        except (TimeoutError, WireError, EOFError, OSError) as error:
            self.close()
            assert process.stderr is not None
            said = process.stderr.read().decode(errors="replace").strip()[-500:]
            # No code of the student's has run yet.
            raise WorkerError(f"the worker does not start: {said or repr(error)}") from None
        finally:
            if process.stderr:
                process.stderr.close()

    def _exchange(self, request: dict[str, Any], name: str, seconds: float) -> Outcome:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        process.stdin.write(json.dumps(request).encode() + b"\n")
        process.stdin.flush()
        replies: queue.Queue[Outcome | Exception] = queue.Queue()
        # A thread, since Windows cannot wait for a pipe with a time limit.
        self._listener = threading.Thread(
            target=self._listen, args=(process, name, replies), daemon=True
        )
        self._listener.start()
        try:
            reply = replies.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
        if isinstance(reply, Exception):
            raise reply
        return reply

    def _listen(self, process: Process, name: str, replies: queue.Queue[Any]) -> None:
        try:
            assert process.stdout is not None
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
