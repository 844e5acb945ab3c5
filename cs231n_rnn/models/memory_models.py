"""Models for tasks of memory: a recurrent layer of the student's, and one affine layer on top.

``LastStepRegressor`` answers once, from the last hidden state; ``EveryStepClassifier`` scores the
classes at every time step. All that either knows of earlier steps went through the hidden state.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.affine import (
    affine_backward,
    affine_forward,
    temporal_affine_backward,
    temporal_affine_forward,
)
from cs231n_rnn.layers.cells import find_cell
from cs231n_rnn.layers.shapes import require_shapes
from cs231n_rnn.layers.softmax import softmax_loss
from cs231n_rnn.models.initialization import Initializer


class RecurrentModel:
    """What both models share: a recurrent layer of any cell, and an affine layer's weights.

    Parameters
    ----------
    input_dim : int
        D, numbers that are read at a step.
    hidden_dim : int
        H, numbers in the hidden state.
    output_dim : int
        M, numbers that come out.
    cell_type : str
        A name in ``layers/cells.py``: "rnn" or "lstm".
    forget_bias : float
        First bias of the forget gates, of a cell that has them.
    gain : float
        Wh is drawn with a standard deviation of gain / sqrt(H).
    dtype : numpy dtype
        float32 to train, float64 to check gradients.
    rng : numpy.random.Generator, optional
        Draws the first weights. Seed 231 if not given.

    Attributes
    ----------
    params : dict of str to ndarray
        Wx (D, G), Wh (H, G), b (G,), W_out (H, M), b_out (M,), with G = H for "rnn" and 4H for
        "lstm".

    Raises
    ------
    ValueError
        If the cell type is unknown.
    """

    def __init__(
        self,
        input_dim: int,
        hidden_dim: int,
        output_dim: int,
        cell_type: str = "lstm",
        forget_bias: float = 1.0,
        gain: float = 1.0,
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ) -> None:
        self.cell_type, self.cell = cell_type, find_cell(cell_type, type(self).__name__)
        init = Initializer(rng)
        init.recurrent(self.cell, input_dim, hidden_dim, forget_bias=forget_bias, gain=gain)
        init.affine("out", hidden_dim, output_dim)
        self.params = init.as_type(dtype)

    def _states(self, x: np.ndarray) -> tuple[np.ndarray, Any]:
        """Hidden states (N, T, H) from a state of zeros, and a cache."""
        p = self.params
        require_shapes(type(self).__name__, Wx=(p["Wx"], "D G"), x=(x, "N T D"))
        h0 = np.zeros((len(x), len(p["Wh"])), dtype=p["Wh"].dtype)
        x = x.astype(h0.dtype, copy=False)
        return self.cell.forward(x, h0, p["Wx"], p["Wh"], p["b"])

    def _gradients(self, dh: np.ndarray, cache: Any) -> dict[str, np.ndarray]:
        """Gradients of the recurrent layer's weights."""
        _, _, dWx, dWh, db = self.cell.backward(dh, cache)
        return {"Wx": dWx, "Wh": dWh, "b": db}


class LastStepRegressor(RecurrentModel):
    """One number a sequence, from its last hidden state, with the squared error as the loss.

    Takes what :class:`RecurrentModel` takes; ``output_dim`` is 1.
    """

    def __init__(self, input_dim: int, hidden_dim: int, **options: Any) -> None:
        super().__init__(input_dim, hidden_dim, 1, **options)

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Answers (N,) to the sequences x (N, T, D)."""
        h, _ = self._states(x)
        return affine_forward(h[:, -1], self.params["W_out"], self.params["b_out"])[0][:, 0]

    def loss(self, x: np.ndarray, y: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
        """Mean squared error of a minibatch, and its gradients.

        Parameters
        ----------
        x : ndarray of shape (N, T, D)
        y : ndarray of shape (N,)
            The right answers.

        Returns
        -------
        loss : float
        grads : dict of str to ndarray, with the keys and shapes of ``params``

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        require_shapes("LastStepRegressor", x=(x, "N T D"), y=(y, "N"))
        h, cache = self._states(x)
        out, affine_cache = affine_forward(h[:, -1], self.params["W_out"], self.params["b_out"])
        error = out[:, 0] - y.astype(out.dtype, copy=False)  # (N,)
        loss = float(np.mean(error**2, dtype=np.float64))
        dout = (2 * error / len(x))[:, np.newaxis]  # (N, 1)
        dh = np.zeros_like(h)
        # No other step is asked, so all that the earlier ones learn comes back through time.
        dh[:, -1], dW_out, db_out = affine_backward(dout, affine_cache)
        return loss, {**self._gradients(dh, cache), "W_out": dW_out, "b_out": db_out}


class EveryStepClassifier(RecurrentModel):
    """Scores of ``output_dim`` classes at every time step, with the softmax loss.

    Takes what :class:`RecurrentModel` takes.
    """

    def loss(
        self, x: np.ndarray, y: np.ndarray, mask: np.ndarray
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Cross entropy in nats per step, averaged over all steps that count, and its gradients.

        Parameters
        ----------
        x : ndarray of shape (N, T, D)
        y : ndarray of shape (N, T), integers
            The right classes.
        mask : ndarray of shape (N, T), boolean
            Which steps count.

        Returns
        -------
        loss : float
        grads : dict of str to ndarray, with the keys and shapes of ``params``

        Raises
        ------
        ValueError
            If the shapes do not fit, or a class that counts is out of range.
        """
        require_shapes("EveryStepClassifier", x=(x, "N T D"), y=(y, "N T"), mask=(mask, "N T"))
        h, cache = self._states(x)
        p = self.params
        scores, affine_cache = temporal_affine_forward(h, p["W_out"], p["b_out"])  # (N, T, M)
        counted = mask.astype(bool)
        dscores = np.zeros_like(scores)
        loss, dscores[counted] = softmax_loss(scores[counted], y[counted])
        dh, dW_out, db_out = temporal_affine_backward(dscores, affine_cache)
        return loss, {**self._gradients(dh, cache), "W_out": dW_out, "b_out": db_out}
