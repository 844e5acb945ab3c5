"""A fixed image, read as a sequence: look, remember, choose where to look next, and answer.

At each step the hidden state says where the Gaussian window goes, the LSTM reads the glimpse, and
at the end the hidden state is scored (Mnih et al. 2014 and Ba et al. 2015, with the window of
Gregor et al. 2015 in place of their hard one). With several answers, as for two digits side by
side, each is scored after its share of the glimpses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cs231n_rnn.layers.affine import (
    affine_backward,
    affine_forward,
    temporal_affine_backward,
    temporal_affine_forward,
)
from cs231n_rnn.layers.cells import CELLS
from cs231n_rnn.layers.glimpse import read_backward, read_forward
from cs231n_rnn.layers.lstm import lstm_step_backward, lstm_step_forward
from cs231n_rnn.layers.softmax import packed_softmax_loss, softmax_loss
from cs231n_rnn.models.checks import require_images, require_labels
from cs231n_rnn.models.glimpse_loop import GlimpseLoop
from cs231n_rnn.models.initialization import Initializer

PLACES = ("learned", "centre", "anywhere")


class GlimpseClassifier(GlimpseLoop):
    """An LSTM that classifies an image by a few glimpses.

    Parameters
    ----------
    num_classes : int
        C.
    shape : (int, int)
        Rows B and columns A of an image.
    K : int
        Filters in a row and in a column of the window.
    num_glimpses : int
        T.
    hidden_dim : int
        H.
    num_answers : int
        D, which divides T: answer d is scored after T / D * (d + 1) glimpses.
    place : {"learned", "centre", "anywhere"}
        Whether the hidden state says where to look, or every window stays in the centre, or is
        placed at random.
    dtype : numpy dtype
        float32 to train, float64 to check gradients.
    rng : numpy.random.Generator, optional
        Draws the first weights, and random places. Seed 231 if not given.

    Attributes
    ----------
    params : dict of str to ndarray
        Wx (K * K + 5, 4H), Wh (H, 4H), b (4H,), W_out (H, C), b_out (C,), and where the place is
        learned W_window (H, 5) and b_window (5,).
    answer_steps : ndarray of shape (D,), integers
        The steps after which an answer is scored, counted from 0.

    Raises
    ------
    ValueError
        If the place is unknown, or D does not divide T.
    """

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
        T, D, H = num_glimpses, num_answers, hidden_dim
        if place not in PLACES:
            raise ValueError(f"place is {place!r}; GlimpseClassifier needs one of {PLACES}")
        if T < 1 or D < 1 or T % D:
            raise ValueError(f"{D} answers and {T} glimpses; each answer needs as many glimpses")
        self.shape, self.K, self.T, self.place = shape, K, T, place
        self.answer_steps = np.arange(1, D + 1) * (T // D) - 1
        init = Initializer(rng)
        init.recurrent(CELLS["lstm"], K * K + 5, H)
        init.affine("out", H, num_classes)
        if place == "learned":
            init.params["W_window"] = np.zeros((H, 5))
            # The first look takes in the whole image, blurred and a little amplified.
            init.params["b_window"] = np.array([0.0, 0.0, 2.0, 0.0, 1.0])
        self.rng, self.params = init.rng, init.as_type(dtype)

    def step(
        self,
        x: np.ndarray,
        prev_h: np.ndarray,
        prev_c: np.ndarray,
        window: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, Any]:
        """Take one glimpse.

        Parameters
        ----------
        x : ndarray of shape (N, B, A)
            Images.
        prev_h, prev_c : ndarray of shape (N, H)
            Hidden and cell state of the step before.
        window : ndarray of shape (N, 5), optional
            Where to look; without it, W_window and b_window make it from prev_h.

        Returns
        -------
        next_h, next_c : ndarray of shape (N, H)
        window : ndarray of shape (N, 5)
            Where it looked.
        glimpse : ndarray of shape (N, K, K)
            What it saw.
        cache : values that step_backward needs
        """
        # An affine layer makes the window, unless it is given. The LSTM's input is the glimpse's
        # K * K numbers, row by row, and then the window's 5: what was seen, and where.
        # BEGIN SOLUTION
        p, choice = self.params, None
        if window is None:
            window, choice = affine_forward(prev_h, p["W_window"], p["b_window"])
        glimpse, read = read_forward(x, window, self.K)
        seen = np.concatenate([glimpse.reshape(len(x), -1), window], axis=1)  # (N, K * K + 5)
        next_h, next_c, cell = lstm_step_forward(seen, prev_h, prev_c, p["Wx"], p["Wh"], p["b"])
        return next_h, next_c, window, glimpse, (choice, read, cell)
        # END SOLUTION

    def step_backward(
        self, dnext_h: np.ndarray, dnext_c: np.ndarray, cache: Any
    ) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Gradient of one glimpse.

        Parameters
        ----------
        dnext_h, dnext_c : ndarray of shape (N, H)
        cache : from step

        Returns
        -------
        dprev_h, dprev_c : ndarray of shape (N, H)
        grads : dict of str to ndarray
            Of Wx, Wh and b, and if the window was not given of W_window and b_window.
        """
        # How many arrows leave the window, and how many leave prev_h?
        # BEGIN SOLUTION
        choice, read, cell = cache
        grads = {}
        dseen, dprev_h, dprev_c, grads["Wx"], grads["Wh"], grads["b"] = lstm_step_backward(
            dnext_h, dnext_c, cell
        )
        if choice is not None:
            dglimpse = dseen[:, :-5].reshape(-1, self.K, self.K)
            dwindow = read_backward(dglimpse, read)[1] + dseen[:, -5:]
            dchoice, grads["W_window"], grads["b_window"] = affine_backward(dwindow, choice)
            dprev_h = dprev_h + dchoice
        return dprev_h, dprev_c, grads
        # END SOLUTION

    def loss(self, x: np.ndarray, y: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
        """Loss and gradients on a minibatch.

        Parameters
        ----------
        x : ndarray of shape (N, B, A)
            Images.
        y : ndarray of shape (N, D), integers from 0 to C - 1
            The answers, in order.

        Returns
        -------
        loss : float
            Cross-entropy in nats, summed over the answers and averaged over the minibatch.
        grads : dict of str to ndarray, with the keys and shapes of ``params``

        Raises
        ------
        ValueError
            If an input does not fit.
        """
        x = require_images("GlimpseClassifier.loss", x, self.shape, self.params)
        require_labels(
            "GlimpseClassifier.loss", y, len(x), len(self.answer_steps), len(self.params["b_out"])
        )
        # self.look(x) takes the T glimpses. Score its hidden states at self.answer_steps with
        # temporal_affine_forward. Then go back through time with step_backward.
        # BEGIN SOLUTION
        looks, p = self.look(x), self.params
        grads = {name: np.zeros_like(value) for name, value in p.items()}
        dh = np.zeros_like(looks.h)  # (N, T, H)
        loss, dh[:, self.answer_steps], grads["W_out"], grads["b_out"] = _answers_loss(
            looks.h[:, self.answer_steps], y, p["W_out"], p["b_out"]
        )
        for of_step in _steps_backward(self, dh, looks.caches):
            for name, grad in of_step.items():
                grads[name] += grad
        return loss, grads
        # END SOLUTION


# BEGIN SOLUTION
def _answers_loss(
    h: np.ndarray, y: np.ndarray, W_out: np.ndarray, b_out: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Loss of the answers y (N, D) to h (N, D, H), and the gradients of h, W_out and b_out."""
    scores, cache = temporal_affine_forward(h, W_out, b_out)  # (N, D, C)
    loss, dscores = packed_softmax_loss(scores.reshape(y.size, -1), y.reshape(-1), len(y))
    return loss, *temporal_affine_backward(dscores.reshape(scores.shape), cache)


def _steps_backward(
    model: GlimpseClassifier, dh: np.ndarray, caches: list[Any]
) -> Iterator[dict[str, np.ndarray]]:
    """Gradients of each step's parameters, from the last step to the first."""
    dprev_h = dprev_c = np.zeros_like(dh[:, 0])
    for t in reversed(range(len(caches))):
        dprev_h, dprev_c, grads = model.step_backward(dh[:, t] + dprev_h, dprev_c, caches[t])
        yield grads


# END SOLUTION
