"""What cannot be graded is a row with a reason, and never ends the run for the others.

One folder of broken and odd submissions goes through ``python -m instructor grade``, as an
assistant calls it, in a kit of two notebooks: what is tested is the same for every function.
"""

import csv
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT
from instructor.exercises import simple_files
from instructor.tests.test_sync import keep_two_notebooks

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="names, links and pipes as Linux takes them"
)

SIMPLE, REFERENCES = simple_files(), ROOT / "solutions"
MANIFEST = read_manifest()
# What is filled in with the kit's two notebooks.
KEPT = [file for files in list(MANIFEST.notebooks.values())[:2] for file in files]
POINTS = {file: sum(MANIFEST.points[file].values()) for file in MANIFEST.points if file in KEPT}
EMBEDDING, RNN, LSTM, CAPTIONING = POINTS
EMBEDDING_POINTS, ALL_POINTS = POINTS[EMBEDDING], sum(POINTS.values())
MARK = "broken_was_here"
GIGABYTE = 10**9


def source(file):
    return SIMPLE[file]


def folder(path, files):
    """Write a submission as a folder."""
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)


def archive(path, files, links=()):
    """Write a submission as a zip, with names as they come."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        for name, content in files.items():
            file.writestr(name, content)
        for name, target in links:
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o120777 << 16
            file.writestr(info, target)


def sparse(path, size):
    with path.open("wb") as file:
        file.truncate(size)


def link(path, target):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def pipe(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mkfifo(path)


OUTSIDE = [f"../../{MARK}", f"/tmp/{MARK}", f"..\\..\\{MARK}", f"C:\\{MARK}"]
PATHS = [f"../../{RNN}", f"/tmp/{RNN}", f"a/../../../{RNN}", f"C:\\{RNN}"]
# How each is made, and a pattern for the reason in its row.
NOT_GRADED = {
    "not_a_zip.zip": (lambda p: p.write_text("<html>404</html>"), "is not a zip"),
    "no_bytes.zip": (lambda p: p.touch(), "is empty"),
    "no_entries.zip": (lambda p: archive(p, {}), "holds none of embedding.py"),
    "no_bytes_folder": (lambda p: p.mkdir(), "holds none of embedding.py"),
    "other_files.zip": (lambda p: archive(p, {"essay.txt": b"I tried."}), "holds none of"),
    "half_a_zip.zip": (
        lambda p: (archive(p, {RNN: source(RNN)}), os.truncate(p, p.stat().st_size // 2)),
        "is not a zip",
    ),
    "two_gigabytes.zip": (lambda p: sparse(p, 2 * GIGABYTE), "2000 MB"),
    "two_gigabytes_of_code.py": (lambda p: sparse(p, 2 * GIGABYTE), "2000 MB"),
    "bomb.zip": (lambda p: archive(p, {RNN: bytes(210_000_000)}), "unpacks to 210 MB"),
    "out_of_itself.zip": (lambda p: archive(p, dict.fromkeys(PATHS, source(RNN))), "leads out"),
    "links_in_a_zip.zip": (
        lambda p: archive(p, {}, [(RNN, str(REFERENCES / "rnn" / "reference.py"))]),
        "is a symbolic link",
    ),
    "links_in_a_folder": (
        lambda p: link(p / RNN, REFERENCES / "rnn" / "reference.py"),
        "is a symbolic link",
    ),
    "link_to_solutions": (lambda p: link(p, REFERENCES), "is a symbolic link"),
    "link_to_a_file.py": (
        lambda p: link(p, REFERENCES / "rnn" / "reference.py"),
        "is a symbolic link",
    ),
    "link_to_nothing.zip": (lambda p: link(p, "nowhere"), "is a symbolic link"),
    "pipe": (lambda p: pipe(p / RNN), "not a regular file"),
}
ONE = {EMBEDDING: source(EMBEDDING)}
EVERY = {file: source(file) for file in POINTS}
UMLAUT = b"# \xfcber die Einbettung\n"
OWN_RULES = {
    "assignment.toml": b"[points]\nword_embedding_forward = 1000\n",
    "tests/test_embedding.py": b"def test_all(): pass\n",
    "tests/answers/embedding.npz": b"",
    "tests/misconceptions.json": b"[]",
    "conftest.py": b"raise SystemExit(0)\n",
    "sitecustomize.py": b"raise SystemExit(0)\n",
    "numpy.py": b"raise SystemExit(0)\n",
    "cs231n_rnn/__init__.py": b"raise SystemExit(0)\n",
    "cs231n_rnn/checking/judge.py": b"def judge(*a): return 1000\n",
    "results.json": b'{"score": 100}',
    "gradebook.csv": b"student,points\nown_rules,100\n",
}
# How each is made, its points, and a pattern for its notes.
GRADED = {
    "missing_file": (lambda p: folder(p, ONE), EMBEDDING_POINTS, "rnn.py is missing"),
    "syntax_error": (
        lambda p: folder(p, {**ONE, RNN: b"def rnn_step_forward(x:\n"}),
        EMBEDDING_POINTS,
        "rnn.py cannot be read as Python 3: line 1",
    ),
    "latin_1": (lambda p: folder(p, {EMBEDDING: UMLAUT + source(EMBEDDING)}), 9, "Latin-1"),
    "utf_16": (
        lambda p: folder(p, {EMBEDDING: source(EMBEDDING).decode().encode("utf-16")}),
        EMBEDDING_POINTS,
        "UTF-16",
    ),
    "no_text": (
        lambda p: folder(p, {**ONE, RNN: bytes(range(256)) * 100}),
        EMBEDDING_POINTS,
        "rnn.py",
    ),
    "own_rules.zip": (lambda p: archive(p, {**ONE, **OWN_RULES}), EMBEDDING_POINTS, ""),
    "out_of_itself_too.zip": (
        lambda p: archive(p, {**ONE, **dict.fromkeys(OUTSIDE, b"x")}),
        EMBEDDING_POINTS,
        "leads out of the submission",
    ),
    "long_names_inside.zip": (
        lambda p: archive(p, {**ONE, f"{'n' * 300}/{'m' * 300}.py": b"x = 1\n"}),
        EMBEDDING_POINTS,
        "",
    ),
    "notebook_of_brackets": (
        lambda p: folder(p, {**ONE, "1_RNN_Captioning.ipynb": b"[" * 10**6}),
        EMBEDDING_POINTS,
        "",
    ),
    f"{'long' * 62}.py": (lambda p: p.write_bytes(ONE[EMBEDDING]), EMBEDDING_POINTS, ""),
    "<img src=x onerror=alert(1)>.py": (lambda p: p.write_bytes(ONE[EMBEDDING]), 9, ""),
    "=HYPERLINK(1)&cmd.py": (lambda p: p.write_bytes(ONE[EMBEDDING]), EMBEDDING_POINTS, ""),
    "two\nlines,100,100.py": (lambda p: p.write_bytes(ONE[EMBEDDING]), EMBEDDING_POINTS, ""),
    os.fsdecode(b"no letter \xff.py"): (lambda p: p.write_bytes(ONE[EMBEDDING]), 9, ""),
    "con.py": (lambda p: p.write_bytes(ONE[EMBEDDING]), EMBEDDING_POINTS, ""),
    "Ann.py": (lambda p: p.write_bytes(ONE[EMBEDDING]), EMBEDDING_POINTS, ""),
    "ann.py": (lambda p: p.write_bytes(ONE[EMBEDDING]), EMBEDDING_POINTS, ""),
    "all_right.zip": (lambda p: archive(p, EVERY), ALL_POINTS, "^$"),
}


def grade(base, kit):
    """Grade the folder ``submissions`` into ``grades``, with a kit's own grader."""
    (base / "secret").write_text("of these tests, long enough")
    command = [sys.executable, "-m", "instructor", "grade", str(base / "submissions")]
    command += ["--out", str(base / "grades"), "--secret", str(base / "secret")]
    return subprocess.run(
        [*command, "--jobs", "2"],
        cwd=kit,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
    )


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    base = tmp_path_factory.mktemp("broken") / "course"
    (base / "submissions").mkdir(parents=True)
    for name, (make, *_) in (NOT_GRADED | GRADED).items():
        make(base / "submissions" / name)
    return base


@pytest.fixture(scope="module")
def two_notebooks(shared_kit, tmp_path_factory):
    kit = shutil.copytree(shared_kit, tmp_path_factory.mktemp("two_notebooks") / "Übung 3")
    keep_two_notebooks(kit)
    return kit


@pytest.fixture(scope="module")
def run(base, two_notebooks):
    return grade(base, two_notebooks)


@pytest.fixture(scope="module")
def rows(base, run):
    text = (base / "grades" / "gradebook.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def row_of(name, rows):
    """The row of a submission, by what letters and digits its name is made of."""
    key = letters(name.removesuffix(".zip").removesuffix(".py"))
    found = [row for row in rows if letters(row["student"]).startswith(key[:50])]
    exact = [row for row in found if letters(row["student"]) == key]
    (row,) = exact if len(found) > 1 else found
    return row


def letters(name):
    return "".join(c for c in name.removeprefix("'") if c.isascii() and c.isalnum())


def test_every_submission_has_one_row_and_the_run_says_that_some_were_not_graded(run, rows):
    assert run.returncode == 1, run.stderr
    assert "Traceback" not in run.stderr
    assert f"{len(GRADED)} graded, {len(NOT_GRADED)} not" in run.stdout
    assert len(rows) == len(NOT_GRADED) + len(GRADED)
    students = [row["student"] for row in rows]
    assert len(set(students)) == len(students)


@pytest.mark.parametrize("name", NOT_GRADED)
def test_what_cannot_be_graded_has_no_points_and_a_reason(name, rows, run):
    row = row_of(name, rows)
    assert re.search(NOT_GRADED[name][1], row["reason"]), row["reason"]
    assert float(row["points"]) == 0
    assert row["reason"] in run.stdout


@pytest.mark.parametrize("name", GRADED, ids=ascii)
def test_what_can_be_graded_keeps_its_points(name, rows):
    _, points, note = GRADED[name]
    row = row_of(name, rows)
    assert row["reason"] == ""
    assert float(row["points"]) == pytest.approx(points, abs=0.01)
    assert float(row["out_of"]) == pytest.approx(ALL_POINTS, abs=0.01)
    assert re.search(note, row["notes"]), row["notes"]


def test_no_cell_is_a_formula_and_no_name_is_markup(base, rows):
    for row in rows:
        assert not [cell for cell in row.values() if cell.startswith(("=", "+", "-", "@"))]
    pages = sorted((base / "grades").rglob("*.html"))
    assert len(pages) == len(rows) + 1
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert "<img src=x" not in text
        assert "<script" not in text


def test_nothing_is_written_but_the_grades(base, run, two_notebooks):
    written = {path for path in base.rglob("*") if not path.is_relative_to(base / "submissions")}
    assert written
    assert all(path.name == "secret" or path.is_relative_to(base / "grades") for path in written)
    kits = (two_notebooks, two_notebooks.parent, ROOT, ROOT.parent, Path.cwd())
    for place in (base.parent, base, Path("/tmp"), *kits):
        assert not (place / MARK).exists()
    assert {path.name for path in (base / "submissions").iterdir()} == {*NOT_GRADED, *GRADED}


def test_a_run_in_which_all_are_graded_ends_well(tmp_path, two_notebooks):
    folder(tmp_path / "submissions" / "ann", ONE)
    run = grade(tmp_path, two_notebooks)
    assert run.returncode == 0, run.stderr
    assert "1 graded, 0 not" in run.stdout
