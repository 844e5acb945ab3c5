"""Generate what students get from ``solutions/``: stubs, notebooks and the public answer key.

``python -m instructor sync`` writes, ``python -m instructor sync --check`` only compares and
ends with 1 where something differs.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import jupytext
import nbformat

from cs231n_rnn.checking.manifest import ROOT, read_manifest
from instructor.answer_key import stale_answers
from instructor.markers import MarkerError, make_notebook_stub, make_stub


def main(arguments: list[str] | None = None) -> int:
    """Command line; 0 if all is in step, 1 if not, or if a marker is at fault."""
    parser = argparse.ArgumentParser(prog="python -m instructor sync", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args(arguments).check
    try:
        stale = stale_texts(ROOT)
        if not (check and stale):
            write(stale)
            stale |= stale_answers(ROOT)
    except MarkerError as error:
        print(error, file=sys.stderr)
        return 1
    verb = "differs from" if check else "written from"
    for path in stale:
        print(f"{path.relative_to(ROOT).as_posix()} {verb} solutions/")
    if check:
        if stale:
            print("run `python -m instructor sync` and commit what it writes")
        return int(bool(stale))
    write(stale)
    return 0


def write(texts: dict[Path, str | None]) -> None:
    """Write files, each whole or not at all; remove those whose text is None."""
    for path, text in texts.items():
        if text is None:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_name(path.name + ".new")
        new.write_text(text, encoding="utf-8", newline="\n")
        os.replace(new, path)


def stale_texts(root: Path) -> dict[Path, str | None]:
    """Stubs and notebooks that differ from what the solutions give, with their right text."""
    manifest = read_manifest(root)
    texts: dict[Path, str | None] = {}
    for file in manifest.points:
        solution = (root / "solutions" / file).read_text(encoding="utf-8")
        texts[root / file] = make_stub(solution, file)
    for name in manifest.notebooks:
        source = root / "solutions" / "notebooks" / f"{name}.py"
        text = make_notebook_stub(
            source.read_text(encoding="utf-8"), f"solutions/notebooks/{name}.py"
        )
        texts[root / "notebooks" / f"{name}.ipynb"] = render_notebook(text)
    return {path: text for path, text in texts.items() if _read(path) != text}


def render_notebook(text: str) -> str:
    """One py:percent text gives one notebook: ids from position, no outputs, fixed metadata.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        The notebook as JSON.
    """
    notebook = jupytext.reads(text, fmt="py:percent")
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


if __name__ == "__main__":
    sys.exit(main())
