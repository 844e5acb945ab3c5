"""Messages as data: a code with its values. ``wording.py`` alone makes words of them.

Whatever is decided about a message is decided by its code and values, never by a sentence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

LONGEST_TEXT = 400


@dataclass(frozen=True)
class Message:
    """Something to say.

    Attributes
    ----------
    code : str
        What is said: a key of ``wording.TEMPLATES``.
    values : mapping of str to anything
        About what: texts, numbers, lists of them, or another message.
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash(self.code)

    def as_dict(self) -> dict[str, Any]:
        """The fields, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Message:
        """A message from what ``as_dict`` gave. Of its values only messages are mappings."""
        return cls(fields["code"], {k: _value(v) for k, v in fields["values"].items()})


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return [_value(v) for v in value]
    return Message.from_dict(value) if isinstance(value, Mapping) else value


def message(code: str, **values: Any) -> Message:
    """A message from keywords: ``message("wrong_sign", name="dWx")``."""
    return Message(code, values)


def number(value: Any) -> int | float | str:
    """A number of NumPy's as Python's own; as text where it is not finite, which JSON lacks."""
    plain = value.item() if value.dtype.kind in "biu" else float(value)
    return plain if math.isfinite(plain) else str(plain)


def cut(text: str) -> str:
    """A text of at most 400 characters, and a sign where more were cut off."""
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} …"
