"""Who handed in what, and where: a file, a folder, a zip, or a class in a folder or a zip.

Who is a student is never decided by what a student put in: it is whoever has a path of one's own on
the command line, or is one of the siblings in a class's folder or zip.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Literal

from cs231n_rnn.checking.manifest import Manifest
from cs231n_rnn.checking.messages import message
from instructor.grading.containers import (
    IS_FOLDER,
    IS_LINK,
    MOST_IN_CLASS,
    Entry,
    in_class_zip,
    in_folder,
    is_visible,
    printable,
)
from instructor.grading.match import common_folder
from instructor.grading.submission import Source

ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz")
# Zips in them are no submissions.
DATA = {"data", "datasets"}
# What systems and tools leave; any other name with a dot in front may be a student's.
TOOLS = {".git", ".svn", ".hg", ".idea", ".vscode", ".venv", ".tox", ".cache", ".config", ".local"}
TOOLS |= {".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".Trash", ".Trashes"}
TOOLS |= {".Spotlight-V100", ".fseventsd", ".TemporaryItems", ".", ".."}

Each = Literal["student", "class"]


def find_submissions(
    paths: list[Path], manifest: Manifest, each: Each | None = None
) -> list[Source]:
    """All submissions at some paths. What is wrong with one shows when it is opened.

    Parameters
    ----------
    paths : list of Path
        Submissions (a .py file, a folder, a zip), or folders and zips of a class that hold
        submissions: zips, folders or .py files, one a student.
    manifest : Manifest
    each : {"student", "class"}, optional
        What each path is. Without it several paths are a student each, and a single one is what
        it looks like.

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
        source = Source(_student(named), path.resolve())
        several = [] if each == "student" else _find_at(source.path, manifest)
        if each is None and len(paths) > 1:
            found.append(_one_of(source, several))
        else:
            found += several or [source]
    return _with_own_names(found)


def _one_of(source: Source, several: list[Source]) -> Source:
    """A student's source, and a note where it looks like those of several."""
    if len(several) < 2:
        return source
    names, more = [other.student for other in several[:3]], len(several) - 3
    values = {"name": printable(source.path.name), "names": names, "count": len(several)}
    return replace(source, notes=(message("looks_like_several", **values, more=max(more, 0)),))


def _student(path: Path) -> str:
    name = path.stem if path.suffix.lower() in (".zip", ".py") else path.name
    return printable(name) or "submission"


def _with_own_names(sources: list[Source]) -> list[Source]:
    # Names that differ in their case alone would share a file on some systems.
    taken: set[str] = set()
    named = []
    for source in sorted(sources, key=lambda one: (one.student, str(one.path), one.inner)):
        name, number = source.student, 1
        while name.casefold() in taken:
            number += 1
            name = f"{source.student}-{number}"
        taken.add(name.casefold())
        notes = source.notes
        if number > 1:
            place = printable("/".join(filter(None, [str(source.path), source.inner])))
            notes += (message("same_name", name=source.student, place=place),)
        named.append(replace(source, student=name, notes=notes))
    return sorted(named, key=lambda source: source.student)


def _find_at(path: Path, manifest: Manifest) -> list[Source]:
    """The submissions of a class at a path; none where it is a submission itself."""
    if path.suffix == ".py" or not (path.is_dir() or path.is_file()):
        return []
    with contextlib.ExitStack() as stack:
        try:
            found = in_folder(path, _counts) if path.is_dir() else in_class_zip(path, stack)
            # Those of a folder come level by level: what is far below takes no place of the others.
            entries = [
                e for e in itertools.islice(found, MOST_IN_CLASS) if all(map(_counts, e.parts))
            ]
            inner = _siblings(entries, manifest)
        except Exception:  # a broken zip: opening it gives the reason
            return []
    sources = []
    for parts in inner:
        name = _student(Path(parts[-1]))
        if path.is_dir():
            sources.append(Source(name, path.joinpath(*parts)))
        else:
            sources.append(Source(name, path, "/".join(parts)))
    return sources


def _counts(part: str) -> bool:
    """Whether a name in a class's folder may be a student's, or lead to one."""
    hidden = part.startswith(".") and part not in TOOLS and not part.startswith("._")
    return is_visible(part.lstrip(".")) if hidden else is_visible(part)


def _siblings(entries: list[Entry], manifest: Manifest) -> list[tuple[str, ...]]:
    """The submissions in a folder or zip; none where it is a submission itself."""
    files = {e.parts for e in entries if e.fault != IS_FOLDER}
    wanted = [PurePosixPath(name).parts for name in [*manifest.points, *manifest.aliases]]
    tops = {top for name in files for top in [_top_of(name, wanted)] if top is not None}
    archives = {name[:-1] for name in files if name[-1].lower().endswith(ARCHIVES)}
    archives = {folder for folder in archives if DATA.isdisjoint(folder)}
    common = common_folder(tops | archives or {name[:-1] for name in files})
    if common in tops:
        return []
    for depth in range(len(common) + 1):
        found = _within(common[:depth], entries)
        # What one of several holds does not make the others disappear.
        if len(found) > 1 or depth == len(common):
            return found
    return []


def _within(folder: tuple[str, ...], entries: Iterable[Entry]) -> list[tuple[str, ...]]:
    """What may be a submission right inside of a folder."""
    depth = len(folder) + 1
    found = set()
    for entry in entries:
        if len(entry.parts) < depth or entry.parts[:-1][: depth - 1] != folder:
            continue
        name = entry.parts[:depth]
        is_folder = len(entry.parts) > depth or entry.fault == IS_FOLDER
        counts = entry.parts[-1].lower().endswith((".py", ".ipynb", *ARCHIVES))
        # A link stands where a submission should: opening it gives the reason.
        handed_in = (counts and not name[-1].lower().endswith(".ipynb")) or entry.fault == IS_LINK
        if handed_in or (is_folder and (counts or not name[-1].startswith("."))):
            found.add(name)
    return sorted(found)


def _top_of(name: tuple[str, ...], wanted: list[tuple[str, ...]]) -> tuple[str, ...] | None:
    """The folder of a submission, by one of its files; None if that is not a file that counts."""
    lengths = [n for w in wanted for n in range(1, len(w) + 1) if name[-n:] == w[-n:]]
    return name[: -max(lengths)] if lengths else None
