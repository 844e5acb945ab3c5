"""What is in a folder or a zip, without believing it: sizes, links and names are only claims.

Nothing is written to disk, nothing is read that is not asked for, and no link is followed.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import re
import stat
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO

from cs231n_rnn.checking.messages import Message, message
from instructor.grading.submission import Source, SubmissionError

LARGEST_IN_ALL, MOST_ENTRIES, MOST_LISTED = 200_000_000, 20_000, 100_000
# A zip of zips is the course's own; the limit keeps a submission that looks like one out of memory.
MOST_IN_CLASS = 1_000_000
# What a name takes in a zip's list, in the mean.
BYTES_OF_ENTRY = 200
# What may be after a zip's list of names: its last records and a comment.
LONGEST_END = 2**16 + 98
# Of a path in a submission: folders and characters.
DEEPEST, LONGEST_PATH = 50, 1_000
IS_LINK, IS_FOLDER, LEADS_OUT, TOO_DEEP = map(
    message, ("is_link", "is_folder", "leads_out", "too_deep")
)


@dataclass(frozen=True)
class Entry:
    """A name in a folder or zip.

    Attributes
    ----------
    parts : tuple of str
        The name, split at its slashes.
    size : int
        In bytes, as claimed.
    read : callable
        ``read(limit)`` gives at most so many bytes, or raises.
    fault : Message, optional
        Why it is not read; None for a plain file.
    """

    parts: tuple[str, ...]
    size: int
    read: Callable[[int], bytes]
    fault: Message | None = None

    @property
    def name(self) -> str:
        """The whole name, fit to be printed."""
        return printable("/".join(self.parts))

    @property
    def is_visible(self) -> bool:
        """Whether it is neither hidden, nor a system's own, nor out of the submission."""
        return bool(self.parts) and all(is_visible(part) for part in self.parts)


def is_visible(part: str) -> bool:
    """Whether a folder or file of this name counts."""
    ours = part not in ("", "__MACOSX", "__pycache__")
    return ours and not part.startswith(".") and not part.endswith(":")


def printable(name: str, longest: int = 120) -> str:
    """A name fit to be printed: one line, short, valid Unicode."""
    if len(name) > longest:
        name = f"{name[: longest // 2]}…{name[1 - longest // 2 :]}"
    return "".join(letter if letter.isprintable() else "?" for letter in name)


def entries_of(source: Source, stack: contextlib.ExitStack) -> list[Entry]:
    """All that is in a submission, wherever that is; its zips stay open until the stack closes.

    Raises
    ------
    SubmissionError
        If it is a link, no file or folder, no zip, or larger than a submission can be.
    """
    path = source.path
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        raise SubmissionError("entry", name=printable(path.name), fault=IS_LINK)
    if stat.S_ISDIR(mode):
        return limited(in_folder(path))
    if not stat.S_ISREG(mode):
        raise SubmissionError("neither", name=printable(path.name))
    if path.suffix == ".py":
        return [on_disk(path, (path.name.lstrip("."),))]
    if not source.inner:
        return in_zip(path, path.name, stack)
    return _inside(source.inner, in_class_zip(path, stack, seen=True), stack)


def _inside(inner: str, entries: list[Entry], stack: contextlib.ExitStack) -> list[Entry]:
    """One submission of a zip that holds many."""
    parts = tuple(inner.split("/"))
    for entry in entries:
        if entry.parts == parts and entry.fault not in (IS_FOLDER, TOO_DEEP):
            if entry.fault:
                raise SubmissionError("entry", name=entry.name, fault=entry.fault)
            if inner.endswith(".py"):
                return [replace(entry, parts=(parts[-1].lstrip("."),))]
            return unzip(entry, stack)
    n = len(parts)
    return limited(replace(e, parts=e.parts[n:]) for e in entries if e.parts[:n] == parts)


def limited(entries: Iterable[Entry]) -> list[Entry]:
    """All entries, if those that count are no more than a submission can have.

    Raises
    ------
    SubmissionError
    """
    kept, visible = [], 0
    for entry in entries:
        kept.append(entry)
        visible += entry.is_visible
        if visible > MOST_ENTRIES or len(kept) > MOST_LISTED:
            raise SubmissionError("too_many_files", most=MOST_ENTRIES)
    return kept


def in_folder(folder: Path, counts: Callable[[str], bool] = is_visible) -> Iterator[Entry]:
    """All that is in a folder, level by level; links and hidden folders are not entered.

    Raises
    ------
    OSError
        If the folder itself cannot be read.
    """
    folders = deque([folder])
    while folders:
        path = folders.popleft()
        try:
            with os.scandir(path) as found:
                names = sorted(one.name for one in itertools.islice(found, MOST_IN_CLASS))
        except OSError:
            if path == folder:
                raise
            continue  # where it is too deep, its own entry says so
        inside = path.relative_to(folder).parts
        for name in names:
            entry = on_disk(path / name, (*inside, name))
            if entry.fault == IS_FOLDER and not counts(name):
                continue
            yield entry
            if entry.fault == IS_FOLDER:
                folders.append(path / name)


def on_disk(path: Path, parts: tuple[str, ...]) -> Entry:
    """An entry for what stands at a path."""
    if len(parts) > DEEPEST or sum(map(len, parts)) > LONGEST_PATH:
        return Entry(parts, 0, partial(_read, path), TOO_DEEP)
    try:
        found = os.lstat(path)
    except OSError as error:
        return Entry(parts, 0, partial(_read, path), message("cannot_be_read", text=error.strerror))
    fault = None
    if stat.S_ISLNK(found.st_mode):
        fault = IS_LINK
    elif stat.S_ISDIR(found.st_mode):
        fault = IS_FOLDER
    elif not stat.S_ISREG(found.st_mode):
        fault = message("not_regular")
    return Entry(parts, found.st_size, partial(_read, path), fault)


def _read(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit)


def in_zip(file: Path | IO[bytes], name: str, stack: contextlib.ExitStack) -> list[Entry]:
    """All that is in the zip of a submission; it stays open until the stack closes.

    Raises
    ------
    SubmissionError
        If it is no zip, or larger than a submission can be.
    """
    stream = _stream(file, name, stack)
    size = stream.seek(0, os.SEEK_END)
    if size > LARGEST_IN_ALL:
        raise SubmissionError("zip_too_large", name=printable(name), megabytes=size / 1e6)
    _require_few(stream, name, MOST_LISTED)
    archive = _open(stream, name, stack)
    infos = archive.infolist()
    total = sum(info.file_size for info in infos)
    if total > LARGEST_IN_ALL:
        sizes = {"megabytes": total / 1e6, "most": LARGEST_IN_ALL / 1e6}
        raise SubmissionError("unpacks_too_large", name=printable(name), **sizes)
    sources = [info for info in infos if not info.is_dir()]
    if sources and all(info.flag_bits & 1 for info in sources):
        raise SubmissionError("zip_encrypted", name=printable(name))
    return limited(_in_zip(archive, info) for info in infos)


def in_class_zip(path: Path, stack: contextlib.ExitStack, seen: bool = False) -> list[Entry]:
    """All that is in a zip which may hold the submissions of a whole course.

    Parameters
    ----------
    path : Path
    stack : ExitStack
        Closes the zip.
    seen : bool
        Whether its length has been looked at already: that reads all of it.

    Raises
    ------
    SubmissionError
        If it is no zip, or larger than a course can be.
    """
    stream = _stream(path, path.name, stack)
    if not seen:
        _require_few(stream, path.name, MOST_IN_CLASS)
    archive = _open(stream, path.name, stack)
    return [_in_zip(archive, info) for info in archive.infolist()]


def unzip(entry: Entry, stack: contextlib.ExitStack) -> list[Entry]:
    """All that is in a zip that is itself an entry.

    Raises
    ------
    SubmissionError
        If it is no zip, or larger than a submission can be.
    """
    if entry.size > LARGEST_IN_ALL:
        raise SubmissionError("zip_too_large", name=entry.name, megabytes=entry.size / 1e6)
    return in_zip(io.BytesIO(entry.read(LARGEST_IN_ALL)), entry.name, stack)


def _stream(file: Path | IO[bytes], name: str, stack: contextlib.ExitStack) -> IO[bytes]:
    stream = stack.enter_context(file.open("rb")) if isinstance(file, Path) else file
    if stream.seek(0, os.SEEK_END) == 0:
        raise SubmissionError("empty", name=printable(name))
    return stream


def _open(stream: IO[bytes], name: str, stack: contextlib.ExitStack) -> zipfile.ZipFile:
    if not zipfile.is_zipfile(stream):
        raise SubmissionError("not_a_zip", name=printable(name))
    return stack.enter_context(zipfile.ZipFile(stream))


def _require_few(stream: IO[bytes], name: str, most: int) -> None:
    """The list of names is read whole, and a zip can lie about its length: count what is there."""
    begin = _begin_of_list(stream)
    length = stream.seek(0, os.SEEK_END) - LONGEST_END - begin
    if length > most * BYTES_OF_ENTRY or _count(stream, b"PK\1\2", begin) > most:
        raise SubmissionError("zip_of_too_many", name=printable(name), most=most)


def _begin_of_list(stream: IO[bytes]) -> int:
    """Where the list of names begins at the earliest, by every record that may be the zip's last.

    What is before it is content: zips in the zip have lists of their own.
    """
    size = stream.seek(0, os.SEEK_END)
    tail_at = stream.seek(max(0, size - LONGEST_END))
    tail = stream.read()
    begins = [tail_at]
    for record in re.finditer(rb"(?s)PK\x05\x06(?=.{8}(.{4}))", tail):
        begins.append(tail_at - int.from_bytes(record[1], "little"))
    for record in re.finditer(rb"(?s)PK\x06\x06(?=.{36}(.{8}))", tail):
        begins.append(tail_at - int.from_bytes(record[1], "little"))
    for locator in re.finditer(rb"(?s)PK\x06\x07(?=.{4}(.{8}))", tail):
        place = int.from_bytes(locator[1], "little")
        if place < tail_at:
            stream.seek(place)
            begins.append(place - int.from_bytes(stream.read(48)[40:], "little"))
    return max(0, min(begins))


def _count(stream: IO[bytes], mark: bytes, begin: int) -> int:
    """How often four bytes stand in a file from a place on."""
    stream.seek(begin)
    count, end = 0, b""
    while chunk := stream.read(1 << 20):
        count += (end + chunk).count(mark)
        end = chunk[-3:]
    return count


def _in_zip(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Entry:
    # Some systems write backslashes, and ./ in front.
    names = info.filename[: LONGEST_PATH + 1].replace("\\", "/").split("/")
    parts = tuple(part for i, part in enumerate(names) if part != "." and (part or i == 0))
    fault = None
    if parts[:1] == ("",) or any(part == ".." or part.endswith(":") for part in parts):
        fault = LEADS_OUT
    elif len(info.filename) > LONGEST_PATH or len(parts) > DEEPEST:
        fault = TOO_DEEP
    elif stat.S_ISLNK(info.external_attr >> 16):
        fault = IS_LINK
    elif info.is_dir() or not names[-1]:
        fault = IS_FOLDER
    elif info.flag_bits & 1:
        fault = message("encrypted")
    elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # The others unpack a block at a time, however large that is.
        fault = message("compression")
    return Entry(parts, info.file_size, partial(_read_zipped, archive, info), fault)


def _read_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    with archive.open(info) as file:
        return file.read(limit)
