"""The end of a run before all is graded: because it was asked for, or the machine gave out.

Neither says anything of a submission. What is done is kept, and the same command goes on.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

# Until what runs has seen that it is to end, and has ended its processes.
SECONDS_TO_END = 20
_asked = threading.Event()


class MachineError(RuntimeError):
    """What the machine or the cluster lacks: it ends the run, and is nobody's grade."""


@contextmanager
def alone_in(out: Path) -> Iterator[None]:
    """Hold a folder of grades, so that no second grader writes there.

    Raises
    ------
    MachineError
        If another grader holds it.
    """
    lock = FileLock(out / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise MachineError(f"another grader is at work in {out}; wait for its end") from None
    try:
        yield
    finally:
        lock.release()


def stop_if_asked() -> None:
    """End this thread's work if the run is to end; whatever waits for a worker asks often."""
    if _asked.is_set():
        raise KeyboardInterrupt


@contextmanager
def thread_pool(jobs: int) -> Iterator[ThreadPoolExecutor]:
    """Threads are enough, since processes do the work; at Ctrl-C they do not finish it."""
    _asked.clear()
    pool = ThreadPoolExecutor(jobs)
    try:
        yield pool
    except BaseException:
        _end(pool)
        raise
    pool.shutdown()


def _end(pool: ThreadPoolExecutor) -> None:
    """Let the threads clean up, but not for ever."""
    if threading.current_thread() is threading.main_thread():
        # From here on the process ends by itself; one more Ctrl-C would only leave things about.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    _asked.set()
    pool.shutdown(wait=False, cancel_futures=True)
    end = time.monotonic() + SECONDS_TO_END
    for thread in pool._threads:
        thread.join(max(0.0, end - time.monotonic()))
    if any(thread.is_alive() for thread in pool._threads):
        print("stopped; what is done is kept, the same command goes on", flush=True)
        os._exit(130)  # else the interpreter waits for them
