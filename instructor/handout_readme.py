"""README.md as the students of a course get it: of the notebooks that it teaches."""

from __future__ import annotations

import re
from pathlib import Path

from cs231n_rnn.checking.manifest import read_manifest
from instructor.sync import given_note, not_taught

# What speaks to the course staff.
STAFF = re.compile(r"<!-- staff -->.*?<!-- /staff -->\s*", re.DOTALL)
ROW = re.compile(r"^\| *(?P<name>[^|]+?) *\|.*\n", re.MULTILINE)


def for_students(text: str, root: Path) -> str:
    """README.md without the staff's parts, and without the notebooks that are not taught.

    Parameters
    ----------
    text : str
        The kit's README.md: its list of notebooks is a table, and a row begins with the
        notebook's name, with spaces or with ``_``.
    root : Path
        Folder of the kit.

    Returns
    -------
    str
        A notebook to open that is not taught is the first one that is; files that are handed out
        finished are named below the table.
    """
    manifest = read_manifest(root)
    first = next(iter(manifest.notebooks))
    gone = {path.stem for path in not_taught(root) if path.suffix == ".ipynb"}
    text = STAFF.sub("", text)
    rows = [row for row in ROW.finditer(text) if _name(row) in {*gone, *manifest.notebooks}]
    if rows and manifest.finished:
        end = rows[-1].end()
        text = f"{text[:end]}\n{given_note(manifest.finished)}\n{text[end:]}"
    text = ROW.sub(lambda row: "" if _name(row) in gone else row[0], text)
    for name in gone:
        text = text.replace(f"notebooks/{name}.ipynb", f"notebooks/{first}.ipynb")
    return text


def _name(row: re.Match[str]) -> str:
    return row["name"].replace(" ", "_")
