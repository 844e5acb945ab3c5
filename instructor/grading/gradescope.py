"""Grading inside a Gradescope container: one submission in, ``results.json`` out.

``python -m instructor.grading.gradescope /autograder`` is what ``run_autograder`` calls. The
format is that of Gradescope's "Autograder Specifications".
"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.report import FunctionReport, make_report
from cs231n_rnn.files import ROOT, write_text
from instructor.grading.containers import printable
from instructor.grading.kit import Kit
from instructor.grading.open import open_submission
from instructor.grading.run import grade_submission
from instructor.grading.sandbox import find_sandbox
from instructor.grading.student_grade import Grade
from instructor.grading.submission import Source, SubmissionError
from instructor.grading.wording import say_quoting

SECRET = "course_secret"
NOBODY = "nobody"
LARGEST_METADATA = 10_000_000


def main(base: Path) -> int:
    """Grade ``BASE/submission`` into ``BASE/results/results.json``, which is always written."""
    source = Source(student_of(base / "submission_metadata.json"), base / "submission")
    try:
        grade = _grade(source)
    except Exception as error:  # a fault of ours, which the student must not take for a verdict
        traceback.print_exc()
        told = message("grader_failed", text=f"{type(error).__name__}: {error}")
        grade = Grade(source.student, reason=told, grader_failed=True)
    write_text(base / "results" / "results.json", json.dumps(results_of(grade), indent=1))
    return 0


def _grade(source: Source) -> Grade:
    try:
        submission = open_submission(source, read_manifest())
    except SubmissionError as error:
        return Grade(source.student, reason=error.reason)
    secret = (ROOT / SECRET).read_bytes().strip()
    kit = Kit.open()
    try:
        return grade_submission(submission, kit, find_sandbox(), secret)
    finally:
        kit.close()


def student_of(metadata: Path) -> str:
    """Who submitted, all of a group in one name; ``nobody`` where that is not to be read."""
    try:
        with metadata.open("rb") as file:
            content = file.read(LARGEST_METADATA)
        users = json.loads(content)["users"]
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return NOBODY
    found = map(_name_of, users if isinstance(users, list) else [users])
    return printable(" ".join(sorted(filter(None, found))), 1000) or NOBODY


def _name_of(user: Any) -> str:
    """A user's e-mail address, else the number or the name; empty if there is none of them."""
    values = (
        [user.get(key) for key in ("email", "id", "name")] if isinstance(user, dict) else [user]
    )
    plain = [
        str(v).strip() for v in values if isinstance(v, (str, int)) and not isinstance(v, bool)
    ]
    return next(filter(None, plain), "")


def results_of(grade: Grade) -> dict[str, Any]:
    """A grade in Gradescope's form: for each function its public cases, and its hidden ones.

    Parameters
    ----------
    grade : Grade

    Returns
    -------
    dict
        Hidden cases are shown after the due date.
    """
    if grade.reason:
        said = f"This could not be graded: {say_quoting(grade.reason)}"
        if grade.grader_failed:
            said = f"{said}. These points are no verdict: your course has to run it again."
        return {"score": 0, "output": said, "tests": []}
    manifest = read_manifest()
    tests = []
    for hidden in (False, True):
        report = make_report([r for r in grade.results if r.hidden == hidden], manifest)
        tests += [_test(function, hidden) for function in report.functions]
    advice = [f"{say_quoting(line)} (advice, costs no points)" for line in grade.advice]
    output = "\n".join([*map(say_quoting, grade.notes), *advice])
    return {"score": round(grade.earned, 4), "output": output, "tests": tests}


def _test(function: FunctionReport, hidden: bool) -> dict[str, Any]:
    notes = "\n".join(": ".join(filter(None, note)) for note in function.notes(say_quoting))
    passed = sum(result.status == "passed" for result in function.results)
    kind = ("optional " if function.optional else "") + ("hidden" if hidden else "public")
    return {
        "name": f"{function.function}: {passed} of {len(function.results)} {kind} cases",
        "score": round(function.earned, 4),
        "max_score": round(function.points, 4),
        "status": "passed" if function.state == "done" else "failed",
        "output": notes,
        "visibility": "after_due_date" if hidden else "visible",
    }


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
