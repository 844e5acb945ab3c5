"""Build the zip that Gradescope makes its container from: the kit, the solutions, the secret.

Upload it under "Configure Autograder". It holds answers: keep it as safe as the solutions.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT
from cs231n_rnn.submit import write_zip
from instructor.grade import find_secret
from instructor.grading.gradescope import SECRET

# What the grader and the probes import; the rest of the requirements is for notebooks and tests.
NEEDED = "numpy", "h5py", "matplotlib", "tqdm", "pycocoevalcap", "tomli", "psutil"
SETUP = """#!/usr/bin/env bash
# Runs once, as root, when Gradescope builds the container.
set -euo pipefail
apt-get update
apt-get install -y python3 python3-venv bubblewrap
python3 -m venv /autograder/venv
/autograder/venv/bin/python -m pip install -r /autograder/source/autograder_requirements.txt
# Where bubblewrap is not allowed, submissions run as another user, who may not read the answers.
chmod -R go-rwx /autograder/source
"""
RUN = """#!/usr/bin/env bash
# Runs for each submission. The two variables are for a rehearsal elsewhere.
set -euo pipefail
base=${AUTOGRADER:-/autograder}
cd "$base/source"
"${PYTHON:-$base/venv/bin/python}" -m instructor.grading.gradescope "$base"
"""


def main(arguments: list[str] | None = None) -> int:
    """Command line: ``python -m instructor autograder [OUT] [--secret FILE]``."""
    parser = argparse.ArgumentParser(
        prog="python -m instructor autograder", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("out", nargs="?", type=Path, default=Path("build/autograder.zip"))
    parser.add_argument("--secret", type=Path, help="the course's secret, as for grade")
    options = parser.parse_args(arguments)
    try:
        secret = find_secret(options.secret)
    except (OSError, ValueError) as error:
        parser.error(str(error))
    build(options.out, secret)
    print(f"wrote {options.out}, {options.out.stat().st_size / 1e6:.1f} MB")
    return 0


def build(out: Path, secret: bytes, root: Path = ROOT) -> None:
    """Write the zip.

    Parameters
    ----------
    out : Path
    secret : bytes
        The course's.
    root : Path
        The kit.
    """
    files = {
        "setup.sh": SETUP.encode(),
        "run_autograder": RUN.encode(),
        SECRET: secret,
        "autograder_requirements.txt": requirements(root).encode(),
    }
    files |= {path.relative_to(root).as_posix(): path.read_bytes() for path in kit_files(root)}
    out.parent.mkdir(parents=True, exist_ok=True)
    write_zip(out, files, executable=("setup.sh", "run_autograder"))


def kit_files(root: Path) -> Iterator[Path]:
    """Files that grading reads: package, probes, solutions, and the grader."""
    yield root / "assignment.toml"
    manifest = read_manifest(root)
    for folder in ("cs231n_rnn", "tests", "solutions", "instructor"):
        for path in sorted((root / folder).rglob("*")):
            inside = path.relative_to(root).as_posix()
            skipped = "__pycache__" in inside or inside.startswith("instructor/tests")
            if path.is_file() and not skipped:
                yield path
    yield from (root / "notebooks" / f"{name}.ipynb" for name in manifest.notebooks)


def requirements(root: Path) -> str:
    """The lines of the two requirements files that grading needs."""
    lines = {
        re.split(r"[>=; ]", line)[0]: line
        for file in ("requirements.txt", "instructor/requirements.txt")
        for line in (root / file).read_text(encoding="utf-8").splitlines()
    }
    if missing := set(NEEDED) - lines.keys():
        raise ValueError(f"no requirements file names {', '.join(sorted(missing))}")
    return "".join(f"{line}\n" for name, line in lines.items() if name in NEEDED)
