import numpy as np
import pytest

from cs231n_rnn.layers.packing import batch_sizes, lengths_of, longest_first, pack, steps, unpack

N, T, D = 4, 3, 2
LENGTHS = np.array([3, 2, 1, 0])


def rows_one_by_one(x, lengths):
    return np.array([x[n, t] for t in range(x.shape[1]) for n in range(len(x)) if t < lengths[n]])


@pytest.fixture
def x(rng):
    return rng.standard_normal((N, T, D))


@pytest.mark.parametrize(("N", "T"), [(2, 3), (1, 1), (3, 0), (0, 2)])
def test_without_lengths_every_sequence_runs_to_the_end(N, T):
    assert batch_sizes(N, T, None).tolist() == [N] * T


@pytest.mark.parametrize(
    ("lengths", "sizes"),
    [
        ([4, 4, 1], [3, 2, 2, 2]),
        ([3, 0, 0], [1, 1, 1, 0]),
        ([0, 0, 0], [0, 0, 0, 0]),
        ([4, 4, 4], [3, 3, 3, 3]),
    ],
)
def test_a_sequence_runs_before_its_end(lengths, sizes):
    assert batch_sizes(3, 4, lengths).tolist() == sizes
    assert batch_sizes(3, 4, np.array(lengths)).tolist() == sizes


def test_an_empty_minibatch_has_no_lengths():
    assert batch_sizes(0, 3, np.zeros(0, int)).tolist() == [0, 0, 0]


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
        batch_sizes(3, 4, np.array(lengths))


def test_packed_rows_are_one_time_step_after_the_other(x):
    sizes = batch_sizes(N, T, LENGTHS)
    np.testing.assert_array_equal(pack(x, sizes), rows_one_by_one(x, LENGTHS))
    np.testing.assert_array_equal(pack(x, batch_sizes(N, T, None)), x.swapaxes(0, 1).reshape(-1, D))


def test_each_step_has_the_sequences_that_still_run(x):
    sizes = batch_sizes(N, T, LENGTHS)
    for t, step in enumerate(steps(pack(x, sizes), sizes)):
        np.testing.assert_array_equal(step, x[t < LENGTHS, t])


def test_what_is_written_into_a_step_is_in_the_rows(x):
    sizes = batch_sizes(N, T, LENGTHS)
    rows = pack(x, sizes)
    for step in steps(rows, sizes):
        step *= 2
    np.testing.assert_array_equal(rows, 2 * rows_one_by_one(x, LENGTHS))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_unpacked_steps_are_as_they_were_and_the_padding_is_zero(x, dtype):
    x, sizes = x.astype(dtype), batch_sizes(N, T, LENGTHS)
    parts = steps(pack(x, sizes), sizes)
    out = unpack(parts, N)
    counts = np.arange(T) < LENGTHS[:, np.newaxis]
    np.testing.assert_array_equal(out, np.where(counts[:, :, np.newaxis], x, 0))
    assert out.dtype == dtype
    assert not any(np.shares_memory(out, part) for part in parts)


def test_a_length_counts_what_is_masked_before_the_last_step_too():
    mask = np.array([[True, False, True], [True, False, False], [False, False, False]])
    assert lengths_of(mask).tolist() == [3, 1, 0]


def test_equally_long_sequences_stay_in_their_order():
    assert longest_first(np.array([1, 3, 1, 2, 3])).tolist() == [1, 4, 3, 0, 2]
