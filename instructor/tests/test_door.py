"""``python -m instructor``: it lists all that the staff do, and each command knows its name."""

import sys

import pytest

from cs231n_rnn.files import ROOT
from instructor.__main__ import COMMANDS, main


def call(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["instructor", *arguments])
    return main()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_called_by_its_name_in_its_help(command, monkeypatch, capsys):
    with pytest.raises(SystemExit) as end:
        call(monkeypatch, command, "--help")
    assert end.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: python -m instructor {command} ")


@pytest.mark.parametrize(("arguments", "status"), [([], 2), (["--help"], 0), (["no-such"], 2)])
def test_the_door_lists_every_command(arguments, status, monkeypatch, capsys):
    assert call(monkeypatch, *arguments) == status
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[2 : 2 + len(COMMANDS)]] == list(COMMANDS)


def test_every_module_of_the_staff_with_a_command_line_is_behind_the_door():
    texts = {p.stem: p.read_text(encoding="utf-8") for p in (ROOT / "instructor").glob("*.py")}
    modules = {module for module, text in texts.items() if "\ndef main(" in text}
    inside = {module.rpartition(".")[2] for module, _ in COMMANDS.values()}
    assert modules == {"__main__", *inside} - {"command"}
    # answer_key is how sync runs probes in another tree.
    doors = {module for module, text in texts.items() if "if __name__ ==" in text}
    assert doors == {"__main__", "answer_key"}


def test_make_and_the_docs_use_the_door():
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]
    for page in [ROOT / "instructor" / "staff.mk", *pages]:
        assert "-m instructor." not in page.read_text(encoding="utf-8"), page.name
