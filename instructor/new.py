"""Write the skeleton of a new exercise: ``python -m instructor new layers/gru.py``.

Its folder in ``solutions/`` and its table in ``assignment.toml`` are what there is to fill in;
``sync`` then says, in words, what is still missing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT, write_text

REFERENCE = '''"""What the exercise is about, with its equation and the paper that it is from."""

from __future__ import annotations

from typing import Any

import numpy as np


def {name}_forward(x: np.ndarray) -> tuple[np.ndarray, Any]:
    """What it gives, in a line.

    Parameters
    ----------
    x : ndarray of shape (N, D)

    Returns
    -------
    out : ndarray of shape (N, D)
    cache : values that {name}_backward needs
    """
    # A comment here stays for students: the steps to take.
    # BEGIN SOLUTION
    out = np.tanh(x)
    return out, out
    # END SOLUTION
'''
SIMPLE = '''"""As a good student writes it."""


def {name}_forward(x):
    out = np.tanh(x)
    return out, out
'''
CASES = '''"""Probes of {file}."""

from cs231n_rnn.checking import call, case, random_arrays
from {package} import {name}


# BEGIN HIDDEN
@case("{name}_forward", hidden=True, many_examples={{"N": 9, "D": 2}})
# END HIDDEN
@case("{name}_forward", unequal_sizes={{"N": 3, "D": 5}}, one_example={{"N": 1, "D": 4}})
def forward(rng, N, D):
    (x,) = random_arrays(rng, (N, D))
    out, _ = call({name}.{name}_forward, x, returns="out, cache")
    return {{"out": out}}
'''
MISCONCEPTIONS = """# Misconceptions in {file}, as edits of simple.py: [[before, after], ...].

# [[misconception]]
# name = "{name}_no_tanh"
# function = "{name}_forward"
# hint = "Between which two numbers is every output? Print the largest."
# edits = [["np.tanh(x)", "x"]]

# What is right in another way and must lose no points; a larger one is a file in alternatives/.

# [[alternative]]
# name = "{name}_by_exponentials"
# function = "{name}_forward"
# edits = [["np.tanh(x)", "1 - 2 / (1 + np.exp(2 * x))"]]
"""
ORACLE = '''"""{name} against an oracle that shares no line with it."""

import numpy as np

from {package}.{name} import {name}_forward


def test_the_output_of_zeros_is_zero():
    out, _ = {name}_forward(np.zeros((2, 3)))
    np.testing.assert_array_equal(out, np.zeros((2, 3)))
'''
TABLE = """
[exercises.{name}]
file = "{file}"

[exercises.{name}.functions]
{name}_forward = {{ points = 1 }}
"""
FILES = {
    "reference.py": REFERENCE,
    "simple.py": SIMPLE,
    "cases.py": CASES,
    "misconceptions.toml": MISCONCEPTIONS,
    "test_oracle.py": ORACLE,
}
NEXT = """wrote solutions/{name} and its table in assignment.toml. Next:

  1. Write solutions/{name}/reference.py; in the table, give each marked function its points and
     the functions that it builds on. optional = true: its points count apart.
  2. Write simple.py, cases.py and test_oracle.py beside it.
  3. In misconceptions.toml, turn the two examples into entries of its own.
  4. Name the exercise in a notebook of assignment.toml: exercises = [..., "{name}"].
  5. python -m instructor sync says what is still missing, and makes the rest."""


def main(arguments: list[str] | None = None) -> int:
    """Command line; 0 if the skeleton was written, 1 if something is in its place."""
    parser = argparse.ArgumentParser(
        prog="python -m instructor new", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("file", help="in cs231n_rnn, for example layers/gru.py")
    file = parser.parse_args(arguments).file.removeprefix("cs231n_rnn/")
    try:
        name = write_skeleton(ROOT, file)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    print(NEXT.format(name=name))
    return 0


def write_skeleton(root: Path, file: str) -> str:
    """Write the files of an exercise and its table.

    Parameters
    ----------
    root : Path
        The kit.
    file : str
        What students are to fill in, below ``cs231n_rnn``: ``layers/gru.py``.

    Returns
    -------
    str
        The exercise's name.

    Raises
    ------
    ValueError
        If the file is not one of a package of the kit, or something of this name is there.
    """
    package, _, last = file.rpartition("/")
    name = last.removesuffix(".py")
    if not (
        last.endswith(".py") and name.isidentifier() and (root / "cs231n_rnn" / package).is_dir()
    ):
        raise ValueError(f"{file} is not a file of a package in cs231n_rnn, as layers/gru.py is")
    manifest = read_manifest(root)
    taken = [
        place
        for place in (f"solutions/{name}", f"cs231n_rnn/{file}", f"tests/test_{name}.py")
        if (root / place).exists()
    ]
    if name in manifest.exercises | manifest.left_out:
        taken.append(f"[exercises.{name}] of assignment.toml")
    if taken:
        raise ValueError(f"{', '.join(taken)} is there already; nothing is written")
    words = {
        "name": name,
        "file": f"cs231n_rnn/{file}",
        "package": ".".join(["cs231n_rnn", *package.split("/")]),
    }
    for part, text in FILES.items():
        write_text(root / "solutions" / name / part, text.format(**words))
    path = root / "assignment.toml"
    before, mark, after = path.read_text(encoding="utf-8").partition(
        "\n# What a submission may use"
    )
    write_text(path, before + TABLE.format(**words) + mark + after)
    return name
