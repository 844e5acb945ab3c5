"""Which package the tests run on, and copies of the kit for the tools to work in.

Here ``cs231n_rnn`` is the student's. The tests in ``reference/`` need the overlaid one, thus a
process of their own inside the overlaid tree.
"""

import os
import re
import shutil
from pathlib import Path

import pytest

import cs231n_rnn
from cs231n_rnn.checking.manifest import read_manifest

TREE = Path(cs231n_rnn.__file__).resolve().parents[1]
IS_OVERLAY = (TREE / ".overlay").exists()
# The tools are tested on the whole assignment. Where a course leaves some of it out, this is left:
OF_ANY_COURSE = (
    "test_architecture",
    "test_markers",
    "test_notebooks",
    "test_python2",
    "test_repository",
    "test_scenes_features",
)
IS_COURSE = bool(read_manifest(TREE).left_out)
HERE = Path(__file__).parent
collect_ignore = ["golden", *([] if IS_OVERLAY else ["reference"])]
if IS_COURSE:
    collect_ignore += [p.name for p in HERE.glob("test_*.py") if p.stem not in OF_ANY_COURSE]


# The longest first, so that no worker is left alone with one of them. They are what
# `make quick` leaves out.
LONG = (
    "test_hostile",
    "test_notebooks",
    "test_run",
    "test_walls",
    "test_derivation",
    "test_handout",
    "test_sync",
    "test_course",
    "test_broken",
    "test_grade",
    "test_alternatives",
    "test_misconceptions",
    "test_misconceptions_on_other_numbers",
    "test_gradescope",
    "test_checking_pytest",
    "test_lab",
    "test_scenes_features",
    "test_words",
    "test_new",
    "test_time",
    "test_places",
)


def pytest_itemcollected(item):
    """Mark the tests of the long files."""
    if item.path.stem in LONG:
        item.add_marker(pytest.mark.slow)


def pytest_collection_modifyitems(items):
    """The long files first."""
    rank = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(LONG)))


def pytest_xdist_auto_num_workers():
    """A worker more than there are cores: many tests wait for a process or for a limit."""
    return (os.cpu_count() or 1) + 1


def pytest_report_header():
    """Say which tests are not run here."""
    said = [] if IS_OVERLAY else ["instructor/tests/reference runs inside build/reference alone"]
    if IS_COURSE:
        said.append(f"of the tools' tests a course runs {', '.join(OF_ANY_COURSE)}")
    return said


def copy_kit(target):
    """Copy what the tools read and write, without data: the hand-out, solutions/, instructor/.

    The tests of the tools stay away: they are a third of all files.
    """
    left_out = "__pycache__", ".*", "*.npz", "results", "checkpoints"
    for name in ("assignment.toml", "pyproject.toml"):
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(TREE / name, target / name)
    for name in (
        "cs231n_rnn",
        "notebooks",
        "tests",
        "solutions",
        "instructor",
        ".binder",
        ".devcontainer",
    ):
        tests = ("tests",) if name == "instructor" else ()
        ignore = shutil.ignore_patterns(*left_out, *tests)
        shutil.copytree(TREE / name, target / name, ignore=ignore)
    for name in (
        "README.md",
        "LICENSE",
        "CITATION.cff",
        ".gitattributes",
        ".gitignore",
        "Makefile",
        "requirements.txt",
        "get_datasets.sh",
    ):
        (target / name).write_text(f"{name} of a copy\n", encoding="utf-8")
    (target / "datasets").mkdir()
    (target / "datasets" / "README.md").write_text("Where the data goes.\n", encoding="utf-8")
    return target


def take_notebooks(kit, names):
    """Leave the tables of all other notebooks out of a kit's assignment.toml, as a course does."""
    path = kit / "assignment.toml"
    sections = re.split(r"^(?=\[)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    kept = [
        section
        for section in sections
        if not section.startswith("[[notebooks]]") or section.split('"')[1] in names
    ]
    path.write_text("".join(kept), encoding="utf-8")


@pytest.fixture
def kit(tmp_path):
    """A copy of the kit that a test may change, at a path with a space and other letters."""
    return copy_kit(tmp_path / "Übung 3")


@pytest.fixture(scope="session")
def shared_kit(tmp_path_factory):
    """A copy of the kit for tests that change nothing in it."""
    return copy_kit(tmp_path_factory.mktemp("kit") / "Übung 3")
