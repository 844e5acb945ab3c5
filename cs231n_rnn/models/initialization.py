"""The first parameters of a model, drawn in the order in which the model names them.

Weights of variance 1 / (number of inputs) keep the size of what flows through (LeCun et al. 1998).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.cells import Cell


class Initializer:
    """Draws the parameters of a model's layers.

    Parameters
    ----------
    rng : numpy.random.Generator, optional
        Seed 231 if not given.

    Attributes
    ----------
    rng : numpy.random.Generator
    params : dict of str to ndarray
        In float64, what was drawn until now.
    """

    def __init__(self, rng: np.random.Generator | None = None) -> None:
        self.rng = np.random.default_rng(231) if rng is None else rng
        self.params: dict[str, np.ndarray] = {}

    def embedding(self, name: str, V: int, W: int, divisor: float) -> None:
        """A vector (W,) for each of V words: standard normal numbers, divided by ``divisor``."""
        self.params[name] = self.rng.standard_normal((V, W)) / divisor

    def affine(self, name: str, D: int, M: int, scale: float = 1.0) -> None:
        """W_name (D, M), scaled, and b_name (M,) of zeros."""
        self.params[f"W_{name}"] = self.rng.standard_normal((D, M)) / np.sqrt(D) * scale
        self.params[f"b_{name}"] = np.zeros(M)

    def recurrent(
        self,
        cell: Cell,
        D: int,
        H: int,
        suffix: str = "",
        *,
        forget_bias: float = 1.0,
        inputs: int | None = None,
        gain: float = 1.0,
    ) -> None:
        """Wx (D, G), Wh (H, G) and b (G,) of a recurrent layer, with a suffix to their names.

        Parameters
        ----------
        cell : Cell
        D, H : int
            Numbers in the input and in the hidden state.
        suffix : str
        forget_bias : float
            First bias of the forget gates, of a cell that has them.
        inputs : int, optional
            How many of the D inputs count for the size of Wx; all if not given.
        gain : float
            Wh is drawn with a standard deviation of gain / sqrt(H).
        """
        G, draw = cell.width(H), self.rng.standard_normal
        self.params[f"Wx{suffix}"] = draw((D, G)) / np.sqrt(inputs or D)
        self.params[f"Wh{suffix}"] = draw((H, G)) * gain / np.sqrt(H)
        self.params[f"b{suffix}"] = cell.first_bias(H, forget_bias)

    def as_type(self, dtype: Any) -> dict[str, np.ndarray]:
        """The parameters, in the dtype of the model."""
        return {name: value.astype(dtype) for name, value in self.params.items()}
