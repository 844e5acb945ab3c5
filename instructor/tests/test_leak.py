import json

import pytest

from cs231n_rnn.checking.manifest import ROOT
from instructor import leak
from instructor.exercises import read_solutions

RNN = "solutions/rnn/reference.py"
LINE = "dnext_h = dh[:n, t] + dprev_h[:n]"


def where(kit, line):
    """The line's place in the solutions, as the leak test names it."""
    lines = (kit / RNN).read_text(encoding="utf-8").splitlines()
    return f"{RNN}:{[text.strip() for text in lines].index(line) + 1}"


def append(path, text):
    """Plant text at a file's end; the number of its first line."""
    before = path.read_text(encoding="utf-8")
    path.write_text(before + text, encoding="utf-8")
    return before.count("\n") + 1


def test_the_kit_does_not_leak_and_there_is_something_to_leak():
    assert len(leak.solution_lines(ROOT)) > 50
    assert list(leak.find_leaks(ROOT)) == []


@pytest.mark.parametrize(
    "planted",
    [
        f"    {LINE}\n",
        f"{LINE}\n",
        f"    # {LINE}\n",
        f"    {LINE}  # (N, H)\n",
        f"\t{LINE}   \r\n",
        f"    {LINE.replace(' ', '  ')}\n",
    ],
    ids=["as_it_is", "flush_left", "in_a_comment", "with_a_comment", "tab_and_crlf", "spaced_out"],
)
def test_a_line_in_a_stub_is_found(kit, planted):
    number = append(kit / "cs231n_rnn/layers/rnn.py", planted)
    found = list(leak.find_leaks(kit))
    assert found == [f"cs231n_rnn/layers/rnn.py:{number} holds {where(kit, LINE)}: {LINE}"]


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "Makefile",
        "tests/test_rnn.py",
        "cs231n_rnn/layers/affine.py",
        "datasets/README.md",
    ],
)
def test_a_line_in_any_file_of_the_hand_out_is_found(kit, name):
    number = append(kit / name, f"\n```\n    {LINE}\n```\n") + 2
    (found,) = leak.find_leaks(kit)
    assert found.startswith(f"{name}:{number} holds {where(kit, LINE)}")


@pytest.mark.parametrize("place", ["code", "markdown", "output"])
def test_a_line_in_a_notebook_is_found(kit, place):
    path = kit / "notebooks" / "1_RNN_Captioning.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    source = ["x = 1\n", f"    {LINE}\n", "y = 2"]
    output = {"output_type": "stream", "name": "stdout", "text": source}
    cell = {"cell_type": "markdown" if place == "markdown" else "code", "metadata": {}}
    cell |= {"source": ["y"], "outputs": [output]} if place == "output" else {"source": source}
    notebook["cells"].append(cell)
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    (found,) = leak.find_leaks(kit)
    assert found.startswith("notebooks/1_RNN_Captioning.ipynb:")
    assert where(kit, LINE) in found


def test_a_line_with_quotes_in_a_notebook_is_found(kit):
    line = 'x = p["W_embed"][words]'
    path = kit / "notebooks" / "1_RNN_Captioning.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"].append({"cell_type": "code", "metadata": {}, "source": [f"{line}\n", "x"]})
    path.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    (found,) = leak.find_leaks(kit)
    assert line in found


def test_a_line_in_an_answers_file_is_found(kit):
    path = kit / "tests" / "answers" / "rnn.json"
    answers = json.loads(path.read_text(encoding="utf-8"))
    answers["note"] = [LINE, "x"]
    path.write_text(json.dumps(answers, indent=1), encoding="utf-8")
    (found,) = leak.find_leaks(kit)
    assert found.startswith("tests/answers/rnn.json:")


def test_an_answer_to_a_question_in_a_notebook_is_found(kit):
    answer = "It is shared by every step, so its gradient is a sum over time."
    source = kit / "solutions" / "notebooks" / "1_RNN_Captioning.py"
    append(source, f"\n# %% [markdown]\n# # BEGIN SOLUTION\n# {answer}\n# # END SOLUTION\n")
    append(kit / "README.md", f"{answer}\n")
    (found,) = leak.find_leaks(kit)
    assert found.startswith("README.md:")
    assert answer in found


def test_what_is_not_handed_out_may_hold_solutions(kit):
    for name in ("instructor/notes.md", "build/reference/rnn.py", "docs/answers.md"):
        (kit / name).parent.mkdir(parents=True, exist_ok=True)
        (kit / name).write_text(f"{LINE}\n", encoding="utf-8")
    assert list(leak.find_leaks(kit)) == []


@pytest.mark.parametrize(
    "line",
    ["return out", "N, T, H = dh.shape", "for t in range(T):", "break", ")", "grads = {}"],
)
def test_a_line_that_says_nothing_is_no_secret(kit, line):
    append(kit / "README.md", f"{line}\n")
    assert list(leak.find_leaks(kit)) == []
    assert leak._is_trivial(line)


def test_every_todo_function_has_lines_that_count():
    """Of each solution file, most functions must hold something that the leak test looks for."""
    places = [place.split(":")[0] for place in leak.solution_lines(ROOT).values()]
    for solution in read_solutions():
        for path in (solution.reference, solution.simple):
            assert places.count(path.relative_to(ROOT).as_posix()) >= 2, path


def test_a_hidden_case_is_found(kit):
    hidden = '"wide_state": {"N": 5, "D": 2, "H": 7} | SMALL,'
    append(kit / "tests" / "test_rnn.py", f"    {hidden}\n")
    found = [leak for leak in leak.find_leaks(kit) if hidden in leak]
    assert found
    assert found[0].startswith("tests/test_rnn.py:")


@pytest.mark.parametrize("leaks", [False, True], ids=["no_leak", "leak"])
def test_the_command_prints_and_ends_with_1_where_something_leaks(kit, monkeypatch, capsys, leaks):
    if leaks:
        append(kit / "README.md", f"{LINE}\n")
    monkeypatch.setattr(leak, "ROOT", kit)
    assert leak.main([]) == int(leaks)
    output = capsys.readouterr().out
    assert (LINE in output) == leaks
    assert ("no leak of" in output) != leaks
