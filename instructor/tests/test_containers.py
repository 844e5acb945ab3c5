"""What a submission must not do."""

import os
import stat
import struct
import sys
import zipfile
from pathlib import Path

import pytest

from instructor.grading import containers, match
from instructor.grading.submission import SubmissionError
from instructor.tests.submission_tools import (
    LSTM,
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
    assert any(note.startswith(f"{RNN} cannot be read: Bad CRC") for note in said(found))


def test_a_zip_that_unpacks_to_too_much_is_refused(tmp_path):
    zeros = bytes(10_000_000)
    path = make_zip(tmp_path / "a.zip", {RNN: SOURCE, **{f"{i}.bin": zeros for i in range(21)}})
    assert path.stat().st_size < 1e6
    assert "unpacks to 210 MB" in refusal(path)


def test_a_source_that_is_too_long_is_ignored(tmp_path):
    long = b"#" * 3_000_000
    for make in (make_folder, make_zip):
        found = opened(make(tmp_path / make.__name__, {RNN: long, LSTM: b"x = 1\n"}))
        assert set(found.files) == {LSTM}
        assert f"{RNN} has 3 MB, more than the 2 MB allowed; it was ignored." in said(found)


def test_a_size_that_is_a_lie_does_not_help(tmp_path, monkeypatch):
    """Whatever an entry claims, no more is read than the limit and one byte."""
    asked = []

    def read(limit):
        asked.append(limit)
        return b"#" * limit

    entry = containers.Entry(("rnn.py",), 10, read)
    monkeypatch.setattr(containers, "on_disk", lambda path, parts: entry)
    (tmp_path / "rnn.py").touch()
    assert "longer than it says" in refusal(tmp_path / "rnn.py")
    assert max(asked) == match.LARGEST_SOURCE + 1


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
    monkeypatch.setattr(containers, "MOST_LISTED", 30)
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
    assert any(note.endswith("leads out of the submission.") for note in said(found))
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
    assert f"{RNN}: is a symbolic link, which is not followed." in said(found)
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
    assert f"layers, round, {RNN}: is a symbolic link, which is not followed." in said(found)
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
    assert f"{RNN} is not a regular file; it was ignored." in said(found)
    assert any("embedding.py is a folder" in note for note in said(found))
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
    assert any("rnn.py cannot be read" in note for note in said(found))


def test_strange_names_do_no_harm(tmp_path):
    names = ["n" * 60_000, "a\nb\x1b[31m.py", "\ud7ff" * 300, "CON", "a" * 300 + "/" + RNN]
    found = opened(make_zip(tmp_path / "a.zip", {**dict.fromkeys(names, b""), RNN: SOURCE}))
    assert found.files == {RNN: SOURCE}
    for text in (
        *said(found),
        containers.printable("a\nb\x1b\udc80"),
        containers.printable("n" * 60_000),
    ):
        assert text.isprintable()
        assert len(text.encode("utf-8")) < 500


@pytest.mark.parametrize("error", [MemoryError, RecursionError, KeyError("x"), OSError(5, "I/O")])
def test_nothing_but_a_submission_error_comes_out(tmp_path, monkeypatch, error):
    def fail(*arguments, **keywords):
        raise error

    path = make_zip(tmp_path / "a.zip", {RNN: SOURCE})
    monkeypatch.setattr(zipfile, "ZipFile", fail)
    assert "a.zip cannot be opened" in refusal(path)


def test_random_damage_gives_a_reason_or_a_submission(tmp_path):
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
            except SubmissionError:
                refused += 1
    assert refused > 300
