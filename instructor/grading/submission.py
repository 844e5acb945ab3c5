"""A submission: where it is, and what of it counts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cs231n_rnn.checking.messages import Message
from instructor.grading.wording import Refused


@dataclass(frozen=True)
class Submission:
    """What a student handed in, as far as it counts.

    Attributes
    ----------
    student : str
        Name of the file or folder, without .zip or .py.
    files : dict of str to bytes
        A file's name in the manifest to its source, which is UTF-8 and, where it could be fixed,
        for Python 3. In CS231n's layout the names are those of the manifest's aliases.
    notebooks : dict of str to bytes
        A notebook's name in the manifest to its .ipynb, for those that are there.
    layout : {"kit", "cs231n"}
    notes : tuple of Message
        About it: what is missing, which of two copies was taken, Python 2 leftovers.
    """

    student: str
    files: dict[str, bytes]
    notebooks: dict[str, bytes]
    layout: str
    notes: tuple[Message, ...]


@dataclass(frozen=True)
class Source:
    """Where a student's submission is.

    Attributes
    ----------
    student : str
    path : Path
    inner : str
        The name of its file, zip or folder inside of the zip at ``path``, if it is in one.
    notes : tuple of Message
        What is to say of the student's name.
    """

    student: str
    path: Path
    inner: str = ""
    notes: tuple[Message, ...] = ()


class SubmissionError(Refused):
    """Why a submission cannot be graded."""
