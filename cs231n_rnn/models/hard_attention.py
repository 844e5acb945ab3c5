"""Hard attention: look where a die falls, and learn from how often that ended well (REINFORCE).

The centre of each window is drawn from a Gaussian around what the network says, the answer is drawn
from the softmax of the last scores, and a right answer earns the reward R = 1 (Mnih et al. 2014, Ba
et al. 2015). No gradient goes through the window. Instead, with z_t the centres that were drawn and
m_t = h_{t-1} W_window + b_window their means (Williams 1992),

    gradient of E[R] = E[ sum over t of (R - baseline_t) (gradient of m_t) (z_t - m_t) / sigma^2 ].

Any baseline is right that does not depend on z_t: its part is zero on average. A good one makes the
estimate less noisy.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cs231n_rnn.models.checks import require_labels
from cs231n_rnn.models.glimpse_classifier import GlimpseClassifier

RIDGE = 1e-3  # of the fitted baseline, a share of the states' own size


class Episode(NamedTuple):
    """What N images led to.

    Attributes
    ----------
    h : ndarray of shape (N, T, H)
        The hidden state before each look, from which the network says where it goes.
    noise : ndarray of shape (N, T, 2)
        (z_t - m_t) / sigma, across and down.
    likely : ndarray of shape (N,)
        The right answer's probability at the end: the reward to expect.
    rewards : ndarray of shape (N,)
        1 where the answer that was drawn is right, else 0.
    """

    h: np.ndarray
    noise: np.ndarray
    likely: np.ndarray
    rewards: np.ndarray


class HardGlimpses:
    """A glimpse classifier that draws the places of its windows.

    Stride, width and intensity of a window stay what the network says. The gradients are those that
    raise the expected reward, so an update that lowers a loss takes their negative.

    Parameters
    ----------
    model : GlimpseClassifier
        With learned places and one answer. Its parameters are used as they are.
    sigma : float
        Standard deviation of a centre, in the units of g_x and g_y: 0.1 is three pixels of 60.
    rng : Generator

    Raises
    ------
    ValueError
        If the model does not learn its places, has several answers, or sigma is not positive.
    """

    def __init__(self, model: GlimpseClassifier, sigma: float, rng: np.random.Generator) -> None:
        if "W_window" not in model.params or len(model.answer_steps) != 1:
            raise ValueError(
                f"the model's place is {model.place!r}, with {len(model.answer_steps)} answers; "
                "HardGlimpses needs 'learned' and one answer"
            )
        if sigma <= 0:
            raise ValueError(f"sigma is {sigma}; HardGlimpses needs more than 0")
        self.model, self.sigma, self.rng = model, sigma, rng

    def play(self, x: np.ndarray, y: np.ndarray, noise: np.ndarray | None = None) -> Episode:
        """Look T times, answer, and see whether it is right.

        Parameters
        ----------
        x : ndarray of shape (N, B, A)
            Images.
        y : ndarray of shape (N, 1), integers
            The right answers.
        noise : ndarray of shape (N, T, 2), optional
            Standard Gaussian; drawn if not given. The answers are drawn in either case.

        Returns
        -------
        Episode
        """
        p, N, T = self.model.params, len(x), self.model.T
        require_labels("HardGlimpses.play", y, N, 1, len(p["b_out"]))
        if noise is None:
            noise = self.rng.standard_normal((N, T, 2))
        noise = noise.astype(p["Wx"].dtype, copy=False)
        state = memory = np.zeros((N, len(p["Wh"])), p["Wh"].dtype)
        before = []
        for t in range(T):
            before.append(state)
            window = state @ p["W_window"] + p["b_window"]
            window[:, :2] += self.sigma * noise[:, t]
            state, memory, *_ = self.model.step(x, state, memory, window)
        likely = self._likely(state, y[:, 0])
        rewards = (self.rng.random(N) < likely).astype(likely.dtype)
        return Episode(np.stack(before, axis=1), noise, likely, rewards)

    def reinforce(
        self, episode: Episode, baseline: float | np.ndarray = 0.0
    ) -> dict[str, np.ndarray]:
        """Estimate the expected reward's gradient from one episode, averaged over its images.

        Parameters
        ----------
        episode : Episode
        baseline : float or ndarray of shape (N, T)
            What reward was to be expected before each look.

        Returns
        -------
        dict of str to ndarray
            W_window (H, 2) and b_window (2,): the parts that say where the centre goes.
        """
        N, T, _ = episode.noise.shape
        surprise = episode.rewards[:, np.newaxis] - np.broadcast_to(baseline, (N, T))
        dmean = surprise[:, :, np.newaxis] * episode.noise / (self.sigma * N)  # (N, T, 2)
        return {
            "W_window": np.tensordot(episode.h, dmean, axes=((0, 1), (0, 1))),
            "b_window": dmean.sum(axis=(0, 1)),
        }

    def expected_reward(self, x: np.ndarray, y: np.ndarray, noise: np.ndarray) -> float:
        """Mean of the reward to expect under given noise.

        With the same noise before and after a parameter was nudged, the difference is a numerical
        derivative that needs no REINFORCE: an oracle, though one that costs two runs a parameter.

        Parameters
        ----------
        x, y
            As ``play`` takes them.
        noise : ndarray of shape (draws, N, T, 2)

        Returns
        -------
        float
        """
        return float(np.mean([self.play(x, y, draw).likely.mean() for draw in noise]))

    def _likely(self, state: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Probability of the right answers (N,) after the last look."""
        scores = state @ self.model.params["W_out"] + self.model.params["b_out"]
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        return odds[np.arange(len(y)), y] / odds.sum(axis=1)


class JitteredGlimpses(GlimpseClassifier):
    """A model whose windows' centres are drawn as in HardGlimpses, but whose gradient goes through.

    z_t = m_t + sigma noise_t can be differentiated with respect to m_t while the noise is held
    fixed (the reparameterisation of Kingma and Welling 2014). So with the same windows and noise,
    ``loss`` gives the soft gradient to compare with.

    The gradient goes through the student's own step, which places windows from the hidden state
    alone. So two more units of it carry the noise: before each step they are overwritten, and two
    more rows of W_window add them, times sigma, to the centre. All else of them is zero.

    Parameters
    ----------
    model : GlimpseClassifier
        With learned places and one answer. Its parameters are copied.
    sigma : float
    rng : Generator

    Attributes
    ----------
    params : dict of str to ndarray
        Those of a model with H + 2 units; the model's own come first in each of the four gates.
    """

    def __init__(self, model: GlimpseClassifier, sigma: float, rng: np.random.Generator) -> None:
        p = model.params
        (H, C), dtype = p["W_out"].shape, p["Wx"].dtype
        super().__init__(C, model.shape, model.K, model.T, H + 2, dtype=dtype, rng=rng)
        for name, value in p.items():
            wide = np.zeros_like(self.params[name])
            if name in ("Wx", "Wh", "b"):  # four gates side by side
                target = wide.reshape(*wide.shape[:-1], 4, H + 2)
                value = value.reshape(*value.shape[:-1], 4, H)
            else:
                target = wide
            target[tuple(map(slice, value.shape))] = value
            self.params[name] = wide
        self.params["W_window"][[H, H + 1], [0, 1]] = sigma

    def step(self, x: np.ndarray, prev_h: np.ndarray, prev_c: np.ndarray, *window: Any) -> Any:
        """As the model's, from a hidden state with new noise in its last two units."""
        prev_h = prev_h.copy()
        prev_h[:, -2:] = self.rng.standard_normal((len(x), 2))
        return super().step(x, prev_h, prev_c, *window)

    def step_backward(self, dnext_h: np.ndarray, dnext_c: np.ndarray, cache: Any) -> Any:
        """As the model's; noise came from nowhere, so no gradient goes on from it."""
        dprev_h, dprev_c, grads = super().step_backward(dnext_h, dnext_c, cache)
        dprev_h = dprev_h.copy()
        dprev_h[:, -2:] = 0
        return dprev_h, dprev_c, grads


def fit_baseline(episodes: list[Episode]) -> np.ndarray:
    """Weights of a linear baseline, which expects a reward from the state before each look.

    Least squares with a little ridge, for each step by itself.

    Parameters
    ----------
    episodes : list of Episode
        Of the same model. Other ones than it is used on: on these it would know the noise.

    Returns
    -------
    ndarray of shape (T, H + 1)
        The last column is the constant.
    """
    h = np.concatenate([episode.h for episode in episodes])  # (M, T, H)
    rewards = np.concatenate([episode.rewards for episode in episodes])  # (M,)
    weights = []
    for states in np.moveaxis(h, 1, 0):
        inputs = np.column_stack([states, np.ones(len(states))]).astype(np.float64)
        square = inputs.T @ inputs
        square += RIDGE * np.trace(square) / len(square) * np.eye(len(square))
        weights.append(np.linalg.solve(square, inputs.T @ rewards))
    return np.stack(weights)


def apply_baseline(weights: np.ndarray, episode: Episode) -> np.ndarray:
    """The reward to expect before each look, (N, T), by the weights of ``fit_baseline``."""
    return np.einsum("nth,th->nt", episode.h, weights[:, :-1]) + weights[:, -1]


class Noise(NamedTuple):
    """How noisy an estimate of a gradient is.

    Attributes
    ----------
    size : float
        Norm of the mean, freed of what noise adds to it.
    spread : float
        Standard deviation of a single estimate: the root of the summed variances of its elements.
    ratio : float
        spread / size: so many estimates squared must be averaged for an error as large as the mean.
    """

    size: float
    spread: float
    ratio: float


def noise_of(estimates: np.ndarray) -> Noise:
    """Mean and noise of many estimates of one gradient.

    Parameters
    ----------
    estimates : ndarray of shape (M, P)
        M independent estimates of P numbers.

    Returns
    -------
    Noise
        The ratio is infinite where the mean cannot be told from zero.

    Raises
    ------
    ValueError
        If there are fewer than two estimates.
    """
    if np.ndim(estimates) != 2 or len(estimates) < 2:
        raise ValueError(f"estimates is {np.shape(estimates)}; noise_of needs (M, P), M at least 2")
    variance = float(estimates.var(axis=0, ddof=1, dtype=np.float64).sum())
    # The mean of M estimates still has the variance of one, divided by M, in its squared norm.
    square = float((estimates.mean(axis=0, dtype=np.float64) ** 2).sum()) - variance / len(
        estimates
    )
    size = float(np.sqrt(max(square, 0.0)))
    spread = float(np.sqrt(variance))
    return Noise(size, spread, spread / size if size else np.inf)
