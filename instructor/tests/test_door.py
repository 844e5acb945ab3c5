"""``python -m cs231n_rnn``: what it lists, what it runs, and what it does not import."""

import os
import subprocess
import sys

import pytest

from cs231n_rnn.__main__ import COMMANDS
from cs231n_rnn.files import ROOT

# Runs the door where none of these can be imported.
WITHOUT = """
import runpy, sys
for name in ("h5py", "matplotlib", "PIL", "tqdm"):
    sys.modules[name] = None
runpy.run_module("cs231n_rnn", run_name="__main__", alter_sys=True)
"""


def door(*arguments, start=("-m", "cs231n_rnn")):
    command = [sys.executable, *start, *arguments]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_it_lists_every_command(arguments):
    done = door(*arguments)
    assert done.returncode == 0
    assert done.stdout.startswith("usage: python -m cs231n_rnn COMMAND")
    assert [line.split()[0] for line in done.stdout.splitlines() if line[:2] == "  "] == [*COMMANDS]


def test_an_unknown_command_is_refused_with_the_list():
    done = door("chekc", "rnn_forward")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("'chekc' is not a command.")
    assert all(f"\n  {name} " in done.stderr for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_says_how_it_is_called(name):
    done = door(name, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"usage: python -m cs231n_rnn {name} ")


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["check", "rnn_step_forward"], 0, "to do"),
        (["check", "no_such_function"], 2, "usage: python -m cs231n_rnn check"),
        (["submit", "--out", "submission.txt"], 2, "must end in .zip"),
    ],
)
def test_checking_and_packing_need_no_library_but_numpy(arguments, status, says):
    done = door(*arguments, start=("-c", WITHOUT))
    assert done.returncode == status, done.stderr
    assert says in done.stdout + done.stderr
