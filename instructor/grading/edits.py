"""Edits of a source by place: what a piece becomes, and what to say about it."""

from __future__ import annotations

import ast
import bisect
from typing import NamedTuple

from cs231n_rnn.checking.messages import Message


class Edit(NamedTuple):
    """New text for a piece of the source, and what to say about it, if anything."""

    start: int
    end: int
    text: str
    leftover: Message | None = None


def lines_of(text: str, edits: list[Edit]) -> list[tuple[int, Message]]:
    """What there is to say about the edits, each with its line."""
    starts = Places(text).starts
    return [(bisect.bisect(starts, e.start), e.leftover) for e in edits if e.leftover]


def apply(text: str, edits: list[Edit]) -> str:
    """The text with all edits made."""
    pieces, done = [], 0
    # Of two at one place the later comes first: that closes the inner bracket before the outer.
    for _, edit in sorted(enumerate(edits), key=lambda e: (e[1].start, e[1].end, -e[0])):
        pieces += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join([*pieces, text[done:]])


class Places:
    """Where a row and a column are in a text; tokens count characters, the tree counts bytes."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)

    def of_token(self, place: tuple[int, int]) -> int:
        """The place of a token."""
        return self.starts[place[0] - 1] + place[1]

    def start(self, node: ast.expr | ast.stmt) -> int:
        """Where a node of the tree begins."""
        return self._of_bytes(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt) -> int:
        """Where a node of the tree ends."""
        return self._of_bytes(node.end_lineno or 0, node.end_col_offset or 0)

    def _of_bytes(self, row: int, column: int) -> int:
        before = self.lines[row - 1].encode("utf-8")[:column]
        return self.starts[row - 1] + len(before.decode("utf-8", "ignore"))
