"""The command as an assistant calls it: gradebook, pages, resuming, a cluster."""

import csv
import dataclasses
import json
import os
import signal
import zipfile

import pytest

from cs231n_rnn.files import ROOT
from instructor import grade
from instructor.grading import batch, sandbox
from instructor.grading.kit import Kit
from instructor.grading.sandbox import find_sandbox
from instructor.tests.grading_tools import MANIFEST, SECRET, TOTAL, only, sources, write_submission

RNN = "cs231n_rnn/layers/rnn.py"
# Enough to see that all of it works, and quick.
FEW = "word_embedding_forward", "rnn_step_forward", "lstm_step_forward"


@pytest.fixture
def few_cases(monkeypatch):
    """Grade on the cases of three functions only."""
    whole = Kit.open

    def open_few(root=ROOT):
        return only(whole(root), *FEW)

    monkeypatch.setattr(Kit, "open", open_few)


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(SECRET)
    return path


@pytest.fixture
def class_folder(tmp_path):
    """Stubs as a zip, the simple implementation as a folder, and a file that is no zip."""
    folder = tmp_path / "submissions"
    write_submission(folder / "Ada Lovelace", sources("simple"))
    with zipfile.ZipFile(folder / "stubs.zip", "w") as archive:
        for name, content in sources("stubs").items():
            archive.writestr(f"hw/{name}", content)
    (folder / "broken.zip").write_bytes(b"PK nothing")
    return folder


def run(*arguments):
    return grade.main([str(argument) for argument in arguments])


def rows(out):
    with open(out / "gradebook.csv", encoding="utf-8", newline="") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_a_class_is_graded_and_a_broken_submission_is_a_row_with_a_reason(
    class_folder, secret, tmp_path, few_cases, capsys
):
    out = tmp_path / "grades"
    assert run(class_folder, "--out", out, "--secret", secret, "--jobs", 2) == 1
    found = rows(out)
    assert list(found) == sorted(found)
    best = sum(map(MANIFEST.points_of, FEW))
    assert {name: float(row["points"]) for name, row in found.items()} == {
        "Ada Lovelace": best,
        "broken": 0,
        "stubs": 0,
    }
    assert "not a zip" in found["broken"]["reason"]
    assert found["stubs"]["reason"] == ""
    assert len(list((out / "pages").glob("*.html"))) == 3
    assert "Ada Lovelace" in (out / "overview.html").read_text(encoding="utf-8")
    said = capsys.readouterr()
    assert "2 graded, 1 not" in said.out
    assert "3/3" in said.err  # the progress bar


def test_a_second_run_grades_only_what_has_changed(
    class_folder, secret, tmp_path, few_cases, monkeypatch
):
    out = tmp_path / "grades"
    run(class_folder, "--out", out, "--secret", secret)
    first = (out / "gradebook.csv").read_bytes()
    again = []

    def count(submission, secret, grade_here=batch.grade_here):
        again.append(submission.student)
        return grade_here(submission, secret)

    monkeypatch.setattr(grade, "grade_here", count)
    run(class_folder, "--out", out, "--secret", secret)
    assert again == []
    assert (out / "gradebook.csv").read_bytes() == first
    (class_folder / "Ada Lovelace" / RNN).write_bytes(sources("stubs")[RNN])
    run(class_folder, "--out", out, "--secret", secret)
    assert again == ["Ada Lovelace"]
    assert float(rows(out)["Ada Lovelace"]["rnn_step_forward"]) == 0
    secret.write_bytes(b"another secret of this course")
    run(class_folder, "--out", out, "--secret", secret)
    assert sorted(again[1:]) == ["Ada Lovelace", "stubs"]


def test_half_a_result_is_graded_again(class_folder, secret, tmp_path, few_cases):
    out = tmp_path / "grades"
    run(class_folder, "--out", out, "--secret", secret)
    first = (out / "gradebook.csv").read_bytes()
    for path in (out / "results").iterdir():
        path.write_text('{"key": "', encoding="utf-8")
    run(class_folder, "--out", out, "--secret", secret)
    assert (out / "gradebook.csv").read_bytes() == first


def test_what_is_done_when_a_run_is_stopped_is_kept(
    class_folder, secret, tmp_path, few_cases, monkeypatch, capsys
):
    out = tmp_path / "grades"

    def stop(submission, secret, grade_here=batch.grade_here):
        if submission.student == "stubs":
            raise KeyboardInterrupt
        return grade_here(submission, secret)

    listening = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patch:
        patch.setattr(grade, "grade_here", stop)
        assert run(class_folder, "--out", out, "--secret", secret, "--jobs", 1) == 130
    signal.signal(signal.SIGINT, listening)  # a run that ends by Ctrl-C listens to no other
    assert "the same command goes on" in capsys.readouterr().out
    assert not (out / "gradebook.csv").exists()
    kept = json.loads(next((out / "results").glob("Ada*.json")).read_text(encoding="utf-8"))
    assert kept["key"]
    assert run(class_folder, "--out", out, "--secret", secret) == 1
    assert len(rows(out)) == 3


def test_a_fault_of_the_grader_is_one_row_and_the_others_go_on(
    class_folder, secret, tmp_path, few_cases, monkeypatch
):
    def fail(submission, secret, grade_here=batch.grade_here):
        if submission.student == "stubs":
            raise ZeroDivisionError("ours")
        return grade_here(submission, secret)

    monkeypatch.setattr(grade, "grade_here", fail)
    out = tmp_path / "grades"
    assert run(class_folder, "--out", out, "--secret", secret) == 3
    assert rows(out)["stubs"]["reason"] == "the grader failed: ours"
    assert rows(out)["stubs"]["points"] == ""
    assert float(rows(out)["Ada Lovelace"]["points"]) > 0


def test_a_name_decides_nothing(secret, tmp_path):
    """A submission may be called like a fault of ours, and is refused all the same."""
    path = tmp_path / "the grader failed.zip"
    path.write_bytes(b"not a zip")
    out = tmp_path / "grades"
    assert run(path, "--out", out, "--secret", secret) == 1
    row = rows(out)["the grader failed"]
    assert row["reason"] == "“the grader failed.zip” is not a zip file."
    assert row["points"] == "0.00"


def test_a_worker_that_cannot_start_is_no_fault_of_the_student(
    class_folder, secret, tmp_path, few_cases, monkeypatch
):
    broken = dataclasses.replace(find_sandbox(), bubblewrap=False, uid=0)
    monkeypatch.setattr(batch, "find_sandbox", lambda: broken)
    monkeypatch.setattr(sandbox, "WORKER", "cs231n_rnn.checking.no_worker")
    out = tmp_path / "grades"
    assert run(class_folder, "--out", out, "--secret", secret, "--jobs", 1) == 3
    row = rows(out)["Ada Lovelace"]
    assert row["points"] == ""
    assert "No module named cs231n_rnn.checking.no_worker" in row["reason"]


@pytest.mark.parametrize("jobs", ["0", "-2", "many"])
def test_a_number_of_jobs_that_is_none_is_refused(jobs, class_folder, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(class_folder, "--jobs", jobs)
    assert stopped.value.code == 2
    assert "--jobs" in capsys.readouterr().err


@pytest.mark.skipif(not find_sandbox().bubblewrap, reason="--dask needs bubblewrap")
def test_a_cluster_gives_the_same_gradebook_byte_for_byte(class_folder, secret, tmp_path):
    from dask.distributed import LocalCluster

    here, there = tmp_path / "here", tmp_path / "there"
    for file in list(MANIFEST.points)[2:]:  # the reference has them all
        (class_folder / "Ada Lovelace" / file).unlink()
    write_submission(class_folder / "reference", sources("reference"))
    run(class_folder, "--out", here, "--secret", secret, "--jobs", 2)
    # Any free port: another cluster may have the usual one.
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster:
        run(class_folder, "--out", there, "--secret", secret, "--dask", cluster.scheduler_address)
    assert (here / "gradebook.csv").read_bytes() == (there / "gradebook.csv").read_bytes()
    assert float(rows(there)["reference"]["points"]) == TOTAL
    assert float(rows(there)["stubs"]["points"]) == 0
    pages = [sorted((out / "pages").iterdir()) for out in (here, there)]
    assert [p.read_bytes() for p in pages[0]] == [p.read_bytes() for p in pages[1]]


# The secret.


def test_a_secret_inside_the_kit_is_refused():
    with pytest.raises(ValueError, match="inside the kit; the secret belongs outside"):
        grade.find_secret(ROOT / "assignment.toml")


def test_a_secret_that_is_none_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        grade.find_secret(tmp_path / "none")
    (tmp_path / "short").write_bytes(b"1234\n")
    with pytest.raises(ValueError, match="holds 4 bytes; a secret needs at least 16"):
        grade.find_secret(tmp_path / "short")


def test_without_a_name_a_secret_is_made_in_the_home_once(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv(grade.SECRET, raising=False)
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)
    first = grade.find_secret(None)
    assert "made the course's secret" in capsys.readouterr().out
    assert grade.find_secret(None) == first
    assert len(first) >= 32
    place = tmp_path / ".config" / "cs231n_rnn" / "secret"
    if os.name == "posix":
        assert place.stat().st_mode & 0o077 == 0


def test_the_environment_names_a_secret(tmp_path, monkeypatch, secret):
    monkeypatch.setenv(grade.SECRET, str(secret))
    assert grade.find_secret(None) == SECRET


def test_a_submission_that_is_not_there_is_refused_by_name(secret, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        run(tmp_path / "nobody.zip", "--secret", secret)
    assert stopped.value.code == 2
    assert "nobody.zip" in capsys.readouterr().err
