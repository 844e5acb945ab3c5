"""Generate what students get from ``solutions/``: stubs, notebooks, public cases and answer key.

``python -m instructor sync`` writes, ``python -m instructor sync --check`` only compares and
ends with 1 where something differs. What is missing is said first, all at once.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import jupytext
import nbformat

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT, write_text
from instructor.answer_key import copy_key, stale_answers
from instructor.exercises import read_solutions
from instructor.markers import (
    MarkerError,
    make_finished,
    make_notebook_stub,
    make_public,
    make_stub,
)
from instructor.problems import find_problems

# What the answers were last right for.
RIGHT = "build/answers/right_for.txt"


def main(arguments: list[str] | None = None) -> int:
    """Command line; 0 if all is in step, 1 if not, or if something is missing or at fault."""
    parser = argparse.ArgumentParser(
        prog="python -m instructor sync", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument(
        "--changed",
        action="store_true",
        help="no answers, where nothing has changed that they depend on since they were last right",
    )
    options = parser.parse_args(arguments)
    check = options.check
    try:
        problems = list(find_problems(ROOT))
        if problems:
            print("\n".join(problems), file=sys.stderr)
            return 1
        stale = stale_texts(ROOT)
        if not check:
            write(stale)
        # Right, when all that they depend on was as it is now.
        are_right = options.changed and _read(ROOT / RIGHT) == _digest(ROOT)
        if not (check and stale) and not are_right:
            stale |= stale_answers(ROOT)
    except (MarkerError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    verb = "differs from" if check else "written from"
    for path in stale:
        print(f"{path.relative_to(ROOT).as_posix()} {verb} solutions/")
    if check:
        if stale:
            print("run `python -m instructor sync` and commit what it writes")
            return 1
    else:
        write(stale)
        copy_key(ROOT)
    write_text(ROOT / RIGHT, _digest(ROOT))
    return 0


def _digest(root: Path) -> str:
    """A digest of all that the answers and the two trees in build/ are made of."""
    digest = hashlib.sha256()
    for name in (*read_manifest(root).handout, "solutions", "instructor"):
        for path in sorted([root / name, *(root / name).rglob("*.*")]):
            if path.suffix in (".py", ".toml", ".json", ".ipynb") and "datasets" not in path.parts:
                digest.update(path.relative_to(root).as_posix().encode() + b"\0")
                digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def write(texts: dict[Path, str | None]) -> None:
    """Write files, each whole or not at all; remove those whose text is None."""
    for path, text in texts.items():
        if text is None:
            path.unlink(missing_ok=True)
        else:
            write_text(path, text)


def stale_texts(root: Path) -> dict[Path, str | None]:
    """Stubs, notebooks and cases that differ from what the solutions give, with their right text.

    What is not taught is to go.
    """
    manifest = read_manifest(root)
    texts: dict[Path, str | None] = dict.fromkeys(not_taught(root))
    for solution in read_solutions(root, left_out=True):
        reference = solution.reference.read_text(encoding="utf-8")
        make = make_finished if solution.file in manifest.finished else make_stub
        texts[root / solution.file] = make(reference, solution.file)
    for solution in read_solutions(root):
        cases = solution.cases.read_text(encoding="utf-8")
        name = solution.cases.relative_to(root).as_posix()
        texts[root / "tests" / f"test_{solution.name}.py"] = make_public(cases, name)
    for name in manifest.notebooks:
        source = root / "solutions" / "notebooks" / f"{name}.py"
        text = make_notebook_stub(
            source.read_text(encoding="utf-8"), f"solutions/notebooks/{name}.py"
        )
        rendered = render_notebook(text, given_note(manifest.given[name]))
        texts[root / "notebooks" / f"{name}.ipynb"] = rendered
    return {path: text for path, text in texts.items() if _read(path) != text}


def not_taught(root: Path) -> Iterator[Path]:
    """Cases and notebooks, whether they are there or not, of what the course leaves out."""
    manifest = read_manifest(root)
    cases = (root / "tests").glob("test_*.py")
    known = {path.stem.removeprefix("test_") for path in cases} | manifest.left_out.keys()
    for name in sorted(known - manifest.exercises.keys()):
        yield root / "tests" / f"test_{name}.py"
    for source in sorted((root / "solutions" / "notebooks").glob("*.py")):
        if source.stem not in manifest.notebooks:
            yield root / "notebooks" / f"{source.stem}.ipynb"


def given_note(files: list[str]) -> str:
    """What a notebook and the handout's README say of the files that are handed out finished."""
    if not files:
        return ""
    names = [f"`{file}`" for file in files]
    listed = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"Given: {listed} {'are' if names[1:] else 'is'} finished, and not yours to write."


@functools.lru_cache(64)
def render_notebook(text: str, note: str = "") -> str:
    """One py:percent text gives one notebook: ids from position, no outputs, fixed metadata.

    Parameters
    ----------
    text : str
    note : str
        A paragraph more at the end of its first cell.

    Returns
    -------
    str
        The notebook as JSON.
    """
    notebook = jupytext.reads(text, fmt="py:percent")
    if note:
        notebook.cells[0].source += f"\n\n{note}"
    for position, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{position:03d}"
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n"


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None
