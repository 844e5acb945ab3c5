import numpy as np
import pytest

from cs231n_rnn.layers.packing import valid_steps


@pytest.mark.parametrize(("N", "T"), [(2, 3), (1, 1), (3, 0), (0, 2)])
def test_without_lengths_every_step_counts(N, T):
    valid = valid_steps(N, T, None)
    assert valid.shape == (T, N)
    assert valid.dtype == bool
    assert valid.all()


def test_a_step_counts_before_its_sequences_end():
    right = [[1, 1, 1, 0], [1, 1, 0, 0], [1, 0, 0, 0]]
    np.testing.assert_array_equal(valid_steps(4, 3, np.array([3, 2, 1, 0])), np.array(right, bool))


@pytest.mark.parametrize("lengths", [[4, 4, 1], [3, 0, 0], [0, 0, 0], [4, 4, 4]])
def test_each_sequence_has_its_length_and_the_ones_that_run_come_first(lengths):
    valid = valid_steps(3, 4, np.array(lengths))
    np.testing.assert_array_equal(valid.sum(axis=0), lengths)
    for row in valid:
        np.testing.assert_array_equal(row, np.arange(3) < row.sum())


def test_indexing_packs_one_time_step_after_the_other():
    N, T, D = 3, 4, 2
    x = np.arange(N * T * D).reshape(N, T, D)
    lengths = [4, 2, 1]
    packed = x.swapaxes(0, 1)[valid_steps(N, T, np.array(lengths))]
    right = [x[n, t] for t in range(T) for n in range(N) if t < lengths[n]]
    np.testing.assert_array_equal(packed, right)


def test_an_empty_minibatch_has_no_lengths():
    assert valid_steps(0, 3, np.zeros(0, int)).shape == (3, 0)


def test_lengths_may_be_a_list():
    np.testing.assert_array_equal(valid_steps(2, 3, [2, 1]), valid_steps(2, 3, np.array([2, 1])))


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([3, 2], r"lengths is \(2,\); a minibatch of 3 needs \(N,\) = \(3,\)"),
        ([[3], [2], [1]], r"lengths is \(3, 1\); a minibatch of 3 needs"),
        ([5, 2, 1], "lengths run from 1 to 5; 4 steps allow 0 to 4"),
        ([4, 2, -1], "lengths run from -1 to 4; 4 steps allow 0 to 4"),
        ([1, 2, 3], r"lengths are \[1, 2, 3\]; the longest sequence must come first"),
        ([4, 1, 2], r"lengths are \[4, 1, 2\]; the longest sequence must come first"),
    ],
)
def test_lengths_that_do_not_fit_are_refused(lengths, message):
    with pytest.raises(ValueError, match=message):
        valid_steps(3, 4, np.array(lengths))
