import ast
import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT
from instructor import sync
from instructor.answer_key import stale_answers
from instructor.exercises import read_solutions
from instructor.markers import make_stub
from instructor.problems import find_problems
from instructor.tests.conftest import take_notebooks

GOLDEN = Path(__file__).parent / "golden"
RNN, ANSWERS = "cs231n_rnn/layers/rnn.py", "tests/answers/rnn.json"
REFERENCE = "solutions/rnn/reference.py"
NOTEBOOK = "notebooks/1_RNN_Captioning.ipynb"


@pytest.fixture(scope="module")
def in_step(shared_kit, tmp_path_factory):
    """The kit with notebooks 1 and 2 alone, in step whatever is being worked on."""
    kit = shutil.copytree(shared_kit, tmp_path_factory.mktemp("sync") / "kit")
    keep_two_notebooks(kit)
    keep_one_of_each_kind(kit)
    sync.write(sync.stale_texts(kit) | stale_answers(kit))
    return kit


@pytest.fixture
def kit(in_step, tmp_path):
    """A copy that a test may change, at a path with a space and other letters."""
    return shutil.copytree(in_step, tmp_path / "Übung 3")


def keep_two_notebooks(kit):
    """Leave the other notebooks out, as a shorter course does."""
    kept, gone = (names := list(read_manifest(kit).notebooks))[:2], names[2:]
    take_notebooks(kit, kept)
    for name in gone:
        (kit / "notebooks" / f"{name}.ipynb").unlink()


def keep_one_of_each_kind(kit):
    """Leave all misconceptions and alternatives of an exercise out but the first."""
    for path in (kit / "solutions").glob("*/misconceptions.toml"):
        begin, *entries = re.split(
            r"^(?=\[\[)", path.read_text(encoding="utf-8"), flags=re.MULTILINE
        )
        kept = {entry.splitlines()[0]: entry for entry in reversed(entries)}
        path.write_text("".join([begin, *kept.values()]), encoding="utf-8")


def files_below(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def handed_out(kit):
    """What sync writes: stubs, notebooks, answers."""
    return {
        name: content
        for name, content in files_below(kit).items()
        if name.startswith(("cs231n_rnn/", "notebooks/", "tests/"))
    }


def run_sync(kit, monkeypatch, *arguments):
    """The exit code of sync on a copy of the kit."""
    monkeypatch.setattr(sync, "ROOT", kit)
    return sync.main(list(arguments))


def change(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# A whole folder.


def test_a_small_kit_gives_the_golden_folder(tmp_path):
    kit = shutil.copytree(GOLDEN / "kit", tmp_path / "Übung 1")
    sync.write(sync.stale_texts(kit))
    assert files_below(kit) == {**files_below(GOLDEN / "kit"), **files_below(GOLDEN / "handout")}


def test_the_golden_folder_is_in_step_with_itself(tmp_path):
    kit = shutil.copytree(GOLDEN / "kit", tmp_path / "kit")
    shutil.copytree(GOLDEN / "handout", kit, dirs_exist_ok=True)
    assert sync.stale_texts(kit) == {}


def test_a_notebook_has_ids_from_position_and_no_outputs():
    (path,) = (GOLDEN / "handout" / "notebooks").iterdir()
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    assert [cell["id"] for cell in notebook.cells] == [
        "cell-000",
        "cell-001",
        "cell-002",
        "cell-003",
    ]
    for cell in notebook.cells:
        assert cell.get("outputs", []) == []
        assert cell.get("execution_count") is None
    assert notebook.cells[3].metadata == {"tags": ["parameters"]}


# The command, on a copy of the kit.


def test_check_is_quiet_and_writes_nothing_where_all_is_in_step(kit, monkeypatch, capsys):
    before = handed_out(kit)
    assert run_sync(kit, monkeypatch, "--check") == 0
    assert capsys.readouterr().out == ""
    assert handed_out(kit) == before


def add_to_stub(kit):
    change(kit / RNN, "raise NotImplementedError", "pass; raise NotImplementedError")


def add_to_solution(kit):
    change(kit / REFERENCE, "One time step of a", "A time step of a")


def add_cell_to_notebook(kit):
    notebook = json.loads((kit / NOTEBOOK).read_text(encoding="utf-8"))
    notebook["cells"].append(dict(notebook["cells"][0], id="more"))
    (kit / NOTEBOOK).write_text(json.dumps(notebook), encoding="utf-8")


def add_line_to_notebook_source(kit):
    path = kit / "solutions" / "notebooks" / "1_RNN_Captioning.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n# %%\n1 + 1\n", encoding="utf-8")


def remove_notebook(kit):
    (kit / NOTEBOOK).unlink()


CHANGES = {
    "stub": (add_to_stub, RNN),
    "solution": (add_to_solution, RNN),
    "notebook": (add_cell_to_notebook, NOTEBOOK),
    "notebook_source": (add_line_to_notebook_source, NOTEBOOK),
    "missing_notebook": (remove_notebook, NOTEBOOK),
}


@pytest.mark.parametrize(("spoil", "name"), CHANGES.values(), ids=CHANGES)
def test_check_names_a_changed_text_and_leaves_it(kit, monkeypatch, capsys, spoil, name):
    spoil(kit)
    before = handed_out(kit)
    assert run_sync(kit, monkeypatch, "--check") == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{name} differs from solutions/",
        "run `python -m instructor sync` and commit what it writes",
    ]
    assert handed_out(kit) == before


def change_value(answers):
    values = answers["rnn_forward-one_example"]["h"]["values"]
    values[0] += 1e-6


def remove_case(answers):
    del answers["rnn_forward-one_example"]


def add_case(answers):
    answers["rnn_forward-gone"] = answers["rnn_forward-one_example"]


def change_shape(answers):
    """The same numbers where shapes are broadcast: (3, 2) for (1, 3, 2)."""
    answers["rnn_forward-one_example"]["h"]["shape"] = [3, 2]


def rename_array(answers):
    answers["rnn_forward-one_example"]["hidden"] = answers["rnn_forward-one_example"].pop("h")


def spoil_answers(kit, spoil):
    answers = json.loads((kit / ANSWERS).read_text(encoding="utf-8"))
    spoil(answers)
    (kit / ANSWERS).write_text(json.dumps(answers), encoding="utf-8")


@pytest.mark.parametrize("spoil", [change_value, remove_case, add_case, change_shape, rename_array])
def test_check_names_a_changed_answer(kit, monkeypatch, capsys, spoil):
    spoil_answers(kit, spoil)
    assert run_sync(kit, monkeypatch, "--check") == 1
    assert f"{ANSWERS} differs from solutions/" in capsys.readouterr().out


def test_sync_writes_a_changed_answer_as_it_was(kit, monkeypatch):
    right = (kit / ANSWERS).read_bytes()
    spoil_answers(kit, change_value)
    assert run_sync(kit, monkeypatch) == 0
    assert (kit / ANSWERS).read_bytes() == right


def test_check_finds_answers_of_a_module_that_is_gone(kit, monkeypatch, capsys):
    (kit / "build" / "answers").mkdir(parents=True, exist_ok=True)
    # In build, an earlier sync left it.
    for folder in ("tests/answers", "build/answers"):
        shutil.copyfile(kit / ANSWERS, kit / folder / "gone.json")
    assert run_sync(kit, monkeypatch, "--check") == 1
    assert "tests/answers/gone.json" in capsys.readouterr().out


def round_otherwise(answers):
    for case, change in (("one_example", 1e-12), ("float32", 3e-7)):
        answers[f"rnn_forward-{case}"]["h"]["values"][0] *= 1 + change


def test_rounding_that_differs_between_processors_is_no_change(kit, monkeypatch):
    spoil_answers(kit, round_otherwise)
    assert run_sync(kit, monkeypatch, "--check") == 0


def test_sync_mends_what_is_out_of_step_and_has_nothing_to_do_again(kit, monkeypatch, capsys):
    right = handed_out(kit)
    add_to_stub(kit)
    remove_notebook(kit)
    (kit / "tests" / "answers" / "lstm.json").unlink()
    assert run_sync(kit, monkeypatch) == 0
    assert set(capsys.readouterr().out.splitlines()) == {
        f"{name} written from solutions/" for name in (RNN, NOTEBOOK, "tests/answers/lstm.json")
    }
    assert handed_out(kit) == right
    assert run_sync(kit, monkeypatch) == 0
    assert capsys.readouterr().out == ""
    assert handed_out(kit) == right


@pytest.mark.parametrize("arguments", [(), ("--check",)], ids=["write", "check"])
def test_a_fault_in_a_marker_is_one_line_and_nothing_is_written(
    kit, monkeypatch, capsys, arguments
):
    change(kit / REFERENCE, "# END SOLUTION", "# END OF SOLUTION")
    before = handed_out(kit)
    assert run_sync(kit, monkeypatch, *arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"{REFERENCE}:")
    assert error.count("\n") == 1
    assert handed_out(kit) == before


def remove(name):
    return lambda kit: (kit / "solutions" / "rnn" / name).unlink()


def edit(name, old, new):
    return lambda kit: change(kit / name, old, new)


RNN_CASES, RNN_SIMPLE = "solutions/rnn/cases.py", "solutions/rnn/simple.py"
MISSING = {
    "reference": (remove("reference.py"), "solutions/rnn/reference.py is missing: exercise rnn"),
    "simple": (remove("simple.py"), "solutions/rnn/simple.py is missing: exercise rnn"),
    "cases": (remove("cases.py"), "solutions/rnn/cases.py is missing: exercise rnn"),
    "misconceptions": (remove("misconceptions.toml"), "rnn/misconceptions.toml is missing"),
    "points": (
        edit("assignment.toml", "rnn_step_forward = { points = 6 }\n", ""),
        f"{REFERENCE}: rnn_step_forward has no points",
    ),
    "no_points": (
        edit("assignment.toml", "rnn_step_forward = { points = 6 }", "rnn_step_forward = {}"),
        "assignment.toml: rnn_step_forward needs points, a whole number above 0",
    ),
    "notebook": (
        lambda kit: (kit / "solutions" / "notebooks" / "1_RNN_Captioning.py").unlink(),
        "solutions/notebooks/1_RNN_Captioning.py is missing",
    ),
    "function": (
        edit("assignment.toml", "rnn_step_forward = {", "rnn_sideways = { points = 1 }\nx = {"),
        f"assignment.toml gives points for rnn_sideways, which {REFERENCE} does not mark",
    ),
    "simple_function": (
        edit(RNN_SIMPLE, "def rnn_forward", "def forward"),
        f"{RNN_SIMPLE} lacks rnn_forward",
    ),
    "exercise": (edit("assignment.toml", '"embedding", "rnn"', '"mgu", "rnn"'), "for 'mgu'"),
    "crash_on_the_reference": (
        edit(RNN_CASES, "dh = np.zeros_like(full)", "dh = np.nothing(full)"),
        "solutions/rnn/reference.py: its case rnn_backward-unequal_sizes crashed: AttributeError",
    ),
    "crash_on_the_simple_implementation": (
        edit(RNN_SIMPLE, "    next_h = np.tanh(a)\n", "    next_h = np.tanh(a) + y\n"),
        "solutions/rnn/simple.py: its case rnn_step_forward-unequal_sizes crashed: NameError",
    ),
    "cases_of_a_function": (
        edit(RNN_CASES, '"rnn_step_forward"', '"rnn_steps"'),
        f"{RNN_CASES} has a case of rnn_steps, which has no points",
    ),
    "hidden_outside_of_its_block": (
        edit(RNN_CASES, "# BEGIN HIDDEN\n", ""),
        f"{RNN_CASES}:",
    ),
}


@pytest.mark.parametrize(("spoil", "words"), MISSING.values(), ids=MISSING)
def test_what_is_missing_is_said_in_words(kit, monkeypatch, capsys, spoil, words):
    spoil(kit)
    assert run_sync(kit, monkeypatch) == 1
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said


def test_all_that_is_missing_is_said_at_once(kit, monkeypatch, capsys):
    for name in ("simple.py", "cases.py"):
        remove(name)(kit)
    (kit / "solutions" / "lstm" / "misconceptions.toml").write_text("", encoding="utf-8")
    shutil.rmtree(kit / "solutions" / "lstm" / "alternatives")
    assert run_sync(kit, monkeypatch) == 1
    said = capsys.readouterr().err.splitlines()
    assert [line.split(" ")[0].rpartition("/")[2] for line in said[:2]] == ["simple.py", "cases.py"]
    assert "lstm/misconceptions.toml has no [[misconception]]" in said[2]
    assert said[3].startswith("exercise lstm has no alternative")
    assert len(said) == 4


def test_one_run_is_enough(kit, monkeypatch):
    change(kit / RNN_CASES, '"one_example": {"N": 1, "D": 3', '"one_example": {"N": 1, "D": 2')
    assert run_sync(kit, monkeypatch) == 0
    tree = kit / "build" / "reference" / "tests"
    for name in ("answers/rnn.json", "misconceptions.json", "test_rnn.py"):
        assert (tree / name).read_bytes() == (kit / "tests" / name).read_bytes()
    assert run_sync(kit, monkeypatch, "--check") == 0


def test_files_are_written_whole_with_unix_line_ends_and_no_other_is_left(tmp_path):
    path = tmp_path / "a" / "b.py"
    sync.write({path: "σ = 1\nx = 2\n"})
    assert path.read_bytes() == "σ = 1\nx = 2\n".encode()
    assert [p.name for p in path.parent.iterdir()] == ["b.py"]


# The kit itself.


def test_nothing_is_missing():
    assert list(find_problems(ROOT)) == []


def test_every_notebook_source_is_in_the_manifest_and_the_reverse():
    sources = {path.stem for path in (ROOT / "solutions" / "notebooks").glob("*.py")}
    assert sources == set(read_manifest().notebooks)
    assert {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")} == sources


@pytest.mark.parametrize("solution", read_solutions(), ids=lambda solution: solution.name)
def test_stubs_keep_every_public_signature_and_docstring(solution):
    source = solution.reference.read_text(encoding="utf-8")

    def public(text):
        return {
            node.name: (ast.unparse(node.args), ast.get_docstring(node))
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        }

    assert public(make_stub(source, solution.file)) == public(source)
