"""``python -m instructor COMMAND``: all that the staff does, by name."""

from __future__ import annotations

import importlib
import sys

COMMANDS = {
    "sync": ("instructor.sync", "write stubs, notebooks and answers from solutions/"),
    "new": ("instructor.new", "write the skeleton of a new exercise"),
    "leak": ("instructor.leak", "look for a line of the solutions in what students get"),
    "overlay": ("instructor.overlay", "lay an implementation over the kit"),
    "handout": ("instructor.handout", "build what students get, as a zip or a folder to push"),
    "grade": ("instructor.grade", "grade submissions: files, folders, zips"),
    "autograder": ("instructor.autograder", "build the zip for Gradescope"),
    "run": ("instructor.run_notebooks", "run notebooks on the reference"),
    "demo": ("instructor.demo", "run notebooks 1 and 2, with a table of their scores"),
    "train-cnn": ("instructor.train_scene_cnn", "train the CNN of the scenes"),
    "bench": ("benchmarks.command", "run the benchmarks on the reference"),
}


def main() -> int:
    """Call the command that is named first; 2 if there is none of that name."""
    if len(sys.argv) < 2 or sys.argv[1] not in COMMANDS:
        print("usage: python -m instructor COMMAND ...\n")
        for name, (_, purpose) in COMMANDS.items():
            print(f"  {name:<11} {purpose}")
        print("\npython -m instructor COMMAND --help says more")
        return 0 if sys.argv[1:2] in (["-h"], ["--help"]) else 2
    module, _ = COMMANDS[sys.argv.pop(1)]
    return int(importlib.import_module(module).main())


if __name__ == "__main__":
    sys.exit(main())
