"""What the glimpse classifier does with the student's step: T looks, their scores and places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cs231n_rnn.layers.glimpse import window_forward
from cs231n_rnn.models.checks import require_images

STRIDE = 2.0  # pixels between the filters of a window that is not learned


class Looks(NamedTuple):
    """What a model saw of N images in T glimpses.

    Attributes
    ----------
    windows : ndarray of shape (N, T, 5)
    glimpses : ndarray of shape (N, T, K, K)
    h : ndarray of shape (N, T, H)
        Hidden states.
    caches : list of the T caches that GlimpseClassifier.step_backward needs
    """

    windows: np.ndarray
    glimpses: np.ndarray
    h: np.ndarray
    caches: list[Any]


class GlimpseLoop:
    """The loop over time of ``GlimpseClassifier``, which has the parameters and the step."""

    params: dict[str, np.ndarray]
    rng: np.random.Generator
    shape: tuple[int, int]
    K: int
    T: int
    place: str
    answer_steps: np.ndarray
    step: Callable[..., Any]

    def look(self, x: np.ndarray) -> Looks:
        """Take the T glimpses, from states of zeros.

        Parameters
        ----------
        x : ndarray of shape (N, B, A)

        Returns
        -------
        Looks
        """
        x = require_images("GlimpseClassifier.look", x, self.shape, self.params)
        state = np.zeros((len(x), len(self.params["Wh"])), self.params["Wh"].dtype)
        memory, steps = state, []
        for place in self._places(len(x)):
            state, memory, window, glimpse, cache = self.step(x, state, memory, place)
            steps.append((window, glimpse, state, cache))
        windows, glimpses, states, caches = zip(*steps, strict=True)
        return Looks(
            np.stack(windows, axis=1),
            np.stack(glimpses, axis=1),
            np.stack(states, axis=1),
            list(caches),
        )

    def scores(self, looks: Looks) -> np.ndarray:
        """Scores of the classes after each glimpse, (N, T, C)."""
        return looks.h @ self.params["W_out"] + self.params["b_out"]

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The answers, (N, D), for images of shape (N, B, A)."""
        return self.scores(self.look(x))[:, self.answer_steps].argmax(axis=2)

    def _places(self, N: int) -> list[np.ndarray | None]:
        """A window (N, 5) for each glimpse, or None where the hidden state says."""
        if self.place == "learned":
            return [None] * self.T
        windows = np.zeros((self.T, N, 5), self.params["Wx"].dtype)
        windows[:, :, 3] = np.log(STRIDE * (self.K - 1) / (max(self.shape) - 1))
        if self.place == "anywhere":
            windows[:, :, :2] = self.rng.uniform(-0.8, 0.8, (self.T, N, 2))
        return list(windows)


def window_boxes(windows: np.ndarray, K: int, shape: tuple[int, int]) -> np.ndarray:
    """Where windows lie, to draw them.

    Parameters
    ----------
    windows : ndarray of shape (..., 5)
    K : int
    shape : (int, int)
        Rows B and columns A of the image.

    Returns
    -------
    ndarray of shape (..., 3)
        Centre x, centre y, and the extent from the first filter to the last, in pixels.
    """
    x, y, stride, *_ = window_forward(windows.reshape(-1, 5), K, shape)
    return np.stack([x, y, (K - 1) * stride], axis=1).reshape(*windows.shape[:-1], 3)
