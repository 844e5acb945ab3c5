"""Grading on a Dask cluster, which may lack workers, or lose them or its scheduler at any time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

from instructor.grading.batch import grade_here, kit_digest
from instructor.grading.sandbox import find_sandbox
from instructor.grading.stopping import MachineError
from instructor.grading.submission import Submission
from instructor.grading.wording import say

LOOK_SECONDS = 1.0
# For a scheduler to answer, and for a worker to be there.
PATIENCE = 30.0


def require_sandbox() -> None:
    """Refuse to grade where the code would have a worker's rights: with them it has the cluster's.

    Raises
    ------
    MachineError
    """
    note = find_sandbox().note
    if note:
        reason = f"--dask needs bubblewrap, on {socket.gethostname()} too, which runs without it"
        raise MachineError(f"{reason}: a submission could give the scheduler orders. {say(note)}")


def grade_there(submission: Submission, secret: bytes, digest: str) -> str:
    """Grade on a node, which must have a sandbox and hold the same kit."""
    require_sandbox()
    if kit_digest() != digest:
        raise MachineError(f"the kit on {socket.gethostname()} is another one, or its sandbox is")
    return grade_here(submission, secret)


@contextmanager
def cluster(address: str) -> Iterator[Callable[[Submission, bytes], Future[str]]]:
    """``submit(submission, secret)`` on a cluster.

    Raises
    ------
    MachineError
        If there is no scheduler or no worker, or no sandbox here. What was submitted gets it
        too, where they are lost later.
    """
    require_sandbox()
    from dask.distributed import Client

    try:
        client = Client(address, timeout=PATIENCE)
    except (OSError, ValueError) as error:
        raise MachineError(f"no scheduler answers at {address}: {error}") from error
    nodes = Nodes(client, address)
    try:
        nodes.require_workers()
        threading.Thread(target=nodes.watch, daemon=True).start()
        digest = kit_digest()
        yield lambda submission, secret: nodes.submit(grade_there, submission, secret, digest)
    finally:
        nodes.close()


class Nodes:
    """A cluster's client, and what it still owes.

    Parameters
    ----------
    client : dask.distributed.Client
    address : str
    """

    def __init__(self, client: Any, address: str) -> None:
        self.client, self.address = client, address
        self._owed: dict[Future[str], Any] = {}
        self._closed = threading.Event()

    def require_workers(self) -> None:
        """Wait for a worker, not for ever."""
        try:
            self.client.wait_for_workers(1, timeout=PATIENCE)
        except (TimeoutError, OSError):
            raise MachineError(self._without_workers()) from None

    def submit(self, function: Callable[..., str], *arguments: Any) -> Future[str]:
        """A future of what a node gives; it fails where the cluster is lost."""
        promised: Future[str] = Future()
        try:
            far = self.client.submit(function, *arguments, pure=False)
        except Exception as error:
            raise MachineError(f"the scheduler at {self.address} is gone: {error}") from error
        self._owed[promised] = far
        far.add_done_callback(lambda done: self._keep(promised, done))
        return promised

    def _keep(self, promised: Future[str], done: Any) -> None:
        if done.cancelled() or self._owed.pop(promised, None) is None:
            return  # the watch says why
        error = done.exception()
        if error is None:
            promised.set_result(done.result())
        else:
            promised.set_exception(error)

    def watch(self) -> None:
        """Fail all that is owed where nobody is left to do it."""
        seen = time.monotonic()
        while not self._closed.wait(LOOK_SECONDS):
            if self.client.status != "running":
                self._fail(f"the scheduler at {self.address} is gone")
                break
            if self._has_workers():
                seen = time.monotonic()
            elif time.monotonic() - seen > PATIENCE:
                self._fail(self._without_workers())
                break

    def _has_workers(self) -> bool:
        try:
            return bool(self.client.nthreads())
        except Exception:  # the next look shows whether the scheduler is gone
            return False

    def _without_workers(self) -> str:
        return f"the cluster at {self.address} has had no workers for {PATIENCE:g} s"

    def _fail(self, reason: str) -> None:
        while self._owed:
            promised, _ = self._owed.popitem()
            promised.set_exception(MachineError(reason))

    def close(self) -> None:
        """Leave the cluster; what runs there is not waited for."""
        self._closed.set()
        owed, self._owed = list(self._owed.values()), {}
        if self.client.status == "running":
            self.client.cancel(owed, force=True)
        self.client.close(timeout=5)
