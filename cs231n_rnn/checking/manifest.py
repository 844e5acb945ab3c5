"""The manifest ``assignment.toml``: notebooks, files and points, read once."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cs231n_rnn.files import ROOT, read_toml


@dataclass(frozen=True)
class Manifest:
    """What the assignment is made of.

    Attributes
    ----------
    title : str
    public_seed : int
        Seed of the cases whose answers are public.
    handout : list of str
        Files and folders that a student gets.
    notebooks : dict of str to list of str
        A notebook's name to the files that are filled in with it.
    points : dict of str to dict of str to int
        A file to its TODO functions and their points.
    builds_on : dict of str to list of str
        A function to those that it uses, as far as they are TODO functions too.
    limits : dict of str to anything
        What a submission may use while it is graded.
    aliases : dict of str to list of str
        A file of another course's layout to the files whose functions it may hold.
    """

    title: str
    public_seed: int
    handout: list[str]
    notebooks: dict[str, list[str]]
    points: dict[str, dict[str, int]]
    builds_on: dict[str, list[str]] = field(default_factory=dict)
    limits: dict[str, Any] = field(default_factory=dict)
    aliases: dict[str, list[str]] = field(default_factory=dict)

    @property
    def functions(self) -> dict[str, str]:
        """Every TODO function with the file that holds it, in the assignment's order."""
        return {name: file for file, names in self.points.items() for name in names}

    @property
    def submitted(self) -> list[str]:
        """Every file that may be a student's, under its own name or an alias."""
        return [*self.points, *self.aliases]

    def points_of(self, function: str) -> int:
        """Points for a TODO function."""
        return self.points[self.functions[function]][function]


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
    KeyError
        If an entry is missing.
    """
    table = read_toml(root / "assignment.toml")
    return Manifest(
        title=table["title"],
        public_seed=table["public_seed"],
        handout=table["handout"],
        notebooks={entry["name"]: entry["files"] for entry in table["notebooks"]},
        points=table["points"],
        builds_on=table.get("builds_on", {}),
        limits=table.get("limits", {}),
        aliases=table.get("aliases", {}),
    )
