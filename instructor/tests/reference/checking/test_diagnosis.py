import numpy as np
import pytest

from cs231n_rnn.checking.diagnosis import diagnose
from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.wording import say

N, T, D, H = 2, 5, 3, 4
SIZES = {"N": N, "T": T, "D": D, "H": H}
RNG = np.random.default_rng(0)
STATES = RNG.standard_normal((N, T, H))
GATES = RNG.standard_normal((D, 4 * H))
SQUARE = RNG.standard_normal((H, H))


def seen(value, right, name="dW"):
    return diagnose(name, np.asarray(value), {name: right}, SIZES, 1e-8)


def blocks(order):
    """GATES with its blocks in another order."""
    return np.concatenate([np.split(GATES, 4, axis=1)["ifog".index(k)] for k in order], axis=1)


def shifted(steps):
    """STATES later by some steps, zeros where nothing is known."""
    late = np.zeros_like(STATES)
    late[:, steps:] = STATES[:, :-steps]
    return late


def changed(steps):
    """STATES, wrong at the given time steps."""
    wrong = STATES.copy()
    wrong[:, steps] += 1
    return wrong


@pytest.mark.parametrize(
    ("value", "right", "sentence"),
    [
        (-SQUARE, SQUARE, "dW has the wrong sign."),
        (SQUARE.T, SQUARE, "dW is right but transposed."),
        (GATES.T, GATES, "dW is right, but its axes are in another order."),
        (STATES.swapaxes(0, 1), STATES, "dW is right, but its axes are in another order."),
        ((10 * SQUARE).astype(int), 10 * SQUARE, "dW holds whole numbers"),
        (SQUARE / N, SQUARE, "dW is too small by the factor N: is it a mean"),
        (SQUARE * N, SQUARE, "dW is too large by the factor N: is something counted N times?"),
        (SQUARE / T, SQUARE, "dW is too small by the factor T"),
        (SQUARE * H, SQUARE, "dW is too large by the factor H"),
        (SQUARE / (N * T), SQUARE, "dW is too small by the factor N T"),
        (SQUARE * 7, SQUARE, "dW is right but for the factor 7."),
        (0 * SQUARE, SQUARE, "dW is zero everywhere"),
        (SQUARE[np.newaxis], SQUARE, "dW has the right numbers in another shape"),
        (SQUARE.ravel(), SQUARE, "dW has the right numbers in another shape"),
        (STATES, STATES.sum(axis=1), "dW still needs a sum over axis 1."),
        (STATES, STATES.sum(axis=0), "dW still needs a sum over axis 0."),
        (SQUARE.sum(), SQUARE.sum(axis=0), "dW is summed over everything"),
        (np.where(SQUARE > 0, np.nan, SQUARE), SQUARE, "dW is not finite"),
        (shifted(1), STATES, "dW is one time step late."),
        (np.roll(STATES, -1, axis=1), STATES, "dW is one time step early."),
        (STATES[:, ::-1], STATES, "dW runs backwards in time."),
        (changed(slice(None, -1)), STATES, "dW is right at the last time step alone"),
        (changed(slice(2, None)), STATES, "dW is right up to time step 1 (from 0)"),
        (STATES * (np.arange(T) > 0)[:, np.newaxis], STATES, "dW is zero at time step 0 and right"),
        (changed([0, 2]), STATES, "dW is right at time steps 1, 3, 4 (from 0) alone."),
        (blocks("fiog"), GATES, "dW has the gates in the order f, i, o, g"),
        (blocks("ifgo"), GATES, "dW has the gates in the order i, f, g, o"),
        (GATES + np.repeat([0, 1, 0, 0], H), GATES, "dW is wrong in the columns of f alone."),
        (GATES * np.repeat([1, 2, 1, 3], H), GATES, "dW is wrong in the columns of f and g alone."),
        (SQUARE[:2] * [[1], [2]], SQUARE[:2], "dW is right for example 0 (from 0) alone."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_simple_difference_is_named(value, right, sentence):
    assert say(seen(value, right)).startswith(sentence)


@pytest.mark.parametrize("right", [STATES, GATES, SQUARE, np.array(2.5), np.zeros((0, 3))])
def test_a_difference_without_pattern_is_left_unnamed(right):
    other = right + np.random.default_rng(1).standard_normal(right.shape)
    assert seen(other, right) is None


@pytest.mark.parametrize("shape", [(4, 2, 3), (3,), (2, 4), (5, 2, 4, 3), (), (0,)])
def test_any_other_shape_can_be_looked_at(shape):
    other = np.random.default_rng(1).standard_normal(shape)
    assert seen(other, np.random.default_rng(2).standard_normal((2, 4, 3))) is None


def test_what_is_no_number_is_left_to_the_judge():
    assert seen(np.array(["a", "b"]), np.ones(2)) is None
    assert seen(np.array([None, None]), np.ones(2)) is None


def test_a_right_answer_of_zeros_has_no_factor():
    assert seen(np.ones((2, 3)), np.zeros((2, 3))) is None


def test_sizes_of_one_are_no_factor():
    found = diagnose("db", np.ones(3), {"db": np.full(3, 2.0)}, {"N": 1, "T": 1}, 1e-8)
    assert found == message("factor", name="db", factor=0.5)


def test_arrays_that_were_returned_in_another_order_are_told():
    answer = {"dx": SQUARE, "dprev_h": SQUARE.T + 1}
    found = diagnose("dx", answer["dprev_h"].copy(), answer, SIZES, 1e-8)
    assert found == message("other_array", name="dx", other="dprev_h")
