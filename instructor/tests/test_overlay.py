import os
import subprocess
import sys

import pytest

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT
from instructor.exercises import read_solutions, reference_files
from instructor.overlay import MARK, files_in, overlay

FILES = list(read_manifest().points)


@pytest.fixture
def submission(tmp_path):
    """A folder with the files that are filled in, each of which says whose it is."""
    folder = tmp_path / "Zoë's submission"
    for file in FILES:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(f"# Zoë's {file}\n", encoding="utf-8")
    return folder


def lay(folder, out, kit):
    """Overlay a folder's versions of the files that are filled in."""
    return overlay(files_in(folder, FILES), out, kit)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "trees" / "one"


def files_below(folder):
    """Names of the files, without what Python compiled on its way."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return {path.relative_to(folder).as_posix() for path in files}


def test_the_tree_is_the_kit_with_the_submitted_files(shared_kit, submission, out):
    assert lay(submission, out, shared_kit) == out
    for name in files_below(shared_kit):
        in_handout = name.split("/")[0] in read_manifest().handout
        assert (out / name).exists() == in_handout, name
        if in_handout:
            source = submission if name in FILES else shared_kit
            assert (out / name).read_bytes() == (source / name).read_bytes()


def test_the_reference_is_the_kit_with_the_solutions(shared_kit, out):
    overlay(reference_files(shared_kit), out, shared_kit)
    for solution in read_solutions():
        assert (out / solution.file).read_bytes() == solution.reference.read_bytes()


def test_nothing_else_of_a_submission_is_taken(shared_kit, submission, out):
    extra = [
        "conftest.py",
        "cs231n_rnn/checking/judge.py",
        "cs231n_rnn/layers/affine.py",
        "cs231n_rnn/layers/more.py",
        "pyproject.toml",
        "sitecustomize.py",
        "tests/answers/rnn.json",
        "tests/test_rnn.py",
    ]
    for name in extra:
        (submission / name).parent.mkdir(parents=True, exist_ok=True)
        (submission / name).write_text("# not ours\n", encoding="utf-8")
    lay(submission, out, shared_kit)
    for name in extra:
        assert (out / name).exists() == (shared_kit / name).exists()
        if (out / name).exists():
            assert (out / name).read_bytes() == (shared_kit / name).read_bytes()


def test_neither_solutions_nor_tools_are_in_the_tree(shared_kit, submission, out):
    lay(submission, out, shared_kit)
    assert not (out / "solutions").exists()
    assert not (out / "instructor").exists()


def test_data_stays_where_it_is(kit, submission, out):
    (kit / "datasets" / "scenes").mkdir()
    (kit / "datasets" / "scenes" / "features.h5").write_bytes(b"large")
    (kit / "datasets" / "more.h5").write_bytes(b"large")
    lay(submission, out, kit)
    assert files_below(out / "datasets") == {"README.md"}


def test_what_running_leaves_behind_is_not_taken(kit, submission, out):
    left = ["cs231n_rnn/__pycache__/a.pyc", "notebooks/.ipynb_checkpoints/a.ipynb"]
    for name in left:
        (kit / name).parent.mkdir(parents=True, exist_ok=True)
        (kit / name).write_bytes(b"left")
    lay(submission, out, kit)
    assert not files_below(out) & set(left)


def test_missing_files_are_all_named_and_nothing_is_made(shared_kit, submission, out):
    for file in FILES[:2]:
        (submission / file).unlink()
    with pytest.raises(FileNotFoundError) as refusal:
        lay(submission, out, shared_kit)
    for file in FILES:
        assert (file in str(refusal.value)) == (file in FILES[:2])
    assert str(submission) in str(refusal.value)
    assert not out.exists()


def test_a_missing_file_leaves_an_earlier_overlay_alone(shared_kit, submission, out):
    lay(submission, out, shared_kit)
    before = files_below(out)
    (submission / FILES[0]).unlink()
    with pytest.raises(FileNotFoundError):
        lay(submission, out, shared_kit)
    assert files_below(out) == before


def test_a_folder_in_place_of_a_file_counts_as_missing(shared_kit, submission, out):
    (submission / FILES[0]).unlink()
    (submission / FILES[0]).mkdir()
    with pytest.raises(FileNotFoundError, match=FILES[0]):
        lay(submission, out, shared_kit)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows asks for a privilege to make links")
def test_a_link_out_of_the_submission_is_refused(shared_kit, submission, out, tmp_path):
    secret = tmp_path / "somebody else's.py"
    secret.write_text("secret\n", encoding="utf-8")
    (submission / FILES[0]).unlink()
    os.symlink(secret, submission / FILES[0])
    with pytest.raises(FileNotFoundError, match=FILES[0]):
        lay(submission, out, shared_kit)
    assert not out.exists()


def test_an_earlier_overlay_is_replaced(shared_kit, submission, out):
    lay(submission, out, shared_kit)
    (out / "left over.txt").write_text("old", encoding="utf-8")
    (out / FILES[0]).write_text("old", encoding="utf-8")
    lay(submission, out, shared_kit)
    assert not (out / "left over.txt").exists()
    assert (out / FILES[0]).read_bytes() == (submission / FILES[0]).read_bytes()


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_target_that_is_no_overlay_is_refused_and_left_alone(shared_kit, submission, out, kind):
    thesis = out / "thesis.txt" if kind == "folder" else out
    thesis.parent.mkdir(parents=True)
    thesis.write_text("years of work", encoding="utf-8")
    with pytest.raises(FileExistsError, match="is not an overlay"):
        lay(submission, out, shared_kit)
    assert thesis.read_text(encoding="utf-8") == "years of work"


def test_the_kit_itself_is_never_a_target(kit, submission):
    with pytest.raises(FileExistsError, match="is not an overlay"):
        lay(submission, kit, kit)
    assert (kit / "solutions").is_dir()


def test_inside_the_tree_the_package_is_the_trees(shared_kit, out):
    overlay(reference_files(shared_kit), out, shared_kit)
    assert (out / MARK).exists()
    code = "import cs231n_rnn, cs231n_rnn.layers.rnn as m; print(m.__file__)"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=out, capture_output=True, text=True, check=True
    )
    assert os.path.samefile(run.stdout.strip(), out / "cs231n_rnn" / "layers" / "rnn.py")


def test_the_command_names_what_a_submission_lacks(tmp_path):
    command = [sys.executable, "-m", "instructor", "overlay", str(tmp_path), str(tmp_path / "out")]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "lacks cs231n_rnn/layers/embedding.py, " in run.stderr
    assert not (tmp_path / "out").exists()
