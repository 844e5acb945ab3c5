import io
import os
import stat
import struct
import sys
import zipfile
from pathlib import Path

import pytest

from cs231n_rnn.checking.manifest import read_manifest
from instructor.grading import containers, hand_in
from instructor.grading.encoding import to_python3
from instructor.grading.hand_in import HandInError, Source, find_hand_ins, open_hand_in

MANIFEST = read_manifest()
KIT = list(MANIFEST.points)
RNN, LSTM = "cs231n_rnn/layers/rnn.py", "cs231n_rnn/layers/lstm.py"
LAYERS, MODEL = "cs231n/rnn_layers.py", "cs231n/classifiers/rnn.py"
SOURCE = b"def rnn_forward(x):\n    return x\n"
CLASS = b"class CaptioningRNN:\n    def loss(self): pass\n    def sample(self): pass\n"


def make_zip(path, files, method=zipfile.ZIP_DEFLATED):
    """A zip of names and contents; a ZipInfo may stand for a name."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items() if isinstance(files, dict) else files:
            archive.writestr(name, content)
    return path


def make_folder(path, files):
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def opened(path, inner=""):
    return open_hand_in(Source("ann", path, inner), MANIFEST)


def refusal(path, inner=""):
    """Why a hand-in is refused."""
    with pytest.raises(HandInError) as error:
        opened(path, inner)
    return str(error.value)


def zipped(files):
    file = io.BytesIO()
    make_zip(file, files)
    return file.getvalue()


# What a hand-in may be.


@pytest.mark.parametrize("make", [make_folder, make_zip], ids=["folder", "zip"])
@pytest.mark.parametrize("leading", ["", "hw3/", "a/b c/Übung/"])
@pytest.mark.parametrize("names", [KIT, [LAYERS, MODEL]], ids=["kit", "cs231n"])
def test_files_are_found_under_any_leading_folders(tmp_path, make, leading, names):
    contents = {name: f"# {name}\n".encode() for name in names}
    path = make(tmp_path / "ann", {f"{leading}{name}": c for name, c in contents.items()})
    found = opened(path)
    assert found.files == contents
    assert found.layout == ("kit" if names is KIT else "cs231n")
    assert found.notes == ()
    assert found.student == "ann"


@pytest.mark.parametrize("make", [make_folder, make_zip], ids=["folder", "zip"])
@pytest.mark.parametrize("leading", ["", "hw3/"])
def test_flat_files_are_told_apart_by_what_they_define(tmp_path, make, leading):
    ours = make(tmp_path / "ours", {f"{leading}rnn.py": SOURCE, f"{leading}lstm.py": b"x = 1\n"})
    assert opened(ours).files == {RNN: SOURCE, LSTM: b"x = 1\n"}
    theirs = make(
        tmp_path / "theirs", {f"{leading}rnn.py": CLASS, f"{leading}rnn_layers.py": SOURCE}
    )
    assert opened(theirs).files == {LAYERS: SOURCE, MODEL: CLASS}
    assert opened(theirs).layout == "cs231n"


def test_folders_inside_of_the_package_are_known(tmp_path):
    path = make_folder(tmp_path / "a", {"classifiers/rnn.py": b"", "rnn_layers.py": b""})
    assert set(opened(path).files) == {LAYERS, MODEL}
    path = make_folder(tmp_path / "b", {"layers/rnn.py": b"", "models/captioning.py": b""})
    assert set(opened(path).files) == {RNN, "cs231n_rnn/models/captioning.py"}


@pytest.mark.parametrize(
    ("name", "content", "file"),
    [
        ("rnn.py", SOURCE, RNN),
        ("ann_123_rnn.py", SOURCE, RNN),
        ("rnn-1.py", CLASS, MODEL),
        ("ann.py", CLASS + b"    def step(self): pass\n", "cs231n_rnn/models/captioning.py"),
        ("ann.py", SOURCE + b"def lstm_forward(): pass\ndef rnn_backward(): pass\n", LAYERS),
        ("rnn.py", CLASS, MODEL),
        ("rnn.py", b"def broken(:\n", RNN),
    ],
)
def test_a_single_file_is_a_hand_in(tmp_path, name, content, file):
    (tmp_path / name).write_bytes(content)
    found = opened(tmp_path / name)
    assert found.files == {file: content}
    expected = KIT if file in KIT else [LAYERS, MODEL]
    missing = [note for note in found.notes if note.endswith("is missing.")]
    assert missing == [f"{other} is missing." for other in expected if other != file]


def test_the_kits_layout_wins(tmp_path):
    path = make_folder(tmp_path / "a", {LAYERS: b"", f"deep/{RNN}": SOURCE})
    assert opened(path).files == {RNN: SOURCE}


def test_the_shallowest_of_two_copies_is_taken_with_a_note(tmp_path):
    path = make_folder(tmp_path / "a", {f"hw3/old/{RNN}": b"old", f"hw3/{RNN}": SOURCE})
    found = opened(path)
    assert found.files == {RNN: SOURCE}
    assert f"{RNN} is there more than once; hw3/{RNN} was taken." in found.notes


def test_what_the_system_or_an_editor_left_is_not_seen(tmp_path):
    hidden = [f"__MACOSX/{RNN}", f".git/{RNN}", f".ipynb_checkpoints/{RNN}", f"__pycache__/{RNN}"]
    path = make_folder(tmp_path / "a", dict.fromkeys([*hidden, "x.py"], b""))
    assert refusal(path).startswith("It holds none of embedding.py, rnn.py, lstm.py, captioning.py")
    assert LAYERS in refusal(path)
    path = make_zip(tmp_path / "a.zip", {**dict.fromkeys(hidden, b"no"), f"b/c/{RNN}": SOURCE})
    assert opened(path).files == {RNN: SOURCE}
    assert not any("more than once" in note for note in opened(path).notes)


def test_notebooks_are_found_by_name(tmp_path):
    names = ["notebooks/1_RNN_Captioning.ipynb", "2_LSTM_Captioning.ipynb", "other.ipynb"]
    checkpoint = "notebooks/.ipynb_checkpoints/1_RNN_Captioning.ipynb"
    files = {name: name.encode() for name in [checkpoint, *names]}
    found = opened(make_zip(tmp_path / "a.zip", {**files, RNN: SOURCE}))
    assert found.notebooks == {
        "1_RNN_Captioning": names[0].encode(),
        "2_LSTM_Captioning": names[1].encode(),
    }


@pytest.mark.parametrize("make", [make_folder, make_zip], ids=["folder", "zip"])
def test_a_zip_in_a_hand_in_is_opened_where_nothing_else_is_there(tmp_path, make):
    inner = zipped({f"hw3/{RNN}": SOURCE})
    path = make(tmp_path / "a", {"essay.pdf": b"", "data.zip": zipped({"x": b""}), "h.zip": inner})
    assert opened(path).files == {RNN: SOURCE}
    path = make(tmp_path / "b", {"h.zip": zipped({RNN: b"no"}), RNN: SOURCE})
    assert opened(path).files == {RNN: SOURCE}


def test_backslashes_and_dots_in_a_zips_names_are_understood(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"./hw3\\" + RNN.replace("/", "\\"): SOURCE})
    assert opened(path).files == {RNN: SOURCE}


# Finding hand-ins.


def find(*paths):
    """Students with where their hand-ins are."""
    return [(s.student, s.path.name, s.inner) for s in find_hand_ins(list(paths), MANIFEST)]


def test_a_hand_in_is_found_as_one(tmp_path):
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
def test_a_folder_or_zip_of_hand_ins_is_taken_apart(tmp_path, make, leading):
    files = {f"{leading}{name}": content for name, content in CLASS_OF_FIVE.items()}
    path = make(tmp_path / "all", files)
    sources = find_hand_ins([path], MANIFEST)
    names = ["ann", "ben", "carl", "dora_rnn", "eve", "fay.rar", "gus"]
    assert [source.student for source in sources] == names
    for source in sources[:5]:
        assert open_hand_in(source, MANIFEST).files == {RNN: SOURCE}
    for source, reason in zip(sources[5:], ("fay.rar is not a zip", "It holds none"), strict=True):
        with pytest.raises(HandInError, match=reason):
            open_hand_in(source, MANIFEST)


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
    assert refusal(tmp_path / "ann.zip") == "ann.zip is not a zip."
    with pytest.raises(FileNotFoundError, match=r"ben\.zip: No such file"):
        find(tmp_path / "ann.zip", tmp_path / "ben.zip")
    with pytest.raises(FileNotFoundError, match=r"n{20}"):
        find(tmp_path / ("n" * 5000))


def test_a_students_zip_is_not_opened_while_hand_ins_are_looked_for(tmp_path, monkeypatch):
    path = make_folder(tmp_path / "all", {"ann.zip": zipped({RNN: b""}), "ben.zip": b"broken"})
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert [student for student, *_ in find(path)] == ["ann", "ben"]


def test_a_folder_named_by_a_dot_is_called_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(make_folder(tmp_path / "ann", {RNN: SOURCE}))
    assert find(Path())[0][0] == "ann"


# What a hand-in must not do.


def test_what_is_no_zip_is_refused(tmp_path):
    for content, reason in ((b"", "is empty"), (b"x" * 1000, "is not a zip")):
        (tmp_path / "ann.zip").write_bytes(content)
        assert reason in refusal(tmp_path / "ann.zip")


def encrypted(content):
    """A zip whose entries claim to be encrypted."""
    content = bytearray(content)
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + offset] |= 1
            at = content.find(mark, at + 4)
    return bytes(content)


def test_an_encrypted_zip_is_refused(tmp_path):
    (tmp_path / "ann.zip").write_bytes(encrypted(zipped({RNN: SOURCE})))
    assert refusal(tmp_path / "ann.zip") == ("ann.zip is encrypted; hand it in without a password.")


def test_a_damaged_file_is_named(tmp_path):
    path = make_zip(tmp_path / "a.zip", {RNN: SOURCE, LSTM: b"x = 1\n"}, zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"return x", b"return y"))
    found = opened(path)
    assert found.files == {LSTM: b"x = 1\n"}
    assert any(note.startswith(f"{RNN} cannot be read: Bad CRC") for note in found.notes)


def test_a_zip_that_unpacks_to_too_much_is_refused(tmp_path):
    zeros = bytes(10_000_000)
    path = make_zip(tmp_path / "a.zip", {RNN: SOURCE, **{f"{i}.bin": zeros for i in range(21)}})
    assert path.stat().st_size < 1e6
    assert "unpacks to 210 MB" in refusal(path)


def test_a_source_that_is_too_long_is_left_aside(tmp_path):
    long = b"#" * 3_000_000
    for make in (make_folder, make_zip):
        found = opened(make(tmp_path / make.__name__, {RNN: long, LSTM: b"x = 1\n"}))
        assert set(found.files) == {LSTM}
        assert f"{RNN} has 3 MB, more than the 2 MB allowed; it was left aside." in found.notes


def test_a_size_that_is_a_lie_does_not_help(tmp_path, monkeypatch):
    """Whatever an entry claims, no more is read than the limit and one byte."""
    asked = []

    def read(limit):
        asked.append(limit)
        return b"#" * limit

    entry = containers.Entry(("rnn.py",), 10, read)
    monkeypatch.setattr(hand_in, "on_disk", lambda path, parts: entry)
    (tmp_path / "rnn.py").touch()
    assert "longer than it says" in refusal(tmp_path / "rnn.py")
    assert max(asked) == hand_in.LARGEST_SOURCE + 1


def test_a_lie_in_the_zip_itself_is_found(tmp_path):
    content = bytearray(zipped({RNN: bytes(3_000_000)}))
    central = content.find(b"PK\1\2")
    struct.pack_into("<I", content, central + 24, 100)
    (tmp_path / "a.zip").write_bytes(content)
    assert "cannot be read" in refusal(tmp_path / "a.zip")


def test_two_gigabytes_are_not_read(tmp_path):
    (tmp_path / "hw").mkdir()
    for name in ("ann.zip", "rnn.py", "hw/lstm.py"):
        with open(tmp_path / name, "wb") as file:
            file.truncate(2_000_000_000)
    assert "ann.zip has 2000 MB" in refusal(tmp_path / "ann.zip")
    assert "rnn.py has 2000 MB" in refusal(tmp_path / "rnn.py")
    assert "lstm.py has 2000 MB" in refusal(tmp_path / "hw")


@pytest.mark.parametrize("make", [make_folder, make_zip], ids=["folder", "zip"])
def test_too_many_files_are_refused(tmp_path, make, monkeypatch):
    monkeypatch.setattr(containers, "MOST_ENTRIES", 30)
    path = make(tmp_path / "a", {RNN: b"", **{f"{i}.txt": b"" for i in range(40)}})
    assert "holds more than 30 files" in refusal(path)


def test_how_many_files_a_zip_has_is_counted_before_its_list_is_read(tmp_path, monkeypatch):
    path = make_zip(tmp_path / "a.zip", {f"{i}": b"" for i in range(40)})
    monkeypatch.setattr(containers, "MOST_ENTRIES", 30)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert "holds more than 30 files" in refusal(path)


def test_other_compressions_are_not_unpacked(tmp_path):
    path = make_zip(tmp_path / "a.zip", {RNN: SOURCE}, zipfile.ZIP_BZIP2)
    assert "compressed in a way that is not read here" in refusal(path)


@pytest.mark.parametrize(
    "name", [f"../../{RNN}", f"/etc/{RNN}", f"a/../../{RNN}", f"C:\\{RNN}", f"..\\{RNN}"]
)
def test_names_that_lead_out_are_left_aside(tmp_path, name):
    path = make_zip(tmp_path / "a.zip", {name: b"no", LSTM: b"x = 1\n"})
    found = opened(path)
    assert found.files == {LSTM: b"x = 1\n"}
    assert any(note.endswith("leads out of the hand-in.") for note in found.notes)
    assert sorted(tmp_path.iterdir()) == [path]


def link_entry(name):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def test_links_in_a_zip_are_not_followed(tmp_path):
    path = make_zip(tmp_path / "a.zip", [(link_entry(RNN), "/etc/passwd"), (LSTM, b"x = 1\n")])
    found = opened(path)
    assert found.files == {LSTM: b"x = 1\n"}
    assert f"{RNN}: is a symbolic link, which is not followed." in found.notes
    path = make_zip(tmp_path / "b.zip", [(link_entry(RNN), "/etc/passwd")])
    assert "symbolic link" in refusal(path)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_in_a_folder_are_not_followed(tmp_path):
    secret = make_folder(tmp_path / "secret", {"rnn.py": b"# secret\n", "lstm.py": b"# secret\n"})
    path = make_folder(tmp_path / "all" / "a", {"cs231n_rnn/layers/embedding.py": SOURCE})
    os.symlink(secret / "rnn.py", path / RNN)
    os.symlink(secret, path / "layers")
    os.symlink(path, path / "round")
    found = opened(path)
    assert found.files == {"cs231n_rnn/layers/embedding.py": SOURCE}
    assert f"layers, round, {RNN}: is a symbolic link, which is not followed." in found.notes
    os.symlink(secret, tmp_path / "all" / "b")
    assert "b is a symbolic link" in refusal(tmp_path / "all" / "b")
    assert ("ann", "a", "") in find(make_link(tmp_path / "ann", path))


def make_link(path, target):
    os.symlink(target, path)
    return path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs")
def test_what_is_no_regular_file_is_never_opened(tmp_path):
    path = make_folder(tmp_path / "a", {LSTM: b"x = 1\n"})
    os.mkfifo(path / RNN)
    (path / "cs231n_rnn/layers/embedding.py").mkdir()
    found = opened(path)
    assert found.files == {LSTM: b"x = 1\n"}
    assert f"{RNN} is no regular file; it was left aside." in found.notes
    assert any("embedding.py is a folder" in note for note in found.notes)
    os.mkfifo(tmp_path / "ann.zip")
    assert "neither a file nor a folder" in refusal(tmp_path / "ann.zip")
    assert find(tmp_path / "ann.zip") == [("ann", "ann.zip", "")]


def test_a_file_without_permission_is_named(tmp_path, monkeypatch):
    path = make_folder(tmp_path / "a", {RNN: SOURCE, LSTM: b"x = 1\n"})
    plain = Path.open

    def refuse(self, *arguments, **keywords):
        if self.name == "rnn.py":
            raise PermissionError(13, "Permission denied")
        return plain(self, *arguments, **keywords)

    monkeypatch.setattr(Path, "open", refuse)
    found = opened(path)
    assert set(found.files) == {LSTM}
    assert any("rnn.py cannot be read" in note for note in found.notes)


def test_strange_names_do_no_harm(tmp_path):
    names = ["n" * 60_000, "a\nb\x1b[31m.py", "\ud7ff" * 300, "CON", "a" * 300 + "/" + RNN]
    found = opened(make_zip(tmp_path / "a.zip", {**dict.fromkeys(names, b""), RNN: SOURCE}))
    assert found.files == {RNN: SOURCE}
    for text in (*found.notes, containers.shown("a\nb\x1b\udc80"), containers.shown("n" * 60_000)):
        assert text.isprintable()
        assert len(text.encode("utf-8")) < 500


@pytest.mark.parametrize("error", [MemoryError, RecursionError, KeyError("x"), OSError(5, "I/O")])
def test_nothing_but_a_hand_in_error_comes_out(tmp_path, monkeypatch, error):
    def fail(*arguments, **keywords):
        raise error

    path = make_zip(tmp_path / "a.zip", {RNN: SOURCE})
    monkeypatch.setattr(zipfile, "ZipFile", fail)
    assert "a.zip cannot be opened" in refusal(path)


def test_random_damage_gives_a_reason_or_a_hand_in(tmp_path):
    import numpy as np

    rng = np.random.default_rng(0)
    content = zipped({RNN: SOURCE, "hw.zip": zipped({LSTM: SOURCE})})
    refused = 0
    for _ in range(300):
        damaged = bytearray(content)
        for place in rng.integers(len(content), size=rng.integers(1, 8)):
            damaged[place] = rng.integers(256)
        (tmp_path / "a.zip").write_bytes(damaged[: rng.integers(len(content)) or None])
        (tmp_path / "b.zip").write_bytes(damaged)
        for name in ("a.zip", "b.zip"):
            try:
                opened(tmp_path / name)
            except HandInError:
                refused += 1
    assert refused > 300


# Encodings and old code.


def compiled(content):
    names = {}
    exec(compile(content, "hand_in.py", "exec"), names)
    return names["x"]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ("x = 'é'".encode("utf-16"), "UTF-16"),
        ("x = 'é'".encode("utf-8-sig"), "byte order mark"),
        ("# coding: latin-1\nx = 'é'".encode("utf-8-sig"), "byte order mark"),
        ("x = 'é'".encode("latin-1"), "Latin-1"),
        ("# coding: ascii\nx = 'é'".encode(), "encoding that it declares"),
        ("# coding: no-such-thing\nx = 'é'".encode(), "encoding that it declares"),
        ("# coding: punycode\nx = 'é'".encode(), "encoding that it declares"),
        ("#!\n# -*- coding: latin-1 -*-\nx = 'é' if xrange else 0".encode("latin-1"), "xrange"),
    ],
)
def test_a_source_in_another_encoding_compiles_with_a_note(content, word):
    result, (note,) = to_python3("a/rnn.py", content)
    assert compiled(result) == "é"
    assert note.startswith("rnn.py")
    assert word in note


@pytest.mark.parametrize(
    "content", ["x = 'é'".encode(), "# coding: gbk\nx = '汉'".encode("gbk"), b"x = 1\r\n", b""]
)
def test_a_source_that_is_right_stays_as_it_is(content):
    assert to_python3("rnn.py", content) == (content, [])


@pytest.mark.parametrize(
    "content", [b"x = \xff(", b"x = \0", "x = (".encode("utf-16"), b"\xff\xfe"]
)
def test_a_source_that_does_not_compile_is_kept_with_a_note(content):
    result, notes = to_python3("rnn.py", content)
    if content != b"\xff\xfe":  # an empty one
        assert result == content
        assert "rnn.py cannot be read as Python 3" in notes[-1]


@pytest.mark.parametrize("name", [RNN, LAYERS])
def test_python_2_leftovers_are_mended_and_named_in_both_layouts(tmp_path, name):
    source = b"\n".join([b"x = 1"] * 39 + [b"for t in xrange(2): print t", b""])
    found = opened(make_zip(tmp_path / "a.zip", {name: source}))
    short = name.rpartition("/")[2]
    assert f"{short}, line 40: xrange is Python 2; Python 3 has range." in found.notes
    assert found.files[name].endswith(b"for t in range(2): print( t)\n")
