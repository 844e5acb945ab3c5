"""Every notebook runs on the reference, in its shortened form, in a real kernel.

Set CS231N_RNN_DATASETS to run them on other data; by default on a small set of scenes.
"""

import json
import re

import nbformat
import pytest

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.data.scenes import build_scenes
from cs231n_rnn.files import ROOT
from instructor import demo
from instructor.exercises import reference_files
from instructor.overlay import overlay
from instructor.run_notebooks import complaints, run_notebook, write_html

NOTEBOOKS = list(read_manifest().notebooks)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A reference tree with a small set of scenes beside it, at a path with a space."""
    folder = tmp_path_factory.mktemp("notebooks") / "Übung 3"
    overlay(reference_files(), folder / "tree")
    build_scenes(folder / "datasets" / "scenes", num_train=300, num_val=60)
    return folder / "tree"


# A kernel's own sockets and threads are no fault of the notebook.
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_runs_without_a_warning_and_its_figures_can_be_heard(tree, name, monkeypatch):
    monkeypatch.setenv("CS231N_RNN_DATASETS", str(tree.parent / "datasets"))
    notebook = run_notebook(tree / "notebooks" / f"{name}.ipynb", quick=True)
    assert complaints(notebook) == []
    write_html(notebook, tree / f"{name}.html")
    page = (tree / f"{name}.html").read_text(encoding="utf-8")
    pictures = re.findall(r"<img[^>]*>", page)
    assert len(pictures) >= 5
    assert all(re.search(r'alt="[^"]{20,}"', tag) for tag in pictures)
    if name.endswith("_Captioning"):
        scores = tree / "notebooks" / "results" / f"{name}_scores.json"
        for model, values in json.loads(scores.read_text(encoding="utf-8")).items():
            assert 0 <= values["BLEU-4"] <= 1, model


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_notebook_is_short_cells_with_imports_that_are_used(name):
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert max(len(source.splitlines()) for source in code) <= 40
    everything = "\n".join(code)
    for names in re.findall(r"^(?:from \S+ )?import (.+)$", everything, re.MULTILINE):
        for imported in re.findall(r"\w+(?=,|$)", names.replace("(", "").replace(")", "")):
            assert len(re.findall(rf"\b{imported}\b", everything)) > 1, imported
    assert "Write your answer here" in str(notebook.cells)


def test_the_demo_leaves_one_table_of_all_scores(tmp_path, monkeypatch):
    results = tmp_path / "notebooks" / "results"
    results.mkdir(parents=True)
    (results / "a_scores.json").write_text('{"RNN": {"BLEU-4": 0.5}}')
    (results / "b_scores.json").write_text('{"LSTM": {"BLEU-4": 0.25, "CIDEr": 1}}')
    monkeypatch.setattr(demo, "ROOT", tmp_path)
    monkeypatch.setattr(demo, "run_all", lambda _, out: [out.mkdir(parents=True), tmp_path][1])
    monkeypatch.setattr("sys.argv", ["demo"])
    assert demo.main() == 0
    rows = (tmp_path / "build" / "demo" / "scores.md").read_text().splitlines()
    assert all(row.startswith("    ") for row in rows)
    table = [["BLEU-4", "CIDEr"], ["RNN", "0.500"], ["LSTM", "0.250", "1.000"]]
    assert [row.split() for row in rows] == table
