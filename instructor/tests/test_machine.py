"""What the machine does is not the class's: Ctrl-C, a full disk, two graders, a lost cluster."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from cs231n_rnn.files import ROOT
from instructor.grading import cluster
from instructor.grading.sandbox import Sandbox, find_sandbox
from instructor.grading.stopping import MachineError, alone_in
from instructor.tests.grading_tools import SECRET, sources, write_submission

RNN = "cs231n_rnn/layers/rnn.py"
# The command on the cases of one function, with limits that no test waits for.
COMMAND = """
import dataclasses, sys
from instructor import grade
from instructor.grading import batch, cluster
from instructor.grading.kit import Kit
from instructor.tests.grading_tools import only
whole = Kit.open

def open_few():
    kit = only(whole(), "rnn_step_forward")
    limits = kit.manifest.limits | {"import_seconds": 900, "total_seconds": 900}
    return dataclasses.replace(kit, manifest=dataclasses.replace(kit.manifest, limits=limits))

if __name__ == "__main__":
    batch.Kit.open = lambda root=None: open_few()
    cluster.PATIENCE = 3.0
    sys.exit(grade.main())
"""
HANGS = b"while True:\n    pass\n"
IGNORES = b"import signal\nfor s in (1, 2, 3, 15):\n    signal.signal(s, signal.SIG_IGN)\n" + HANGS
CHILDREN = b"import os\nfor _ in range(3):\n    os.fork() or os.setsid()\n" + HANGS

no_signals = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
boxed = pytest.mark.skipif(not find_sandbox().bubblewrap, reason="--dask needs bubblewrap")


@pytest.fixture
def command(tmp_path):
    """``command(arguments)`` starts the grader as a process, with a temporary folder of its own."""
    (tmp_path / "secret").write_bytes(SECRET)
    (tmp_path / "tmp").mkdir()
    # Of its own, since the code of a submission may read what Python finds its modules in.
    program = tmp_path / "program" / "command.py"
    program.parent.mkdir()
    program.write_text(COMMAND, encoding="utf-8")
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": path}
    started = []

    def start(*arguments):
        line = [
            sys.executable,
            program,
            *arguments,
            "--secret",
            tmp_path / "secret",
        ]
        process = subprocess.Popen(
            [str(word) for word in line],
            env=environment,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def classroom(tmp_path):
    """A submission that is refused, and so kept at once, and others to be filled in."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "aaron.zip").write_bytes(b"no zip")
    return folder


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)


def workers(tmp_path):
    """Processes that run in a tree of the command's temporary folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if str(tmp_path / "tmp") in " ".join([process.cwd(), *process.cmdline()]):
                found.append(process)
    return found


# Ctrl-C.


@no_signals
@pytest.mark.parametrize("source", [HANGS, IGNORES, CHILDREN], ids=["hangs", "ignores", "forks"])
@pytest.mark.parametrize("times", [1, 3])
def test_ctrl_c_ends_a_run_whose_workers_hang(command, classroom, tmp_path, source, times):
    for name in ("bob", "carl", "dora"):
        write_submission(classroom / name, {RNN: source})
    out = tmp_path / "grades"
    process = command(classroom, "--out", out, "--jobs", 2)
    wait_for((out / "results" / "aaron.json").exists)
    # Both workers are at it, or at least there.
    wait_for(lambda: len(list((tmp_path / "tmp").glob("cs231n_rnn_*"))) >= 4)
    time.sleep(2)
    begin = time.monotonic()
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.15)
    said, _ = process.communicate(timeout=30)
    assert time.monotonic() - begin < 20
    assert process.returncode == 130, said
    assert "1 of 4 are kept, the same command goes on" in said
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    assert list((tmp_path / "tmp").glob("cs231n_rnn_*")) == []
    assert workers(tmp_path) == []
    assert json.loads((out / "results" / "aaron.json").read_text(encoding="utf-8"))["grade"]


@no_signals
def test_after_ctrl_c_the_same_command_goes_on(command, classroom, tmp_path):
    write_submission(classroom / "bob", {RNN: sources("simple")[RNN]})
    write_submission(classroom / "carl", {RNN: HANGS})
    out = tmp_path / "grades"
    process = command(classroom, "--out", out, "--jobs", 2)
    wait_for((out / "results" / "bob.json").exists)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    kept = (out / "results" / "bob.json").stat().st_mtime_ns
    key = json.loads((out / "results" / "bob.json").read_text(encoding="utf-8"))["key"]
    write_submission(classroom / "carl", {RNN: sources("stubs")[RNN]})
    process = command(classroom, "--out", out)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 1, said
    assert (out / "results" / "bob.json").stat().st_mtime_ns >= kept
    assert json.loads((out / "results" / "bob.json").read_text(encoding="utf-8"))["key"] == key
    assert len((out / "gradebook.csv").read_text(encoding="utf-8").splitlines()) == 4


# One folder.


def test_a_second_grader_in_a_folder_is_refused_and_changes_nothing(command, classroom, tmp_path):
    write_submission(classroom / "bob", {RNN: HANGS})
    out = tmp_path / "grades"
    first = command(classroom, "--out", out)
    wait_for((out / "results" / "aaron.json").exists)
    kept = {path: path.read_bytes() for path in out.rglob("*.*") if path.is_file()}
    said, _ = (second := command(classroom, "--out", out)).communicate(timeout=60)
    assert second.returncode == 4, said
    assert f"stopped: another grader is at work in {out}" in said
    assert "Traceback" not in said
    assert {path: path.read_bytes() for path in kept} == kept
    first.kill()
    first.wait()
    # Nothing is left to remove: what held the folder ended with its process.
    (classroom / "bob" / RNN).write_bytes(sources("stubs")[RNN])
    said, _ = (third := command(classroom, "--out", out)).communicate(timeout=60)
    assert third.returncode == 1, said


@pytest.mark.parametrize("name", ["in two words", "ünï", "a\nb"])
def test_the_lock_holds_whatever_the_folder_is_called(tmp_path, name):
    out = tmp_path / name
    out.mkdir()
    with alone_in(out), pytest.raises(MachineError, match="another grader"), alone_in(out):
        pass
    with alone_in(out):
        pass


# The disk.


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 200 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "none", str(disk)]
    if not hasattr(os, "geteuid") or os.geteuid() or subprocess.run(mount).returncode:
        pytest.skip("a small disk can be mounted by root alone")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("free", [0, 4096, 40_000])
def test_a_full_disk_ends_the_run_and_the_next_one_goes_on(
    command, classroom, tmp_path, small_disk, free
):
    for number in range(4):
        (classroom / f"b{number}.zip").write_bytes(b"no zip")
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(200 * 1024 - free - 4096))
    out = small_disk / "grades"
    out.mkdir()
    said, _ = (full := command(classroom, "--out", out)).communicate(timeout=60)
    assert full.returncode == 4, said
    assert "stopped: No space left on device" in said
    assert "of 5 are kept, the same command goes on" in said
    assert "Traceback" not in said
    assert not (out / "gradebook.csv").exists()
    kept = list(out.glob("results/*.json"))
    for path in kept:
        json.loads(path.read_text(encoding="utf-8"))
    assert not list(out.rglob("*.part"))
    ballast.unlink()
    said, _ = (again := command(classroom, "--out", out)).communicate(timeout=60)
    assert again.returncode == 1, said
    assert len(list(out.glob("results/*.json"))) == 5
    assert len((out / "gradebook.csv").read_text(encoding="utf-8").splitlines()) == 6


def test_a_disk_that_cannot_be_written_ends_the_run(command, classroom, tmp_path, small_disk):
    out = small_disk / "grades"
    out.mkdir()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    said, _ = (done := command(classroom, "--out", out)).communicate(timeout=60)
    assert done.returncode == 4, said
    assert "stopped: Read-only file system" in said
    assert "Traceback" not in said


# A cluster.


@pytest.fixture
def dask(tmp_path):
    """``dask("scheduler", …)`` and ``dask("worker", …)`` as processes."""
    started = []

    def start(*words):
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + words[0], *map(str, words[1:])],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=tmp_path,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
                },
            )
        )
        return started[-1]

    yield start
    for process in started:
        with contextlib.suppress(psutil.Error):
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
        process.kill()
        process.wait()


@pytest.fixture
def scheduler(dask, tmp_path):
    """A scheduler's process and its address."""
    process = dask(
        "scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        0,
        "--no-dashboard",
        "--scheduler-file",
        tmp_path / "scheduler.json",
    )
    wait_for((tmp_path / "scheduler.json").exists)
    time.sleep(0.5)
    return process, json.loads((tmp_path / "scheduler.json").read_text())["address"]


WORKER = ("--nthreads", 1, "--nworkers", 1, "--no-dashboard", "--death-timeout", 5)


@boxed
def test_no_scheduler_is_said(command, classroom, tmp_path):
    said, _ = (
        done := command(classroom, "--out", tmp_path / "grades", "--dask", "tcp://127.0.0.1:9")
    ).communicate(timeout=60)
    assert done.returncode == 4, said
    assert "stopped: no scheduler answers at tcp://127.0.0.1:9" in said
    assert "Traceback" not in said


@boxed
@pytest.mark.parametrize("address", ["nonsense://x", "tcp://no.such.host.invalid:1", "tcp://:"])
def test_an_address_that_is_none_is_said(command, classroom, tmp_path, address):
    said, _ = (
        done := command(classroom, "--out", tmp_path / "grades", "--dask", address)
    ).communicate(timeout=60)
    assert done.returncode == 4, said
    assert f"stopped: no scheduler answers at {address}" in said
    assert "Traceback" not in said


@boxed
def test_a_cluster_without_workers_is_said(command, classroom, tmp_path, scheduler):
    write_submission(classroom / "bob", {RNN: sources("stubs")[RNN]})
    begin = time.monotonic()
    said, _ = (
        done := command(classroom, "--out", tmp_path / "grades", "--dask", scheduler[1])
    ).communicate(timeout=60)
    assert time.monotonic() - begin < 40
    assert done.returncode == 4, said
    assert "has had no workers for 3 s" in said


@boxed
@pytest.mark.parametrize("lost", ["scheduler", "workers", "stopped"])
def test_a_cluster_that_is_lost_ends_the_run_and_the_next_goes_on(
    command, classroom, tmp_path, dask, scheduler, lost
):
    write_submission(classroom / "bob", {RNN: HANGS})
    worker = dask("worker", scheduler[1], *WORKER)
    out = tmp_path / "grades"
    process = command(classroom, "--out", out, "--dask", scheduler[1])
    wait_for((out / "results" / "aaron.json").exists)
    time.sleep(3)
    if lost == "scheduler":
        scheduler[0].kill()
    elif lost == "workers":
        for child in psutil.Process(worker.pid).children(recursive=True):
            child.kill()
        worker.kill()
    else:
        process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == (130 if lost == "stopped" else 4), said
    assert "1 of 2 are kept, the same command goes on" in said
    if lost != "stopped":
        assert (
            f"{scheduler[1]} {'is gone' if lost == 'scheduler' else 'has had no workers'}" in said
        )
    (classroom / "bob" / RNN).write_bytes(sources("stubs")[RNN])
    said, _ = (again := command(classroom, "--out", out)).communicate(timeout=60)
    assert again.returncode == 1, said


@pytest.mark.parametrize("sandbox", [Sandbox(False), Sandbox(False, 47_000)])
def test_a_cluster_without_a_sandbox_is_refused_here_and_there(monkeypatch, sandbox):
    monkeypatch.setattr(cluster, "find_sandbox", lambda: sandbox)
    with pytest.raises(MachineError, match="--dask needs bubblewrap"):
        cluster.grade_there(None, SECRET, "")
    with pytest.raises(MachineError, match="--dask needs bubblewrap"), cluster.cluster("tcp://x:1"):
        pass


@boxed
def test_another_kit_on_a_node_is_refused():
    with pytest.raises(MachineError, match=r"the kit on .* is another one"):
        cluster.grade_there(None, SECRET, "another digest")


@boxed
def test_what_a_node_refuses_is_nobodys_grade(command, classroom, tmp_path, dask, scheduler):
    """A node that finds no bubblewrap."""
    write_submission(classroom / "bob", {RNN: sources("stubs")[RNN]})
    (tmp_path / "bin").mkdir()
    before = os.environ["PATH"]
    os.environ["PATH"] = str(tmp_path / "bin")
    try:
        dask("worker", scheduler[1], *WORKER)
    finally:
        os.environ["PATH"] = before
    out = tmp_path / "grades"
    said, _ = (done := command(classroom, "--out", out, "--dask", scheduler[1])).communicate(
        timeout=90
    )
    assert done.returncode == 4, said
    assert "--dask needs bubblewrap" in said
    assert not (out / "results" / "bob.json").exists()
