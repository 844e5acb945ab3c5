"""What grading one submission gives, as data: behind the gradebook, the pages and Gradescope."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from cs231n_rnn.checking.messages import Message
from cs231n_rnn.checking.results import Result


@dataclass(frozen=True)
class Grade:
    """The grade of one submission.

    Attributes
    ----------
    student : str
        Whom it belongs to: the submission's name without its ending.
    reason : Message, optional
        Why nothing could be graded; None if it was graded.
    results : list of Result
        Public and hidden cases on the student's own numbers.
    advice : list of Message
        What costs no points, each with the function's name in front.
    notes : list of Message
        About the submission or its grading as a whole: a missing file, Python 2 leftovers, no
        sandbox.
    grader_failed : bool
        Whether the fault is ours: then there are no points, not even none.
    starved : bool
        Whether a case ended by the clock on the wall, which is no verdict: a busy machine may have
        been the reason.
    """

    student: str
    reason: Message | None = None
    results: list[Result] = field(default_factory=list)
    advice: list[Message] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    grader_failed: bool = False
    starved: bool = False

    @property
    def earned(self) -> float:
        """Points that the submission brought, but for optional ones."""
        return round(sum(r.earned for r in self.results if not r.optional), 6)

    @property
    def points(self) -> float:
        """Points that there were to bring, but for optional ones."""
        return round(sum(r.points for r in self.results if not r.optional), 6)

    def to_json(self) -> str:
        """As text, to keep or to send."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Grade:
        """From what ``to_json`` wrote."""
        fields: dict[str, Any] = json.loads(text)
        fields["results"] = [Result.from_dict(result) for result in fields["results"]]
        fields["reason"] = fields["reason"] and Message.from_dict(fields["reason"])
        for name in ("advice", "notes"):
            fields[name] = [Message.from_dict(told) for told in fields[name]]
        return cls(**fields)
