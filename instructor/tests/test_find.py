import zipfile
from pathlib import Path

import pytest

from instructor.grading.find import find_submissions
from instructor.grading.open import open_submission
from instructor.grading.submission import SubmissionError
from instructor.tests.submission_tools import (
    LAYERS,
    MANIFEST,
    RNN,
    SOURCE,
    find,
    make_folder,
    make_zip,
    refusal,
    zipped,
)


def test_a_submission_is_found_as_one(tmp_path):
    paths = [
        make_folder(tmp_path / "dora", {f"hw3/{RNN}": b"", f"hw3/old/{RNN}": b"", "x.txt": b""}),
        make_folder(tmp_path / "carl", {"rnn.py": b"", "lstm.py": b"", "data/x.npy": b""}),
        make_zip(tmp_path / "Ben.zip", {LAYERS: b"", "datasets/coco.zip": b""}),
        make_folder(tmp_path, {"ann.py": b""}) / "ann.py",
        make_folder(tmp_path / "empty", {"read me.txt": b""}),
        make_zip(tmp_path / "f.zip", {"layers/rnn.py": b"", "models/captioning.py": b""}),
    ]
    assert find(*paths) == [
        ("Ben", "Ben.zip", ""),
        ("ann", "ann.py", ""),
        ("carl", "carl", ""),
        ("dora", "dora", ""),
        ("empty", "empty", ""),
        ("f", "f.zip", ""),
    ]


CLASS_OF_FIVE = {
    "ann.zip": zipped({RNN: SOURCE}),
    "ben/cs231n_rnn/layers/rnn.py": SOURCE,
    "carl/carls.zip": zipped({"rnn.py": SOURCE}),
    "dora_rnn.py": SOURCE,
    "eve/hw/rnn.py": SOURCE,
    "fay.rar": b"Rar!",
    "gus/essay.pdf": b"",
    "grades.csv": b"",
    "__MACOSX/hal.zip": b"",
}


@pytest.mark.parametrize("make", [make_folder, make_zip], ids=["folder", "zip"])
@pytest.mark.parametrize("leading", ["", "submissions/"])
def test_a_folder_or_zip_of_submissions_is_taken_apart(tmp_path, make, leading):
    files = {f"{leading}{name}": content for name, content in CLASS_OF_FIVE.items()}
    path = make(tmp_path / "all", files)
    sources = find_submissions([path], MANIFEST)
    names = ["ann", "ben", "carl", "dora_rnn", "eve", "fay.rar", "gus"]
    assert [source.student for source in sources] == names
    for source in sources[:5]:
        assert open_submission(source, MANIFEST).files == {RNN: SOURCE}
    for source, reason in zip(sources[5:], ("fay.rar is not a zip", "It holds none"), strict=True):
        with pytest.raises(SubmissionError, match=reason):
            open_submission(source, MANIFEST)


@pytest.mark.parametrize("make", [make_folder, make_zip], ids=["folder", "zip"])
def test_students_of_one_kind_are_told_from_one_student(tmp_path, make):
    for number, names in enumerate(
        [
            ["ann/rnn.py", "ben/rnn.py"],
            ["ann.py", "ben.py"],
            ["ann.zip", "ben.zip"],
            ["ann/x.zip", "ben/x.zip"],
            [f"ann/{RNN}", f"ben/{RNN}"],
            [f"ann/hw3/{LAYERS}", f"ben/{RNN}"],
        ]
    ):
        path = make(tmp_path / f"class{number}", dict.fromkeys(names, b""))
        assert [student for student, *_ in find(path)] == ["ann", "ben"], names


def test_a_name_that_comes_again_gets_a_number(tmp_path):
    first = make_folder(tmp_path / "1" / "ann", {RNN: b""})
    second = make_zip(tmp_path / "ann.zip", {RNN: b""})
    third = make_folder(tmp_path / "Ann-2", {RNN: b""})
    students = [student for student, *_ in find(first, second, third)]
    assert students == sorted(students)
    assert len({student.casefold() for student in students}) == 3


def test_a_broken_zip_is_found_and_a_path_that_is_not_there_is_named(tmp_path):
    (tmp_path / "ann.zip").write_bytes(b"PK\3\4 and no more")
    assert find(tmp_path / "ann.zip") == [("ann", "ann.zip", "")]
    assert refusal(tmp_path / "ann.zip") == "ann.zip is not a zip file."
    with pytest.raises(FileNotFoundError, match=r"ben\.zip: No such file"):
        find(tmp_path / "ann.zip", tmp_path / "ben.zip")
    with pytest.raises(FileNotFoundError, match=r"n{20}"):
        find(tmp_path / ("n" * 5000))


def test_a_students_zip_is_not_opened_while_submissions_are_looked_for(tmp_path, monkeypatch):
    path = make_folder(tmp_path / "all", {"ann.zip": zipped({RNN: b""}), "ben.zip": b"broken"})
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert [student for student, *_ in find(path)] == ["ann", "ben"]


def test_a_folder_named_by_a_dot_is_called_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(make_folder(tmp_path / "ann", {RNN: SOURCE}))
    assert find(Path())[0][0] == "ann"
