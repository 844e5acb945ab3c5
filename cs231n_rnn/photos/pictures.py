"""Find the photographs in a folder."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from cs231n_rnn.data.folders import DataError

SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"}


def find_pictures(folder: Path) -> dict[str, Path]:
    """The image files of a folder and the folders in it, hidden ones left out.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict of str to Path
        By name, relative to the folder and with "/", in alphabetical order. Accents are one
        with their letters (Unicode's NFC), as in the captions.

    Raises
    ------
    DataError
        If there is no such folder.
    """
    if not folder.is_dir():
        raise DataError(f"{folder} is not a folder; it needs to be the one with the photographs")
    found = {
        unicodedata.normalize("NFC", path.relative_to(folder).as_posix()): path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and path.is_file()
    }
    hidden = [name for name in found if any(part[0] == "." for part in name.split("/"))]
    return {name: found[name] for name in sorted(found.keys() - set(hidden))}
