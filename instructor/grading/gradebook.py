"""The gradebook: a table with a row for each submission, in which no spreadsheet sees a formula."""

from __future__ import annotations

import csv
import io
import re

from instructor.grading.shown import clean, cut
from instructor.grading.student_grade import Grade
from instructor.grading.wording import say_quoting

# = + - @, also in full width, small, raised and lowered.
SIGNS = (
    r"=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b"
    r"\u207c\u207a\u207b\u208c\u208a\u208b\u2212"
)
# What a spreadsheet may drop in front of a sign.
DROPPED = r"\s'\"\xad\u200b-\u200f\u2060\ufeff\ufffd"
# Where a formula would begin: at the begin of a text, or after what another separator may be.
FORMULA = re.compile(rf"(^|[;,|\t])(?=[{DROPPED}]*[{SIGNS}]|\t)")


def gradebook(grades: list[Grade], functions: list[str]) -> str:
    """The gradebook as CSV text, a row for each student, sorted by name.

    Parameters
    ----------
    grades : list of Grade
    functions : list of str
        One column of points each; empty where a submission is not graded on it.

    Returns
    -------
    str
        Lines end in a line feed, numbers have two decimals, and every field is quoted: the same
        grades give the same text.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["student", "points", "out_of", *functions, "failed_cases", "reason", "notes"])
    for grade in sorted(grades, key=lambda grade: (grade.student, grade.to_json())):
        earned: dict[str, float] = {}
        for result in grade.results:
            earned[result.function] = earned.get(result.function, 0.0) + result.earned
        per_function = [f"{earned[name]:.2f}" if name in earned else "" for name in functions]
        failed = sum(result.state == "wrong" for result in grade.results)
        reason = say_quoting(grade.reason) if grade.reason else ""
        texts = [harmless(reason), harmless("; ".join(map(say_quoting, grade.notes)))]
        points = [f"{grade.earned:.2f}", f"{grade.points:.2f}"]
        if grade.grader_failed:
            points = ["", ""]
        writer.writerow([harmless(grade.student), *points, *per_function, failed, *texts])
    return out.getvalue()


def harmless(text: str) -> str:
    """A text on one line of which no spreadsheet makes a formula, wherever it splits the line."""
    return FORMULA.sub(r"\1'", " ".join(clean(cut(text)).splitlines()))
