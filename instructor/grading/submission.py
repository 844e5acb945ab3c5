"""Submissions of every kind, opened safely: a file, a folder, a zip, or one of many in a zip.

Nothing of a submission is run here or written to disk. What comes out are the files that count, by
their names in the manifest, as sources that Python 3 can compile.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path, PurePosixPath

from cs231n_rnn.checking.manifest import Manifest
from instructor.grading.containers import (
    IS_FOLDER,
    IS_LINK,
    LEADS_OUT,
    Entry,
    SubmissionError,
    in_class_zip,
    in_folder,
    in_zip,
    limited,
    on_disk,
    shown,
    unzip,
)
from instructor.grading.cs231n_layout import functions_of
from instructor.grading.encoding import to_python3

__all__ = ["Source", "Submission", "SubmissionError", "find_submissions", "open_submission"]

LARGEST_SOURCE, LARGEST_NOTEBOOK = 2_000_000, 20_000_000
ARCHIVES = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz")


@dataclass(frozen=True)
class Submission:
    """What a student handed in, as far as it counts.

    Attributes
    ----------
    student : str
        Name of the file or folder, without .zip or .py.
    files : dict of str to bytes
        A file's name in the manifest to its source, which is UTF-8 and, where it could be mended,
        for Python 3. In CS231n's layout the names are those of the manifest's aliases.
    notebooks : dict of str to bytes
        A notebook's name in the manifest to its .ipynb, for those that are there.
    layout : {"kit", "cs231n"}
    notes : tuple of str
        Sentences about it: what is missing, which of two copies was taken, Python 2 leftovers.
    """

    student: str
    files: dict[str, bytes]
    notebooks: dict[str, bytes]
    layout: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Source:
    """Where a student's submission is.

    Attributes
    ----------
    student : str
    path : Path
    inner : str
        The name of its file, zip or folder inside of the zip at ``path``, if it is in one.
    """

    student: str
    path: Path
    inner: str = ""


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
        By the student's name. A name that comes again has a number behind it.

    Raises
    ------
    FileNotFoundError
        If nothing stands at a path.
    """
    found: list[Source] = []
    for path in paths:
        try:
            path.stat()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise FileNotFoundError(f"{shown(str(path))}: {reason}") from error
        # A link that the command names is followed; those in a submission are not.
        named = path.resolve() if path.name in ("", "..") else path
        found += _find_at(path.resolve(), _student(named), manifest)
    return _with_own_names(sorted(found, key=lambda source: source.student))


def _student(path: Path) -> str:
    name = path.stem if path.suffix.lower() in (".zip", ".py") else path.name
    return shown(name) or "submission"


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


def open_submission(source: Source, manifest: Manifest) -> Submission:
    """Read a submission.

    Parameters
    ----------
    source : Source
    manifest : Manifest

    Returns
    -------
    Submission

    Raises
    ------
    SubmissionError
        Whatever is wrong with it, if nothing of it can be graded.
    """
    try:
        with contextlib.ExitStack() as stack:
            entries = _entries_of(source, stack)
            return _assemble(source.student, entries, manifest, stack)
    except SubmissionError:
        raise
    except Exception as error:
        reason = shown(f"{type(error).__name__}: {error}")
        raise SubmissionError(f"{shown(source.path.name)} cannot be opened: {reason}") from error


def _assemble(
    student: str, entries: list[Entry], manifest: Manifest, stack: contextlib.ExitStack
) -> Submission:
    layout, found = _find(entries, manifest)
    zips = [] if found else _ending(entries, (), ".zip")
    for entry in zips[:5]:  # Moodle puts a student's zip into a folder of its own
        if not found and not entry.fault:
            entries = unzip(entry, stack)
            layout, found = _find(entries, manifest)
    notes = _aside(entries)
    files: dict[str, bytes] = {}
    for name in manifest.points if layout == "kit" else manifest.aliases:
        content, more = _take(name, found.get(name, []), LARGEST_SOURCE)
        notes += more
        if content is not None:
            files[name], more = to_python3(name, content)
            notes += more
    if not files:
        reasons = [note for note in notes if not note.endswith("is missing.")]
        large = [e for e in _ending(entries, (), ".py") if e.size > LARGEST_SOURCE]
        reasons += [f"{e.name} has {e.size / 1e6:.0f} MB." for e in large[:3]]
        raise SubmissionError(" ".join([_expected(manifest), *reasons]))
    notebooks, more = _notebooks(entries, manifest)
    return Submission(student, files, notebooks, layout, (*notes, *more))


def _expected(manifest: Manifest) -> str:
    names = [PurePosixPath(name).name for name in manifest.points]
    others = f"; nor {' or '.join(manifest.aliases)}" if manifest.aliases else ""
    return f"It holds none of {', '.join(names)}{others}."


def _take(name: str, candidates: list[Entry], limit: int) -> tuple[bytes | None, list[str]]:
    """A file's content, from the best of its candidates; and what there is to say about that."""
    notes = []
    for entry in candidates:
        fault = entry.fault
        if entry.size > limit:
            fault = f"has {entry.size / 1e6:.0f} MB, more than the {limit / 1e6:.0f} MB allowed"
        if fault:
            notes.append(f"{entry.name} {fault}; it was left aside.")
            continue
        try:
            content = entry.read(limit + 1)
        except Exception as error:  # a damaged or encrypted entry, no permission
            notes.append(f"{entry.name} cannot be read: {shown(str(error))}.")
            continue
        if len(content) > limit:
            notes.append(f"{entry.name} is longer than it says; it was left aside.")
            continue
        others = [e.name for e in candidates if e is not entry and not e.fault]
        if others:
            notes.append(f"{name} is there more than once; {entry.name} was taken.")
        return content, notes
    return None, notes or [f"{name} is missing."]


def _notebooks(entries: list[Entry], manifest: Manifest) -> tuple[dict[str, bytes], list[str]]:
    notebooks, notes = {}, []
    for name in manifest.notebooks:
        candidates = _ending(entries, (f"{name}.ipynb",))
        if not candidates:
            continue
        content, more = _take(f"{name}.ipynb", candidates, LARGEST_NOTEBOOK)
        notes += more
        if content is not None:
            notebooks[name] = content
    return notebooks, notes


def _find(entries: list[Entry], manifest: Manifest) -> tuple[str, dict[str, list[Entry]]]:
    """The layout, and the candidates for each of its files, best first."""
    layouts = (("kit", manifest.points), ("cs231n", manifest.aliases))
    faulty = "kit", dict[str, list[Entry]]()
    for layout, names in layouts:
        found = {name: _ending(entries, PurePosixPath(name).parts) for name in names}
        candidates = [entry for several in found.values() for entry in several]
        if any(not entry.fault for entry in candidates):
            return layout, found
        if candidates and not faulty[1]:
            faulty = layout, found
    found = _find_flat(entries, manifest)
    if not found:
        return faulty
    return "kit" if set(found) & set(manifest.points) else "cs231n", found


def _aside(entries: list[Entry]) -> list[str]:
    """A note on what could lead out of the submission."""
    notes = []
    for fault in (IS_LINK, LEADS_OUT):
        names = [entry.name for entry in entries if entry.fault == fault]
        others = f" and {len(names) - 3} more" if len(names) > 3 else ""
        notes += [f"{', '.join(names[:3])}{others}: {fault}."] if names else []
    return notes


def _ending(entries: list[Entry], ending: tuple[str, ...], suffix: str = "") -> list[Entry]:
    """Entries under any leading folders; the shallowest that can be read comes first."""
    found = [e for e in entries if e.is_visible and e.parts[len(e.parts) - len(ending) :] == ending]
    found = [e for e in found if e.parts[-1].lower().endswith(suffix)]
    return sorted(found, key=lambda e: (bool(e.fault), len(e.parts), e.parts))


def _find_flat(entries: list[Entry], manifest: Manifest) -> dict[str, list[Entry]]:
    """Files without their folders, or under names of their own: by what they define."""
    sources = [e for e in _ending(entries, (), ".py") if not e.fault]
    top = common_folder(e.parts[:-1] for e in sources)
    found: dict[str, list[Entry]] = {}
    for entry in [e for e in sources if len(e.parts) <= len(top) + 2][:50]:
        name = _recognise(entry, entry.parts[len(top) :], manifest)
        if name:
            found.setdefault(name, []).append(entry)
    for name, candidates in found.items():
        # A file of the right name before one that only looks like it.
        candidates.sort(key=lambda e: e.parts[-1] != PurePosixPath(name).name)
    ours = {name: several for name, several in found.items() if name in manifest.points}
    return ours or found


def _recognise(entry: Entry, ending: tuple[str, ...], manifest: Manifest) -> str:
    """Which of the manifest's files an entry is, by its name and then by what it defines."""
    names = [*manifest.points, *manifest.aliases]
    possible = [n for n in names if PurePosixPath(n).parts[-len(ending) :] == ending]
    if len(possible) == 1 or (not possible and len(ending) > 1):
        return "".join(possible)
    content = b""
    with contextlib.suppress(Exception):  # reading it again gives the reason
        content = entry.read(LARGEST_SOURCE) if entry.size <= LARGEST_SOURCE else b""
    scores = {name: _score(name, content, manifest) for name in possible or names}
    best = max(scores, key=lambda name: scores[name])
    return best if possible or scores[best][0] else ""


def common_folder(folders: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The leading folders that all have."""
    levels = zip(*folders, strict=False)
    return tuple(names[0] for names in takewhile(lambda names: len(set(names)) == 1, levels))


def _score(name: str, content: bytes, manifest: Manifest) -> tuple[int, float, bool]:
    """How many of a file's functions a source defines, and what part of them."""
    functions = functions_of(name, manifest)
    hits = 0
    for function in functions:
        words = [rf"(?:def|class)\s+{part}\b".encode() for part in function.split(".")]
        hits += all(re.search(word, content) for word in words)
    return hits, hits / max(len(functions), 1), name in manifest.points


def _entries_of(source: Source, stack: contextlib.ExitStack) -> list[Entry]:
    path = source.path
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        raise SubmissionError(f"{shown(path.name)} {IS_LINK}.")
    if stat.S_ISDIR(mode):
        return limited(in_folder(path))
    if not stat.S_ISREG(mode):
        raise SubmissionError(f"{shown(path.name)} is neither a file nor a folder.")
    if path.suffix == ".py":
        return [on_disk(path, (path.name,))]
    if not source.inner:
        return in_zip(path, path.name, stack)
    return _inside(source.inner, in_class_zip(path, stack, seen=True), stack)


def _inside(inner: str, entries: list[Entry], stack: contextlib.ExitStack) -> list[Entry]:
    """One submission of a zip that holds many."""
    parts = tuple(inner.split("/"))
    for entry in entries:
        if entry.parts == parts and entry.fault != IS_FOLDER:
            if entry.fault:
                raise SubmissionError(f"{entry.name} {entry.fault}.")
            if inner.endswith(".py"):
                return [replace(entry, parts=parts[-1:])]
            return unzip(entry, stack)
    n = len(parts)
    return limited(replace(e, parts=e.parts[n:]) for e in entries if e.parts[:n] == parts)
