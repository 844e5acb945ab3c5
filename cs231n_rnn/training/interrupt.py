"""Ctrl-C as a question that training asks between minibatches.

An interrupt in the middle of an update would leave some parameters new and some old.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class Interrupt:
    """While it is entered, the first Ctrl-C (SIGINT) only sets ``asked``.

    A second one raises KeyboardInterrupt at once, since the minibatch may hang, but never
    inside ``shield()``. Outside the main thread, where Python delivers no signals, and where
    SIGINT is ignored, it does nothing.

    Attributes
    ----------
    asked : bool
        Ctrl-C was pressed since it was entered.
    """

    def __init__(self) -> None:
        self.asked = False
        self._shielded = False
        self._old: Any = None

    def __enter__(self) -> Interrupt:
        self.asked = self._shielded = False
        self._old = None
        in_main_thread = threading.current_thread() is threading.main_thread()
        if in_main_thread and signal.getsignal(signal.SIGINT) not in (signal.SIG_IGN, None):
            self._old = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(self, *exception: object) -> None:
        if self._old is not None:
            signal.signal(signal.SIGINT, self._old)

    @contextmanager
    def shield(self) -> Iterator[None]:
        """Let what runs inside end in one piece, however often Ctrl-C is pressed."""
        self._shielded = True
        try:
            yield
        finally:
            self._shielded = False

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.asked and not self._shielded:
            raise KeyboardInterrupt
        self.asked = True
