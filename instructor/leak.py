"""Does a student get a line of the solution? Asked without the generator's own code.

``python -m instructor leak`` reads every text file of the hand-out and compares line by line
with what is between the markers in ``solutions/``, and with the simple implementations.
"""

from __future__ import annotations

import argparse
import functools
import re
from collections.abc import Iterator
from pathlib import Path

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT

# Lines that say nothing: unpacking of shapes and caches, returns, loops over time, brackets.
TRIVIAL = [
    r"return\b[\w\s,.()\[\]:-]*",
    r"[\w\s,*]+ = (\w+\.shape|cache|state|self\.params)(\[[\d:]+\])?",
    r"for t in (range|reversed)\([\w()+ ]*\):",
    r"(if|elif|else|break|continue)\b[\w\s.\"'=()]*:?",
    r"grads = \{\}",
    r"\w+ = np\.(zeros|empty)_like\(\w+\)",
    r"(\) -> )?[\w\s.,:\[\]|]*\b(ndarray|Any)\b[\w\s.,:\[\]|]*",  # a part of a signature
    r"[\W_]*",
    r"[\w.]+,?",
    r"(def|class|import|from)\b.*",
    r"(\"\"\"|#).*",
]


# Of a hidden case its sizes are secret, and that it is one; what its probe does is not.
DATA = re.compile(r"hidden=True|[:=] ?\{.*\d")


def solution_lines(root: Path) -> dict[str, str]:
    """Every line of a solution, or of a hidden case, that says something, with its place."""
    secret: dict[str, str] = {}
    public: set[str] = set()  # sizes that a hidden case shares with a public one are no secret
    for name in read_manifest(root).finished:
        lines = (root / name).read_text(encoding="utf-8").splitlines()
        public |= {_normal(line) for line in lines}
    for path in sorted((root / "solutions").rglob("*.py")):
        is_cases, is_secret = path.name == "cases.py", path.name == "simple.py"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if re.search("(BEGIN|END) (SOLUTION|HIDDEN)", line):
                is_secret = "BEGIN" in line
            elif is_secret and (DATA.search(line) if is_cases else not _is_trivial(_normal(line))):
                secret[_normal(line)] = f"{path.relative_to(root).as_posix()}:{number}"
            elif is_cases:
                public.add(_normal(line))
    return {line: place for line, place in secret.items() if line not in public}


def find_leaks(root: Path) -> Iterator[str]:
    """Compare the hand-out with the solutions.

    Parameters
    ----------
    root : Path
        Folder of the kit.

    Yields
    ------
    str
        One sentence for each line that leaks.
    """
    secrets = solution_lines(root)
    for name in read_manifest(root).handout:
        for path in [root / name, *sorted((root / name).rglob("*"))]:
            if not path.is_file() or path.stat().st_size > 2_000_000:
                continue
            text = path.read_bytes().decode("utf-8", errors="ignore")
            # A notebook holds its lines as JSON strings.
            for number, line in enumerate(text.replace(r"\"", '"').splitlines(), start=1):
                if _normal(line) in secrets:
                    place = path.relative_to(root).as_posix()
                    yield f"{place}:{number} holds {secrets[_normal(line)]}: {_normal(line)}"


@functools.lru_cache(100_000)  # most lines come again and again
def _normal(line: str) -> str:
    """Code without comment, white space and the quotes of JSON."""
    line = line.strip()
    if match := re.fullmatch(r'"(.*?)(\\n)?",?', line):
        line = match[1].strip()
    line = re.sub(r"\s+#\s.*$", "", line)
    line = re.sub(r"^#\s+", "", line)
    return re.sub(r"\s+", " ", line)


def _is_trivial(line: str) -> bool:
    return any(re.fullmatch(pattern, line) for pattern in TRIVIAL)


def main(arguments: list[str] | None = None) -> int:
    """Print the leaks; 1 if there are any."""
    parser = argparse.ArgumentParser(prog="python -m instructor leak", description=__doc__)
    parser.parse_args(arguments)
    leaks = list(find_leaks(ROOT))
    print("\n".join(leaks) or f"no leak of {len(solution_lines(ROOT))} solution lines")
    return int(bool(leaks))
