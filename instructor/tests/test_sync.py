import ast
import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from cs231n_rnn.checking.cases import load_cases
from cs231n_rnn.checking.manifest import ROOT, read_manifest
from instructor import sync
from instructor.answer_key import stale_answers
from instructor.markers import find_blocks, make_stub

GOLDEN = Path(__file__).parent / "golden"
RNN, ANSWERS = "cs231n_rnn/layers/rnn.py", "tests/answers/rnn.json"
NOTEBOOK = "notebooks/1_RNN_Captioning.ipynb"


@pytest.fixture(scope="module")
def in_step(shared_kit, tmp_path_factory):
    """The kit with notebooks 1 and 2 alone, in step whatever is being worked on."""
    kit = shutil.copytree(shared_kit, tmp_path_factory.mktemp("sync") / "kit")
    keep_two_notebooks(kit)
    sync.write(sync.stale_texts(kit) | stale_answers(kit))
    return kit


@pytest.fixture
def kit(in_step, tmp_path):
    """A copy that a test may change, at a path with a space and other letters."""
    return shutil.copytree(in_step, tmp_path / "Übung 3")


def keep_two_notebooks(kit):
    """Take the other notebooks, their files, answers and hints out, as a shorter course does."""
    manifest = read_manifest(kit)
    names = list(manifest.notebooks)[:2]
    kept = {file for name in names for file in manifest.notebooks[name]}
    path = kit / "assignment.toml"
    sections = re.split(r"^(?=\[)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    head = r'\[\[notebooks\]\]\nname = "(.*)"|\[points\."(.*)"\]'
    of_a_part = {section: re.match(head, section) for section in sections}
    text = "".join(s for s, m in of_a_part.items() if not m or {*m.groups()} & {*names, *kept})
    path.write_text(text, encoding="utf-8")
    gone = [kit / "solutions" / file for file in set(manifest.points) - kept]
    gone += [kit / "notebooks" / f"{n}.ipynb" for n in set(manifest.notebooks) - {*names}]
    answers = {Path(file).stem for file in kept}
    gone += [f for f in (kit / "tests" / "answers").glob("*.json") if f.stem not in answers]
    for file in gone:
        file.unlink()


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
    change(kit / "solutions" / RNN, "One time step of a", "A time step of a")


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


@pytest.mark.parametrize("spoil", [change_value, remove_case, add_case, change_shape, rename_array])
def test_check_names_a_changed_answer_and_sync_mends_it(kit, monkeypatch, capsys, spoil):
    path, right = kit / ANSWERS, (kit / ANSWERS).read_bytes()
    answers = json.loads(path.read_text(encoding="utf-8"))
    spoil(answers)
    path.write_text(json.dumps(answers), encoding="utf-8")
    assert run_sync(kit, monkeypatch, "--check") == 1
    assert f"{ANSWERS} differs from solutions/" in capsys.readouterr().out
    assert run_sync(kit, monkeypatch) == 0
    assert path.read_bytes() == right


def test_check_finds_answers_of_a_module_that_is_gone(kit, monkeypatch, capsys):
    (kit / "build" / "answers").mkdir(parents=True, exist_ok=True)
    # In build, an earlier sync left it.
    for folder in ("tests/answers", "build/answers"):
        shutil.copyfile(kit / ANSWERS, kit / folder / "gone.json")
    assert run_sync(kit, monkeypatch, "--check") == 1
    assert "tests/answers/gone.json" in capsys.readouterr().out


@pytest.mark.parametrize(("case", "change"), [("one_example", 1e-12), ("float32", 3e-7)])
def test_rounding_that_differs_between_processors_is_no_change(kit, monkeypatch, case, change):
    path = kit / ANSWERS
    answers = json.loads(path.read_text(encoding="utf-8"))
    answers[f"rnn_forward-{case}"]["h"]["values"][0] *= 1 + change
    path.write_text(json.dumps(answers), encoding="utf-8")
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
    change(kit / "solutions" / RNN, "# END SOLUTION", "# END OF SOLUTION")
    before = handed_out(kit)
    assert run_sync(kit, monkeypatch, *arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith(f"{RNN}:")
    assert error.count("\n") == 1
    assert handed_out(kit) == before


def test_files_are_written_whole_with_unix_line_ends_and_no_other_is_left(tmp_path):
    path = tmp_path / "a" / "b.py"
    sync.write({path: "σ = 1\nx = 2\n"})
    assert path.read_bytes() == "σ = 1\nx = 2\n".encode()
    assert [p.name for p in path.parent.iterdir()] == ["b.py"]


# The kit itself.


def todo_functions(file):
    """Qualified names of the functions in which a solution stands."""
    text = (ROOT / "solutions" / file).read_text(encoding="utf-8")
    begins = [block.begin for block in find_blocks(text, file)]
    found = []

    def visit(node, prefix):
        for child in ast.iter_child_nodes(node):
            name = f"{prefix}{child.name}" if hasattr(child, "name") else prefix
            if isinstance(child, ast.ClassDef):
                visit(child, f"{name}.")
            elif isinstance(child, ast.FunctionDef):
                found.extend([name] * sum(child.lineno < b <= child.end_lineno for b in begins))

    visit(ast.parse(text), "")
    return found


def test_every_todo_function_has_points_and_every_function_with_points_is_a_todo():
    points = read_manifest().points
    files = sorted((ROOT / "solutions" / "cs231n_rnn").rglob("*.py"))
    found = {f.relative_to(ROOT / "solutions").as_posix() for f in files}
    assert found == set(points)
    for file, functions in points.items():
        assert sorted(todo_functions(file)) == sorted(functions)


def test_every_function_with_points_has_probes_and_its_notebook():
    manifest = read_manifest()
    assert {case.function for case in load_cases(manifest)} == set(manifest.functions)
    in_notebooks = {file for files in manifest.notebooks.values() for file in files}
    assert in_notebooks == set(manifest.points)
    assert all(points > 0 for names in manifest.points.values() for points in names.values())


def test_every_notebook_source_is_in_the_manifest_and_the_reverse():
    sources = {path.stem for path in (ROOT / "solutions" / "notebooks").glob("*.py")}
    assert sources == set(read_manifest().notebooks)
    assert {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")} == sources


@pytest.mark.parametrize("file", read_manifest().points)
def test_stubs_keep_every_public_signature_and_docstring(file):
    source = (ROOT / "solutions" / file).read_text(encoding="utf-8")

    def public(text):
        return {
            node.name: (ast.unparse(node.args), ast.get_docstring(node))
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
        }

    assert public(make_stub(source, file)) == public(source)
