import pytest

from instructor.grading.encoding import to_python3
from instructor.grading.wording import say
from instructor.tests.submission_tools import (
    CLASS,
    KIT,
    LAYERS,
    LSTM,
    MODEL,
    RNN,
    SOURCE,
    make_folder,
    make_zip,
    opened,
    refusal,
    said,
    zipped,
)

# What a submission may be.


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
def test_a_single_file_is_a_submission(tmp_path, name, content, file):
    (tmp_path / name).write_bytes(content)
    found = opened(tmp_path / name)
    assert found.files == {file: content}
    expected = KIT if file in KIT else [LAYERS, MODEL]
    missing = [note.values["name"] for note in found.notes if note.code == "file_missing"]
    assert missing == [other for other in expected if other != file]


def test_the_kits_layout_wins(tmp_path):
    path = make_folder(tmp_path / "a", {LAYERS: b"", f"deep/{RNN}": SOURCE})
    assert opened(path).files == {RNN: SOURCE}


def test_the_shallowest_of_two_copies_is_taken_with_a_note(tmp_path):
    path = make_folder(tmp_path / "a", {f"hw3/old/{RNN}": b"old", f"hw3/{RNN}": SOURCE})
    found = opened(path)
    assert found.files == {RNN: SOURCE}
    assert f"{RNN} is there more than once; hw3/{RNN} was taken." in said(found)


def test_what_the_system_or_an_editor_left_is_not_seen(tmp_path):
    hidden = [f"__MACOSX/{RNN}", f".git/{RNN}", f".ipynb_checkpoints/{RNN}", f"__pycache__/{RNN}"]
    path = make_folder(tmp_path / "a", dict.fromkeys([*hidden, "x.py"], b""))
    assert refusal(path).startswith("It holds none of embedding.py, rnn.py, lstm.py, captioning.py")
    assert LAYERS in refusal(path)
    path = make_zip(tmp_path / "a.zip", {**dict.fromkeys(hidden, b"no"), f"b/c/{RNN}": SOURCE})
    assert opened(path).files == {RNN: SOURCE}
    assert not any("more than once" in note for note in said(opened(path)))


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
def test_a_zip_in_a_submission_is_opened_where_nothing_else_is_there(tmp_path, make):
    inner = zipped({f"hw3/{RNN}": SOURCE})
    path = make(tmp_path / "a", {"essay.pdf": b"", "data.zip": zipped({"x": b""}), "h.zip": inner})
    assert opened(path).files == {RNN: SOURCE}
    path = make(tmp_path / "b", {"h.zip": zipped({RNN: b"no"}), RNN: SOURCE})
    assert opened(path).files == {RNN: SOURCE}


def test_backslashes_and_dots_in_a_zips_names_are_understood(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"./hw3\\" + RNN.replace("/", "\\"): SOURCE})
    assert opened(path).files == {RNN: SOURCE}


# Finding submissions.


# Encodings and old code.


def compiled(content):
    names = {}
    exec(compile(content, "submission.py", "exec"), names)
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
    assert note.values["name"] == "rnn.py"
    assert word in say(note)


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
        assert (notes[-1].code, notes[-1].values["name"]) == ("not_python3", "rnn.py")


@pytest.mark.parametrize("name", [RNN, LAYERS])
def test_python_2_leftovers_are_mended_and_named_in_both_layouts(tmp_path, name):
    source = b"\n".join([b"x = 1"] * 39 + [b"for t in xrange(2): print t", b""])
    found = opened(make_zip(tmp_path / "a.zip", {name: source}))
    short = name.rpartition("/")[2]
    assert f"{short}, line 40: xrange is Python 2; Python 3 has range." in said(found)
    assert found.files[name].endswith(b"for t in range(2): print( t)\n")
