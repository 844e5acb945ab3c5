"""The time that a worker takes of its own: on a processor, or asleep because it wants to be.

A neighbour may keep it waiting for a processor or a disk. That is not its time, so that the same
code ends within its limits on a busy machine too.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

# Between two looks at a worker that has not answered.
LOOK_SECONDS = 0.2
# A worker that may take a second of its own is waited for so many seconds.
PATIENCE = 10
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
# What a thread is in that would run if it could: on a processor or its queue, or at a disk.
WILLING = "RD"


class OwnTime:
    """The own time of some processes, since this clock was made.

    Parameters
    ----------
    find : callable
        Gives the processes that there are now; asked at each look.
    """

    def __init__(self, find: Callable[[], list[psutil.Process]]) -> None:
        self._find, self._members = find, find()
        self.seconds, self._is_asleep = 0.0, False
        self._cpu, self._looked = self._read_cpu(), time.monotonic()

    def read(self) -> float:
        """Seconds until now; cheap, it looks at the known processes alone."""
        cpu = self._read_cpu()
        # What a child took is lost where nobody asks for its end; it was counted at a look.
        self.seconds += max(0.0, cpu - self._cpu)
        self._cpu = cpu
        return self.seconds

    def look(self, is_asked: bool = True) -> float:
        """Seconds until now, with the time asleep since the last look, for one that is waited for.

        Parameters
        ----------
        is_asked : bool
            Whether it has a request, and has not begun to answer: then its sleep is its own.

        Returns
        -------
        float
        """
        before, now = self.seconds, time.monotonic()
        with contextlib.suppress(psutil.Error):
            self._members = self._find()
        waited = min(now - self._looked, 2 * LOOK_SECONDS)  # a look may come late
        self._looked = now
        self.read()
        was_asleep = self._is_asleep
        self._is_asleep = is_asked and not any(map(_is_willing, self._members))
        if was_asleep and self._is_asleep:
            self.seconds += max(0.0, waited - (self.seconds - before))
        return self.seconds

    def megabytes(self) -> float:
        """Memory of the known processes, what several share counted once."""
        return sum(map(_memory_of, self._members)) / 2**20

    def start_looking(self) -> None:
        """From now on a worker that sleeps is one that was asked something."""
        self._looked, self._is_asleep = time.monotonic(), False

    def _read_cpu(self) -> float:
        total = 0.0
        for process in self._members:
            with contextlib.suppress(psutil.Error, OSError):
                total += _cpu_of(process)
        return total


def _cpu_of(process: psutil.Process) -> float:
    """Seconds on a processor, of the process and of its children that have ended."""
    if sys.platform != "linux":
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    # Read for each case, and four times as fast as psutil does it.
    with open(f"/proc/{process.pid}/stat", "rb") as file:
        fields = file.read().rpartition(b") ")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def _memory_of(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.Error):
        try:
            full = process.memory_full_info()
            return int(getattr(full, "pss", full.uss))
        except psutil.AccessDenied:
            return int(process.memory_info().rss)
    return 0


def _is_willing(process: psutil.Process) -> bool:
    """Whether a thread of it would run if it could; where that is not to be known, it may."""
    if sys.platform != "linux":
        return True
    with contextlib.suppress(OSError):
        for path in Path(f"/proc/{process.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                # The state is the first field after the name, which may hold anything.
                if path.joinpath("stat").read_text().rpartition(") ")[2][0] in WILLING:
                    return True
    return False


@dataclass
class Budget:
    """The time that a submission has for all that it does.

    Attributes
    ----------
    seconds : float
        Of its own.
    used : float
    waited : float
        Seconds that it was waited for.
    """

    seconds: float
    used: float = 0.0
    waited: float = 0.0

    @property
    def left(self) -> float:
        """Seconds of its own that are left."""
        return max(0.0, self.seconds - self.used)

    @property
    def patience(self) -> float:
        """Seconds that it is still waited for."""
        return max(0.0, PATIENCE * self.seconds - self.waited)
