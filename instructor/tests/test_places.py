"""What is open to submissions is a list, wherever the kit and Python lie."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from instructor.grading import places
from instructor.grading.places import ExposedError, open_places, other_libraries, require_closed
from instructor.grading.sandbox import find_sandbox
from instructor.tests.conftest import copy_kit

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")
# A worker of the kit at hand imports a file that looks for solutions on the whole disk.
SEARCH = """
import dataclasses
from pathlib import Path
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT
from instructor.grading import sandbox
from instructor.grading.submission import Submission
from instructor.grading.tree import tree_of
from instructor.grading.worker import Worker
manifest = read_manifest()
attack = '''
import os
found = [f"{folder}/{name}" for folder, _, names in os.walk("/") for name in names
         if name in ("reference.py", "simple.py", "misconceptions.toml", "answer_key.py")
         and not folder.startswith("/proc")]
for name in ("solutions", "instructor"):
    try:
        __import__(name)
        found.append(name)
    except ImportError:
        pass
raise RuntimeError(f"found {found}")
'''
one = Submission("a", {"cs231n_rnn/layers/rnn.py": attack.encode()}, {}, "kit", ())
tree = tree_of(one, manifest, ROOT)
for box in (sandbox.find_sandbox(), sandbox.find_fallback()):
    limits = manifest.limits | {"import_seconds": 60}
    with Worker(tree, box, limits) as worker:
        outcome = worker.load("cs231n_rnn.layers.rnn", 60)
    print(outcome.fault.values.get("text", outcome.fault))
"""


def run_in(kit, code=SEARCH, executable=sys.executable, path=()):
    """Run a program in a kit, as the grader's commands run."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    environment["PYTHONPATH"] = os.pathsep.join([str(kit), *map(str, path)])
    return subprocess.run(
        [executable, "-c", code], cwd=kit, env=environment, capture_output=True, text=True
    )


def assert_nothing_is_found(done):
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["found []", "found []"]


def libraries_of(environment):
    """Give a virtual environment this one's libraries, as one that is made above another has."""
    (folder,) = (environment / "lib").glob("python3*/site-packages")
    libraries = [p for p in sys.path if p.endswith("site-packages")]
    (folder / "above.pth").write_text("\n".join(libraries), encoding="utf-8")


def make_environment(folder):
    command = [sys.executable, "-m", "venv", "--without-pip", folder]
    subprocess.run(command, check=True, capture_output=True)
    libraries_of(folder)
    return folder / "bin" / "python"


def test_python_is_open_and_the_kit_is_not():
    found = open_places()
    assert all(Path(place).is_absolute() for place in found)
    assert "/usr" not in found
    assert sys.prefix not in found
    root = Path(places.ROOT)
    assert not any(root.is_relative_to(Path(place).resolve()) for place in found)
    assert any(Path(np_file).is_relative_to(p) for p in found for np_file in [_numpy()])


def _numpy():
    import numpy as np

    return np.__file__


@pytest.mark.skipif(not find_sandbox().bubblewrap, reason="there is no bubblewrap")
def test_the_environment_may_be_the_kits_own_folder(tmp_path):
    kit = copy_kit(tmp_path / "kit")
    python = make_environment(kit)
    assert_nothing_is_found(run_in(kit, executable=python))


@pytest.mark.skipif(not find_sandbox().bubblewrap, reason="there is no bubblewrap")
def test_the_interpreter_may_be_named_by_a_relative_path_and_through_a_link(tmp_path):
    kit = copy_kit(tmp_path / "kit")
    make_environment(tmp_path / "kit" / ".venv")
    (kit / "link").symlink_to(".venv")
    for executable in (".venv/bin/python", "link/bin/python"):
        assert_nothing_is_found(run_in(kit, executable=executable))


@pytest.mark.skipif(
    not find_sandbox().bubblewrap or os.geteuid() != 0, reason="only root may write there"
)
def test_the_kit_may_lie_where_containers_put_it():
    kit = copy_kit(Path("/usr/src/cs231n_rnn_test_kit"))
    try:
        assert_nothing_is_found(run_in(kit))
    finally:
        shutil.rmtree(kit)


@pytest.mark.parametrize("inside", ["lib/course/kit", "bin/kit"])
def test_a_kit_inside_of_pythons_own_folders_is_refused(tmp_path, inside):
    python = make_environment(tmp_path / "env")
    kit = copy_kit(tmp_path / "env" / inside)
    done = run_in(kit, executable=python)
    assert done.returncode == 1
    assert "ExposedError" in done.stderr
    assert "lies in" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("copy", ["whole", "one file"])
def test_a_folder_on_the_path_with_a_copy_of_a_solution_is_refused(tmp_path, copy):
    kit = copy_kit(tmp_path / "kit")
    other = tmp_path / "other"
    if copy == "whole":
        shutil.copytree(kit / "solutions", other / "last_year")
        reference = other / "last_year" / "rnn" / "reference.py"
        reference.write_text(reference.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    else:
        other.mkdir()
        shutil.copyfile(kit / "solutions" / "rnn" / "reference.py", other / "rnn.py")
    done = run_in(kit, path=[other])
    assert done.returncode == 1
    assert "is a copy of a solution" in done.stderr
    assert str(other) in done.stderr


def test_a_folder_on_the_path_without_one_is_open(tmp_path, monkeypatch):
    (tmp_path / "rnn.py").write_text("# not a solution\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path), str(places.ROOT.parent)])
    assert tmp_path.resolve() in other_libraries()
    assert places.ROOT.parent not in other_libraries()


def test_the_secret_and_the_grades_must_be_outside_of_what_is_open(tmp_path):
    require_closed([tmp_path / "grades"])
    (tmp_path / "link").symlink_to(open_places()[-1])
    for path in (Path(open_places()[0]) / "grades", tmp_path / "link" / "secret"):
        with pytest.raises(ExposedError, match="lies in"):
            require_closed([path])
