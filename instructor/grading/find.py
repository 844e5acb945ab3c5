"""Who handed in what, and where: a file, a folder, a zip, or many in a folder or a zip."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path, PurePosixPath

from cs231n_rnn.checking.manifest import Manifest
from instructor.grading.containers import (
    IS_FOLDER,
    IS_LINK,
    Entry,
    in_class_zip,
    in_folder,
    printable,
)
from instructor.grading.match import common_folder
from instructor.grading.submission import Source

ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz")


def find_submissions(paths: list[Path], manifest: Manifest) -> list[Source]:
    """All submissions at some paths. What is wrong with one shows when it is opened.

    Parameters
    ----------
    paths : list of Path
        Each a submission (a .py file, a folder, a zip), or a folder or zip that holds submissions:
        zips, folders or .py files, one a student.
    manifest : Manifest

    Returns
    -------
    list of Source
        By the student's name. A name that comes again has a number after it.

    Raises
    ------
    FileNotFoundError
        If nothing is at a path.
    """
    found: list[Source] = []
    for path in paths:
        try:
            path.stat()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise FileNotFoundError(f"{printable(str(path))}: {reason}") from error
        # A link that the command names is followed; those in a submission are not.
        named = path.resolve() if path.name in ("", "..") else path
        found += _find_at(path.resolve(), _student(named), manifest)
    return _with_own_names(sorted(found, key=lambda source: source.student))


def _student(path: Path) -> str:
    name = path.stem if path.suffix.lower() in (".zip", ".py") else path.name
    return printable(name) or "submission"


def _with_own_names(sources: list[Source]) -> list[Source]:
    # Names that differ in their case alone would share a file on some systems.
    taken: set[str] = set()
    named = []
    for source in sources:
        name, number = source.student, 1
        while name.casefold() in taken:
            number += 1
            name = f"{source.student}-{number}"
        taken.add(name.casefold())
        named.append(replace(source, student=name))
    return sorted(named, key=lambda source: source.student)


def _find_at(path: Path, student: str, manifest: Manifest) -> list[Source]:
    """The submissions at a path, or the path itself as the one that is there."""
    alone = [Source(student, path)]
    if path.suffix == ".py" or not (path.is_dir() or path.is_file()):
        return alone
    with contextlib.ExitStack() as stack:
        try:
            entries = in_folder(path) if path.is_dir() else iter(in_class_zip(path, stack))
            inner = _children([e for e in entries if e.is_visible], manifest)
        except Exception:  # a broken zip: opening it gives the reason
            return alone
    found = []
    for parts in inner:
        name = _student(Path(parts[-1]))
        if path.is_dir():
            found.append(Source(name, path.joinpath(*parts)))
        else:
            found.append(Source(name, path, "/".join(parts)))
    return found or alone


def _children(entries: list[Entry], manifest: Manifest) -> list[tuple[str, ...]]:
    """The submissions in a folder or zip; none where it is a submission itself."""
    files = {e.parts for e in entries if e.fault != IS_FOLDER}
    folders = {e.parts for e in entries} - files
    folders |= {name[:depth] for name in files for depth in range(1, len(name))}
    wanted = [PurePosixPath(name).parts for name in [*manifest.points, *manifest.aliases]]
    tops = {top for name in files for top in [_top_of(name, wanted)] if top is not None}
    archives = {name[:-1] for name in files if name[-1].lower().endswith(ARCHIVES)}
    if tops:
        # Zips beside a folder: that is a student's. Zips elsewhere are data.
        archives = {f for f in archives if any(t[: len(f)] == f and t != f for t in tops)}
    top = common_folder(tops | archives or {name[:-1] for name in files})
    if top in tops:
        return []
    handed_in = {name for name in files if name[-1].lower().endswith((".py", *ARCHIVES))}
    # A link stands where a submission should: opening it gives the reason.
    handed_in |= {e.parts for e in entries if e.fault == IS_LINK}
    depth = len(top) + 1
    return sorted(n for n in folders | handed_in if len(n) == depth and n[:-1] == top)


def _top_of(name: tuple[str, ...], wanted: list[tuple[str, ...]]) -> tuple[str, ...] | None:
    """The folder of a submission, by one of its files; None if that is not a file that counts."""
    lengths = [n for w in wanted for n in range(1, len(w) + 1) if name[-n:] == w[-n:]]
    return name[: -max(lengths)] if lengths else None
