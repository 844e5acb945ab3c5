"""Grading one submission, for real: workers in bubblewrap where the system has it."""

import dataclasses
import os

import numpy as np
import pytest

from cs231n_rnn.checking.judge import judge
from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.report import make_report
from cs231n_rnn.files import ROOT
from instructor.grading.kit import Kit
from instructor.grading.run import grade_submission, prepared
from instructor.grading.sandbox import FIRST_UID, find_fallback, find_sandbox
from instructor.grading.seed import student_seed
from instructor.grading.student_grade import Grade
from instructor.grading.wording import say
from instructor.tests.grading_tools import (
    MANIFEST,
    SECRET,
    TOTAL,
    only,
    points,
    sources,
    submission,
)

LSTM = "cs231n_rnn/layers/lstm.py"
RNN_POINTS = sum(MANIFEST.points["cs231n_rnn/layers/rnn.py"].values())


@pytest.fixture(scope="module")
def kit():
    kit = Kit.open(ROOT)
    yield kit
    kit.close()


def grade(kit, submission, sandbox=None):
    return grade_submission(submission, kit, sandbox or find_sandbox(), SECRET)


@pytest.mark.parametrize(
    ("name", "share", "sandbox"),
    [
        ("stubs", 0, find_sandbox),
        ("stubs", 0, find_fallback),
        ("reference", 1, find_sandbox),
        ("simple", 1, find_fallback),
    ],
)
def test_the_reference_gets_all_points_and_the_stubs_none(kit, name, share, sandbox):
    found = grade(kit, submission(name), sandbox())
    assert found.points == TOTAL
    assert found.earned == share * found.points
    assert {r.hidden for r in found.results} == {True, False}
    assert {r.status for r in found.results} == {"passed" if share else "not implemented"}
    assert found.reason is None


def test_an_optional_exercise_counts_in_no_total(kit):
    clipping = dataclasses.replace(MANIFEST.exercises["clipping"], optional=True)
    exercises = MANIFEST.exercises | {"clipping": clipping}
    manifest = dataclasses.replace(MANIFEST, exercises=exercises)
    few = dataclasses.replace(only(kit, "clip_gradients", "latent_forward"), manifest=manifest)
    found = grade(few, submission())
    assert found.points == found.earned == MANIFEST.points_of("latent_forward")
    assert points(found, "clip_gradients") == MANIFEST.points_of("clip_gradients")
    last = str(make_report(found.results, manifest)).splitlines()[-1]
    assert last.startswith("4.0 of 4.0 points on the public cases. Optional: 6.0 of 6.0.")


def test_where_there_is_no_bubblewrap_every_report_says_so(kit):
    found = grade(only(kit, "rnn_step_forward"), submission(), find_fallback())
    assert "Graded without bubblewrap" in " ".join(map(say, found.notes))
    assert find_sandbox().bubblewrap == (not find_sandbox().note)


def test_a_grade_survives_being_written_and_read(kit):
    found = grade(only(kit, "rnn_step_forward"), submission())
    assert Grade.from_json(found.to_json()) == found


def test_every_function_has_public_and_hidden_cases_that_share_its_points(kit):
    for function in MANIFEST.functions:
        cases = [case for case in kit.cases if case.function == function]
        assert {case.hidden for case in cases} == {False, True}
        assert sum(map(kit.share, cases)) == pytest.approx(MANIFEST.points_of(function))
        assert len({case.id for case in cases}) == len(cases)


def test_each_submission_has_numbers_of_its_own_that_the_secret_decides():
    submissions = [
        submission(student="a"),
        submission(student="b"),
        submission(student="a", rnn=b""),
    ]
    seeds = {student_seed(secret, one) for secret in (SECRET, b"x" * 20) for one in submissions}
    assert len(seeds) == 6
    assert student_seed(SECRET, submission(student="a")) == student_seed(SECRET, submissions[0])


def test_no_case_is_passed_by_zeros_or_by_the_answer_to_other_numbers(kit):
    for case in kit.cases:
        right = kit.expected(case, 7)
        answer = {k: v for k, v in right.arrays.items() if k not in case.at_most}
        zeros = {name: 0 * array for name, array in right.arrays.items()}
        for arrays in (zeros, kit.expected(case, 8).arrays):
            other = dataclasses.replace(right, arrays=arrays)
            assert judge(case, other, answer, 1).status == "failed", case.id


def test_answers_of_the_public_numbers_earn_nothing(kit):
    """Whoever only replays the published values fails on other numbers."""
    name = "rnn_step_forward"
    case = next(c for c in kit.cases if c.id == f"{name}-unequal_sizes")
    right = kit.key.answers[case.id]["next_h"]
    code = f"import numpy as np\ndef {name}(*a):\n    return np.array({right.tolist()}), None\n"
    found = grade(only(kit, name), submission(rnn=code.encode()))
    assert points(found) == 0


def test_a_file_that_cannot_be_imported_leaves_the_others_their_points(kit):
    found = grade(kit, submission(lstm=b"def lstm_step_forward(:\n"))
    assert points(found, "rnn_backward") == MANIFEST.points_of("rnn_backward")
    assert points(found, "lstm_step_forward") == 0
    (fault,) = {r.fault for r in found.results if r.function == "lstm_step_forward"}
    assert say(fault).startswith(f"{LSTM} cannot be imported: SyntaxError: ")
    assert "line 1" in say(fault)
    loss = {r.id: r for r in found.results if r.function == "CaptioningRNN.loss"}
    assert loss["CaptioningRNN.loss-rnn_one_word"].status == "passed"
    causes = loss["CaptioningRNN.loss-lstm_one_word"].causes
    assert causes == ("lstm_forward", "lstm_backward")


def test_a_missing_file_is_a_stub(kit):
    found = grade(only(kit, "rnn_forward", "lstm_forward"), submission(lstm=None))
    assert points(found) == MANIFEST.points_of("rnn_forward")
    assert {r.status for r in found.results if r.function == "lstm_forward"} == {"not implemented"}


def replaced(file, before, after):
    text = sources("simple")[file].decode()
    assert before in text
    return text.replace(before, after).encode()


def test_one_wrong_line_costs_at_most_half_and_says_where_to_begin(kit):
    file = "cs231n_rnn/layers/rnn.py"
    wrong = replaced(file, "np.tanh(", "np.sin(")
    found = grade(kit, submission(rnn=wrong))
    assert TOTAL / 2 <= found.earned < TOTAL
    states = {r.function: r for r in found.results if r.status != "passed"}
    assert states["rnn_step_forward"].causes == ()
    assert states["rnn_forward"].causes == ("rnn_step_forward",)
    assert points(found, "lstm_backward") == MANIFEST.points_of("lstm_backward")


def test_a_case_that_does_not_end_costs_its_own_points_alone(kit):
    file = "cs231n_rnn/layers/rnn.py"
    endless = replaced(
        file,
        "def rnn_step_forward(",
        "def rnn_step_forward(x, prev_h, *rest):\n"
        "    while x.shape == (1, 3):\n        pass\n"
        "    return right(x, prev_h, *rest)\n\n\ndef right(",
    )
    found = grade(only(kit, "rnn_step_forward"), submission(rnn=endless))
    late = {r.id: r.fault for r in found.results if r.status == "timed out"}
    assert late == {"rnn_step_forward-one_example": message("late", seconds=3)}


def test_numerical_differences_are_no_backward_pass(kit):
    """Neither the provided ones, nor the student's own: those are too slow at scale."""
    function = "word_embedding_backward"
    provided = (
        "from cs231n_rnn.training import eval_numerical_gradient_array\n"
        "import numpy as np\n"
        "def word_embedding_forward(x, W):\n    return W[x], (x, W)\n"
        "def word_embedding_backward(dout, cache):\n"
        "    x, W = cache\n"
        "    return eval_numerical_gradient_array(lambda W: W[x], W.copy(), dout)\n"
    )
    own = (
        "import numpy as np\n"
        "def word_embedding_forward(x, W):\n    return W[x], (x, W)\n"
        "def word_embedding_backward(dout, cache):\n"
        "    x, W = cache\n"
        "    dW = np.zeros_like(W)\n"
        "    for k in np.ndindex(*W.shape):\n"
        "        step = np.zeros_like(W)\n        step[k] = 1\n"
        "        dW[k] = (dout * (W + step)[x] - dout * (W - step)[x]).sum() / 2\n"
        "    return dW\n"
    )
    found = grade(only(kit, function), submission(embedding=provided.encode()))
    assert points(found) == 0
    assert "is for checking a backward pass, not for writing one" in say(found.results[0].fault)
    found = grade(only(kit, function), submission(embedding=own.encode()))
    assert points(found) == 0
    assert message("too_slow") in [r.fault for r in found.results]


def test_advice_costs_no_points(kit):
    careless = (
        "import time\n"
        "import numpy as np\n"
        "def word_embedding_forward(x, W):\n    return W[x], [x, W.shape]\n"
        "def word_embedding_backward(dout, cache):\n"
        "    shape, x = cache.pop(), cache.pop()\n"
        "    dW = np.zeros(shape)\n"
        "    np.add.at(dW, x, dout)\n"
        "    end = time.process_time() + (x.size > 1000)\n"  # slow on any machine
        "    while time.process_time() < end:\n        pass\n"
        "    dout *= 2\n"
        "    return dW\n"
    )
    found = grade(only(kit, "word_embedding_backward"), submission(embedding=careless.encode()))
    assert points(found) == MANIFEST.points_of("word_embedding_backward")
    advice = "\n".join(map(say, found.advice))
    assert "word_embedding_backward: dout is changed in place" in advice
    assert "word_embedding_backward: a second backward pass on the same cache fails" in advice
    assert "word_embedding_backward: float32 in gives float64 out in dW" in advice
    assert "times as long as the reference" in advice


@pytest.mark.skipif(os.name != "posix", reason="users are Unix's")
def test_a_tree_is_open_to_its_own_user_alone(kit):
    """Without bubblewrap the reference and other submissions are beside the code under test."""
    assert kit.tree.stat().st_mode & 0o077 == 0
    with prepared(submission(), kit, find_sandbox()) as (worker, unusable):
        assert unusable == {}
        found = worker.tree.stat()
        assert found.st_mode & 0o027 == 0
        if os.geteuid() == 0:
            assert found.st_gid >= FIRST_UID
        else:
            assert found.st_mode & 0o077 == 0


def test_misconceptions_are_named_on_a_students_own_numbers(kit):
    file = "cs231n_rnn/layers/rnn.py"
    wrong = replaced(file, "np.tanh(a)", "a")
    found = grade(only(kit, "rnn_step_forward"), submission(rnn=wrong))
    (hint,) = {r.hint for r in found.results if r.status == "failed"}
    assert hint == message("misconception", name="rnn_step_no_tanh")
    known = next(m for m in kit.key.misconceptions if m.name == "rnn_step_no_tanh")
    assert say(hint) == known.hint


def test_a_fault_of_the_reference_is_not_the_students(kit):
    unknown = dataclasses.replace(kit.cases[0], id="a case that its tree does not have")
    with pytest.raises(RuntimeError, match="the reference fails a case that its tree"):
        kit.expected(unknown, 7)


def test_the_reference_gives_what_the_answer_key_holds(kit):
    case = kit.cases[0]
    found = kit.expected(case, MANIFEST.public_seed)
    for name, array in kit.key.answers[case.id].items():
        np.testing.assert_allclose(found.arrays[name], array, rtol=1e-9)


def test_a_bound_is_no_lower_than_what_the_reference_reaches(kit):
    """About one student in a hundred draws captions that a hundred steps do not learn."""
    case = next(c for c in kit.cases if c.at_most)
    (name,) = case.at_most
    hard = dataclasses.replace(case, at_most={name: 1e-9})
    few = dataclasses.replace(kit, cases=[hard])
    found = grade(few, submission())
    assert [result.status for result in found.results] == ["passed"]
