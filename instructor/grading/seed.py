"""The numbers that a submission is graded on, drawn from the course's secret."""

from __future__ import annotations

import hashlib
import hmac

from cs231n_rnn.checking.cases import Case
from instructor.grading.submission import Submission


def student_seed(secret: bytes, submission: Submission) -> int:
    """The seed of a submission's cases, drawn from the course's secret.

    Another student has other numbers, and so has another version of the files: what an earlier
    report says of the right values is of no use in the next submission.
    """
    name = submission.student.encode("utf-8", "surrogatepass")
    digest = hmac.new(secret, name + b"\0" + digest_of(submission.files), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big")


def case_seed(seed: int, case: Case) -> int:
    """The seed of one case: whoever has it knows no other case's numbers."""
    digest = hmac.new(seed.to_bytes(8, "big"), case.id.encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big")


def digest_of(files: dict[str, bytes]) -> bytes:
    """A digest of files, names and contents."""
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(hashlib.sha256(name.encode()).digest())
        digest.update(hashlib.sha256(files[name]).digest())
    return digest.digest()
