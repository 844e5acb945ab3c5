"""An implementation is laid over the kit: kit + solutions is the reference.

The same function makes the tree in which the reference is tested and, with a submission's files in
place of the solutions, the tree in which that is graded.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT

MARK = ".overlay"
# What running the kit leaves in it.
LEFT_OVER = "__pycache__", ".ipynb_checkpoints", "results"


def overlay(
    files: Mapping[str, bytes],
    out: Path,
    kit: Path = ROOT,
    parts: Iterable[str] = (),
    without: Iterable[str] = (),
) -> Path:
    """Make a tree from the kit, with other versions of some of its files, or further ones.

    Parameters
    ----------
    files : dict of str to bytes
        A name in the tree, as ``cs231n_rnn/layers/rnn.py``, to the content.
    out : Path
        Where the tree goes. An earlier overlay there is replaced; an empty folder is filled, and
        keeps its permissions.
    kit : Path
        The clean kit.
    parts : iterable of str
        The kit's files and folders that are in the tree; without any, what a student gets.
    without : iterable of str
        Patterns of names that are left out of the kit's folders.

    Returns
    -------
    Path
        ``out``.

    Raises
    ------
    FileExistsError
        If something else than an overlay is at ``out``.
    """
    if (out / MARK).exists():
        shutil.rmtree(out)
    elif out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise FileExistsError(f"{out} is not an overlay; remove it, or name another place")
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).touch()
    for name in parts or read_manifest(kit).handout:
        _copy(kit / name, out / name, (*LEFT_OVER, *without))
    for name, content in files.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_bytes(content)
    return out


def files_in(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Read an implementation from a folder; nothing else of the folder is taken.

    Parameters
    ----------
    folder : Path
    names : iterable of str
        ``cs231n_rnn/layers/rnn.py`` and so on.

    Returns
    -------
    dict of str to bytes

    Raises
    ------
    FileNotFoundError
        If the folder lacks a file: all that are missing are named.
    """
    names = list(names)
    missing = [name for name in names if not _holds(folder, name)]
    if missing:
        raise FileNotFoundError(f"{folder} lacks {', '.join(missing)}")
    return {name: (folder / name).read_bytes() for name in names}


def _holds(folder: Path, name: str) -> bool:
    """Whether a folder has a file of its own: a link out of it may lead to somebody else's."""
    path = folder / name
    return path.is_file() and path.resolve().is_relative_to(folder.resolve())


def _copy(source: Path, target: Path, left_out: tuple[str, ...]) -> None:
    if source.name == "datasets":
        # The data itself is large and stays where it is.
        target.mkdir()
        for file in source.iterdir():
            if file.suffix in (".md", ".toml"):
                shutil.copyfile(file, target / file.name)
    elif source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*left_out))
    else:
        shutil.copyfile(source, target)


def main() -> int:
    """Command line: ``python -m instructor overlay FOLDER OUT``."""
    parser = argparse.ArgumentParser(
        prog="python -m instructor overlay", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("folder", type=Path, help="holds cs231n_rnn/layers/rnn.py and so on")
    parser.add_argument("out", type=Path, help="where the tree goes")
    arguments = parser.parse_args()
    try:
        overlay(files_in(arguments.folder, read_manifest().points), arguments.out)
    except (FileNotFoundError, FileExistsError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0
