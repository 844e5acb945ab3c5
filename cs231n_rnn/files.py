"""Where the kit is, and how its files are read and written: TOML in, whole files out.

A file or a folder is written beside its place under a name of its own and renamed at the end, so
that nobody ever finds half of it, and two writers do not disturb each other.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        Naming the file, if it is not TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path} is not valid TOML: {error}") from error


def file_digest(path: Path) -> str:
    """The SHA-256 sum of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A name beside ``path`` to write a file or a folder under, which then takes its place.

    Parameters
    ----------
    path : Path
        What is there stays as it is until the end, and for good if the body raises. A file takes
        the place of a file alone, a folder that of a folder.

    Yields
    ------
    Path
        Nothing exists there yet. It has the suffix of ``path``, which some writers look at.

    Raises
    ------
    OSError
        If it cannot be written, or what is there is of the other kind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{path.name[:40]}.", suffix=".part", dir=path.parent))
    new, old = work / path.name, work / f"old {path.name}"
    try:
        yield new
        if new.is_dir() and path.is_dir() and not path.is_symlink():
            os.replace(path, old)  # a folder that is not empty cannot be replaced in one step
        try:
            os.replace(new, path)
        except BaseException:
            if old.exists():
                os.replace(old, path)
            raise
    finally:
        shutil.rmtree(work, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all: UTF-8, lines that end in a line feed."""
    with replacing(path) as new:
        new.write_text(text, encoding="utf-8", newline="\n")
