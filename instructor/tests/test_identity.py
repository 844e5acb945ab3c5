"""Who is a student is the grader's to say: nothing inside of a submission makes or takes a row."""

import os
import subprocess
import sys
import time
import tracemalloc
import zipfile

import pytest

from instructor.grading.find import find_submissions
from instructor.grading.open import open_submission
from instructor.grading.submission import SubmissionError
from instructor.grading.wording import say
from instructor.tests.submission_tools import (
    LSTM,
    MANIFEST,
    RNN,
    SOURCE,
    find,
    make_folder,
    make_zip,
    opened,
    refusal,
    said,
    zipped,
)

OF_BOB, OF_ZOE = b"# Bob's own\n", b"# Zoe's own\n"
ALIEN = {"bob.zip": zipped({RNN: b"# no\n"}), "zoe.zip": zipped({RNN: b"# no\n"})}
ALIENS = {
    "zips": ALIEN,
    "folders": {f"{name}/{RNN}": b"# no\n" for name in ("bob", "zoe")},
    "files": {f"{name}.py": SOURCE for name in ("bob", "zoe")},
    "zips in folders": {f"{name}/{name}.zip": ALIEN[f"{name}.zip"] for name in ("bob", "zoe")},
    "a zip of a zip of zips": {"in.zip": zipped({"class.zip": zipped(ALIEN)})},
    "its own and others": {RNN: SOURCE, **ALIEN},
    "in a folder": {f"submissions/{name}": content for name, content in ALIEN.items()},
}


def students(paths, **options):
    return [source.student for source in find_submissions(list(paths), MANIFEST, **options)]


def files_of(paths, student, **options):
    (source,) = (
        s for s in find_submissions(list(paths), MANIFEST, **options) if s.student == student
    )
    return open_submission(source, MANIFEST).files


@pytest.fixture(params=ALIENS)
def others(request):
    """What Aaron hands in: others' submissions, as he made them up."""
    return ALIENS[request.param]


@pytest.mark.parametrize("make", [make_folder, make_zip], ids=["folder", "zip"])
def test_several_paths_are_a_student_each(tmp_path, others, make):
    paths = [
        make(tmp_path / ("aaron.zip" if make is make_zip else "aaron"), others),
        make_zip(tmp_path / "bob.zip", {RNN: OF_BOB}),
        make_folder(tmp_path / "zoe", {RNN: OF_ZOE}),
    ]
    assert students(paths) == ["aaron", "bob", "zoe"]
    assert files_of(paths, "bob") == {RNN: OF_BOB}
    assert files_of(paths, "zoe") == {RNN: OF_ZOE}


@pytest.mark.parametrize("make", [make_folder, make_zip], ids=["folder", "zip"])
@pytest.mark.parametrize(
    "rest",
    [
        {"bob.zip": zipped({RNN: OF_BOB}), "zoe.zip": zipped({RNN: OF_ZOE})},
        {f"bob/{RNN}": OF_BOB, f"zoe/{RNN}": OF_ZOE},
        {"bob/hw.zip": zipped({RNN: OF_BOB}), "zoe/hw.zip": zipped({RNN: OF_ZOE})},
        {"bob/essay.pdf": b"", "zoe/solution.docx": b""},
        {"bob/hw.zip": zipped({RNN: OF_BOB}), "zoe/essay.pdf": b""},
    ],
    ids=["zips", "folders", "zips in folders", "essays", "of each"],
)
def test_siblings_are_a_student_each(tmp_path, others, make, rest):
    inside = {f"aaron/{name}": content for name, content in others.items()}
    path = make(tmp_path / "all", {**inside, **rest})
    if set(others) == set(ALIENS["its own and others"]) and "bob/essay.pdf" in rest:
        pytest.skip("one submission among folders of essays may as well be a student's own folder")
    assert students([path]) == ["aaron", "bob", "zoe"]
    if "bob/essay.pdf" not in rest:
        assert files_of([path], "bob") == {RNN: OF_BOB}


def test_a_path_that_looks_like_a_class_is_said(tmp_path):
    aaron = make_zip(tmp_path / "aaron.zip", ALIEN)
    bob = make_zip(tmp_path / "bob.zip", {RNN: OF_BOB})
    first, second = find_submissions([aaron, bob], MANIFEST)
    (note,) = first.notes
    assert say(note).startswith("aaron.zip holds what looks like 2 submissions (bob, zoe), and")
    assert second.notes == ()
    notes = said(open_submission(first, MANIFEST))
    assert say(note) in notes
    assert "It holds 2 zips; bob.zip was taken." in notes


def test_a_single_path_may_be_a_class_or_be_said_to_be_none(tmp_path):
    path = make_zip(tmp_path / "all.zip", ALIEN)
    assert students([path]) == students([path], each="class") == ["bob", "zoe"]
    assert students([path], each="student") == ["all"]


def test_several_classes_are_graded_where_that_is_said(tmp_path):
    first = make_zip(tmp_path / "monday.zip", ALIEN)
    second = make_folder(tmp_path / "friday", {"carl.zip": ALIEN["bob.zip"], "bob/rnn.py": SOURCE})
    assert students([first, second], each="class") == ["bob", "bob-2", "carl", "zoe"]
    assert students([first, second]) == ["friday", "monday"]
    assert students([first, second], each="student") == ["friday", "monday"]


# Of one name.


def test_two_of_one_name_stay_apart_and_are_told_apart(tmp_path):
    paths = [
        make_folder(tmp_path / "monday" / "ann", {RNN: OF_BOB}),
        make_folder(tmp_path / "friday" / "ann", {RNN: OF_ZOE}),
        make_folder(tmp_path / "friday" / "ANN", {RNN: SOURCE}),
    ]
    for order in (paths, paths[::-1], paths[1:] + paths[:1]):
        # Whichever order they are named in, each keeps its name.
        assert students(order) == ["ANN", "ann-2", "ann-3"]
        assert files_of(order, "ann-2") == {RNN: OF_ZOE}
        assert files_of(order, "ann-3") == {RNN: OF_BOB}
    third = find_submissions(paths, MANIFEST)[2]
    assert said(open_submission(third, MANIFEST))[0] == (
        f"Another submission is called ann too; this one is {paths[0]}."
    )


def test_a_number_after_a_name_takes_nobody_elses(tmp_path):
    names = {"1/ann.zip": b"1", "2/ann.zip": b"2", "3/ann-2.zip": b"3", "4/ann-2.zip": b"4"}
    make_folder(tmp_path, {name: zipped({RNN: text}) for name, text in names.items()})
    paths = [tmp_path / name for name in names]
    found = find_submissions(paths, MANIFEST)
    assert len({source.student.casefold() for source in found}) == 4
    for source in found:
        text = names[source.path.relative_to(tmp_path).as_posix()]
        assert open_submission(source, MANIFEST).files == {RNN: text}


def test_two_of_one_name_in_a_zip_stay_apart(tmp_path):
    names = ["ann.zip", "Ann.zip", "ann.py", "ann/rnn.py"]
    content = {name: SOURCE if name.endswith("py") else zipped({RNN: SOURCE}) for name in names}
    path = make_zip(tmp_path / "all.zip", content)
    assert len(set(map(str.casefold, students([path])))) == 4


# Names with a dot in front.


@pytest.mark.parametrize("make", [make_folder, make_zip], ids=["folder", "zip"])
@pytest.mark.parametrize(
    ("name", "student"),
    [
        (".ann.zip", ".ann"),
        (f".ann/{RNN}", ".ann"),
        (".ann/hw.zip", ".ann"),
        (".rnn.py", ".rnn"),
        ("..ann.zip", "..ann"),
        (".zip", ".zip"),
    ],
)
def test_a_dot_in_front_of_a_name_hides_nobody(tmp_path, make, name, student):
    content = zipped({RNN: SOURCE}) if name.endswith("zip") else SOURCE
    rest = {"bob.zip": zipped({RNN: OF_BOB}), f"zoe/{RNN}": OF_ZOE}
    path = make(tmp_path / "all", {name: content, **rest})
    assert students([path]) == [student, "bob", "zoe"]
    assert files_of([path], student) == {RNN: SOURCE}


@pytest.mark.parametrize("make", [make_folder, make_zip], ids=["folder", "zip"])
def test_what_systems_and_tools_leave_is_nobody(tmp_path, make):
    left = [
        ".DS_Store",
        "._bob.zip",
        f".git/{RNN}",
        ".ipynb_checkpoints/rnn.py",
        "__MACOSX/._a.zip",
    ]
    left += [".Trashes/hw.zip", ".venv/lib/rnn.py", ".notes/read.txt", ".hidden.txt"]
    rest = {"bob.zip": zipped({RNN: OF_BOB}), f"zoe/{RNN}": OF_ZOE}
    path = make(tmp_path / "all", {**dict.fromkeys(left, b""), **rest})
    assert students([path]) == ["bob", "zoe"]


# Paths without end.


@pytest.fixture
def bottomless(tmp_path):
    """A folder in a class's folder that is 1,100 folders deep, or has other paths of the kind."""
    folder = make_folder(tmp_path / "all" / "aaron", {RNN: SOURCE})
    yield folder
    subprocess.run(["rm", "-rf", str(tmp_path / "all")], check=True)


def dig(folder, name, times, leaf="rnn.py"):
    """Make a path deeper than a path's name can be long, step by step."""
    code = (
        "import os, sys\n"
        "os.chdir(sys.argv[1])\n"
        "for _ in range(int(sys.argv[3])):\n"
        "    os.mkdir(sys.argv[2])\n"
        "    os.chdir(sys.argv[2])\n"
        "open(sys.argv[4], 'w').close()\n"
    )
    subprocess.run([sys.executable, "-c", code, str(folder), name, str(times), leaf], check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="a path ends sooner there")
@pytest.mark.parametrize(("name", "times"), [("d", 1100), ("d" * 200, 60), ("ü" * 100, 30)])
def test_a_path_without_end_is_its_own_students(tmp_path, bottomless, name, times):
    dig(bottomless, name, times)
    rest = {"bob.zip": zipped({RNN: OF_BOB}), "zoe.zip": zipped({RNN: OF_ZOE})}
    make_folder(tmp_path / "all", rest)
    begin = time.monotonic()
    assert students([tmp_path / "all"]) == ["aaron", "bob", "zoe"]
    found = opened(bottomless)
    assert time.monotonic() - begin < 10
    assert found.files == {RNN: SOURCE}
    assert "is deeper in folders, or has a longer name" in " ".join(said(found))
    assert files_of([bottomless, tmp_path / "all" / "bob.zip"], "aaron") == {RNN: SOURCE}


@pytest.mark.parametrize(
    "name", ["d/" * 1100 + "rnn.py", "n" * 60_000 + ".py", "ab/" * 20_000, "\\" * 60_000, "a/" * 60]
)
def test_nor_does_one_in_a_zip_take_the_others_along(tmp_path, name):
    content = {f"aaron/{RNN}": SOURCE, f"aaron/{name[:65_000]}": b"", f"bob/{RNN}": OF_BOB}
    path = make_zip(tmp_path / "all.zip", content)
    assert students([path]) == ["aaron", "bob"]
    assert files_of([path], "aaron") == {RNN: SOURCE}
    own = make_zip(tmp_path / "own.zip", {RNN: SOURCE, name[:65_000]: b""})
    assert opened(own).files == {RNN: SOURCE}


def test_many_long_names_take_no_memory(tmp_path):
    long = "ab/" * 21_000
    path = make_zip(tmp_path / "a.zip", {RNN: SOURCE, **{f"{i}/{long}": b"" for i in range(200)}})
    tracemalloc.start()
    try:
        assert opened(path).files == {RNN: SOURCE}
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 80e6
    path = make_zip(tmp_path / "b.zip", {RNN: SOURCE, **{f"{i}/{long}": b"" for i in range(400)}})
    assert "holds more than" in refusal(path)


# What counts in a zip.


@pytest.mark.parametrize("where", ["a file", "a zip", "a zip with a comment"])
def test_marks_in_a_submission_do_not_count_as_entries_of_the_class(tmp_path, where):
    """A zip's list is at its end: what a file holds is no part of it."""
    marks = b"PK\1\2" * 1_000_001
    aaron = zipped({RNN: SOURCE, "x.bin": b""})
    names = {"bob.zip": zipped({RNN: OF_BOB}), "zoe.zip": zipped({RNN: OF_ZOE})}
    if where == "a file":
        names |= {f"aaron/{RNN}": SOURCE, "aaron/marks.bin": marks}
    elif where == "a zip":
        stored = make_zip(tmp_path / "s.zip", {"x.bin": marks, RNN: SOURCE}, zipfile.ZIP_STORED)
        names |= {"aaron.zip": stored.read_bytes()}
    else:
        names |= {"aaron.zip": marks + aaron}
    path = make_zip(tmp_path / "all.zip", names, zipfile.ZIP_STORED)
    assert students([path]) == ["aaron", "bob", "zoe"]
    assert files_of([path], "aaron") == {RNN: SOURCE}


def test_a_list_that_says_it_is_short_is_counted_as_it_is(tmp_path):
    """The list is as long as its last record says, and that is what is counted."""
    content = bytearray(zipped({f"{i}": b"" for i in range(150_000)}))
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    assert "holds more than 100000 files" in refusal(path)  # in zip64
    small = bytearray(zipped({f"{i}": b"" for i in range(100)}))
    at = small.rfind(b"PK\5\6")
    small[at + 8 : at + 12] = b"\1\0\1\0"  # one file, it says
    path.write_bytes(small)
    assert refusal(path).startswith("It holds none of")


@pytest.mark.parametrize("make", [make_folder, make_zip], ids=["folder", "zip"])
def test_what_no_submission_needs_does_not_count(tmp_path, make):
    left = {f".git/objects/{i}": b"" for i in range(21_000 if make is make_zip else 50)}
    assert opened(make(tmp_path / "a", {RNN: SOURCE, LSTM: b"", **left})).files.keys() == {
        RNN,
        LSTM,
    }


def test_looking_for_what_fifty_long_files_define_takes_seconds(tmp_path):
    lines = b"def rnn def\nclass lstm_x" * 80_000
    for name, text in (("a", lines[:1_990_000]), ("b", b"def" + b" " * 1_990_000)):
        path = make_zip(tmp_path / f"{name}.zip", {f"x{i}.py": text for i in range(60)})
        begin = time.process_time()
        refusal(path)
        assert time.process_time() - begin < 20


def test_a_submission_that_cannot_be_read_is_one_row(tmp_path):
    """Whatever is wrong inside: the class has a row for each, and one with the reason."""
    make_folder(tmp_path / "all", {"aaron.zip": b"PK\5\6" + b"\xff" * 18, f"bob/{RNN}": OF_BOB})
    make_folder(tmp_path / "all", {"zoe.zip": zipped({RNN: OF_ZOE})})
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "all" / "carl.zip")
    found = find(tmp_path / "all")
    assert [student for student, *_ in found][-2:] == ["carl", "zoe"] or sys.platform == "win32"
    for source in find_submissions([tmp_path / "all"], MANIFEST):
        if source.student in ("aaron", "carl"):
            with pytest.raises(SubmissionError):
                open_submission(source, MANIFEST)


@pytest.mark.parametrize("line", [b"a<>b\n", b"print 1\nx=a/b\n", b"x=[1]+[2]\n", b"xrange(1)\n"])
def test_many_dense_files_are_not_all_looked_at_for_python_2(tmp_path, line):
    """Nine kilobytes of zip would take minutes."""
    files = {name: line * (99_000 // len(line)) for name in MANIFEST.points}
    path = make_zip(tmp_path / "a.zip", files)
    begin = time.process_time()
    found = opened(path)
    assert time.process_time() - begin < 40
    assert found.files.keys() == files.keys()
    faults = [note.values["fault"] for note in found.notes if note.code == "not_python3"]
    assert sum("length" in fault.values for fault in faults) == len(files) - 4
