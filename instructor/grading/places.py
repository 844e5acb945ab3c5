"""What of this machine a submission may read: a list, with nothing of the course in it."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT

SYSTEM = (
    *("/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/bin", "/lib", "/lib32", "/lib64"),
    *("/etc/ld.so.cache", "/etc/alternatives"),
)
# Of a folder that Python is installed in, or of a virtual environment.
OF_PYTHON = "bin", "lib", "lib32", "lib64", "pyvenv.cfg"


class ExposedError(ValueError):
    """Something of the course's own would be open to the code of submissions."""


@functools.cache
def open_places() -> tuple[str, ...]:
    """Files and folders that Python and its libraries need, as absolute paths.

    Raises
    ------
    ExposedError
        If the kit lies in one of them, or one holds a copy of its solutions.
    """
    found = [Path(place) for place in SYSTEM]
    for path in filter(Path.exists, [*_of_python(), *other_libraries()]):
        if not any(path.is_relative_to(place) for place in found):
            found.append(path)
    require_closed([ROOT], found)
    for place in {path.resolve() for path in found if str(path) not in SYSTEM}:
        for copy in _solutions_in(place):
            raise ExposedError(
                f"{copy} is a copy of a solution, in a folder that submissions must be able to "
                f"read, since Python finds its libraries there ({place}); take it away, or take "
                "that folder out of PYTHONPATH"
            )
    return tuple(map(str, found))


def require_closed(paths: Iterable[Path], places: Iterable[str | Path] | None = None) -> None:
    """Refuse to grade where a path lies in a place that is open to submissions.

    Raises
    ------
    ExposedError
        Names the path and the place.
    """
    for path in paths:
        for place in open_places() if places is None else places:
            if path.resolve().is_relative_to(Path(place).resolve()):
                raise ExposedError(
                    f"{path} lies in {place}, which the code of submissions must be able to read, "
                    "since Python is there; move it, for example to a folder below /opt or /home"
                )


def other_libraries() -> list[Path]:
    """Folders on Python's path outside of its own, as a virtual environment above another has."""
    inside = [path.resolve() for path in _of_python()]
    found = []
    for name in sys.path:
        path = Path(name).resolve()
        # Never the kit itself, where the solutions are.
        kit = path.is_relative_to(ROOT) or ROOT.is_relative_to(path)
        if path.is_dir() and not kit and not any(path.is_relative_to(p) for p in inside):
            found.append(path)
    return found


def _of_python() -> list[Path]:
    """Python's own files and folders, and those of its virtual environment."""
    prefixes = sys.base_prefix, sys.base_exec_prefix, sys.prefix, sys.exec_prefix
    executable = Path(os.path.abspath(sys.executable))
    own = [Path(prefix, name) for prefix in prefixes for name in OF_PYTHON]
    return [*own, executable, executable.resolve()]


def _solutions_in(place: Path) -> Iterator[Path]:
    """Exercises' folders of this kit or another version of it, and files of the reference."""
    known = {path.read_bytes() for path in (ROOT / "solutions").glob("*/reference.py")}
    names = {"reference.py"} | {Path(file).name for file in read_manifest(ROOT).functions.values()}
    for folder, _, files in os.walk(place):
        for name in names.intersection(files):
            path = Path(folder, name)
            beside = name == "reference.py" and "cases.py" in files
            with contextlib.suppress(OSError):
                if beside or path.read_bytes() in known:
                    yield path
