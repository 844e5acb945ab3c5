"""Glimpses at drawn places: the gradient's mean against a numerical derivative, by quadrature.

Gauss-Hermite nodes in place of drawn noise give means over the noise without any chance in them.
"""

import numpy as np
import pytest

from cs231n_rnn.models.glimpse_classifier import GlimpseClassifier
from cs231n_rnn.models.hard_attention import HardGlimpses, JitteredGlimpses

SIGMA, STEP = 0.2, 1e-5
B, A, K, H, C = 6, 5, 3, 4, 3
POINTS = {1: 16, 2: 9}  # nodes an axis, for T glimpses


def small(T, dtype=np.float64):
    """A game on a model of random weights, an image and its class."""
    rng = np.random.default_rng(T)
    model = GlimpseClassifier(C, (B, A), K, T, H, dtype=dtype, rng=rng)
    for name in ("W_window", "b_window"):
        value = model.params[name]
        model.params[name] = (0.3 * rng.standard_normal(value.shape)).astype(dtype)
    # Clearly different scores, so that what is seen matters to the reward.
    model.params["W_out"] *= 3
    return HardGlimpses(model, SIGMA, rng), rng.random((1, B, A)), np.array([[1]])


def quadrature(T):
    """Noise (Q, T, 2) and weights (Q,) for means over a Gaussian."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(POINTS[T])
    every = np.meshgrid(*[np.arange(POINTS[T])] * (2 * T), indexing="ij")
    index = np.stack(every, axis=-1).reshape(-1, 2 * T)
    shares = weights[index].prod(axis=1)
    return nodes[index].reshape(-1, T, 2), shares / shares.sum()


@pytest.mark.parametrize("T", [1, 2])
@pytest.mark.parametrize("with_baseline", [False, True])
def test_the_mean_of_the_estimate_is_the_derivative_of_the_expected_reward(T, with_baseline):
    game, x, y = small(T)
    noise, weights = quadrature(T)
    Q = len(noise)
    many, labels = np.broadcast_to(x, (Q, B, A)), np.broadcast_to(y, (Q, 1))

    def expected_reward():
        return float(weights @ game.play(many, labels, noise).likely)

    episode = game.play(many, labels, noise)
    # An estimate is an average over images: each node counts by its weight instead.
    weighted = Q * weights[:, np.newaxis]
    baseline = np.sin(episode.h.sum(axis=2)) if with_baseline else np.zeros((Q, T))
    surprise = episode.likely[:, np.newaxis] - baseline
    as_paid = episode._replace(rewards=np.zeros(Q))
    grads = game.reinforce(as_paid, -weighted * surprise)
    for name, grad in grads.items():
        value = game.model.params[name]
        for index in np.ndindex(grad.shape):
            kept = value[index]
            value[index] = kept + STEP
            above = expected_reward()
            value[index] = kept - STEP
            below = expected_reward()
            value[index] = kept
            derivative = (above - below) / (2 * STEP)
            assert grad[index] == pytest.approx(derivative, abs=1e-5)
    assert abs(grads["b_window"]).max() > 1e-3  # there was something to be found


def test_right_answers_are_drawn_as_often_as_they_are_likely():
    game, x, y = small(2)
    N = 20_000
    noise = np.zeros((N, 2, 2))
    episode = game.play(np.broadcast_to(x, (N, B, A)), np.broadcast_to(y, (N, 1)), noise)
    assert set(episode.rewards) == {0.0, 1.0}
    assert np.ptp(episode.likely) < 1e-12
    p = episode.likely[0]
    assert episode.rewards.mean() == pytest.approx(p, abs=4 * np.sqrt(p * (1 - p) / N))


def test_without_noise_it_looks_where_the_soft_model_looks():
    game, x, y = small(2)
    looks = game.model.look(x)
    episode = game.play(x, y, np.zeros((1, 2, 2)))
    np.testing.assert_allclose(episode.h[:, 1], looks.h[:, 0], rtol=0, atol=1e-12)
    odds = np.exp(game.model.scores(looks)[0, -1])
    assert episode.likely[0] == pytest.approx(odds[1] / odds.sum(), abs=1e-12)


def test_the_expected_reward_is_the_mean_over_the_draws():
    game, x, y = small(2)
    noise = np.random.default_rng(5).standard_normal((3, 1, 2, 2))
    singly = [game.play(x, y, draw).likely[0] for draw in noise]
    assert game.expected_reward(x, y, noise) == pytest.approx(np.mean(singly), abs=1e-15)


def test_float32_stays_float32():
    game, x, y = small(2, np.float32)
    episode = game.play(x.astype(np.float32), y)
    assert {values.dtype for values in episode} == {np.dtype(np.float32)}


def test_labels_that_do_not_fit_are_refused():
    game, x, y = small(1)
    with pytest.raises(ValueError, match=r"HardGlimpses.play needs \(N, D\) = \(1, 1\)"):
        game.play(x, y[0])


class Given:
    """In place of a generator: the same noise whenever it is asked, a step at a time."""

    def __init__(self, noise):
        self.noise, self.t = noise, -1

    def standard_normal(self, shape):
        if np.shape(self.noise[:, 0]) != shape:  # first weights, which are overwritten
            return np.zeros(shape)
        self.t = (self.t + 1) % self.noise.shape[1]
        return self.noise[:, self.t]


def jittered(T, noise):
    game, x, y = small(T)
    N = len(noise)
    many, labels = np.broadcast_to(x, (N, B, A)), np.broadcast_to(y, (N, 1))
    return game, JitteredGlimpses(game.model, SIGMA, Given(noise)), many, labels


def test_jittered_windows_are_those_of_the_game_with_the_same_noise():
    noise = np.random.default_rng(6).standard_normal((4, 3, 2))
    game, soft, x, y = jittered(3, noise)
    loss, _ = soft.loss(x, y)
    likely = game.play(x, y, noise).likely
    assert loss == pytest.approx(-np.log(likely).mean(), abs=1e-12)


def test_its_gradients_are_the_numerical_ones_with_the_noise_held_fixed():
    noise = np.random.default_rng(7).standard_normal((4, 3, 2))
    game, soft, x, y = jittered(3, noise)
    _, grads = soft.loss(x, y)
    for name in ("W_window", "b_window", "W_out", "b_out"):
        value = game.model.params[name]
        for index in np.ndindex(value.shape):
            kept, sides = value[index], []
            for step in (STEP, -STEP):
                value[index] = kept + step
                sides.append(-np.log(game.play(x, y, noise).likely).mean())
            value[index] = kept
            derivative = (sides[0] - sides[1]) / (2 * STEP)
            assert grads[name][index] == pytest.approx(derivative, abs=1e-8)


def test_both_gradients_have_the_same_mean_where_the_reward_is_the_log_likelihood():
    noise, weights = quadrature(1)
    game, soft, x, y = jittered(1, noise)
    episode = game.play(x, y, noise)
    # The mean over the nodes, each by its weight: the soft gradient of one node at a time.
    through = np.zeros(2)
    for one, weight in zip(noise, weights, strict=True):
        soft.rng = Given(one[np.newaxis])
        through -= weight * soft.loss(x[:1], y[:1])[1]["b_window"][:2]
    paid = episode._replace(rewards=len(noise) * weights * np.log(episode.likely))
    found = game.reinforce(paid)["b_window"]
    np.testing.assert_allclose(found, through, rtol=0, atol=1e-6)
    assert abs(found).max() > 1e-3


def test_playing_leaves_the_model_as_it_was():
    noise = np.random.default_rng(8).standard_normal((4, 2, 2))
    game, soft, x, y = jittered(2, noise)
    before = {name: value.copy() for name, value in game.model.params.items()}
    game.reinforce(game.play(x, y))
    soft.loss(x, y)
    for name, value in game.model.params.items():
        np.testing.assert_array_equal(value, before[name])
