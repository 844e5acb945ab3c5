"""``python -m cs231n_rnn submit [--out FILE]``: make the zip that you hand in.

It holds the files with functions to fill in and the notebooks, and nothing else. What is missing
or still to do is said beforehand; the zip is made all the same, so that nothing is lost.
"""

from __future__ import annotations

import argparse
import ast
import functools
import io
import json
import sys
import warnings
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT, replacing

SOURCE_LIMIT, NOTEBOOK_LIMIT = 2_000_000, 20_000_000  # bytes
ANSWER_LINE = b"*Write your answer here.*"
# The oldest date that a zip can hold: the same files give the same zip at any time.
DATE = (1980, 1, 1, 0, 0, 0)
UNIX = 3


@dataclass(frozen=True)
class Part:
    """One file of a submission, as it is on disk.

    Attributes
    ----------
    name : str
        Path below the assignment's folder, with forward slashes.
    data : bytes or None
        None if it does not get into the zip.
    state : str
        ``there``, ``to do``, ``broken``, ``MISSING`` or ``LEFT OUT``.
    notes : tuple of str
        What is to say about it.
    """

    name: str
    data: bytes | None
    state: str = "there"
    notes: tuple[str, ...] = ()


def main(arguments: list[str] | None = None) -> int:
    """Command line; 0 if every file is in the zip, 1 if one is not or no zip could be written."""
    parser = argparse.ArgumentParser(
        prog="python -m cs231n_rnn submit", description="Make the zip that you hand in."
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="submission.zip beside assignment.toml, if not given",
    )
    out = parser.parse_args(arguments).out or ROOT / "submission.zip"
    if out.suffix.lower() != ".zip":
        parser.error(f"--out is {out}; the submission's name must end in .zip")
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A console of Windows may not know a letter of the student's that a message quotes.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return submit(ROOT, out.resolve())
    except OSError as error:
        print(f"The zip could not be made: {error}", file=sys.stderr)
        print("Is it open elsewhere? Close it, or name another one with --out.", file=sys.stderr)
        return 1


def submit(root: Path, out: Path) -> int:
    """Say how each file stands, and write the zip.

    Parameters
    ----------
    root : Path
        Folder of the assignment.
    out : Path
        An earlier zip there is replaced.

    Returns
    -------
    int
        0 if every file is in the zip, 1 if not.

    Raises
    ------
    OSError
        If the zip cannot be written.
    """
    parts = list(find_parts(root))
    for part in parts:
        print(f"{part.state:<8}  {part.name}")
        for note in part.notes:
            print(f"          {note}")
    packed = {part.name: part.data for part in parts if part.data is not None}
    write_zip(out, packed)
    changed = _differing(out, root, packed)
    if changed:
        print(f"\nChanged while it was packed: {', '.join(changed)}. Run this command again.")
    lacking = [part.name for part in parts if part.data is None]
    if lacking:
        print(f"\nTHE SUBMISSION IS NOT COMPLETE. It lacks {', '.join(lacking)}.")
    print(_last_line(out, len(packed), len(parts), bool(lacking or changed)))
    return int(bool(lacking or changed))


def find_parts(root: Path) -> Iterator[Part]:
    """Read the files of a submission, in the manifest's order.

    Parameters
    ----------
    root : Path
        Folder of the assignment.

    Yields
    ------
    Part
    """
    manifest = read_manifest(root)
    for name, functions in manifest.points.items():
        part = _read(root, name, SOURCE_LIMIT, "is it your code?")
        yield part if part.data is None else _source(name, part.data, functions)
    for stem in manifest.notebooks:
        part = _read(root, f"notebooks/{stem}.ipynb", NOTEBOOK_LIMIT, "clear its outputs, save it")
        yield part if part.data is None else _notebook(part.name, part.data)


def _read(root: Path, name: str, limit: int, advice: str) -> Part:
    path = root / name
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            # A pipe or a device is never opened: it may let a reader wait for ever.
            return Part(name, None, "LEFT OUT", (f"{path} is not a regular file",))
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        return Part(name, None, "MISSING", (f"{path}: {error.strerror}",))
    if len(data) > limit:
        size = path.stat().st_size
        note = f"{size / 1e6:.1f} MB, and at most {limit / 1e6:.0f} MB can be handed in; {advice}"
        return Part(name, None, "LEFT OUT", (note,))
    return Part(name, data)


def _source(name: str, data: bytes, functions: Mapping[str, int]) -> Part:
    """A Python file: does it parse, and which of its functions are still TODO?"""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # for example of "\d" in a string
            found = definitions(data)
    except SyntaxError as error:
        place = f" in line {error.lineno}" if error.lineno else ""
        note = f"SyntaxError{place}: {error.msg}; as it stands, none of this file can be run"
        return Part(name, data, "broken", (note,))
    except (ValueError, RecursionError, MemoryError) as error:
        return Part(name, data, "broken", (f"Python cannot read it: {error}",))
    todo = [f for f in functions if f in found and _is_stub(found[f])]
    gone = [f for f in functions if f not in found]
    notes = [f"still TODO: {', '.join(todo)}"] if todo else []
    notes += [f"it has no function {', '.join(gone)}"] if gone else []
    return Part(name, data, "to do" if notes else "there", tuple(notes))


@functools.lru_cache(32)
def definitions(source: str | bytes) -> dict[str, ast.FunctionDef]:
    """Functions of a Python file under their names, methods as ``Class.method``.

    Raises
    ------
    SyntaxError
        If it is not Python.
    """
    found = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.ClassDef):
            methods = [n for n in node.body if isinstance(n, ast.FunctionDef)]
            found |= {f"{node.name}.{method.name}": method for method in methods}
    return found


def _is_stub(function: ast.FunctionDef) -> bool:
    """Whether it can reach ``raise NotImplementedError("TODO: …")``; after a return it cannot."""
    for statement in function.body:
        if any(_raises_todo(node) for node in ast.walk(statement)):
            return True
        if isinstance(statement, ast.Return):
            return False
    return False


def _raises_todo(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)):
        return False
    name, words = node.exc.func, node.exc.args
    is_ours = isinstance(name, ast.Name) and name.id == "NotImplementedError"
    text = words[0].value if words and isinstance(words[0], ast.Constant) else ""
    return is_ours and str(text).startswith("TODO")


def _notebook(name: str, data: bytes) -> Part:
    """A notebook: is it one, and which answers are still to write?"""
    try:
        json.loads(data)["cells"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        note = f"it is not a notebook ({type(error).__name__}: {error}); save it again in Jupyter"
        return Part(name, data, "broken", (note,))
    open_answers = data.count(ANSWER_LINE)
    if open_answers:
        return Part(name, data, "to do", (f"answers still to write: {open_answers}",))
    return Part(name, data)


def write_zip(out: Path, files: Mapping[str, bytes], executable: Collection[str] = ()) -> None:
    """Write a zip, whole or not at all; the same files give the same bytes.

    Parameters
    ----------
    out : Path
        An earlier file there is replaced.
    files : mapping of str to bytes
        Names with forward slashes, in the order in which they go in.
    executable : collection of str
        Names of the files that can be run as commands.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with replacing(out) as new, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = UNIX
            info.external_attr = (0o100755 if name in executable else 0o100644) << 16
            archive.writestr(info, data)


def _differing(out: Path, root: Path, packed: Mapping[str, bytes]) -> list[str]:
    """Files of a zip, read again, whose bytes are not the ones on disk."""
    with zipfile.ZipFile(out) as archive:
        if archive.namelist() != list(packed):
            return list(packed)
        return [name for name in packed if archive.read(name) != (root / name).read_bytes()]


def _last_line(out: Path, packed: int, needed: int, at_fault: bool) -> str:
    size = out.stat().st_size / 1e3
    what = f"{out} ({packed} of {needed} files, {size:.0f} kB)"
    if at_fault:
        return f"{what} holds what could be packed; fix the above and run this again."
    return f"{what} is your submission: upload it as it is, without unpacking it."
