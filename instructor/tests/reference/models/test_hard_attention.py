"""REINFORCE on given episodes, against closed forms; the model's own looks are the staff's test."""

from math import exp, pi, sqrt

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from cs231n_rnn.models.glimpse_classifier import GlimpseClassifier
from cs231n_rnn.models.hard_attention import (
    Episode,
    HardGlimpses,
    apply_baseline,
    fit_baseline,
    noise_of,
)

SIGMA, T, H = 0.3, 3, 2


def game(sigma=SIGMA):
    model = GlimpseClassifier(4, (6, 5), 3, T, H, dtype=np.float64)
    return HardGlimpses(model, sigma, np.random.default_rng(1))


def episode_of(noise, rewards, seed=2):
    """An episode (N, T, 2) with random states."""
    h = np.random.default_rng(seed).standard_normal((len(noise), noise.shape[1], H))
    return Episode(h, noise, rewards.astype(float), rewards.astype(float))


def test_the_gradient_of_hitting_one_side_is_the_gaussian_density_there():
    # The reward is 1 where the first centre m + sigma noise is above 0: it is Phi(m / sigma) on
    # average, with the derivative phi(m / sigma) / sigma. Later looks do not matter.
    mean, N = 0.2, 400_000
    noise = np.random.default_rng(3).standard_normal((N, T, 2))
    rewards = mean + SIGMA * noise[:, 0, 0] > 0
    grads = game().reinforce(episode_of(noise[:, :1], rewards))
    expected = exp(-((mean / SIGMA) ** 2) / 2) / sqrt(2 * pi) / SIGMA
    error = 1 / SIGMA / sqrt(N)  # no term is larger than noise / sigma
    np.testing.assert_allclose(grads["b_window"], [expected, 0], rtol=0, atol=4 * error)


def test_the_weights_gradient_is_the_states_times_that_of_the_means():
    rng = np.random.default_rng(4)
    noise, rewards = rng.standard_normal((5, T, 2)), rng.integers(2, size=5)
    episode, baseline = episode_of(noise, rewards), rng.random((5, T))
    grads = game().reinforce(episode, baseline)
    W, b = np.zeros((H, 2)), np.zeros(2)
    for n in range(5):
        for t in range(T):
            dmean = (rewards[n] - baseline[n, t]) * noise[n, t] / SIGMA / 5
            W += np.outer(episode.h[n, t], dmean)
            b += dmean
    np.testing.assert_allclose(grads["W_window"], W, rtol=0, atol=1e-12)
    np.testing.assert_allclose(grads["b_window"], b, rtol=0, atol=1e-12)


def test_a_baseline_that_knows_the_reward_leaves_nothing():
    rng = np.random.default_rng(5)
    episode = episode_of(rng.standard_normal((6, T, 2)), rng.integers(2, size=6))
    known = np.repeat(episode.rewards[:, np.newaxis], T, axis=1)
    for grad in game().reinforce(episode, known).values():
        assert not grad.any()


def test_over_noise_and_its_mirror_image_a_baseline_adds_nothing():
    rng = np.random.default_rng(6)
    noise, rewards = rng.standard_normal((4, T, 2)), np.ones(4)
    one, other = episode_of(noise, rewards), episode_of(-noise, rewards)
    baseline = one.h.sum(axis=2)  # any function of the states will do
    for a, b in zip(
        game().reinforce(one, baseline).values(),
        game().reinforce(other, baseline).values(),
        strict=True,
    ):
        np.testing.assert_allclose(a + b, 0, rtol=0, atol=1e-12)


def test_the_fitted_baseline_is_least_squares_on_each_step():
    rng = np.random.default_rng(7)
    episodes = [
        episode_of(rng.standard_normal((400, T, 2)), rng.random(400), seed=seed) for seed in (8, 9)
    ]
    found = np.concatenate([apply_baseline(fit_baseline(episodes), e) for e in episodes])
    h, rewards = (np.concatenate(values) for values in list(zip(*episodes, strict=True))[::3])
    for t in range(T):
        expected = LinearRegression().fit(h[:, t], rewards).predict(h[:, t])
        np.testing.assert_allclose(found[:, t], expected, rtol=0, atol=2e-3)  # ridge


def test_noise_is_measured_as_it_was_made():
    rng = np.random.default_rng(10)
    mean, spreads = np.array([3.0, 0.0, -4.0]), np.array([1.0, 2.0, 2.0])
    found = noise_of(mean + spreads * rng.standard_normal((40_000, 3)))
    assert found.size == pytest.approx(5, rel=0.01)
    assert found.spread == pytest.approx(3, rel=0.01)
    assert found.ratio == pytest.approx(0.6, rel=0.02)


def test_the_size_of_a_mean_is_not_made_larger_by_noise():
    rng = np.random.default_rng(11)
    squares = [
        noise_of(np.array([0.3, 0.4]) + rng.standard_normal((20, 2))).size ** 2 for _ in range(4000)
    ]
    # Each is cut off at 0, which adds a little; the plain norm of the mean would give 0.35.
    assert 0.24 < np.mean(squares) < 0.29


def test_a_mean_within_the_noise_has_an_infinite_ratio():
    assert noise_of(np.array([[1.0, 0.0], [-1.0, 0.0]])).ratio == np.inf


@pytest.mark.parametrize("shape", [(1, 3), (4,)])
def test_noise_of_a_single_estimate_is_refused(shape):
    with pytest.raises(ValueError, match="noise_of needs"):
        noise_of(np.zeros(shape))


def test_models_that_do_not_choose_their_places_or_have_several_answers_are_refused():
    rng = np.random.default_rng(1)
    for options in ({"place": "centre"}, {"num_answers": 2}):
        model = GlimpseClassifier(num_glimpses=4, hidden_dim=2, **options)
        with pytest.raises(ValueError, match="HardGlimpses needs 'learned' and one answer"):
            HardGlimpses(model, SIGMA, rng)
    with pytest.raises(ValueError, match="sigma is 0; HardGlimpses needs more than 0"):
        game(0)
