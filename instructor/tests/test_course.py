"""A course takes what it teaches: [[notebooks]] in assignment.toml is the only switch."""

import ast
import csv
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

from cs231n_rnn.checking.cases import load_cases
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.running import read_key
from cs231n_rnn.files import ROOT, read_toml
from instructor import handout
from instructor.exercises import read_solutions
from instructor.handout import HandoutError
from instructor.handout_readme import for_students
from instructor.tests.conftest import copy_kit, take_notebooks

MANIFEST = read_manifest()
# A course to its points and the exercises that it is given.
COURSES = {
    ("1_RNN_Captioning", "2_LSTM_Captioning"): (100, []),
    ("6_Attention_Captioning",): (50, ["embedding", "lstm", "captioning"]),
}
with_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def run(folder, *command):
    """Run a command of Python's, which must end well; what it says."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=COURSES, ids=lambda names: "_".join(n[0] for n in names))
def course(request, tmp_path_factory):
    """A clone that git tracks, from which two commands made the zip; and the zip, unpacked."""
    folder = tmp_path_factory.mktemp("course") / "Übung 3"
    kit = copy_kit(folder / "kit")
    shutil.copyfile(ROOT / "README.md", kit / "README.md")
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=kit, check=True)
    take_notebooks(kit, request.param)
    run(kit, "instructor", "sync")
    run(kit, "instructor", "handout", folder / "handout.zip")
    with zipfile.ZipFile(folder / "handout.zip") as archive:
        archive.extractall(folder)
    return kit, folder / MANIFEST.folder, request.param


def lay_reference(kit, target):
    """The reference of what is taught over a copy of the handout."""
    for solution in read_solutions(kit):
        shutil.copyfile(solution.reference, target / solution.file)


@with_git
def test_the_handout_holds_what_is_taught_and_nothing_fails(course):
    kit, out, names = course
    taught = set(read_manifest(kit).exercises)
    assert {path.stem for path in (out / "notebooks").iterdir()} == set(names)
    assert {path.stem for path in (out / "tests" / "answers").iterdir()} == taught
    assert {path.stem for path in (out / "tests").glob("test_*")} == {f"test_{n}" for n in taught}
    key = read_key(out)
    functions = read_manifest(kit).functions
    assert {m.function for m in key.misconceptions} <= functions.keys()
    assert {case.partition("-")[0] for case in key.answers} == functions.keys()
    last = run(out, "pytest", "-q").splitlines()[-1]
    assert re.fullmatch(r"\d+ skipped in .*", last)


@with_git
def test_the_reference_passes_and_earns_all_points(course, tmp_path):
    kit, out, names = course
    points, _ = COURSES[names]
    tree = shutil.copytree(out, tmp_path / "tree")
    lay_reference(kit, tree)
    assert re.fullmatch(
        r"\d+ passed in .*", run(tree, "pytest", "-q", "--no-stubs").splitlines()[-1]
    )
    run(tree, "cs231n_rnn", "submit")
    (tmp_path / "secret").write_text("a secret of thirty-two characters", encoding="utf-8")
    options = ["--out", tmp_path / "grades", "--secret", tmp_path / "secret"]
    run(kit, "instructor", "grade", tree / "submission.zip", *options)
    with (tmp_path / "grades" / "gradebook.csv").open(encoding="utf-8-sig") as file:
        (row,) = csv.DictReader(file)
    assert (row["points"], row["out_of"]) == (f"{points}.00", f"{points}.00")


@with_git
def test_what_is_given_is_finished_and_the_notebook_and_the_readme_say_so(course):
    _, out, names = course
    _, given = COURSES[names]
    files = [MANIFEST.exercises[name].file for name in given]
    assert read_manifest(out).finished == files
    for file in files:
        text = (out / file).read_text(encoding="utf-8")
        assert "TODO" not in text
        assert "SOLUTION" not in text
    page = (out / "notebooks" / f"{names[-1]}.ipynb").read_text(encoding="utf-8")
    readme = (out / "README.md").read_text(encoding="utf-8")
    for text in (page, readme):
        assert ("Given: " in text) == bool(given)
        assert all(f"`{file}`" in text for file in files)


@with_git
def test_the_readme_lists_what_is_taught(course):
    _, out, names = course
    readme = (out / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\d+ \w+) \|", readme, re.MULTILINE)
    assert [name.replace(" ", "_") for name in listed] == list(names)
    assert set(re.findall(r"notebooks/(\w+)\.ipynb", readme)) == {names[0]}


def test_without_a_change_the_readme_lists_every_notebook():
    readme = for_students((ROOT / "README.md").read_text(encoding="utf-8"), ROOT)
    listed = re.findall(r"^\| (\d+ \w+) \|", readme, re.MULTILINE)
    assert [name.replace(" ", "_") for name in listed] == list(MANIFEST.notebooks)
    assert "Given: " not in readme


def imported(source):
    """The last parts of all names that a text imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("cs231n_rnn"):
            yield from (node.module.rpartition(".")[2], *(alias.name for alias in node.names))


def needed(notebook):
    """The exercises that a notebook and its cases use, and those that these build on."""
    stems = {exercise.file: exercise.name for exercise in MANIFEST.exercises.values()}
    own = {stems[file] for file in MANIFEST.notebooks[notebook]}
    source = (ROOT / "solutions" / "notebooks" / f"{notebook}.py").read_text(encoding="utf-8")
    found = (set(imported(source)) & MANIFEST.exercises.keys()) - own
    if "max_norm=" in source:
        found.add("clipping")
    functions = {name for exercise in own for name in MANIFEST.exercises[exercise].points}
    used = {
        name.format(**case.sizes)
        for case in load_cases(MANIFEST)
        if case.function in functions
        for name in MANIFEST.builds_on.get(case.function, [])
    }
    for exercise in found:
        tables = MANIFEST.exercises[exercise].builds_on.values()
        used |= {name for names in tables for name in names if "{" not in name}
    return (found | {MANIFEST.exercise_of(name).name for name in used}) - own


@pytest.mark.parametrize("entry", read_toml(ROOT / "assignment.toml")["notebooks"], ids=str)
def test_a_notebook_names_all_that_it_builds_on(entry):
    assert set(entry["builds_on"]) == needed(entry["name"])


def test_an_exercise_that_does_not_exist_is_named(tmp_path):
    text = (ROOT / "assignment.toml").read_text(encoding="utf-8")
    wrong = text.replace('builds_on = ["lstm"]', 'builds_on = ["gone"]')
    (tmp_path / "assignment.toml").write_text(wrong, encoding="utf-8")
    with pytest.raises(ValueError, match="lacks an entry for 'gone'"):
        read_manifest(tmp_path)


def test_another_title_leaves_the_zips_folder_and_an_odd_folder_is_refused(shared_kit, tmp_path):
    kit = shutil.copytree(shared_kit, tmp_path / "kit")
    path, text = kit / "assignment.toml", (kit / "assignment.toml").read_text(encoding="utf-8")
    path.write_text(text.replace(f'title = "{MANIFEST.title}"', 'title = "RNNs, 2027"'), "utf-8")
    handout.hand_out(kit, tmp_path / "a.zip", as_folder=False)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert {name.split("/")[0] for name in archive.namelist()} == {MANIFEST.folder}
    for odd in ("", "..", "a/b"):
        path.write_text(text.replace(f'folder = "{MANIFEST.folder}"', f'folder = "{odd}"'), "utf-8")
        with pytest.raises(HandoutError, match="folder"):
            handout.hand_out(kit, tmp_path / "b.zip", as_folder=False)
