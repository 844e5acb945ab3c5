"""``python -m instructor COMMAND``: what the staff does, by name."""

from __future__ import annotations

import importlib
import sys

COMMANDS = {
    "sync": "write stubs, notebooks and answers from solutions/ (--check: compare only)",
    "new": "write the skeleton of a new exercise",
    "leak": "look for a line of the solutions in what students get",
    "overlay": "lay an implementation over the kit",
    "handout": "build what students get, as a zip or as a public repository's folder",
    "grade": "grade submissions: files, folders, zips",
    "autograder": "build the zip for Gradescope",
}


def main() -> int:
    """Call the command that is named first; 2 if there is none of that name."""
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        print("usage: python -m instructor COMMAND ...\n")
        for name, purpose in COMMANDS.items():
            print(f"  {name:<11} {purpose}")
        return 0 if sys.argv[1:2] in (["-h"], ["--help"]) else 2
    name = sys.argv.pop(1)
    return int(importlib.import_module(f"instructor.{name}").main())


if __name__ == "__main__":
    sys.exit(main())
