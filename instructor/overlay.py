"""An implementation is a folder laid over the kit: kit + solutions is the reference.

The same function makes the tree in which the reference is tested and, with a submission in place
of ``solutions``, the tree in which that is graded.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from cs231n_rnn.checking.manifest import ROOT, read_manifest

MARK = ".overlay"


def overlay(folder: Path, out: Path, kit: Path = ROOT) -> Path:
    """Make a tree from the kit, with a folder's versions of the files that students fill in.

    Parameters
    ----------
    folder : Path
        Holds ``cs231n_rnn/layers/rnn.py`` and so on. Nothing else of it is taken.
    out : Path
        Where the tree goes. An earlier overlay there is replaced.
    kit : Path
        The clean kit.

    Returns
    -------
    Path
        ``out``.

    Raises
    ------
    FileNotFoundError
        If the folder lacks a file: all that are missing are named, and nothing is made.
    FileExistsError
        If something else than an overlay stands at ``out``.
    """
    manifest = read_manifest(kit)
    missing = [file for file in manifest.points if not _holds(folder, file)]
    if missing:
        raise FileNotFoundError(f"{folder} lacks {', '.join(missing)}")
    if out.exists() and not (out / MARK).exists():
        raise FileExistsError(f"{out} is not an overlay; remove it, or name another place")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / MARK).touch()
    for name in manifest.handout:
        _copy(kit / name, out / name)
    for file in manifest.points:
        shutil.copyfile(folder / file, out / file)
    return out


def _holds(folder: Path, file: str) -> bool:
    """Whether a folder has a file of its own: a link out of it may lead to somebody else's."""
    path = folder / file
    return path.is_file() and path.resolve().is_relative_to(folder.resolve())


def _copy(source: Path, target: Path) -> None:
    if source.name == "datasets":
        # The data itself is large and stays where it is.
        target.mkdir()
        for file in source.iterdir():
            if file.suffix in (".md", ".toml"):
                shutil.copyfile(file, target / file.name)
    elif source.is_dir():
        ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "results")
        shutil.copytree(source, target, ignore=ignore)
    else:
        shutil.copyfile(source, target)


def main() -> int:
    """Command line: ``python -m instructor.overlay FOLDER OUT``."""
    parser = argparse.ArgumentParser(prog="python -m instructor.overlay", description=__doc__)
    parser.add_argument("folder", type=Path, help="holds cs231n_rnn/layers/rnn.py and so on")
    parser.add_argument("out", type=Path, help="where the tree goes")
    arguments = parser.parse_args()
    try:
        overlay(arguments.folder, arguments.out)
    except (FileNotFoundError, FileExistsError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
