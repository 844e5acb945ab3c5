"""What holds without bubblewrap: what the worker gives up by itself, and what is wiped."""

import os
import re
import stat
import sys
from pathlib import Path

import pytest

from cs231n_rnn.files import ROOT
from instructor.grading import sandbox as sandbox_module
from instructor.grading.confinement import MACHINES, filter_program, landlock_version
from instructor.grading.kit import Kit
from instructor.grading.run import grade_submission
from instructor.grading.sandbox import FIRST_UID, Process, Sandbox, find_fallback, find_sandbox
from instructor.grading.wording import say
from instructor.tests.grading_tools import SECRET, only, submission
from instructor.tests.hostile_tools import run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Landlock is Linux's")
needs_landlock = pytest.mark.skipif(
    sys.platform != "linux" or not landlock_version(), reason="this kernel has no Landlock"
)
# What an attack that is shut in can still say.
HELD = {
    "search_of_proc": "PermissionError",
    "search_of_the_disk": r"found \[\]",
    "results_written_beforehand": r"wrote into \[\]",
    "network": r"PermissionError|connected \[\]",
    "unix_socket": "ConnectionRefusedError|PermissionError",
    "solutions_import": r"imported \[\]",
    "namespaces": r"made \[\]",
    "odd_sockets": r"opened \[\]",
    "memory_of_systems": r"took \[\]",
    "memory_of_many": "more than 700 MB|MemoryError",
}
LEAVE = """
import os
import tempfile
for folder in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm", "/run/lock"):
    try:
        with open(os.path.join(folder, "hostile_left_this"), "w") as file:
            file.write(open(__file__).read())
    except OSError:
        pass
"""
LOOK = """
import os
import tempfile
found = []
for folder in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm", "/run/lock"):
    for place, folders, names in os.walk(folder):
        found += [name for name in folders + names if "hostile" in name or "scratch" in name]
raise RuntimeError(f"found {found}")
"""


@pytest.fixture(scope="module")
def kit():
    kit = Kit.open(ROOT)
    yield kit
    kit.close()


@needs_landlock
@pytest.mark.parametrize("name", HELD)
def test_landlock_and_the_filter_hold_without_bubblewrap(kit, name):
    outcome = run(name, kit, find_fallback())
    words = " ".join(say(r.fault) for r in outcome.grade.results if r.fault)
    assert re.search(HELD[name], words)
    assert not outcome.processes
    assert not outcome.files


@needs_landlock
def test_root_keeps_no_rights(kit):
    words = str(
        [
            say(r.fault)
            for r in run("rights_and_signals", kit, find_fallback()).grade.results
            if r.fault
        ]
    )
    for able in (
        "raise its priority",
        "open the disk",
        "leave the kit's folder",
        "kill the parent",
    ):
        assert f"'{able}'" not in words


@pytest.mark.parametrize("find", [find_sandbox, find_fallback])
def test_what_one_submission_leaves_the_next_one_does_not_find(kit, find):
    if not (find().bubblewrap or find().uid or landlock_version()):
        pytest.skip("nothing holds here, and every report says so")
    few = only(kit, "rnn_step_forward")
    before = {folder: set(os.listdir(folder)) for folder in ("/tmp", "/var/tmp", "/dev/shm")}
    rnn = submission().files["cs231n_rnn/layers/rnn.py"]
    grade_submission(submission(rnn=rnn + LEAVE.encode()), few, find(), SECRET)
    for folder, names in before.items():
        assert not {n for n in set(os.listdir(folder)) - names if "hostile" in n}
    found = grade_submission(submission(rnn=LOOK.encode()), few, find(), SECRET)
    texts = {r.fault.values["cause"].values["text"] for r in found.results}
    # Its own scratch folder is not to be seen from inside.
    assert texts <= {"found []"}


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can give files away"
)
def test_what_a_users_own_files_are_is_wiped_wherever_they_are(tmp_path):
    uid = FIRST_UID + 999
    left = [Path(folder) / f"hostile_{uid}" for folder in ("/tmp", "/var/tmp", "/dev/shm")]
    mine = Path("/tmp") / f"kept_{uid}"
    mine.touch()
    for path in left:
        path.mkdir()
        (path / "inside").touch()
        os.chown(path, uid, uid)
    try:
        process = Process(["true"])
        process.uid, process.scratch = uid, tmp_path / "scratch"
        process.scratch.mkdir()
        Sandbox(bubblewrap=False, uid=FIRST_UID).kill(process)
        assert not any(path.exists() for path in [*left, process.scratch])
        assert mine.exists()
    finally:
        mine.unlink()


def test_a_worker_without_bubblewrap_has_a_folder_of_its_own(kit):
    few = only(kit, "rnn_step_forward")
    code = b"import os, tempfile\nraise RuntimeError(tempfile.gettempdir())\n"
    places = []
    for _ in range(2):
        found = grade_submission(submission(rnn=code), few, find_fallback(), SECRET)
        places += {r.fault.values["cause"].values["text"] for r in found.results}
    assert len(set(places)) == 2
    assert not any(Path(place).exists() for place in places)
    assert all("scratch" in place for place in places)


@pytest.mark.parametrize("machine", [*MACHINES, "a machine that nobody knows"])
def test_a_filter_is_a_program_that_ends_in_an_answer(machine):
    """Jumps stay inside; each way through it ends in a return."""
    program = filter_program(machine)
    assert bool(program) == (machine in MACHINES)
    for place, (code, so, not_so, _) in enumerate(program):
        jumps = code & 0x07 == 0x05
        assert jumps or (so, not_so) == (0, 0)
        assert place + 1 + max(so, not_so) < len(program) or code == 0x06


def test_the_note_says_what_held(monkeypatch):
    alone, other = Sandbox(bubblewrap=False), Sandbox(bubblewrap=False, uid=FIRST_UID)
    monkeypatch.setattr(sandbox_module, "_landlock", lambda: True)
    assert "Landlock" in say(alone.note)
    monkeypatch.setattr(sandbox_module, "_landlock", lambda: False)
    assert "could read this machine's files" in say(alone.note)
    assert say(alone.note) != say(other.note)


def test_trees_are_closed_to_others(kit):
    assert stat.S_IMODE(kit.tree.stat().st_mode) & 0o077 == 0
