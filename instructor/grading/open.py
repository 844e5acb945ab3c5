"""Submissions of every kind, opened safely: a file, a folder, a zip, or one of many in a zip.

Nothing of a submission is run here or written to disk. What comes out are the files that count, by
their names in the manifest, as sources that Python 3 can compile.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import PurePosixPath

from cs231n_rnn.checking.manifest import Manifest
from cs231n_rnn.checking.messages import Message, message
from instructor.grading.containers import (
    IS_LINK,
    LEADS_OUT,
    TOO_DEEP,
    Entry,
    entries_of,
    printable,
    unzip,
)
from instructor.grading.encoding import to_python3
from instructor.grading.match import LARGEST_SOURCE, ending_with, find_files
from instructor.grading.submission import Source, Submission, SubmissionError

LARGEST_NOTEBOOK = 20_000_000
# Bytes in all that are looked at for what Python 2 left: a second for a hundred thousand.
MOST_FIXED = 400_000
# Of one file that are tried: each may have to be unpacked before it shows that it is damaged.
MOST_COPIES = 5


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
            entries = entries_of(source, stack)
            found = _assemble(source.student, entries, manifest, stack)
            return replace(found, notes=(*source.notes, *found.notes))
    except SubmissionError:
        raise
    except Exception as error:
        text = printable(f"{type(error).__name__}: {error}")
        name = printable(source.path.name)
        raise SubmissionError("cannot_be_opened", name=name, text=text) from error


def _assemble(
    student: str, entries: list[Entry], manifest: Manifest, stack: contextlib.ExitStack
) -> Submission:
    layout, found = find_files(entries, manifest)
    zips = [] if found else ending_with(entries, (), ".zip")
    taken = None
    for entry in zips[:5]:  # Moodle puts a student's zip into a folder of its own
        if not found and not entry.fault:
            taken, entries = entry.name, unzip(entry, stack)
            layout, found = find_files(entries, manifest)
    notes, missing = _ignored(entries), list[Message]()
    if found and len(zips) > 1:
        notes.append(message("several_zips", count=len(zips), taken=taken))
    files: dict[str, bytes] = {}
    room = MOST_FIXED
    for name in manifest.points if layout == "kit" else manifest.aliases:
        candidates = found.get(name, [])
        if not candidates:
            missing.append(message("file_missing", name=name))
        content, more = _take(name, candidates, LARGEST_SOURCE)
        notes += more
        if content is not None:
            files[name], more = to_python3(name, content, room)
            room -= len(content)
            notes += more
    if not files:
        large = [e for e in ending_with(entries, (), ".py") if e.size > LARGEST_SOURCE]
        notes += [message("large_source", name=e.name, megabytes=e.size / 1e6) for e in large[:3]]
        raise SubmissionError("ungradable", about=[_expected(manifest), *notes])
    notebooks, more = _notebooks(entries, manifest)
    return Submission(student, files, notebooks, layout, (*notes, *missing, *more))


def _expected(manifest: Manifest) -> Message:
    names = [PurePosixPath(name).name for name in manifest.points]
    if not manifest.aliases:
        return message("holds_none", names=names)
    return message("holds_none_nor", names=names, others=list(manifest.aliases))


def _take(name: str, candidates: list[Entry], limit: int) -> tuple[bytes | None, list[Message]]:
    """A file's content, from the best of its candidates; and what there is to say about that."""
    notes = []
    for entry in candidates[:MOST_COPIES]:
        fault = entry.fault
        if entry.size > limit:
            fault = message("too_large", megabytes=entry.size / 1e6, most=limit / 1e6)
        if fault:
            notes.append(message("ignored", name=entry.name, fault=fault))
            continue
        try:
            content = entry.read(limit + 1)
        except Exception as error:  # a damaged or encrypted entry, no permission
            fault = message("cannot_be_read", text=printable(str(error)))
            notes.append(message("entry", name=entry.name, fault=fault))
            continue
        if len(content) > limit:
            notes.append(message("ignored", name=entry.name, fault=message("longer")))
            continue
        others = [e.name for e in candidates if e is not entry and not e.fault]
        if others:
            notes.append(message("more_than_once", name=name, taken=entry.name))
        return content, notes
    return None, notes


def _notebooks(entries: list[Entry], manifest: Manifest) -> tuple[dict[str, bytes], list[Message]]:
    notebooks: dict[str, bytes] = {}
    notes: list[Message] = []
    for name in manifest.notebooks:
        candidates = ending_with(entries, (f"{name}.ipynb",))
        if not candidates:
            continue
        content, more = _take(f"{name}.ipynb", candidates, LARGEST_NOTEBOOK)
        notes += more
        if content is not None:
            notebooks[name] = content
    return notebooks, notes


def _ignored(entries: list[Entry]) -> list[Message]:
    """A note on what could lead out of the submission, or has no end."""
    notes = []
    for fault in (IS_LINK, LEADS_OUT, TOO_DEEP):
        names = [entry.name for entry in entries if entry.fault == fault]
        values = {"names": names[:3], "fault": fault}
        if len(names) > 3:
            notes.append(message("entries_and_more", **values, more=len(names) - 3))
        elif names:
            notes.append(message("entries", **values))
    return notes
