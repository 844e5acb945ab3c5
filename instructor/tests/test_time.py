"""Time is a submission's own: neighbours, a busy machine and chance give no other points."""

import contextlib
import dataclasses
import os
import subprocess
import sys
import time

import psutil
import pytest

from cs231n_rnn.checking.messages import message
from cs231n_rnn.files import ROOT
from instructor.grading import worker as worker_module
from instructor.grading.batch import Folder, grade_all
from instructor.grading.clock import OwnTime
from instructor.grading.imports import modules_in
from instructor.grading.kit import Kit
from instructor.grading.run import grade_submission
from instructor.grading.sandbox import find_sandbox
from instructor.grading.stopping import thread_pool
from instructor.grading.submission import Source
from instructor.tests.grading_tools import MANIFEST, SECRET, only, points, submission

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="own time is Linux's to tell")
EMBEDDING = "cs231n_rnn/layers/embedding.py"
SPIN = "while True: pass"
SLEEP = "import time; time.sleep(100)"


@pytest.fixture(scope="module")
def kit():
    kit = Kit.open(ROOT)
    yield kit
    kit.close()


@pytest.fixture(autouse=True)
def one_processor():
    """All of a test shares one processor, so that few neighbours crowd it and no other test."""
    every = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(every)})
    yield
    os.sched_setaffinity(0, every)


@contextlib.contextmanager
def processes(code, count):
    """Processes that run some Python, of sessions of their own."""
    started = [
        subprocess.Popen([sys.executable, "-S", "-c", code], start_new_session=True)
        for _ in range(count)
    ]
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()


def limited(kit, *functions, **limits):
    """A kit with few functions and other limits."""
    manifest = dataclasses.replace(kit.manifest, limits=kit.manifest.limits | limits)
    return dataclasses.replace(only(kit, *functions), manifest=manifest)


def grade(kit, **files):
    return grade_submission(submission(**files), kit, find_sandbox(), SECRET)


def embedding(code):
    """The embedding with a line in front of its forward pass."""
    return (
        "import numpy as np\n"
        "def word_embedding_forward(x, W):\n"
        f"{code}"
        "    return W[x], (x, W.shape, W.dtype)\n"
        "def word_embedding_backward(dout, cache):\n"
        "    x, shape, dtype = cache\n"
        "    dW = np.zeros(shape, dtype)\n"
        "    np.add.at(dW, x, dout)\n"
        "    return dW\n"
    ).encode()


def watch(pid, seconds):
    """What a process's clock says after some looks."""
    one = psutil.Process(pid)
    clock = OwnTime(lambda: [one, *one.children(recursive=True)])
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.1)
        clock.look()
    return clock.seconds


def test_a_clock_stands_still_while_a_process_waits_for_a_processor():
    with processes(SPIN, 6) as many:
        begin = psutil.Process(many[0].pid).cpu_times()
        own = watch(many[0].pid, 2)
        end = psutil.Process(many[0].pid).cpu_times()
    assert own == pytest.approx(end.user + end.system - begin.user - begin.system, abs=0.2)
    assert own < 1.2


def test_a_clock_goes_on_while_a_process_sleeps_or_is_stopped():
    with processes(SLEEP, 1) as (one,):
        time.sleep(0.3)
        assert watch(one.pid, 1) > 0.7
        psutil.Process(one.pid).suspend()
        assert watch(one.pid, 1) > 0.7


def test_a_clock_counts_what_children_take_and_took():
    code = (
        "import subprocess, sys\n"
        "spin = 'import time\\nwhile time.process_time() < 0.3: pass'\n"
        "while True: subprocess.run([sys.executable, '-S', '-c', spin])"
    )
    with processes(code, 1) as (one,):
        try:
            assert watch(one.pid, 2) > 0.5
        finally:
            for child in psutil.Process(one.pid).children():
                child.kill()


def test_neighbours_that_spin_take_no_points(kit):
    """On a processor it needs half of what it may, by the clock several times that."""
    slow = embedding(
        "    import time\n"
        "    end = time.process_time() + 0.5\n"
        "    while time.process_time() < end:\n        pass\n"
    )
    few = limited(kit, "word_embedding_forward", seconds=1)
    few = dataclasses.replace(few, cases=few.cases[:2])
    with processes(SPIN, 5):
        found = grade(few, embedding=slow)
    assert {r.status for r in found.results} == {"passed"}
    assert not found.starved


def test_what_ends_by_the_clock_on_the_wall_is_tried_again_alone_and_is_no_verdict(
    kit, tmp_path, monkeypatch
):
    """It needs 0.5 s on a processor, and is waited for 1.5 s; beside so many it gets a sixth."""
    monkeypatch.setattr(worker_module, "PATIENCE", 1.5)
    starving = embedding(
        "    import time\n"
        "    end = time.process_time() + 0.5\n"
        "    while time.process_time() < end:\n        pass\n"
    )
    few = limited(kit, "word_embedding_forward", seconds=1)
    few = dataclasses.replace(few, cases=few.cases[:2])
    file = tmp_path / "ann" / EMBEDDING
    file.parent.mkdir(parents=True)
    file.write_bytes(starving)
    source = Source("ann", tmp_path / "ann")
    tries = []

    def submit(one, secret):
        tries.append(one.student)
        return pool.submit(lambda: grade_submission(one, few, find_sandbox(), secret).to_json())

    folder = Folder(tmp_path / "grades")
    with thread_pool(1) as pool, processes(SPIN, 5) as spinners:
        (found,) = grade_all([source], MANIFEST, SECRET, folder, submit)
        assert len(tries) == 2
        assert found.starved
        assert found.earned < MANIFEST.points_of("word_embedding_forward")
        assert message("by_the_clock") in found.notes
        for spinner in spinners:
            spinner.kill()
        # Nothing was kept of it, so that the same command grades it again.
        (found,) = grade_all([source], MANIFEST, SECRET, folder, submit)
        assert len(tries) == 3
        assert not found.starved
        assert {r.status for r in found.results} == {"passed"}
        assert list(grade_all([source], MANIFEST, SECRET, folder, submit)) == [found]
        assert len(tries) == 3


def test_imports_have_a_limit_and_count(kit):
    sleeps = b"import time\ntime.sleep(1.5)\nraise ValueError('late and wrong')\n"
    few = limited(kit, "rnn_forward", "lstm_forward", "gru_forward", total_seconds=2)
    begin = time.monotonic()
    found = grade(few, rnn=sleeps, lstm=sleeps, gru=sleeps, multilayer=sleeps, vqa=sleeps)
    assert time.monotonic() - begin < 30  # five of them, each imported until it breaks: 22 s
    codes = {r.fault.values["cause"].code for r in found.results}
    assert "all_late" in codes
    few = limited(kit, "rnn_forward", import_seconds=1)
    found = grade(few, rnn=b"while True: pass\n")
    assert {r.fault.values["cause"] for r in found.results} == {message("late", seconds=1)}


def test_what_many_import_is_loaded_before_the_time_begins(kit):
    """The worker starts with Matplotlib in it."""
    code = embedding("    pass\n") + (
        b"import sys\nloaded = 'matplotlib.pyplot' in sys.modules\n"
        b"import matplotlib.pyplot as plt\nassert loaded, 'it was not there'\n"
    )
    found = grade(limited(kit, "word_embedding_forward"), embedding=code)
    assert points(found) == MANIFEST.points_of("word_embedding_forward")
    files = {"a.py": b"import torch\n  from scipy.special import expit\nimport matplotlib_x\n"}
    assert modules_in(files) == ("scipy.special",)


CHANCE = (
    "    import random\n"
    "    drawn = next(iter({'a', 'b', 'c', 'd', 'e', 'f'})), random.random(), np.random.rand()\n"
    "    drawn += np.random.default_rng().random(), np.random.RandomState().rand(), hash('word')\n"
    "    drawn += hash(None), [f.__name__ for f in {np.sin, np.cos, np.tan, np.exp, len, max}]\n"
    "    raise ValueError(repr(drawn))\n"
)


def test_the_same_files_give_the_same_results_whatever_they_leave_to_chance(kit):
    few = limited(kit, "word_embedding_forward")
    first, *others = [grade(few, embedding=embedding(CHANCE)) for _ in range(4)]
    assert {r.status for r in first.results} == {"crashed"}
    assert all(other.results == first.results for other in others)
    texts = {r.fault.values["text"] for r in first.results if not r.hidden}
    assert len(texts) == len([r for r in first.results if not r.hidden])


def test_a_request_says_nothing_of_another_cases_numbers(kit):
    """What each case is told of chance, the code can read; no two of them are told the same."""
    code = embedding(
        "    import sys\n"
        "    frame = sys._getframe()\n"
        "    while 'request' not in frame.f_locals:\n"
        "        frame = frame.f_back\n"
        "    raise ValueError(repr(frame.f_locals['request']['seed']))\n"
    )
    found = grade(limited(kit, "word_embedding_forward"), embedding=code)
    texts = [r.fault.values["text"] for r in found.results if not r.hidden]
    assert len(set(texts)) == len(texts) > 3
