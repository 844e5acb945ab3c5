"""The full view: a network that sees every pixel at once, to compare with one that looks around.

scores = relu(x W1 + b1) W2 + b2, the two-layer network of CS231n's first assignment.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.affine import affine_backward, affine_forward
from cs231n_rnn.layers.softmax import softmax_loss
from cs231n_rnn.models.checks import require_images, require_labels


class FullViewClassifier:
    """Two affine layers with a ReLU between them, over all pixels of an image.

    Parameters
    ----------
    num_classes : int
        C.
    shape : (int, int)
        Rows B and columns A of an image.
    hidden_dim : int
        M. With 40 it has as many parameters as GlimpseClassifier by default, 144,000.
    dtype : numpy dtype
    rng : numpy.random.Generator, optional
        Draws the first weights. Seed 231 if not given.

    Attributes
    ----------
    params : dict of str to ndarray
        W1 (B * A, M), b1 (M,), W2 (M, C), b2 (C,).
    """

    def __init__(
        self,
        num_classes: int = 10,
        shape: tuple[int, int] = (60, 60),
        hidden_dim: int = 40,
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ) -> None:
        C, M, pixels = num_classes, hidden_dim, shape[0] * shape[1]
        rng = np.random.default_rng(231) if rng is None else rng
        params = {
            "W1": rng.standard_normal((pixels, M)) * np.sqrt(2 / pixels),
            "b1": np.zeros(M),
            "W2": rng.standard_normal((M, C)) / np.sqrt(M),
            "b2": np.zeros(C),
        }
        self.shape = shape
        self.params = {name: value.astype(dtype) for name, value in params.items()}

    def loss(self, x: np.ndarray, y: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
        """Loss and gradients on a minibatch.

        Parameters
        ----------
        x : ndarray of shape (N, B, A)
            Images.
        y : ndarray of shape (N, 1), integers from 0 to C - 1
            One answer for each, as GlimpseClassifier takes it.

        Returns
        -------
        loss : float
            Cross-entropy in nats, averaged over the minibatch.
        grads : dict of str to ndarray, with the keys and shapes of ``params``

        Raises
        ------
        ValueError
            If an input does not fit.
        """
        x = require_images("FullViewClassifier.loss", x, self.shape, self.params)
        require_labels("FullViewClassifier.loss", y, len(x), 1, len(self.params["b2"]))
        p = self.params
        hidden, first = affine_forward(x, p["W1"], p["b1"])  # (N, M)
        active = hidden > 0
        scores, second = affine_forward(hidden * active, p["W2"], p["b2"])  # (N, C)
        loss, dscores = softmax_loss(scores, y[:, 0])
        dhidden, dW2, db2 = affine_backward(dscores, second)
        _, dW1, db1 = affine_backward(dhidden * active, first)
        return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}

    def predict(self, x: np.ndarray) -> np.ndarray:
        """The answers, (N, 1), for images of shape (N, B, A)."""
        x = require_images("FullViewClassifier.predict", x, self.shape, self.params)
        p = self.params
        hidden, _ = affine_forward(x, p["W1"], p["b1"])
        scores, _ = affine_forward(np.maximum(hidden, 0), p["W2"], p["b2"])
        return scores.argmax(axis=1)[:, np.newaxis]
