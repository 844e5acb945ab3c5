"""Whether a backward pass evaluates a function beside the places where its forward pass did.

That is what differences do, and complex steps. Grading watches NumPy's nonlinear functions, and
the student's own functions, while a probe on small float64 arrays runs: what the forward pass
evaluates, and then what the backward pass does. To evaluate the same again is no difference. What
is seen is a place; the grader decides what follows. Code that runs in the same process can escape
it, so it is one kind of evidence beside the source.
"""

from __future__ import annotations

import cmath
import math
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

import numpy as np

from cs231n_rnn.checking.messages import Message, cut, message

NONLINEAR = ("exp", "exp2", "expm1", "tanh", "sinh", "cosh", "logaddexp")
# Arrays of more numbers lie too densely for "beside" to mean anything.
MOST_NUMBERS = 1000
# Rounding moves a number by less, and a difference of places so near has no digits.
ROUNDING = 1e-11
# Beside: nearer than this share of the distance between two places of the forward pass.
BESIDE, LONGEST_DISTANCE = 0.02, 0.5
# So many numbers, and so large a share of what is evaluated anew, are no chance.
FEWEST, SHARE = 6, 0.9
# A stencil of high order reaches further, and evaluates so many times what the forward pass does.
TIMES = 4


@dataclass
class Watch:
    """What is seen while one probe runs.

    Attributes
    ----------
    files : mapping of str to str
        A student's file's path to its name.
    seen : list of Message
        What no derivation does, each kind once, with function, file and line.
    is_over : bool
        Whether there are too many numbers, or some of them are too short.
    """

    files: Mapping[str, str]
    seen: list[Message] = field(default_factory=list)
    is_over: bool = False
    _backward: bool = False
    _count: int = 0
    _before: list[np.ndarray] = field(default_factory=list)
    _now: list[tuple[np.ndarray, Message]] = field(default_factory=list)
    _calls: dict[CodeType, list[np.ndarray]] = field(default_factory=dict)
    _moved: dict[CodeType, int] = field(default_factory=dict)

    @contextmanager
    def during(self, backward: bool) -> Iterator[None]:
        """Watch a call of the code under test: a forward pass, or a backward one after it."""
        global _watch
        self._count -= sum(numbers.size for numbers, _ in self._now)
        self._backward, self._now, self._moved = backward, [], {}
        _watch = self
        sys.setprofile(None if self.is_over else self._entered)
        try:
            yield
        finally:
            sys.setprofile(None)
            _watch = None
        if backward and not self.is_over:
            self._compare()

    def evaluated(self, arguments: tuple[Any, ...], frame: FrameType) -> None:
        """Note the numbers that a nonlinear function is called with."""
        if self.is_over:
            return
        numbers = self._numbers(arguments, frame)
        if self._backward:
            self._now.append((numbers, self._place("beside", frame)))
        else:
            self._before.append(numbers)
        self._count += numbers.size
        self.is_over |= self._count > MOST_NUMBERS

    def _numbers(self, arguments: Any, frame: FrameType) -> np.ndarray:
        """All numbers of 64 bits in some arguments; complex ones are seen at once."""
        kept = []
        for value in arguments:
            if not isinstance(value, np.ndarray | np.number | float | complex):
                continue
            kind, size = np.asarray(value).dtype.kind, np.asarray(value).dtype.itemsize
            if kind == "c" and self._backward:
                self._see(self._place("complex", frame))
            elif kind == "f":
                self.is_over |= size < 8
                kept.append(np.array(value, dtype=float).ravel())
        return np.concatenate(kept) if kept else np.empty(0)

    def _entered(self, frame: FrameType, event: str, _: Any) -> None:
        """Note a call of a student's function, and compare it with those of the forward pass."""
        code = frame.f_code
        if event != "call" or self.is_over or code.co_filename not in self.files:
            return
        count = code.co_argcount
        names = code.co_varnames[: count + code.co_kwonlyargcount + bool(code.co_flags & 4)]
        values = [frame.f_locals.get(name) for name in names]
        values = [v for value in values for v in (value if type(value) is tuple else [value])]
        numbers = self._numbers(values, frame)
        if numbers.size > MOST_NUMBERS:
            self.is_over = True
        elif not self._backward:
            self._calls.setdefault(code, []).append(numbers)
        elif numbers.size >= FEWEST and self._is_moved(numbers, self._calls.get(code, [])):
            self._moved[code] = self._moved.get(code, 0) + 1
            if self._moved[code] > 1:
                self._see(self._place("again", frame))

    def _is_moved(self, numbers: np.ndarray, calls: list[np.ndarray]) -> bool:
        """Whether numbers are near those of a call, and those of no call."""
        apart = [
            float(np.max(np.abs(numbers - known) / (1 + np.abs(known))))
            for known in calls
            if known.size == numbers.size
        ]
        return bool(apart) and ROUNDING < min(apart) <= BESIDE

    def _compare(self) -> None:
        """Compare where nonlinear functions were evaluated with where the forward pass did."""
        before = np.concatenate([np.empty(0), *self._before])
        before = before[np.isfinite(before)]
        if not self._now or not before.size:
            return
        now = np.concatenate([numbers for numbers, _ in self._now])
        # tanh and the logistic function are as good on the other side of 0.
        known = np.sort(np.concatenate([before, -before]))
        right = np.searchsorted(known, now).clip(1, len(known) - 1)
        apart = np.minimum(np.abs(now - known[right - 1]), np.abs(now - known[right]))
        anew = apart > ROUNDING * (1 + np.abs(now))
        distance = min(float(np.ptp(before)) / before.size or 1.0, LONGEST_DISTANCE)
        beside = anew & (apart <= BESIDE * distance)
        is_beside = beside.sum() >= max(FEWEST, SHARE * anew.sum())
        if is_beside or anew.sum() > max(TIMES * before.size, FEWEST):
            owners = np.repeat(np.arange(len(self._now)), [n.size for n, _ in self._now])
            self._see(self._now[owners[np.argmax(anew)]][1])

    def _see(self, told: Message) -> None:
        if told.code not in {known.code for known in self.seen}:
            self.seen.append(told)

    def _place(self, kind: str, frame: FrameType | None) -> Message:
        """The student's line that a frame is in or was called from, and its backward pass."""
        own = []
        while frame:
            if frame.f_code.co_filename in self.files:
                own.append(frame)
            frame = frame.f_back
        names = [f.f_code.co_name for f in own if f.f_code.co_name.endswith("_backward")]
        file = self.files[own[0].f_code.co_filename] if own else ""
        line = own[0].f_lineno if own else 0
        return message(f"seen_{kind}", function=cut("".join(names[:1])), file=file, line=line)


_watch: Watch | None = None


class Watched:
    """A function that tells the watch, if there is one, with what it is called."""

    def __init__(self, function: Any) -> None:
        self._function = function

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Call the function."""
        if _watch is not None:
            _watch.evaluated(arguments, sys._getframe(1))
        return self._function(*arguments, **keywords)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)


def install() -> None:
    """Watch the nonlinear functions of NumPy and of Python, before anybody has imported them."""
    for module in (np, math, cmath):
        for name in NONLINEAR:
            if hasattr(module, name) and not isinstance(getattr(module, name), Watched):
                setattr(module, name, Watched(getattr(module, name)))


def is_installed() -> bool:
    """Whether there is anything to watch."""
    return isinstance(np.exp, Watched)
