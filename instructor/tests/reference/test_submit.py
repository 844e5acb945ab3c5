import io
import json
import os
import socket
import subprocess
import sys
import zipfile

import pytest

from cs231n_rnn import submit
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT

LAYER, MODEL, NOTEBOOK = "pkg/layer.py", "pkg/model.py", "notebooks/1_Häuser.ipynb"
MANIFEST = f"""
title = "Small"
public_seed = 1
handout = []
[[notebooks]]
name = "1_Häuser"
exercises = ["layer", "model"]
[exercises.layer]
file = "{LAYER}"
[exercises.layer.functions]
forward = {{ points = 1 }}
backward = {{ points = 2 }}
[exercises.model]
file = "{MODEL}"
[exercises.model.functions]
"Model.loss" = {{ points = 3 }}
"""
FINISHED = {
    LAYER: "def forward(x):\n    return x\n\n\ndef backward(dx):\n    return dx\n",
    MODEL: "class Model:\n    def loss(self):\n        return 0.0\n",
    NOTEBOOK: json.dumps({"cells": [{"cell_type": "markdown", "source": ["Ja.\n"]}]}),
}
STUB = 'raise NotImplementedError("TODO: implement it")'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A finished assignment, among other files; the command works on it."""
    root = tmp_path / "Übung 3"
    others = {"pkg/provided.py": "x = 1\n", "notes.txt": "mine\n", "notebooks/2_Other.ipynb": "{}"}
    for name, text in {"assignment.toml": MANIFEST, **FINISHED, **others}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(submit, "ROOT", root)
    return root


def packed(path):
    """What a zip holds."""
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def said_about(name, text):
    """The line that names a file, and the indented ones below it."""
    lines = text.splitlines()
    first = next(k for k, line in enumerate(lines) if line.endswith(f"  {name}"))
    rest = lines[first + 1 :]
    count = next((k for k, line in enumerate(rest) if not line.startswith("   ")), len(rest))
    return lines[first].removesuffix(name).strip(), " ".join(rest[:count])


def test_the_zip_holds_the_manifests_files_as_they_are_on_disk_and_nothing_else(folder, capsys):
    assert submit.main([]) == 0
    zipped = folder / "submission.zip"
    assert packed(zipped) == {name: (folder / name).read_bytes() for name in FINISHED}
    out = capsys.readouterr().out
    assert all(said_about(name, out) == ("there", "") for name in FINISHED)
    last = out.splitlines()[-1]
    assert last.startswith(f"{zipped} (3 of 3 files, ")
    assert "upload it" in last


@pytest.mark.parametrize(
    "body",
    [
        STUB,
        f"'''Backward.'''\n    x = dx\n    {STUB}",
        f"if dx:\n        return dx\n    {STUB}",
        f"if dx:\n        {STUB}\n    return dx",
        f"def inner():\n        {STUB}\n    return inner()",
    ],
    ids=["alone", "behind_lines", "behind_a_branch", "in_a_branch", "in_a_helper"],
)
def test_a_function_that_can_still_raise_its_todo_is_named_and_costs_no_exit_status(
    folder, capsys, body
):
    text = f"def forward(x):\n    return x\n\ndef backward(dx):\n    {body}\n"
    (folder / LAYER).write_text(text, encoding="utf-8")
    assert submit.main([]) == 0
    state, notes = said_about(LAYER, capsys.readouterr().out)
    assert state == "to do"
    assert notes.split() == ["still", "TODO:", "backward"]


@pytest.mark.parametrize(
    "body",
    [
        f"return dx\n    {STUB}",
        'raise NotImplementedError("dtype")',
        'raise ValueError("TODO: x")',
        "raise NotImplementedError",
        f"return 1  # {STUB}",
        r"return '\d'",
    ],
    ids=["behind_a_return", "other_words", "other_error", "no_words", "comment", "odd_escape"],
)
def test_a_function_that_cannot_is_done(folder, capsys, body):
    text = f"def forward(x):\n    return x\n\ndef backward(dx):\n    {body}\n"
    (folder / LAYER).write_text(text, encoding="utf-8")
    assert submit.main([]) == 0
    assert said_about(LAYER, capsys.readouterr().out) == ("there", "")


def test_a_method_is_named_with_its_class_and_a_function_that_is_gone_is_missed(folder, capsys):
    (folder / MODEL).write_text(f"class Model:\n    def loss(self):\n        {STUB}\n", "utf-8")
    (folder / LAYER).write_text("class Other:\n    def forward(self):\n        pass\n", "utf-8")
    assert submit.main([]) == 0
    out = capsys.readouterr().out
    assert said_about(MODEL, out)[1].split()[-1] == "Model.loss"
    assert said_about(LAYER, out)[1].strip() == "it has no function forward, backward"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"x = 1\n\ndef forward(x:\n    return x\n", "SyntaxError in line 3"),
        (b"x = '\xe9t\xe9'\n", "SyntaxError"),
        (b"x = 1\0\n", "null bytes"),
    ],
    ids=["bracket", "latin_1", "null_byte"],
)
def test_a_file_that_does_not_parse_is_named_and_packed(folder, capsys, data, words):
    (folder / LAYER).write_bytes(data)
    assert submit.main([]) == 0
    state, notes = said_about(LAYER, capsys.readouterr().out)
    assert state == "broken"
    assert words in notes
    assert packed(folder / "submission.zip")[LAYER] == data


@pytest.mark.parametrize("name", FINISHED)
@pytest.mark.parametrize("is_folder", [False, True], ids=["gone", "a_folder"])
def test_a_missing_file_is_named_and_fails_after_the_rest_is_packed(
    folder, capsys, name, is_folder
):
    (folder / name).unlink()
    if is_folder:
        (folder / name).mkdir()
    assert submit.main([]) == 1
    assert list(packed(folder / "submission.zip")) == [n for n in FINISHED if n != name]
    out = capsys.readouterr().out
    assert said_about(name, out)[0] == "MISSING"
    assert f"NOT COMPLETE. It lacks {name}." in out
    assert "2 of 3 files" in out.splitlines()[-1]
    assert "upload" not in out


@pytest.mark.parametrize(
    ("name", "size", "advice"),
    [(NOTEBOOK, 20_000_000, "clear its outputs"), (LAYER, 2_000_000, "is it your code?")],
)
def test_a_file_that_is_too_large_is_left_out(folder, capsys, name, size, advice):
    valid = (folder / name).read_bytes()
    (folder / name).write_bytes(valid.ljust(size))
    assert submit.main([]) == 0
    (folder / name).write_bytes(valid.ljust(size + 1))
    assert submit.main([]) == 1
    state, notes = said_about(name, capsys.readouterr().out.rpartition("upload")[2])
    assert state == "LEFT OUT"
    assert advice in notes
    assert list(packed(folder / "submission.zip")) == [n for n in FINISHED if n != name]


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b'{"a": 1}', b"null", b"\xff\xfe\xff"])
def test_a_notebook_that_is_none_is_named_and_packed(folder, capsys, data):
    (folder / NOTEBOOK).write_bytes(data)
    assert submit.main([]) == 0
    state, notes = said_about(NOTEBOOK, capsys.readouterr().out)
    assert state == "broken"
    assert "not a notebook" in notes
    assert packed(folder / "submission.zip")[NOTEBOOK] == data


def test_answers_still_to_write_are_counted(folder, capsys):
    line = submit.ANSWER_LINE.decode()
    cells = [{"cell_type": "markdown", "source": [line]}, {"source": [line + "\n", "But:"]}]
    (folder / NOTEBOOK).write_text(json.dumps({"cells": cells}), encoding="utf-8")
    assert submit.main([]) == 0
    state, notes = said_about(NOTEBOOK, capsys.readouterr().out)
    assert state == "to do"
    assert notes.split()[-1] == "2"


def test_the_same_files_give_the_same_zip_at_any_time(folder, tmp_path):
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    submit.main(["--out", str(first)])
    for name in FINISHED:
        os.utime(folder / name, (1e9, 1e9))
    submit.main(["--out", str(second)])
    assert first.read_bytes() == second.read_bytes()


def test_an_earlier_zip_is_replaced_and_nothing_else_is_left(folder):
    (folder / "submission.zip").write_bytes(b"from last week")
    before = set(folder.iterdir())
    assert submit.main([]) == 0
    assert set(packed(folder / "submission.zip")) == set(FINISHED)
    assert set(folder.iterdir()) == before


def test_an_earlier_zip_stays_where_none_can_be_written(folder, capsys, monkeypatch):
    def refuse(source, target):
        raise PermissionError(13, "Access is denied", str(target))

    (folder / "submission.zip").write_bytes(b"from last week")
    before = set(folder.iterdir())
    monkeypatch.setattr(os, "replace", refuse)
    assert submit.main([]) == 1
    assert (folder / "submission.zip").read_bytes() == b"from last week"
    assert set(folder.iterdir()) == before
    assert "Access is denied" in capsys.readouterr().err


def test_a_file_saved_while_it_was_packed_is_named(folder, capsys, monkeypatch):
    write = submit.write_zip

    def save_meanwhile(*arguments):
        write(*arguments)
        (folder / MODEL).write_text("x = 2\n", encoding="utf-8")

    monkeypatch.setattr(submit, "write_zip", save_meanwhile)
    assert submit.main([]) == 1
    assert f"Changed while it was packed: {MODEL}." in capsys.readouterr().out


@pytest.mark.parametrize("out", [LAYER, "submission"])
def test_only_a_zip_is_ever_written(folder, capsys, out):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(SystemExit) as stopped:
        submit.main(["--out", str(folder / out)])
    assert stopped.value.code == 2
    assert "must end in .zip" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


def test_a_console_that_lacks_a_letter_does_not_stop_it(folder, monkeypatch):
    (folder / LAYER).write_text("x = （1\n", encoding="utf-8")
    console = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", console)
    assert submit.main([]) == 0
    console.flush()
    assert rb"\uff08" in console.buffer.getvalue()


def test_the_assignment_itself_can_be_handed_in_with_numpy_alone(tmp_path):
    out = tmp_path / "mine.zip"
    code = (
        "import runpy, sys\n"
        "for name in ('h5py', 'matplotlib', 'nbformat', 'pytest', 'tqdm'):\n"
        "    sys.modules[name] = None\n"
        "runpy.run_module('cs231n_rnn', run_name='__main__')\n"
    )
    command = [sys.executable, "-c", code, "submit", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr + done.stdout
    manifest = read_manifest()
    names = [*manifest.points, *(f"notebooks/{name}.ipynb" for name in manifest.notebooks)]
    assert list(packed(out)) == names
    assert said_about(names[-1], done.stdout)[0] in ("there", "to do")


def hung(folder):
    """Run the command in a process of its own, which must not wait for anybody."""
    code = (
        "import sys; from pathlib import Path; from cs231n_rnn import submit; "
        "submit.ROOT = Path(sys.argv[1]); sys.exit(submit.main([]))"
    )
    command = [sys.executable, "-c", code, str(folder)]
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        command, capture_output=True, encoding="utf-8", timeout=30, env=environment
    )


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs")
@pytest.mark.parametrize("name", [LAYER, NOTEBOOK])
@pytest.mark.parametrize("kind", ["fifo", "device", "socket"])
def test_what_is_no_regular_file_is_left_out_and_never_opened(folder, name, kind):
    (folder / name).unlink()
    if kind == "fifo":
        os.mkfifo(folder / name)
    elif kind == "device":
        os.symlink("/dev/zero", folder / name)  # it never ends
    else:
        short = os.path.relpath(folder / name)  # a socket's path has at most a hundred letters
        socket.socket(socket.AF_UNIX).bind(min(short, str(folder / name), key=len))
    done = hung(folder)
    assert done.returncode == 1
    assert f"LEFT OUT  {name}" in done.stdout
    assert "is not a regular file" in done.stdout
    with zipfile.ZipFile(folder / "submission.zip") as archive:
        assert archive.namelist() == [n for n in FINISHED if n != name]
