"""Where a submission's code runs: in bubblewrap where the system has it.

In bubblewrap the code sees Python, the kit without answers, and a scratch folder in memory; it
has no network, and no process outside of it. Without, what the worker gives up by itself
(``confinement.py``), an unprivileged user (if the grader is root) and resource limits remain, and
every report says so.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from cs231n_rnn.checking.messages import Message, message
from instructor.grading import confinement
from instructor.grading.places import open_places, other_libraries

# Users that nobody is, one for each worker that runs at the same time.
FIRST_UID = 47_000
UIDS = 1000
TOKEN = "CS231N_RNN_WORKER"
WORKER = "cs231n_rnn.checking.probe_server"
# Files that a program may expect to write to, and to read.
DEVICES = "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"
# Where anybody can leave something for the next one.
SHARED = "/tmp", "/var/tmp", "/dev/shm", "/run/lock"


class Process(subprocess.Popen[bytes]):
    """A worker's process, and how those that it starts are known."""

    token = ""  # in their environment
    uid = 0  # their user, where it is the worker's own
    tree = Path()  # where it runs
    scratch: Path | None = None  # a folder of its own to write to, outside of bubblewrap


@dataclass(frozen=True)
class Sandbox:
    """How workers are started.

    Attributes
    ----------
    bubblewrap : bool
    uid : int
        The user that the code runs as; 0: the one who grades.
    """

    bubblewrap: bool
    uid: int = 0

    @property
    def note(self) -> Message | None:
        """What every report must say about it; None in bubblewrap."""
        if self.bubblewrap:
            return None
        if self.uid:
            user = message("as_nobody")
        else:
            user = message("as_root" if _is_root() else "as_grader")
        code = "landlock_alone" if _landlock() else "no_bubblewrap"
        return message(code, user=user)

    def start(self, tree: Path, limits: dict[str, Any], slot: int) -> Process:
        """Start a worker in a tree.

        Parameters
        ----------
        tree : Path
            A kit with a submission laid over it, without answers.
        limits : dict
            ``[limits]`` of the manifest.
        slot : int
            A number of this worker's own; with it, where the grader is root, comes a user.
        """
        uid = self.uid and self.uid + slot % UIDS
        if uid:
            # This tree is open to this worker's user, and to no other.
            os.chown(tree, -1, uid)
            tree.chmod(0o750)
        python = [os.path.abspath(sys.executable), "-s", "-m", WORKER]
        command = [*_fixed_addresses(uid if self.bubblewrap else 0), *python]
        scratch = None
        if self.bubblewrap:
            command = [*bubblewrap_command(tree, limits), *command]
        else:
            scratch = Path(tempfile.mkdtemp(prefix="cs231n_rnn_scratch_"))
            if uid:
                os.chown(scratch, uid, uid)
        environment = {
            "PATH": os.defpath,
            "HOME": str(scratch or "/tmp"),
            "TMPDIR": str(scratch or "/tmp"),
            "LC_ALL": "C.UTF-8",
            "PYTHONUTF8": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONWARNINGS": "ignore",
            "MPLBACKEND": "agg",
            "PYTHONHASHSEED": "0",  # the order of a set is the same each time
            # One core for each submission, and no threads that count as processes.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONPATH": _library_path(),
            TOKEN: uuid.uuid4().hex,
        }
        if sys.platform == "win32":
            environment["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
        process = Process(
            command,
            cwd=tree,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        process.token = environment[TOKEN]
        process.uid, process.tree, process.scratch = uid, tree, scratch
        return process

    def settings(self, process: Process, limits: dict[str, Any]) -> dict[str, Any]:
        """The first line that a worker reads."""
        settings = dict(limits)
        if "memory_mb" not in limits:  # the reference's
            return settings
        settings |= self._confinement(process)
        if process.uid:
            settings["uid"] = process.uid
        elif not self.bubblewrap:
            # The limit counts all of a user's processes, this one's others among them.
            settings["processes"] += _threads_of_this_user()
        return settings

    def _confinement(self, process: Process) -> dict[str, Any]:
        """What the worker gives up by itself, and keeps."""
        if sys.platform != "linux":
            return {}
        tree = "/kit" if self.bubblewrap else str(process.tree)
        proc = ["/proc", "/dev"] if self.bubblewrap else []
        return {
            "confinement": _confinement_source(),
            "readable": [*open_places(), tree, *proc],
            "writable": [str(process.scratch or "/tmp"), *DEVICES],
        }

    def members(self, process: Process) -> list[psutil.Process]:
        """A worker's process and all that it started, as far as they are known."""
        found = [*_children(process)]
        if process.uid and not self.bubblewrap:
            found += [p for p in psutil.process_iter(["uids"]) if _is_of(p, process.uid)]
        return list(dict.fromkeys([psutil.Process(process.pid), *found]))

    def kill(self, process: Process) -> None:
        """End a worker and everything that it started, and remove what it left."""
        started = [] if self.bubblewrap else _children(process)
        process.kill()
        process.wait()
        if not self.bubblewrap:
            _kill_all(process, started)
            _sweep(process)


@functools.cache
def find_sandbox() -> Sandbox:
    """The best that this system has; tried, since a bubblewrap may be there and not allowed.

    Raises
    ------
    ExposedError
        If submissions could read the solutions in any.
    """
    open_places()
    if shutil.which("bwrap"):
        python = [os.path.abspath(sys.executable), "-s", "-c", "import numpy"]
        trial = [*bubblewrap_command(Path("/usr/lib"), {"file_mb": 1}), *python]
        environment = {"PATH": os.defpath, "PYTHONPATH": _library_path()}
        if subprocess.run(trial, capture_output=True, env=environment).returncode == 0:
            return Sandbox(True, FIRST_UID if _is_root() else 0)
    return find_fallback()


def find_fallback() -> Sandbox:
    """Without bubblewrap: another user, where the grader is root and Python is open to all."""
    if _is_root():
        try:
            subprocess.run(
                [sys.executable, "-c", "import numpy"],
                user=FIRST_UID,
                group=FIRST_UID,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            return Sandbox(False)
        return Sandbox(False, FIRST_UID)
    return Sandbox(False)


def _library_path() -> str:
    return os.pathsep.join(map(str, other_libraries()))


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def bubblewrap_command(tree: Path, limits: dict[str, Any]) -> list[str]:
    """The arguments that shut a command in: nothing is there but what is named here."""
    command = ["bwrap", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    command += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--cap-drop", "ALL"]
    if _is_root():
        # The worker becomes another user by itself; a user namespace would leave it root's uid,
        # which no limit on processes holds for.
        command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        command += ["--unshare-user", *_no_more_user_namespaces()]
    size = str(limits["file_mb"] * 2**20)
    command += ["--proc", "/proc", "--dev", "/dev"]
    command += ["--perms", "1777", "--size", size, "--tmpfs", "/tmp"]
    for path in open_places():
        for parent in reversed(Path(path).parents[:-1]):
            # Else they are made for root alone, and the worker is no longer root.
            command += ["--perms", "0755", "--dir", str(parent)]
        command += ["--ro-bind-try", path, path]
    for name in limits.get("forbidden", []):
        spec = importlib.util.find_spec(name)
        for folder in (spec and spec.submodule_search_locations) or []:
            command += ["--tmpfs", folder, "--remount-ro", folder]
    command += ["--ro-bind", str(tree), "/kit", "--chdir", "/kit"]
    # Only /tmp is left to write to: the other folders in memory have no limit of size.
    return [*command, "--remount-ro", "/dev", "--remount-ro", "/"]


@functools.cache
def _no_more_user_namespaces() -> list[str]:
    """The option that keeps the code from mounting folders of its own, where bubblewrap has it."""
    known = subprocess.run(["bwrap", "--help"], capture_output=True, text=True).stdout
    return ["--disable-userns"] if "--disable-userns" in known else []


def _fixed_addresses(uid: int) -> list[str]:
    """The command by which objects lie at the same addresses each time, where the system has it.

    The order of a set of functions hangs on these. Linux forgets it where root starts a program,
    so that root becomes the worker's user first.
    """
    setarch, setpriv = (shutil.which(name, path=os.defpath) for name in ("setarch", "setpriv"))
    if not _can(setarch, "-R", "true") or (uid and not _can(setpriv, "--clear-groups", "true")):
        return []
    user = [setpriv, f"--reuid={uid}", f"--regid={uid}", "--clear-groups"] if uid else []
    return [str(part) for part in [*user, setarch, "-R"]]


@functools.cache
def _can(command: str | None, *arguments: str) -> bool:
    if command is None:
        return False
    return not subprocess.run([command, *arguments], capture_output=True).returncode


@functools.cache
def _landlock() -> bool:
    return sys.platform == "linux" and confinement.landlock_version() > 0


@functools.cache
def _confinement_source() -> str:
    return Path(confinement.__file__).read_text(encoding="utf-8")


def _threads_of_this_user() -> int:
    if sys.platform == "win32":
        return 0
    return sum(
        process.info["num_threads"] or 1
        for process in psutil.process_iter(["uids", "num_threads"])
        if process.info["uids"] and process.info["uids"].real == os.getuid()
    )


def _children(process: Process) -> list[psutil.Process]:
    try:
        return list(psutil.Process(process.pid).children(recursive=True))
    except psutil.Error:  # it has ended already
        return []


def _is_of(one: psutil.Process, uid: int) -> bool:
    uids = one.info["uids"]
    return bool(uids) and uids.real == uid


def _sweep(process: Process) -> None:
    """Remove a worker's folder, and what its user left where anybody may write."""
    if process.scratch:
        shutil.rmtree(process.scratch, ignore_errors=True)
    if not process.uid:
        return
    for folder in filter(os.path.isdir, SHARED):
        for entry in os.scandir(folder):
            with contextlib.suppress(OSError):
                if entry.stat(follow_symlinks=False).st_uid == process.uid:
                    if entry.is_dir(follow_symlinks=False):
                        shutil.rmtree(entry.path, ignore_errors=True)
                    else:
                        os.unlink(entry.path)


def _kill_all(process: Process, started: list[psutil.Process]) -> None:
    """Kill what a worker started: its children, and all that carry its token or its user's uid."""
    for _ in range(50):  # one may start another while the list is read
        found = [p for p in [*started, *psutil.process_iter()] if _belongs(p, process, started)]
        for one in found:
            with contextlib.suppress(psutil.Error):
                one.kill()
        if not found:
            return
        psutil.wait_procs(found, timeout=0.1)


def _belongs(one: psutil.Process, process: Process, started: list[psutil.Process]) -> bool:
    try:
        if one.status() == psutil.STATUS_ZOMBIE:
            return False
        if one in started or (process.uid and one.uids().real == process.uid):
            return True
        return bool(one.environ().get(TOKEN) == process.token)
    except (psutil.Error, OSError):
        return False
