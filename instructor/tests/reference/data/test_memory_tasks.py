import numpy as np
import pytest

from cs231n_rnn.data.memory_tasks import adding_problem, copying_problem


@pytest.mark.parametrize("T", [2, 3, 10, 11])
def test_the_sum_is_that_of_one_marked_number_in_each_half(T):
    N = 50
    x, y = adding_problem(N, T, np.random.default_rng(1))
    assert x.shape == (N, T, 2)
    assert x.dtype == y.dtype == np.float32
    for (numbers, marks), total in zip(x.swapaxes(1, 2), y, strict=True):
        first, second = np.flatnonzero(marks)
        assert first < T // 2 <= second
        np.testing.assert_array_equal(marks[[first, second]], 1)
        np.testing.assert_allclose(total, float(numbers[first]) + float(numbers[second]), rtol=1e-6)


def test_every_step_is_marked_sometimes_and_no_number_leaves_its_range():
    x, _ = adding_problem(500, 9, np.random.default_rng(2))
    assert x[:, :, 1].any(axis=0).all()
    assert x[:, :, 0].min() >= 0
    assert x[:, :, 0].max() <= 1
    assert x[:, :, 0].std() == pytest.approx(12**-0.5, rel=0.03)


def test_guessing_one_costs_a_sixth():
    _, y = adding_problem(50_000, 4, np.random.default_rng(3))
    assert np.mean((y - 1) ** 2) == pytest.approx(1 / 6, rel=0.02)


@pytest.mark.parametrize(("delay", "length"), [(0, 1), (0, 3), (5, 3), (7, 1)])
def test_what_was_read_is_to_be_said_behind_the_sign(delay, length):
    N, K = 6, 4
    inputs, targets, mask = copying_problem(N, delay, K, length, np.random.default_rng(4))
    T = 2 * length + delay
    assert inputs.shape == (N, T, K + 2)
    assert inputs.dtype == np.float32
    assert set(np.unique(inputs)) == {0, 1}
    np.testing.assert_array_equal(inputs.sum(axis=2), 1)
    for row, right, counts in zip(inputs.argmax(axis=2).tolist(), targets, mask, strict=True):
        symbols = row[:length]
        assert max(symbols) < K
        assert row[length:] == [K] * delay + [K + 1] + [K] * (length - 1)
        assert right[counts].tolist() == symbols
        assert right[~counts].tolist() == [K] * (T - length)
        assert counts.tolist() == [False] * (T - length) + [True] * length


def test_every_symbol_may_stand_at_every_place():
    K, length = 3, 4
    inputs, _, _ = copying_problem(200, 2, K, length, np.random.default_rng(5))
    symbols = inputs.argmax(axis=2)[:, :length]
    for place in symbols.T:
        assert set(place.tolist()) == set(range(K))


@pytest.mark.parametrize(
    "draw", [lambda rng: adding_problem(3, 5, rng), lambda rng: copying_problem(3, 2, 4, 3, rng)]
)
def test_a_seed_gives_the_same_examples_and_a_generator_ever_new_ones(draw):
    rng = np.random.default_rng(6)
    first, second, again = draw(rng), draw(rng), draw(np.random.default_rng(6))
    for array, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(array, same)
    assert not np.array_equal(first[0], second[0])


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda rng: adding_problem(0, 5, rng), "N is 0; adding_problem needs at least 1"),
        (lambda rng: adding_problem(2, 1, rng), "T is 1; adding_problem needs at least 2"),
        (lambda rng: copying_problem(0, 5, 4, 3, rng), "N is 0"),
        (lambda rng: copying_problem(2, -1, 4, 3, rng), "delay is -1"),
        (lambda rng: copying_problem(2, 5, 1, 3, rng), "num_symbols is 1"),
        (lambda rng: copying_problem(2, 5, 4, 0, rng), "length is 0"),
    ],
)
def test_sizes_that_make_no_problem_are_refused_by_name(draw, message):
    with pytest.raises(ValueError, match=message):
        draw(np.random.default_rng(0))
