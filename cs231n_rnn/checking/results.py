"""The result of a case, all fields: what every table, file and page is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from cs231n_rnn.checking.messages import Message

Status = Literal["passed", "failed", "not implemented", "crashed", "timed out"]
State = Literal["done", "wrong", "to do"]

STATES: dict[Status, State] = {
    "passed": "done",
    "failed": "wrong",
    "crashed": "wrong",
    "timed out": "wrong",
    "not implemented": "to do",
}


@dataclass(frozen=True)
class Result:
    """The outcome of one case beside its answer.

    Attributes
    ----------
    id : str
        The case's id.
    function : str
    variant : str
        The case's name among those of its function.
    points : float
        What the case is worth.
    status : {"passed", "failed", "not implemented", "crashed", "timed out"}
    fault : Message, optional
        What differs, where, and by how much, or what was raised; None if passed.
    hint : Message, optional
        A known misconception, or what can be seen in the array.
    causes : tuple of str
        Functions that this one builds on and that fail too: they are to be fixed first.
    advice : tuple of Message
        What costs no points.
    hidden : bool
        Whether the case is one that students do not have.
    optional : bool
        Whether its points count apart, in no total.
    kept : float
        The share of its points that it brought though it did not pass.
    """

    id: str
    function: str
    variant: str
    points: float
    status: Status
    fault: Message | None = None
    hint: Message | None = None
    causes: tuple[str, ...] = ()
    advice: tuple[Message, ...] = ()
    hidden: bool = False
    optional: bool = False
    kept: float = 0.0

    @property
    def state(self) -> State:
        """What its status means for its function: done, wrong or to do."""
        return STATES[self.status]

    @property
    def earned(self) -> float:
        """Points that the case brought."""
        return self.points * (1.0 if self.status == "passed" else self.kept)

    def as_dict(self) -> dict[str, Any]:
        """The fields, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Result:
        """A result from what ``as_dict`` gave, by way of JSON or not."""
        messages = {
            name: fields[name] and Message.from_dict(fields[name]) for name in ("fault", "hint")
        }
        advice = tuple(map(Message.from_dict, fields["advice"]))
        return cls(**{**fields, **messages, "causes": tuple(fields["causes"]), "advice": advice})
