"""What students get, by the allow-list ``handout`` in ``assignment.toml``.

``python -m instructor handout OUT.zip`` writes a zip, ``python -m instructor handout OUT
--folder`` a folder to push as the course's public repository, or brings an earlier one up to
date. Nothing is written where a solution, a secret or a stale file would get out.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT, replacing
from cs231n_rnn.submit import write_zip
from instructor.handout_readme import for_students
from instructor.leak import find_leaks
from instructor.markers import MarkerError
from instructor.sync import not_taught, stale_texts

MARK = ".handout"  # in the folder: the names that this tool wrote there, a line each
LARGEST = 2_000_000  # bytes; find_leaks reads no larger file
PRIVATE = ("solutions", "instructor", "benchmarks")
LEFT_BEHIND = {"__pycache__", "results", "checkpoints"}
SECRET_NAME = re.compile(r"secret|credential|^\.(env|netrc)|^id_(rsa|ed25519)|\.(pem|key)$", re.I)
SECRET_TEXT = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")


class HandoutError(ValueError):
    """Why nothing is handed out, a line for each reason."""


@dataclass(frozen=True)
class HandedFile:
    """A file as students get it."""

    data: bytes
    executable: bool


def main(arguments: list[str] | None = None) -> int:
    """Command line; 0 if the hand-out was written, 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m instructor handout", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT", help="a zip, or with --folder a folder")
    parser.add_argument("--folder", action="store_true", help="a folder to push, not a zip")
    options = parser.parse_args(arguments)
    out = options.out.resolve()
    if not options.folder and out.suffix.lower() != ".zip":
        parser.error(f"OUT is {options.out}; a zip's name ends in .zip, a folder needs --folder")
    try:
        hand_out(ROOT, out, options.folder)
    except (HandoutError, MarkerError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def hand_out(root: Path, out: Path, as_folder: bool) -> None:
    """Write the hand-out of a kit, and say what is in it and what is not.

    Parameters
    ----------
    root : Path
        Folder of the kit.
    out : Path
        A zip, replaced if there is one, or a folder: new, empty but for ``.git``, or written by
        this function before.
    as_folder : bool

    Raises
    ------
    HandoutError
        If something would get out that must not, a generated file is out of step, or the folder
        holds something else. Nothing is written then.
    OSError
        If a file cannot be read or written.
    """
    manifest = read_manifest(root)
    top = manifest.folder
    if not re.fullmatch(r"\w[\w.-]*", top):
        raise HandoutError(f"folder in assignment.toml is {top!r}; it needs one plain name")
    files = collect(root)
    others = _git(root, "--others", "--exclude-standard", "--", *manifest.handout)
    left_out = [name for name in others if name not in files]
    if code := [name for name in left_out if name.endswith(".py")]:
        # Others may import it, and then nothing that was handed out would run.
        raise HandoutError(f"git does not track {', '.join(code)}; add it or remove it")
    for name in left_out:
        print(f"left out, as git does not track it: {name}", file=sys.stderr)
    if as_folder:
        write_folder(out, files)
    else:
        commands = [f"{top}/{name}" for name, file in files.items() if file.executable]
        out.parent.mkdir(parents=True, exist_ok=True)
        write_zip(out, {f"{top}/{name}": file.data for name, file in files.items()}, commands)
    print(f"{out}: {len(files)} files, {sum(len(f.data) for f in files.values()) / 1e6:.1f} MB")


def collect(root: Path) -> dict[str, HandedFile]:
    """Read everything that students get, and refuse if it must not get out.

    Parameters
    ----------
    root : Path
        Folder of the kit.

    Returns
    -------
    dict of str to HandedFile
        Under paths below the root with forward slashes, in alphabetical order.

    Raises
    ------
    HandoutError
        If something would get out that must not, or a generated file is out of step.
    """
    root = root.resolve()
    names = listed_files(root)
    problems = list(_bad_names(root, names))
    if problems:
        raise HandoutError("\n".join(problems))
    files = {}
    for name, executable in sorted(names.items()):
        data = (root / name).read_bytes()
        if name == "README.md":
            data = for_students(data.decode("utf-8"), root).encode()
        files[name] = HandedFile(data, executable)
    stale = [p.relative_to(root).as_posix() for p in stale_texts(root)]
    problems = [
        f"{name} differs from solutions/; run `python -m instructor sync`" for name in stale
    ]
    problems += [leak for leak in find_leaks(root) if leak.partition(":")[0] in files]
    problems += _bad_contents(root, files)
    if problems:
        raise HandoutError("\n".join(problems))
    return files


def listed_files(root: Path) -> dict[str, bool]:
    """Names of the files on the allow-list, and whether each is a command.

    Folders are taken as far as git tracks them; where git does not track the kit, without what a
    run leaves there; and without what the course does not teach.

    Raises
    ------
    HandoutError
        If an entry of the allow-list is no path below the root, or gives no file.
    """
    handout = read_manifest(root).handout
    if outside := [entry for entry in handout if not _is_below(entry)]:
        raise HandoutError(
            f"handout in assignment.toml has {outside}; it needs paths inside the kit"
        )
    entries = [PurePosixPath(entry).as_posix() for entry in handout]
    tracked = _git(root, "--stage", "--", "assignment.toml", *entries)
    found: dict[str, bool] = {}
    for line in tracked:
        mode, _, name = line.partition("\t")
        found[name] = mode.startswith("100755")
    if "assignment.toml" not in found:  # the kit is not git's, or lies within another repository
        found = {p.relative_to(root).as_posix(): _is_command(p) for p in _walk(root, entries)}
    for path in not_taught(root):
        found.pop(path.relative_to(root).as_posix(), None)
        found.pop(f"tests/answers/{path.stem.removeprefix('test_')}.json", None)
    empty = [e for e in entries if not any(n == e or n.startswith(f"{e}/") for n in found)]
    if empty:
        raise HandoutError(f"no file for {', '.join(empty)} in handout of assignment.toml")
    return found


def _git(root: Path, *arguments: str) -> list[str]:
    """What ``git ls-files`` says; nothing where there is no git."""
    try:
        command = ["git", "ls-files", "-z", *arguments]
        done = subprocess.run(command, cwd=root, capture_output=True)
    except FileNotFoundError:
        return []
    if done.returncode and (root / ".git").exists():
        raise HandoutError(f"git ls-files fails: {done.stderr.decode(errors='replace').strip()}")
    return [] if done.returncode else os.fsdecode(done.stdout).split("\0")[:-1]


def _walk(root: Path, entries: list[str]) -> Iterator[Path]:
    for entry in entries:
        for path in [root / entry, *(root / entry).rglob("*")]:
            parts = path.relative_to(root / entry).parts
            is_left = any(part in LEFT_BEHIND or part.startswith(".") for part in parts)
            is_data = entry == "datasets" and path.suffix not in (".md", ".toml")
            if not is_left and not is_data and (path.is_file() or path.is_symlink()):
                yield path


def _is_command(path: Path) -> bool:
    return path.is_file() and bool(path.stat().st_mode & 0o100)


def _is_below(name: str) -> bool:
    """Whether a name is a path below a folder, on any system."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return bool(parts) and not any(part in ("..", "/") or ":" in part for part in parts)


def _bad_names(root: Path, names: Mapping[str, bool]) -> Iterator[str]:
    for name in names:
        parts = [part.casefold() for part in PurePosixPath(name).parts]
        path = root / name
        place = path.resolve()
        if {*PRIVATE, ".git"} & set(parts):
            yield f"{name} is private; take it off handout in assignment.toml"
        elif SECRET_NAME.search(parts[-1]):
            yield f"{name} looks like a secret by its name"
        elif place != path and (
            not place.is_relative_to(root) or place.relative_to(root).as_posix() not in names
        ):
            yield f"{name} is a link to {place}, which is not handed out"
        elif not path.is_file():
            yield f"{name} is tracked by git, but there is no such file"
        elif path.stat().st_size > LARGEST:
            yield f"{name} has {path.stat().st_size / 1e6:.1f} MB; at most {LARGEST / 1e6:.0f} MB"


def _bad_contents(root: Path, files: Mapping[str, HandedFile]) -> Iterator[str]:
    private = {
        path.read_bytes(): path.relative_to(root).as_posix()
        for folder in PRIVATE
        for path in (root / folder).rglob("*")
        if path.is_file() and path.stat().st_size <= LARGEST
    }
    machine = [form for folder in (Path.home(), root) for form in _spellings(folder)]
    for name, file in files.items():
        if file.data.strip() and file.data in private:
            yield f"{name} is a copy of {private[file.data]}"
        if name == "README.md" and b"staff -->" in file.data:
            yield f"{name} has <!-- staff --> without <!-- /staff -->, or the other way round"
        if SECRET_TEXT.search(file.data):
            yield f"{name} holds a private key"
        found = next((form for form in machine if form.encode() in file.data), None)
        if found:
            yield f"{name} holds {found}, a path of this machine"


def _spellings(folder: Path) -> set[str]:
    """A folder as text, as text with forward slashes, and as JSON writes it."""
    if len(folder.parts) < 2:  # the home of a user without one is /
        return set()
    text = f"{folder}{os.sep}"
    return {text, f"{folder.as_posix()}/", json.dumps(text)[1:-1]}


def write_folder(out: Path, files: Mapping[str, HandedFile]) -> None:
    """Write a hand-out as a folder, or bring an earlier one there up to date.

    What this function did not write is kept: ``.git``, a workflow, data that was fetched.

    Parameters
    ----------
    out : Path
    files : mapping of str to HandedFile

    Raises
    ------
    HandoutError
        If the folder holds something, and no hand-out of before.
    OSError
        If a file cannot be written.
    """
    old = _names_written(out)
    # Both, so that a run that was broken off can be repeated.
    _write_mark(out, {*old, *files})
    for name in old - set(files):
        _remove(out, name)
    for name, file in files.items():
        _write(out / name, file)
    _write_mark(out, set(files))


def _names_written(out: Path) -> set[str]:
    if not out.exists() or (out.is_dir() and {p.name for p in out.iterdir()} <= {".git"}):
        return set()
    if not (out / MARK).is_file():
        raise HandoutError(f"{out} holds something else than a hand-out; name a new folder")
    names = set((out / MARK).read_text(encoding="utf-8").splitlines())
    if not all(_is_below(name) for name in names):
        raise HandoutError(f"{out / MARK} names files outside of the folder; name a new folder")
    return names


def _write_mark(out: Path, names: set[str]) -> None:
    _write(out / MARK, HandedFile("".join(f"{n}\n" for n in sorted(names)).encode(), False))


def _write(path: Path, file: HandedFile) -> None:
    with replacing(path) as new:
        new.write_bytes(file.data)
        new.chmod(0o755 if file.executable else 0o644)


def _remove(out: Path, name: str) -> None:
    """Remove a file and the folders that it leaves empty."""
    path = out / name
    path.unlink(missing_ok=True)
    for folder in path.relative_to(out).parents:
        if folder.name and (out / folder).is_dir() and not any((out / folder).iterdir()):
            (out / folder).rmdir()
