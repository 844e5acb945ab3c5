import re
import shutil

import pytest

from cs231n_rnn.files import read_toml
from instructor import new, sync
from instructor.tests.test_sync import (
    change,
    files_below,
    keep_one_of_each_kind,
    keep_two_notebooks,
)

MGU = "solutions/mgu"


@pytest.fixture
def kit(shared_kit, tmp_path):
    """A small copy that a test may change, at a path with a space and other letters."""
    kit = shutil.copytree(shared_kit, tmp_path / "Übung 3")
    keep_two_notebooks(kit)
    keep_one_of_each_kind(kit)
    return kit


def run(module, kit, monkeypatch, *arguments):
    monkeypatch.setattr(module, "ROOT", kit)
    return module.main(list(arguments))


def test_the_skeleton_is_all_of_an_exercise_and_nothing_else(kit, monkeypatch, capsys):
    before = files_below(kit)
    assert run(new, kit, monkeypatch, "layers/mgu.py") == 0
    assert f"wrote {MGU}" in capsys.readouterr().out
    after = files_below(kit)
    names = "reference.py", "simple.py", "cases.py", "misconceptions.toml", "test_oracle.py"
    assert after.keys() - before.keys() == {f"{MGU}/{name}" for name in names}
    assert {n for n in before if after[n] != before[n]} == {"assignment.toml"}
    table = read_toml(kit / "assignment.toml")["exercises"]["mgu"]
    assert table["file"] == "cs231n_rnn/layers/mgu.py"


def test_sync_says_what_is_missing_and_then_makes_the_rest(kit, monkeypatch, capsys):
    run(new, kit, monkeypatch, "layers/mgu.py")
    assert run(sync, kit, monkeypatch) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert "has no [[misconception]]" in said[0]
    assert "has no alternative" in said[1]
    path = kit / MGU / "misconceptions.toml"
    text = re.sub(r"^# (?=\[\[|\w+ = )", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
    change(kit / "assignment.toml", '["embedding", "rnn",', '["embedding", "rnn", "mgu",')
    assert run(sync, kit, monkeypatch) == 0
    made = {"cs231n_rnn/layers/mgu.py", "tests/test_mgu.py", "tests/answers/mgu.json"}
    assert made <= files_below(kit).keys()
    assert "mgu_no_tanh" in (kit / "tests" / "misconceptions.json").read_text(encoding="utf-8")
    assert "hidden" not in (kit / "tests" / "test_mgu.py").read_text(encoding="utf-8")
    assert run(sync, kit, monkeypatch, "--check") == 0


@pytest.mark.parametrize("file", ["layers/rnn.py", "layers/affine.py", "mgu.txt", "nowhere/mgu.py"])
def test_what_is_there_is_not_overwritten(kit, monkeypatch, capsys, file):
    before = files_below(kit)
    assert run(new, kit, monkeypatch, file) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert files_below(kit) == before


def test_a_second_time_is_refused(kit, monkeypatch, capsys):
    run(new, kit, monkeypatch, "layers/mgu.py")
    before = files_below(kit)
    assert run(new, kit, monkeypatch, "cs231n_rnn/layers/mgu.py") == 1
    assert f"{MGU}, [exercises.mgu]" in capsys.readouterr().err
    assert files_below(kit) == before
