"""What DRAW does with the student's steps: the loss over T of them, codes, and drawing from codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from cs231n_rnn.layers.bernoulli import bernoulli_loss
from cs231n_rnn.layers.latent import latent_backward, latent_forward
from cs231n_rnn.layers.shapes import require_shapes
from cs231n_rnn.models.checks import require_images


class Drawing(NamedTuple):
    """How N images came about in T steps.

    Attributes
    ----------
    canvases : ndarray of shape (N, T, B, A)
        Canvas after each step, as logits: ``sigmoid`` makes probabilities of them.
    windows : ndarray of shape (N, T, 5)
        Where each stroke was written.
    """

    canvases: np.ndarray
    windows: np.ndarray


class DrawLoop:
    """The loops over time of ``DRAW``, which has the parameters and the steps."""

    params: dict[str, np.ndarray]
    rng: np.random.Generator
    shape: tuple[int, int]
    T: int
    Z: int
    encode_step: Callable[..., Any]
    encode_step_backward: Callable[..., Any]
    decode_step: Callable[..., Any]
    decode_step_backward: Callable[..., Any]

    def loss(
        self, x: np.ndarray, noise: np.ndarray | None = None, kl_weight: float = 1.0
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Bound on minus the log probability of images, and its gradients.

        Parameters
        ----------
        x : ndarray of shape (N, B, A)
            Images, from 0 to 1.
        noise : ndarray of shape (T, N, Z), optional
            Standard normal; drawn from ``rng`` if not given.
        kl_weight : float
            How often the KL counts. Only with 1 is the loss a bound (Higgins et al. 2017).

        Returns
        -------
        loss : float
            In nats per image: reconstruction + KL (Gregor et al. 2015, equations 9 to 12).
        grads : dict of str to ndarray, with the keys and shapes of ``params``

        Raises
        ------
        ValueError
            If an input does not fit.
        """
        x = require_images("DRAW.loss", x, self.shape, self.params)
        _, costs, canvas, caches = self._forward(x, noise)
        wrong, dcanvas = bernoulli_loss(canvas, x)
        grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        dh_enc, dc_enc, dh_dec, dc_dec = (np.zeros_like(a) for a in self._states(len(x)))
        dkl = np.full(len(x), kl_weight / len(x), x.dtype)
        for of_encoder, of_code, of_decoder in reversed(caches):
            dz, dcanvas, dh_dec, dc_dec, of_writing = self.decode_step_backward(
                dcanvas, dh_dec, dc_dec, of_decoder
            )
            dmu, dlog_sigma = latent_backward(dz, dkl, of_code)
            dread, dh_enc, dc_enc, dh_reading, of_reading = self.encode_step_backward(
                dmu, dlog_sigma, dh_enc, dc_enc, of_encoder
            )
            dcanvas, dh_dec = dcanvas + dread, dh_dec + dh_reading
            for name, of_step in {**of_writing, **of_reading}.items():
                grads[name] += of_step
        grads["c0"] = dcanvas.sum(axis=0)
        return wrong + kl_weight * float(costs.mean(dtype=np.float64)), grads

    def bound(self, x: np.ndarray, noise: np.ndarray | None = None) -> tuple[float, float]:
        """The two parts of the loss, in nats per image: reconstruction, and KL of all codes."""
        x = require_images("DRAW.bound", x, self.shape, self.params)
        _, costs, canvas, _ = self._forward(x, noise)
        return bernoulli_loss(canvas, x)[0], float(costs.mean(dtype=np.float64))

    def generate(self, z: np.ndarray) -> Drawing:
        """Draw images from codes of shape (N, T, Z): from noise, they are new ones."""
        require_shapes("DRAW.generate", z=(z, f"N {self.T} {self.Z}"))
        canvas, (_, _, state, memory) = self._first_canvas(len(z)), self._states(len(z))
        canvases, windows = [], []
        for code in z.swapaxes(0, 1).astype(canvas.dtype, copy=False):
            canvas, state, memory, window, _ = self.decode_step(code, canvas, state, memory)
            canvases.append(canvas)
            windows.append(window)
        return Drawing(np.stack(canvases, axis=1), np.stack(windows, axis=1))

    def codes(self, x: np.ndarray, noise: np.ndarray | None = None) -> np.ndarray:
        """Samples of the codes of images, (N, T, Z): what ``generate`` draws them again from."""
        x = require_images("DRAW.codes", x, self.shape, self.params)
        return self._forward(x, noise)[0]

    def _forward(
        self, x: np.ndarray, noise: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[tuple[Any, Any, Any]]]:
        """Codes (N, T, Z), what they cost (N,), the last canvas (N, B, A), and all caches."""
        needed = self.T, len(x), self.Z
        if noise is None:
            noise = self.rng.standard_normal(needed)
        if np.shape(noise) != needed:
            raise ValueError(f"noise is {np.shape(noise)}; DRAW needs (T, N, Z) = {needed}")
        canvas, (h_enc, c_enc, h_dec, c_dec) = self._first_canvas(len(x)), self._states(len(x))
        costs, codes, caches = np.zeros(len(x), x.dtype), [], []
        for eps in noise.astype(x.dtype, copy=False):
            mu, log_sigma, h_enc, c_enc, of_encoder = self.encode_step(
                x, canvas, h_enc, c_enc, h_dec
            )
            z, kl, of_code = latent_forward(mu, log_sigma, eps)
            canvas, h_dec, c_dec, _, of_decoder = self.decode_step(z, canvas, h_dec, c_dec)
            costs = costs + kl
            codes.append(z)
            caches.append((of_encoder, of_code, of_decoder))
        return np.stack(codes, axis=1), costs, canvas, caches

    def _states(self, N: int) -> tuple[np.ndarray, ...]:
        """Hidden and cell state of the encoder, then of the decoder: zeros."""
        start = np.zeros((N, len(self.params["Wh_enc"])), self.params["Wh_enc"].dtype)
        return start, start, start, start

    def _first_canvas(self, N: int) -> np.ndarray:
        return np.repeat(self.params["c0"][np.newaxis], N, axis=0)
