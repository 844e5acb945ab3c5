"""A rehearsal: the zip, unpacked and called as Gradescope does it."""

import json
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.wording import say
from instructor import autograder
from instructor.grading.gradescope import results_of, student_of
from instructor.grading.student_grade import Grade
from instructor.tests.grading_tools import MANIFEST, SECRET, TOTAL, sources, write_submission

METADATA = {"users": [{"email": "ada@uni.edu", "id": 7, "name": "Ada"}], "id": 123}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A folder laid out as /autograder is, with the zip unpacked in source/."""
    base = tmp_path_factory.mktemp("gradescope")
    secret = base / "secret"
    secret.write_bytes(SECRET)
    assert autograder.main([str(base / "autograder.zip"), "--secret", str(secret)]) == 0
    with zipfile.ZipFile(base / "autograder.zip") as archive:
        archive.extractall(base / "source")
    secret.unlink()
    (base / "run_autograder").write_bytes((base / "source" / "run_autograder").read_bytes())
    (base / "submission_metadata.json").write_text(json.dumps(METADATA), encoding="utf-8")
    (base / "results").mkdir()
    return base


def rehearse(base, files):
    """Call run_autograder as Gradescope does, and read results.json."""
    shutil.rmtree(base / "submission", ignore_errors=True)
    write_submission(base / "submission", files)
    environment = {
        **os.environ,
        "AUTOGRADER": str(base),
        "PYTHON": sys.executable,
        "OMP_NUM_THREADS": "1",
    }
    command = ["bash", str(base / "run_autograder")]
    done = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads((base / "results" / "results.json").read_text(encoding="utf-8"))


def total(results, points="score"):
    """Points of all tests but the optional ones, which the score does not hold either."""
    counted = [test[points] for test in results["tests"] if " optional " not in test["name"]]
    return round(sum(counted), 2)


@pytest.mark.parametrize(("name", "points"), [("reference", TOTAL), ("stubs", 0)])
def test_the_reference_gets_all_points_and_the_stubs_none(base, name, points):
    results = rehearse(base, sources(name))
    assert results["score"] == total(results) == points
    assert total(results, "max_score") == TOTAL
    assert len(results["tests"]) == 2 * len(MANIFEST.functions)
    assert {test["status"] for test in results["tests"]} == {"passed" if points else "failed"}


def test_hidden_cases_are_shown_after_the_due_date(base):
    results = rehearse(base, sources("stubs"))
    shown = {test["visibility"] for test in results["tests"]}
    assert shown == {"visible", "after_due_date"}
    for test in results["tests"]:
        assert ("hidden" in test["name"]) == (test["visibility"] == "after_due_date")
    for visibility in shown:
        names = [t["name"] for t in results["tests"] if t["visibility"] == visibility]
        assert [name.split(":")[0] for name in names] == list(MANIFEST.functions)


def test_a_wrong_function_comes_with_message_and_hint(base):
    file = "cs231n_rnn/layers/rnn.py"
    wrong = sources("simple")[file].replace(b"np.tanh(a)", b"a")
    results = rehearse(base, {file: wrong})
    test = next(t for t in results["tests"] if t["name"].startswith("rnn_step_forward"))
    assert "largest relative error" in test["output"]
    assert "hint: " in test["output"]


def test_files_that_were_uploaded_one_by_one_are_graded(base):
    files = list(MANIFEST.points)[:2]
    flat = {file.rsplit("/", 1)[1]: sources("simple")[file] for file in files}
    points = sum(sum(MANIFEST.points[file].values()) for file in files)
    assert total(rehearse(base, flat)) == points


def test_what_cannot_be_graded_says_why(base):
    results = rehearse(base, {"essay.txt": b"The dog ate it."})
    assert results["score"] == 0
    assert results["output"].startswith("This could not be graded: ")


def test_the_scripts_are_valid_bash_and_executable(base):
    for name in ("setup.sh", "run_autograder"):
        subprocess.run(["bash", "-n", str(base / "source" / name)], check=True)
    with zipfile.ZipFile(base / "autograder.zip") as archive:
        modes = {i.filename: i.external_attr >> 16 & 0o777 for i in archive.infolist()}
    assert modes["setup.sh"] == modes["run_autograder"] == 0o755
    assert not any(name.startswith("instructor/tests") for name in modes)


def test_the_requirements_name_what_grading_imports_and_no_notebooks(base):
    text = (base / "source" / "autograder_requirements.txt").read_text(encoding="utf-8")
    assert "numpy>=" in text
    assert "psutil>=" in text
    assert "jupyter" not in text


def test_the_same_kit_gives_the_same_zip(base, tmp_path):
    autograder.build(tmp_path / "again.zip", SECRET)
    assert (tmp_path / "again.zip").read_bytes() == (base / "autograder.zip").read_bytes()


@pytest.mark.parametrize(
    ("metadata", "student"),
    [
        (METADATA, "ada@uni.edu"),
        ({"users": [{"id": 9}, {"email": "b@c"}]}, "9 b@c"),
        ({"users": []}, "nobody"),
        ({}, "nobody"),
    ],
)
def test_the_student_is_who_submitted(tmp_path, metadata, student):
    path = tmp_path / "submission_metadata.json"
    path.write_text(json.dumps(metadata), encoding="utf-8")
    assert student_of(path) == student


ODD = {
    "no e-mail": ({"users": [{"id": 9, "name": "Ada"}]}, "9"),
    "e-mail of nothing": ({"users": [{"email": None, "id": 9}]}, "9"),
    "an empty e-mail": ({"users": [{"email": " ", "id": 9}]}, "9"),
    "neither": ({"users": [{"email": None, "id": None, "name": "Ada"}]}, "Ada"),
    "nothing at all": ({"users": [{}]}, "nobody"),
    "all of it null": ({"users": [{"email": None, "id": None, "name": None}]}, "nobody"),
    "null among users": ({"users": [None, {"email": "a@b"}]}, "a@b"),
    "null users": ({"users": None}, "nobody"),
    "one user alone": ({"users": {"email": "a@b"}}, "a@b"),
    "users as texts": ({"users": ["a@b", "c@d"]}, "a@b c@d"),
    "users as a number": ({"users": 7}, "7"),
    "an e-mail that is a list": ({"users": [{"email": ["a@b"], "id": 3}]}, "3"),
    "an e-mail that is true": ({"users": [{"email": True, "id": 3}]}, "3"),
    "a line break": ({"users": [{"email": "a@b\nscore: 100"}]}, "a@b?score: 100"),
    "a list": ([], "nobody"),
    "null": (None, "nobody"),
    "a text": ("users", "nobody"),
    "empty": (b"", "nobody"),
    "not JSON": (b"users: ada", "nobody"),
    "not text": (b"\xff\xfe\x00\xd8", "nobody"),
    "half of it": (b'{"users": [{"email": "a@b"', "nobody"),
    "a byte order mark": (b'\xef\xbb\xbf{"users": [{"email": "a@b"}]}', "a@b"),
    "UTF-16": ('{"users": [{"email": "a@b"}]}'.encode("utf-16"), "a@b"),
    "nested deeply": (b'{"users": ' + b"[" * 100_000, "nobody"),
    "a long number": (b'{"users": [{"id": ' + b"9" * 10_000 + b"}]}", "nobody"),
    "half a pair": (b'{"users": [{"email": "\\ud800"}]}', "?"),
}


@pytest.mark.parametrize("odd", ODD)
def test_odd_metadata_name_somebody_or_nobody(tmp_path, odd):
    metadata, student = ODD[odd]
    path = tmp_path / "submission_metadata.json"
    path.write_bytes(metadata if isinstance(metadata, bytes) else json.dumps(metadata).encode())
    assert student_of(path) == student


def test_metadata_that_cannot_be_read_name_nobody(tmp_path):
    assert student_of(tmp_path / "none.json") == "nobody"
    assert student_of(tmp_path) == "nobody"


@pytest.mark.parametrize("metadata", [None, b"", b"[]", b'{"users": [null]}'])
def test_results_are_written_whatever_the_metadata_are(base, metadata):
    path = base / "submission_metadata.json"
    kept = path.read_bytes()
    try:
        path.unlink()
        if metadata is not None:
            path.write_bytes(metadata)
        results = rehearse(base, {"essay.txt": b"The dog ate it."})
    finally:
        path.write_bytes(kept)
    assert results["output"].startswith("This could not be graded: ")


def test_a_fault_of_the_grader_is_no_verdict(base):
    secret = base / "source" / "course_secret"
    secret.rename(base / "elsewhere")
    try:
        results = rehearse(base, sources("stubs"))
    finally:
        (base / "elsewhere").rename(secret)
    assert results["score"] == 0
    assert results["output"].startswith("This could not be graded: the grader failed: File")
    assert "These points are no verdict" in results["output"]


SLOW = message("advice", function="rnn_forward", advice=message("slow", ratio=12.0))


def test_advice_and_notes_are_told_apart_from_points():
    found = results_of(Grade("a", advice=[SLOW], notes=[message("file_missing", name="a")]))
    assert found["output"] == f"a is missing.\n{say(SLOW)} (advice, costs no points)"
