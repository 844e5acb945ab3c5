"""``python -m cs231n_rnn COMMAND``: the door to what students do."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module

PROG = "python -m cs231n_rnn"
# What each command does, and the module whose ``main`` does it, imported when it is asked for.
COMMANDS = {
    "check": ("how far the functions to fill in have come", "cs231n_rnn.checking.command"),
    "submit": ("pack the submission, and say what is missing", "cs231n_rnn.submit"),
    "data": ("list the data sets, make or fetch one", "cs231n_rnn.data.command"),
    "photos": ("make a data set of your own photographs", "cs231n_rnn.photos.command"),
    "caption": ("write a sentence about each photograph", "cs231n_rnn.photos.captioner"),
}


def usage() -> str:
    """The list of commands."""
    lines = [f"usage: {PROG} COMMAND ...", ""]
    lines += [f"  {name:<8} {what}" for name, (what, _) in COMMANDS.items()]
    return "\n".join([*lines, "", f"`{PROG} COMMAND --help` says more of each."])


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command, or list them.

    Parameters
    ----------
    argv : sequence of str, optional
        A command and its arguments; without them, those of the process.

    Returns
    -------
    int
        The command's exit status; 2 for a command that does not exist.
    """
    name, *arguments = (sys.argv[1:] if argv is None else argv) or ["--help"]
    if name in ("-h", "--help"):
        print(usage())
        return 0
    if name not in COMMANDS:
        print(f"{name!r} is not a command.\n\n{usage()}", file=sys.stderr)
        return 2
    return int(import_module(COMMANDS[name][1]).main(arguments))


if __name__ == "__main__":
    sys.exit(main())
