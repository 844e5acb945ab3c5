"""Grade a class again and again: the gradebook is the same, byte for byte, or it is not.

``python -m instructor.tests.stability`` grades 40 submissions of two exercises, some slow, some
with Matplotlib, some that leave results to chance, some hostile: at 1, 2 and 4 jobs, on the machine
as it is and beside ten processes that take all the time that they get. It takes a quarter of an
hour, and is therefore no test.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from instructor.exercises import simple_files
from instructor.tests.conftest import copy_kit

FOLDER = Path(__file__).parent / "hostile"
RNN, EMBEDDING = "cs231n_rnn/layers/rnn.py", "cs231n_rnn/layers/embedding.py"
SLOW = """
import time as _time
_right = rnn_step_forward


def rnn_step_forward(*a):
    end = _time.process_time() + 0.02
    while _time.process_time() < end:
        pass
    return _right(*a)
"""
PLOTS = "import matplotlib.pyplot as plt\nfrom scipy import special\n"
CHANCE = """
import random as _random
_right = rnn_step_forward


def rnn_step_forward(*a):
    drawn = _random.random() < 0.5, np.random.rand() < 0.5, np.random.default_rng().random() < 0.5
    first = next(iter({"a", "b", "c", "d"}))
    if sum(drawn) + (first == "a") >= 2:
        return _right(*a)
    return 0 * a[1], None
"""
ATTACKS = (
    *("loop_in_function", "fork_bomb", "holder_of_pipes", "dripping_reply", "stopped_process"),
    *("memory_of_many", "full_request_pipe", "thread_bomb", "exit_at_import", "ignored_signals"),
)
# Jobs, and processes beside them.
RUNS = [(1, 0), (2, 0), (4, 0), (4, 0), (1, 10), (2, 10), (2, 10), (4, 10), (4, 10), (4, 10)]


def write_class(folder: Path) -> Path:
    """Forty submissions, each with another comment at its end and so with numbers of its own."""
    right = {name: content.decode() for name, content in simple_files().items()}
    kinds = {
        "right": "",
        "slow": SLOW,
        "plots": PLOTS,
        "chance": CHANCE,
        "wrong": "np.tanh = np.sin",
    }
    after = [(f"{kind}{n}", code) for kind, code in kinds.items() for n in range(6)]
    after += [(name, (FOLDER / f"{name}.py").read_text(encoding="utf-8")) for name in ATTACKS]
    for name, code in after:
        for file in (RNN, EMBEDDING):
            path = folder / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            own = code if file == RNN else ""
            path.write_text(f"{right[file]}\n{own}\n# {name}\n", encoding="utf-8")
    return folder


def keep_two_exercises(kit: Path) -> Path:
    """Leave all but the first notebook out, and of that the model; attacks may take a second."""
    path = kit / "assignment.toml"
    sections = re.split(r"^(?=\[)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    kept = [s for s in sections if "[[notebooks]]" not in s or "1_RNN_Captioning" in s]
    text = "".join(kept).replace('"rnn", "captioning"]', '"rnn"]')
    text = text.replace("\nseconds = 3 ", "\nseconds = 1 ")
    path.write_text(text, encoding="utf-8")
    return kit


def grade(kit: Path, submissions: Path, out: Path, jobs: int, load: int) -> bytes:
    """The gradebook of one run."""
    secret = out.parent / "secret"
    secret.write_text("a secret of this trial", encoding="utf-8")
    spinners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(load)]
    command = [sys.executable, "-m", "instructor", "grade", submissions, "--out", out]
    try:
        subprocess.run(
            [*command, "--jobs", str(jobs), "--secret", secret], cwd=kit, capture_output=True
        )
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()
    return (out / "gradebook.csv").read_bytes()


def main() -> int:
    """Print one line for each run; 0 if all gradebooks are the same."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kit = keep_two_exercises(copy_kit(folder / "kit"))
        submissions = write_class(folder / "class")
        first = b""
        same = []
        for k, (jobs, load) in enumerate(RUNS):
            begin = time.monotonic()
            book = grade(kit, submissions, folder / f"grades{k}", jobs, load)
            first = first or book
            same.append(book == first)
            seconds = time.monotonic() - begin
            print(f"jobs {jobs}, load {load:>2}: {seconds:5.0f} s, same {same[-1]}", flush=True)
            if not same[-1]:
                old, new = first.splitlines(), book.splitlines()
                changed = [pair for pair in zip(old, new, strict=False) if pair[0] != pair[1]]
                print("\n".join(f"  {line.decode()}" for pair in changed for line in pair))
    print(f"{sum(same)} of {len(same)} gradebooks are the same")
    return int(not all(same))


if __name__ == "__main__":
    sys.exit(main())
