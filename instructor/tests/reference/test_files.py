"""Files and folders are written whole or not at all."""

import pytest

from cs231n_rnn.files import read_toml, replacing, write_text


def test_a_text_takes_the_place_of_another_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "new folder" / "é.txt"
    for text in ("one\n", "two\nlines\n"):
        write_text(path, text)
        assert path.read_bytes() == text.encode()
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["file", "folder", "nothing"])
def test_a_writer_that_fails_leaves_what_was_there(kind, tmp_path):
    path = tmp_path / "there"
    if kind == "file":
        path.write_text("old")
    elif kind == "folder":
        path.mkdir()
        (path / "inside").write_text("old")

    def write():
        with replacing(path) as new:
            new.write_text("half of")
            raise RuntimeError("no more ink")

    with pytest.raises(RuntimeError, match="no more ink"):
        write()
    found = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*"))
    assert found == {"file": ["there"], "folder": ["there", "there/inside"], "nothing": []}[kind]


def test_a_writer_that_writes_nothing_is_an_error_and_the_old_folder_comes_back(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    with pytest.raises(FileNotFoundError), replacing(folder):
        pass
    assert list(tmp_path.iterdir()) == [folder]


def test_a_folder_takes_the_place_of_another(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "old").touch()
    with replacing(folder) as new:
        new.mkdir()
        (new / "new").touch()
    assert [p.name for p in folder.iterdir()] == ["new"]
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_file_and_a_folder_never_take_each_others_place(kind, tmp_path):
    path = tmp_path / "mine"
    if kind == "file":
        path.mkdir()
        (path / "inside").write_text("old")
    else:
        path.write_text("old")

    def write():
        with replacing(path) as new:
            new.write_text("new") if kind == "file" else new.mkdir()

    with pytest.raises(OSError, match="mine"):
        write()
    kept = path / "inside" if kind == "file" else path
    assert kept.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_at_once_do_not_disturb_each_other(tmp_path):
    path = tmp_path / "a.json"
    with replacing(path) as one, replacing(path) as other:
        one.write_text("one")
        other.write_text("other")
    assert path.read_text() == "one"
    assert list(tmp_path.iterdir()) == [path]


def test_a_broken_toml_file_is_named(tmp_path):
    path = tmp_path / "facts.toml"
    path.write_text("a = ")
    with pytest.raises(ValueError, match=r"facts\.toml is not valid TOML"):
        read_toml(path)
