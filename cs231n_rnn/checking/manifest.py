"""The manifest ``assignment.toml``: notebooks, exercises and points, read once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cs231n_rnn.files import ROOT, read_toml


@dataclass(frozen=True)
class Exercise:
    """A file that students fill in.

    Attributes
    ----------
    name : str
        Its cases are in ``tests/test_<name>.py``.
    file : str
    points : dict of str to int
        Its functions, in the order of the assignment.
    builds_on : dict of str to list of str
        A function to those that it uses, as far as they are exercises too.
    optional : bool
        Whether its points are shown apart, and count in no total.
    """

    name: str
    file: str
    points: dict[str, int]
    builds_on: dict[str, list[str]] = field(default_factory=dict)
    optional: bool = False


@dataclass(frozen=True)
class Manifest:
    """What the assignment is made of.

    Attributes
    ----------
    title : str
    folder : str
        The one folder in the handout's zip.
    public_seed : int
        Seed of the cases whose answers are public.
    handout : list of str
        Files and folders that a student gets.
    notebooks : dict of str to list of str
        A notebook's name to the files that are filled in with it.
    given : dict of str to list of str
        A notebook's name to the files that it builds on and that no notebook has as an exercise:
        they are handed out finished.
    exercises : dict of str to Exercise
        Those that a notebook names, in the order of their tables.
    left_out : dict of str to Exercise
        Those that none does, given or not.
    limits : dict of str to anything
        What a submission may use while it is graded.
    derivation : dict of str to float
        ``points``: the share that a backward pass earns that derives nothing.
    aliases : dict of str to list of str
        A file of another course's layout to the files whose functions it may hold, as far as
        they are exercises.
    """

    title: str
    folder: str
    public_seed: int
    handout: list[str]
    notebooks: dict[str, list[str]]
    given: dict[str, list[str]]
    exercises: dict[str, Exercise]
    left_out: dict[str, Exercise] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)
    derivation: dict[str, float] = field(default_factory=dict)
    aliases: dict[str, list[str]] = field(default_factory=dict)

    @property
    def points(self) -> dict[str, dict[str, int]]:
        """A file to its TODO functions and their points."""
        return {exercise.file: exercise.points for exercise in self.exercises.values()}

    @property
    def finished(self) -> list[str]:
        """Every file that is handed out finished."""
        return list(dict.fromkeys(file for files in self.given.values() for file in files))

    @property
    def builds_on(self) -> dict[str, list[str]]:
        """A function to those that it uses, as far as they are TODO functions too."""
        tables = [exercise.builds_on for exercise in self.exercises.values()]
        return {name: others for table in tables for name, others in table.items()}

    @property
    def optional(self) -> set[str]:
        """Functions whose points count apart: no total holds what they earn or are worth."""
        return {name for e in self.exercises.values() if e.optional for name in e.points}

    @property
    def functions(self) -> dict[str, str]:
        """Every TODO function with the file that holds it, in the assignment's order."""
        return {name: file for file, names in self.points.items() for name in names}

    @property
    def submitted(self) -> list[str]:
        """Every file that may be a student's, under its own name or an alias."""
        return [*self.points, *self.aliases]

    def homes_of(self, function: str) -> set[str]:
        """The files that may hold a TODO function: its own, and those under an alias."""
        own = self.functions[function]
        return {own, *(alias for alias, files in self.aliases.items() if own in files)}

    def exercise_of(self, function: str) -> Exercise:
        """The exercise that a TODO function is of."""
        return next(e for e in self.exercises.values() if function in e.points)

    def points_of(self, function: str) -> int:
        """Points for a TODO function."""
        return self.exercise_of(function).points[function]


def read_manifest(root: Path = ROOT) -> Manifest:
    """Read ``assignment.toml``.

    Parameters
    ----------
    root : Path
        Folder that holds it.

    Returns
    -------
    Manifest

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If it is not TOML, an entry is missing or unknown, or a notebook names no exercise.
    """
    path = root / "assignment.toml"
    table = read_toml(path)
    try:
        tables = {name: _exercise(name, entry) for name, entry in table["exercises"].items()}
        taught = {entry["name"]: entry["exercises"] for entry in table["notebooks"]}
        named = {name for names in taught.values() for name in names}
        given = {
            entry["name"]: [tables[n].file for n in entry.get("builds_on", []) if n not in named]
            for entry in table["notebooks"]
        }
        files = {tables[name].file for name in named}
        aliases = {
            alias: [file for file in others if file in files]
            for alias, others in table.get("aliases", {}).items()
        }
        return Manifest(
            title=table["title"],
            folder=table.get("folder", "assignment"),
            public_seed=table["public_seed"],
            handout=table["handout"],
            notebooks={key: [tables[n].file for n in names] for key, names in taught.items()},
            given=given,
            exercises={name: e for name, e in tables.items() if name in named},
            left_out={name: e for name, e in tables.items() if name not in named},
            limits=table.get("limits", {}),
            derivation=table.get("derivation", {}),
            aliases={alias: others for alias, others in aliases.items() if others},
        )
    except KeyError as error:
        raise ValueError(f"{path} lacks an entry for {error}") from error


def _exercise(name: str, entry: dict[str, Any]) -> Exercise:
    functions = entry["functions"]
    return Exercise(
        name,
        entry["file"],
        {function: settings.get("points", 0) for function, settings in functions.items()},
        {f: settings["builds_on"] for f, settings in functions.items() if "builds_on" in settings},
        entry.get("optional", False),
    )
