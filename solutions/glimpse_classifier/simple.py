"""A classifier of images by glimpses as a good student writes it.

The misconceptions are written against this text, not against the reference.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cs231n_rnn.layers.affine import (
    affine_backward,
    affine_forward,
    temporal_affine_backward,
    temporal_affine_forward,
)
from cs231n_rnn.layers.glimpse import read_backward, read_forward
from cs231n_rnn.layers.lstm import lstm_step_backward, lstm_step_forward
from cs231n_rnn.layers.softmax import softmax_loss
from cs231n_rnn.models.checks import require_images, require_labels

PLACES = ("learned", "centre", "anywhere")
STRIDE = 2.0  # pixels between the filters of a window that is not learned


class Looks(NamedTuple):
    """What a model saw of N images in T glimpses."""

    windows: np.ndarray
    glimpses: np.ndarray
    h: np.ndarray
    caches: list[Any]


class GlimpseClassifier:
    """An LSTM that classifies an image by a few glimpses."""

    def __init__(
        self,
        num_classes: int = 10,
        shape: tuple[int, int] = (60, 60),
        K: int = 12,
        num_glimpses: int = 6,
        hidden_dim: int = 128,
        num_answers: int = 1,
        place: str = "learned",
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ) -> None:
        T, D, H, C = num_glimpses, num_answers, hidden_dim, num_classes
        if place not in PLACES:
            raise ValueError(f"place is {place!r}; GlimpseClassifier needs one of {PLACES}")
        if T < 1 or D < 1 or T % D:
            raise ValueError(f"{D} answers and {T} glimpses; each answer needs as many glimpses")
        self.shape, self.K, self.T, self.place = shape, K, T, place
        self.answer_steps = np.arange(1, D + 1) * (T // D) - 1
        self.rng = np.random.default_rng(231) if rng is None else rng
        draw = self.rng.standard_normal
        params = {
            "Wx": draw((K * K + 5, 4 * H)) / np.sqrt(K * K + 5),
            "Wh": draw((H, 4 * H)) / np.sqrt(H),
            "b": np.repeat([0.0, 1.0, 0.0, 0.0], H),  # forget gates begin open
            "W_out": draw((H, C)) / np.sqrt(H),
            "b_out": np.zeros(C),
        }
        if place == "learned":
            params["W_window"] = np.zeros((H, 5))
            # The first look takes in the whole image, blurred and a little amplified.
            params["b_window"] = np.array([0.0, 0.0, 2.0, 0.0, 1.0])
        self.params = {name: value.astype(dtype) for name, value in params.items()}

    def step(
        self,
        x: np.ndarray,
        prev_h: np.ndarray,
        prev_c: np.ndarray,
        window: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Any]:
        """Take one glimpse."""
        # BEGIN SOLUTION
        p = self.params
        N = len(x)
        choice_cache = None
        if window is None:
            window, choice_cache = affine_forward(prev_h, p["W_window"], p["b_window"])
        glimpse, read_cache = read_forward(x, window, self.K)
        what = glimpse.reshape(N, self.K * self.K)
        seen = np.concatenate([what, window], axis=1)
        next_h, next_c, lstm_cache = lstm_step_forward(
            seen, prev_h, prev_c, p["Wx"], p["Wh"], p["b"]
        )
        cache = (choice_cache, read_cache, lstm_cache)
        return next_h, next_c, window, glimpse, cache
        # END SOLUTION

    def step_backward(
        self, dnext_h: np.ndarray, dnext_c: np.ndarray, cache: Any
    ) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Gradient of one glimpse."""
        # BEGIN SOLUTION
        choice_cache, read_cache, lstm_cache = cache
        N, K = len(dnext_h), self.K
        dseen, dprev_h, dprev_c, dWx, dWh, db = lstm_step_backward(dnext_h, dnext_c, lstm_cache)
        grads = {"Wx": dWx, "Wh": dWh, "b": db}
        if choice_cache is None:
            return dprev_h, dprev_c, grads
        dwhat = dseen[:, : K * K]
        dwindow = dseen[:, K * K :]
        dglimpse = dwhat.reshape(N, K, K)
        _, dwindow_of_read = read_backward(dglimpse, read_cache)
        dwindow = dwindow + dwindow_of_read
        dchoice, grads["W_window"], grads["b_window"] = affine_backward(dwindow, choice_cache)
        dprev_h = dprev_h + dchoice
        return dprev_h, dprev_c, grads
        # END SOLUTION

    def loss(self, x: np.ndarray, y: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
        """Loss and gradients on a minibatch."""
        x = require_images("GlimpseClassifier.loss", x, self.shape, self.params)
        require_labels(
            "GlimpseClassifier.loss", y, len(x), len(self.answer_steps), len(self.params["b_out"])
        )
        # BEGIN SOLUTION
        p = self.params
        N, D = y.shape
        steps = self.answer_steps
        looks = self.look(x)
        h = looks.h[:, steps]
        scores, out_cache = temporal_affine_forward(h, p["W_out"], p["b_out"])
        C = scores.shape[2]
        labels = y.reshape(N * D)
        loss, dscores = softmax_loss(scores.reshape(N * D, C), labels)
        loss = D * loss
        dscores = D * dscores
        dscores = dscores.reshape(N, D, C)

        grads = {name: np.zeros_like(value) for name, value in p.items()}
        dh = np.zeros_like(looks.h)
        dscored, grads["W_out"], grads["b_out"] = temporal_affine_backward(dscores, out_cache)
        dh[:, steps] = dscored
        dprev_h = np.zeros_like(dh[:, 0])
        dprev_c = np.zeros_like(dh[:, 0])
        for t in reversed(range(self.T)):
            dnext_h = dh[:, t] + dprev_h
            dnext_c = dprev_c
            dprev_h, dprev_c, of_step = self.step_backward(dnext_h, dnext_c, looks.caches[t])
            for name in of_step:
                grads[name] += of_step[name]
        return loss, grads
        # END SOLUTION

    def look(self, x: np.ndarray) -> Looks:
        """Take the T glimpses, from states of zeros."""
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
