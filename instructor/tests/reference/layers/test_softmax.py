import math

import numpy as np
import pytest

from cs231n_rnn.layers.activations import sigmoid
from cs231n_rnn.layers.softmax import softmax_loss, temporal_softmax_loss
from cs231n_rnn.training.gradient_check import eval_numerical_gradient

N, T, V = 3, 4, 5


@pytest.fixture
def rng():
    return np.random.default_rng(231)


def word_loss(scores, word):
    """Cross-entropy of one word in Python's own arithmetic."""
    return math.log(sum(math.exp(score) for score in scores)) - scores[word]


def test_loss_of_words_is_the_mean_cross_entropy(rng):
    x, y = rng.standard_normal((7, V)), rng.integers(V, size=7)
    right = np.mean([word_loss(scores, word) for scores, word in zip(x, y, strict=True)])
    assert softmax_loss(x, y)[0] == pytest.approx(right, rel=1e-13)


@pytest.mark.parametrize("words", [1, 2, 1004])
def test_equal_scores_cost_the_logarithm_of_the_vocabulary(words):
    loss, dx = softmax_loss(np.full((2, words), 3.0), np.array([0, words - 1]))
    assert loss == pytest.approx(math.log(words), abs=1e-12)
    right = np.full((2, words), 1 / words / 2)
    right[[0, 1], [0, words - 1]] -= 1 / 2
    np.testing.assert_allclose(dx, right, atol=1e-15)


def test_gradient_of_words(rng):
    x, y = rng.standard_normal((4, V)), rng.integers(V, size=4)
    right = eval_numerical_gradient(lambda x: softmax_loss(x, y)[0], x)
    np.testing.assert_allclose(softmax_loss(x, y)[1], right, atol=1e-9)


def test_a_gradient_sums_to_zero_over_the_vocabulary(rng):
    x, y = rng.standard_normal((N, T, V)), rng.integers(V, size=(N, T))
    _, dx = temporal_softmax_loss(x, y, np.ones((N, T), bool))
    np.testing.assert_allclose(dx.sum(axis=2), 0, atol=1e-15)


def test_no_words_cost_nothing():
    loss, dx = softmax_loss(np.zeros((0, V)), np.zeros(0, dtype=int))
    assert loss == 0
    assert dx.shape == (0, V)


MASKS = {
    "everything": np.ones((N, T), bool),
    "padding": np.arange(T) < np.array([4, 1, 0])[:, np.newaxis],
    "holes": np.array([[1, 0, 1, 0], [0, 0, 0, 1], [0, 1, 1, 0]], bool),
    "one_word": np.eye(N, T, 1, dtype=bool) & (np.arange(N) == 1)[:, np.newaxis],
}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_loss_over_time_is_summed_over_steps_and_averaged_over_the_minibatch(rng, mask):
    x, y = rng.standard_normal((N, T, V)), rng.integers(V, size=(N, T))
    right = sum(word_loss(x[n, t], y[n, t]) for n, t in np.argwhere(mask)) / N
    assert temporal_softmax_loss(x, y, mask)[0] == pytest.approx(right, rel=1e-13)


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_gradient_over_time(rng, mask):
    x, y = rng.standard_normal((N, T, V)), rng.integers(V, size=(N, T))
    _, dx = temporal_softmax_loss(x, y, mask)
    right = eval_numerical_gradient(lambda x: temporal_softmax_loss(x, y, mask)[0], x)
    np.testing.assert_allclose(dx, right, atol=1e-9)
    np.testing.assert_array_equal(dx[~mask], 0)


def test_what_is_masked_may_hold_anything(rng):
    x, y = rng.standard_normal((N, T, V)), rng.integers(V, size=(N, T))
    mask = MASKS["holes"]
    loss, dx = temporal_softmax_loss(x, y, mask)
    x[~mask], y[~mask] = np.nan, -7
    other_loss, other_dx = temporal_softmax_loss(x, y, mask)
    assert other_loss == loss
    np.testing.assert_array_equal(other_dx, dx)


def test_nothing_to_say_costs_nothing(rng):
    x, y = rng.standard_normal((N, T, V)), rng.integers(V, size=(N, T))
    loss, dx = temporal_softmax_loss(x, y, np.zeros((N, T), bool))
    assert loss == 0
    np.testing.assert_array_equal(dx, np.zeros((N, T, V)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_scores_do_not_overflow(dtype):
    x = np.array([[1e30, 0, -1e30], [-1e30, -1e30, 1e30]], dtype=dtype)
    loss, dx = softmax_loss(x, np.array([0, 2]))
    assert loss == 0
    assert dx.dtype == dtype
    np.testing.assert_array_equal(dx, np.zeros((2, 3)))


def test_a_constant_added_to_a_words_scores_changes_nothing(rng):
    x, y = rng.standard_normal((4, V)), rng.integers(V, size=4)
    loss, dx = softmax_loss(x, y)
    other_loss, other_dx = softmax_loss(x + np.array([[0], [1], [-50], [300]]), y)
    assert other_loss == pytest.approx(loss, rel=1e-12)
    np.testing.assert_allclose(other_dx, dx, atol=1e-13)


def test_float32_is_kept_and_inputs_are_left_as_they_are(rng):
    x, y = rng.standard_normal((N, T, V)).astype(np.float32), rng.integers(V, size=(N, T))
    mask = MASKS["holes"].copy()
    before = x.copy(), y.copy(), mask.copy()
    loss, dx = temporal_softmax_loss(x, y, mask)
    assert isinstance(loss, float)
    assert dx.dtype == np.float32
    for value, copy in zip((x, y, mask), before, strict=True):
        np.testing.assert_array_equal(value, copy)


@pytest.mark.parametrize("word", [-1, V])
def test_a_word_outside_the_vocabulary_is_refused(word):
    y = np.array([[1, 0], [word, 2]])
    with pytest.raises(ValueError, match=rf"y runs from .*{word}.* needs 0 to {V - 1}"):
        temporal_softmax_loss(np.zeros((2, 2, V)), y, np.ones((2, 2), bool))


@pytest.mark.parametrize(
    ("x", "y", "mask", "message"),
    [
        ((N, V), (N,), (N,), r"x is \(3, 5\); temporal_softmax_loss needs \(N, T, V\)"),
        ((N, T, V), (T, N), (N, T), r"y is \(4, 3\); .* needs \(N, T\) = \(3, 4\)"),
        ((N, T, V), (N, T), (N, T, 1), r"mask is \(3, 4, 1\); .* needs \(N, T\) = \(3, 4\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused_by_name(x, y, mask, message):
    with pytest.raises(ValueError, match=message):
        temporal_softmax_loss(np.zeros(x), np.zeros(y, int), np.ones(mask, bool))


def test_sigmoid_is_the_logistic_function(rng):
    x = 3 * rng.standard_normal((2, 3))
    right = [[1 / (1 + math.exp(-value)) for value in row] for row in x]
    np.testing.assert_allclose(sigmoid(x), right, rtol=1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_saturates_without_overflow_and_keeps_the_dtype(dtype):
    x = np.array([-1e30, -1e4, 0, 1e4, 1e30], dtype=dtype)
    out = sigmoid(x)
    np.testing.assert_array_equal(out, [0, 0, 0.5, 1, 1])
    assert out.dtype == dtype
    np.testing.assert_array_equal(x, np.array([-1e30, -1e4, 0, 1e4, 1e30], dtype=dtype))
