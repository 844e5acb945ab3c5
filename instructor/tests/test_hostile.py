"""What a hostile submission does earns nothing and harms nothing, and is reported in plain words.

Each file in ``hostile/`` stands behind a right implementation, so that its functions take the
place of the right ones. It runs in bubblewrap, on small limits; what the code finds out about its
surroundings it says in the text of an exception.
"""

import ast
import contextlib
import json
import os
import re
import socket
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from cs231n_rnn.files import ROOT
from instructor.grading.gradebook import gradebook
from instructor.grading.gradescope import results_of
from instructor.grading.kit import Kit
from instructor.grading.pages import student_page
from instructor.grading.sandbox import find_fallback, find_sandbox
from instructor.grading.student_grade import Grade
from instructor.grading.wording import say
from instructor.tests.hostile_tools import (
    ATTACKS,
    FOLDER,
    MANIFEST,
    MILD,
    REPLAY,
    SECRET,
    Server,
    grade_source,
    run,
    small_kit,
    told,
)

pytestmark = pytest.mark.skipif(os.name != "posix", reason="the attacks are written for Unix")
needs_bubblewrap = pytest.mark.skipif(
    not find_sandbox().bubblewrap, reason="real attacks run in bubblewrap alone"
)


@pytest.fixture(scope="module")
def server():
    with contextlib.ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        server = Server(tcp.getsockname()[1])
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", server.port))
        sockets = {"tcp": tcp, "udp": udp}
        if sys.platform == "linux":  # where a name need not be a file's
            sockets["unix"] = stack.enter_context(socket.socket(socket.AF_UNIX))
            sockets["unix"].bind(f"\0hostile-{server.port}")
            sockets["unix"].listen()
        for kind, one in sockets.items():
            threading.Thread(target=server.listen, args=(one, kind), daemon=True).start()
        yield server
        for one in sockets.values():
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def outcomes(server):
    """All attacks in bubblewrap, many at a time: most of them wait for a limit."""
    kits = [Kit.open(ROOT) for _ in range(8)]
    os.environ["CS231N_RNN_SECRET"] = SECRET.decode()

    def attacked(name):
        kit = kits.pop()  # a kit serves one submission at a time
        try:
            return run(name, kit, find_sandbox(), server.port)
        finally:
            kits.append(kit)

    try:
        with ThreadPoolExecutor(len(kits)) as pool:
            yield dict(zip(ATTACKS, pool.map(attacked, ATTACKS), strict=True))
    finally:
        del os.environ["CS231N_RNN_SECRET"]
        for kit in kits:
            kit.close()


@pytest.fixture(scope="module")
def outcomes_without_bubblewrap():
    """The mild ones where there are limits alone."""
    kit = Kit.open(ROOT)
    try:
        yield {name: run(name, kit, find_fallback()) for name in MILD}
    finally:
        kit.close()


def assert_graded_as_deserved(name, grade):
    attack = ATTACKS[name]
    on = [r for r in grade.results if r.function in attack.on]
    assert {r.function for r in on} == set(attack.on)
    passed = {r.id for r in on if r.status == "passed"}
    right, perhaps = (
        {r.id for r in on if re.match(pattern, r.id)} for pattern in (attack.right, attack.perhaps)
    )
    assert right <= passed <= right | perhaps
    if not passed:
        assert sum(r.earned for r in on) == 0
    spoilt = [r for r in grade.results if r.function in attack.keep and r.status != "passed"]
    assert not spoilt
    assert {r.function for r in grade.results} == {*attack.on, *attack.keep}


def assert_reported(name, grade):
    attack = ATTACKS[name]
    lost = [r for r in grade.results if r.function in attack.on and r.status != "passed"]
    for result in lost:
        assert re.fullmatch(attack.status, result.status), result
        fault = result.fault
        if fault.code == "not_run":
            fault = fault.values["cause"]
        if fault.code in ("raised_unsaid", "raised_unsaid_at"):
            assert result.hidden
            continue
        assert re.search(attack.says, say(fault)), result
        assert len(say(result.fault)) < 1500


def test_there_are_many_attacks_and_each_says_what_it_tries():
    sources = {path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py")}
    assert set(sources) == set(ATTACKS)
    assert len(sources) >= 60
    for source in sources.values():
        sentence = ast.get_docstring(ast.parse(source))
        assert sentence
        assert sentence.endswith(".")


@needs_bubblewrap
@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_earns_what_is_right_and_no_more(name, outcomes):
    assert_graded_as_deserved(name, outcomes[name].grade)


@needs_bubblewrap
@pytest.mark.parametrize("name", ATTACKS)
def test_it_is_reported_in_words_that_say_what_happened(name, outcomes):
    assert_reported(name, outcomes[name].grade)


@needs_bubblewrap
@pytest.mark.parametrize("name", ATTACKS)
def test_nothing_of_it_is_left_over(name, outcomes):
    assert not outcomes[name].processes
    assert not outcomes[name].files


@needs_bubblewrap
@pytest.mark.parametrize("name", ATTACKS)
def test_its_report_can_be_written_and_holds_no_code(name, outcomes):
    grade = outcomes[name].grade
    assert Grade.from_json(grade.to_json()) == grade
    texts = student_page(grade, {}), gradebook([grade], list(MANIFEST.functions))
    for text in (*texts, json.dumps(results_of(grade))):
        text.encode("utf-8")
        assert SECRET.decode() not in text
    assert "<script" not in texts[0]


@needs_bubblewrap
def test_nothing_reaches_a_server_that_can_be_reached_from_outside(outcomes, server):
    assert server.arrived == []
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.send(b"from outside")
    end = time.monotonic() + 5
    while not server.arrived and time.monotonic() < end:
        time.sleep(0.01)
    assert server.arrived == ["tcp"]


@needs_bubblewrap
def test_the_grader_is_left_with_no_more_threads_and_open_files_than_before(outcomes):
    assert not [t for t in threading.enumerate() if "_listen" in t.name]
    grader = psutil.Process()
    before = grader.num_fds()
    kit = Kit.open(ROOT)
    try:
        run("threads_left_running", kit, find_sandbox())
        open_with_kit = grader.num_fds()
        for name in ("flood_of_replies", "stolen_requests", "exit_at_import"):
            run(name, kit, find_sandbox())
        assert grader.num_fds() == open_with_kit
    finally:
        kit.close()
    assert grader.num_fds() == before


@needs_bubblewrap
def test_the_numbers_that_a_first_report_names_earn_nothing_in_a_second_submission(tmp_path):
    kit = Kit.open(ROOT)
    try:
        small = small_kit(kit, ("rnn_forward",), {})
        first = grade_source(small, REPLAY.format(answers={}))
        answers = dict(filter(None, map(told, first.results)))
        assert first.earned == 0
        second = grade_source(small, REPLAY.format(answers=answers))
    finally:
        kit.close()
    assert second.earned == 0


@pytest.mark.parametrize("name", MILD)
def test_without_bubblewrap_a_mild_attack_earns_nothing_and_leaves_nothing(
    name, outcomes_without_bubblewrap
):
    outcome = outcomes_without_bubblewrap[name]
    assert_graded_as_deserved(name, outcome.grade)
    assert_reported(name, outcome.grade)
    assert not outcome.processes
    assert any("without bubblewrap" in note for note in map(say, outcome.grade.notes))
