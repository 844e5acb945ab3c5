"""DRAW as a good student writes it.

The misconceptions are written against this text, not against the reference.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cs231n_rnn.layers.activations import sigmoid
from cs231n_rnn.layers.affine import affine_backward, affine_forward
from cs231n_rnn.layers.bernoulli import bernoulli_loss
from cs231n_rnn.layers.glimpse import read_backward, read_forward, write_backward, write_forward
from cs231n_rnn.layers.latent import latent_backward, latent_forward
from cs231n_rnn.layers.lstm import lstm_step_backward, lstm_step_forward
from cs231n_rnn.layers.shapes import require_shapes
from cs231n_rnn.models.checks import require_images


class Drawing(NamedTuple):
    """How N images came about in T steps."""

    canvases: np.ndarray
    windows: np.ndarray


class DRAW:
    """Deep Recurrent Attentive Writer."""

    def __init__(
        self,
        shape: tuple[int, int] = (28, 28),
        num_steps: int = 8,
        latent_dim: int = 8,
        hidden_dim: int = 128,
        read_size: int = 8,
        write_size: int = 8,
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ) -> None:
        self.shape, self.T, self.Z = shape, num_steps, latent_dim
        self.read_size, self.write_size = read_size, write_size
        self.rng = np.random.default_rng(231) if rng is None else rng
        H, Z, seen = hidden_dim, latent_dim, 2 * read_size**2 + hidden_dim
        sizes = {"read": (H, 5), "mu": (H, Z), "sigma": (H, Z), "write": (H, 5)}
        sizes |= {"patch": (H, write_size**2), "enc": (seen, 4 * H), "dec": (Z, 4 * H)}
        params: dict[str, np.ndarray] = {"c0": np.zeros(shape)}
        for name, (rows, columns) in sizes.items():
            recurrent = name in ("enc", "dec")
            W = self.rng.standard_normal((rows, columns)) / np.sqrt(rows)
            params[f"{'Wx' if recurrent else 'W'}_{name}"] = W if recurrent else 0.1 * W
            params[f"b_{name}"] = np.zeros(columns)
            if recurrent:
                params[f"Wh_{name}"] = self.rng.standard_normal((H, 4 * H)) / np.sqrt(H)
                params[f"b_{name}"][H : 2 * H] = 1  # forget gates begin open
        self.params = {name: value.astype(dtype) for name, value in params.items()}

    def encode_step(
        self,
        x: np.ndarray,
        canvas: np.ndarray,
        prev_h_enc: np.ndarray,
        prev_c_enc: np.ndarray,
        prev_h_dec: np.ndarray,
    ) -> tuple[np.ndarray, ...]:
        """Read, and say a code (Gregor et al. 2015, equations 3 to 5 and 1, 2)."""
        # BEGIN SOLUTION
        p = self.params
        N, K = len(x), self.read_size
        # What the canvas still lacks.
        drawn = sigmoid(canvas)
        error = x - drawn
        # Where to read, and what is there.
        window, window_cache = affine_forward(prev_h_dec, p["W_read"], p["b_read"])
        image_glimpse, image_cache = read_forward(x, window, K)
        error_glimpse, error_cache = read_forward(error, window, K)
        image_numbers = image_glimpse.reshape(N, K * K)
        error_numbers = error_glimpse.reshape(N, K * K)
        seen = np.concatenate([image_numbers, error_numbers, prev_h_dec], axis=1)
        h_enc, c_enc, lstm_cache = lstm_step_forward(
            seen, prev_h_enc, prev_c_enc, p["Wx_enc"], p["Wh_enc"], p["b_enc"]
        )
        # The code.
        mu, mu_cache = affine_forward(h_enc, p["W_mu"], p["b_mu"])
        log_sigma, sigma_cache = affine_forward(h_enc, p["W_sigma"], p["b_sigma"])
        caches = window_cache, image_cache, error_cache, lstm_cache, mu_cache, sigma_cache
        cache = drawn, caches
        return mu, log_sigma, h_enc, c_enc, cache
        # END SOLUTION

    def encode_step_backward(
        self,
        dmu: np.ndarray,
        dlog_sigma: np.ndarray,
        dh_enc: np.ndarray,
        dc_enc: np.ndarray,
        cache: Any,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Gradient of encode_step."""
        # BEGIN SOLUTION
        drawn, caches = cache
        window_cache, image_cache, error_cache, lstm_cache, mu_cache, sigma_cache = caches
        N, K = len(drawn), self.read_size
        grads = {}
        # The code.
        dh_mu, grads["W_mu"], grads["b_mu"] = affine_backward(dmu, mu_cache)
        dh_sigma, grads["W_sigma"], grads["b_sigma"] = affine_backward(dlog_sigma, sigma_cache)
        dh = dh_enc + dh_mu + dh_sigma
        # The encoder.
        dseen, dprev_h_enc, dprev_c_enc, dWx, dWh, db = lstm_step_backward(dh, dc_enc, lstm_cache)
        grads["Wx_enc"] = dWx
        grads["Wh_enc"] = dWh
        grads["b_enc"] = db
        dimage_numbers = dseen[:, : K * K]
        derror_numbers = dseen[:, K * K : 2 * K * K]
        dprev_h_dec = dseen[:, 2 * K * K :]
        # Two glimpses through one window.
        dimage_glimpse = dimage_numbers.reshape(N, K, K)
        derror_glimpse = derror_numbers.reshape(N, K, K)
        _, dwindow_image = read_backward(dimage_glimpse, image_cache)
        derror, dwindow_error = read_backward(derror_glimpse, error_cache)
        dwindow = dwindow_image + dwindow_error
        dh_window, grads["W_read"], grads["b_read"] = affine_backward(dwindow, window_cache)
        dprev_h_dec = dprev_h_dec + dh_window
        # error = x - sigmoid(canvas)
        dcanvas = -derror * drawn * (1 - drawn)
        return dcanvas, dprev_h_enc, dprev_c_enc, dprev_h_dec, grads
        # END SOLUTION

    def decode_step(
        self, z: np.ndarray, canvas: np.ndarray, prev_h_dec: np.ndarray, prev_c_dec: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        """Take a code, and write (Gregor et al. 2015, equations 7 and 8)."""
        # BEGIN SOLUTION
        p = self.params
        N, K = len(z), self.write_size
        h_dec, c_dec, lstm_cache = lstm_step_forward(
            z, prev_h_dec, prev_c_dec, p["Wx_dec"], p["Wh_dec"], p["b_dec"]
        )
        # Where to write, and what.
        window, window_cache = affine_forward(h_dec, p["W_write"], p["b_write"])
        patch_numbers, patch_cache = affine_forward(h_dec, p["W_patch"], p["b_patch"])
        patch = patch_numbers.reshape(N, K, K)
        stroke, write_cache = write_forward(patch, window, self.shape)
        next_canvas = canvas + stroke
        cache = lstm_cache, window_cache, patch_cache, write_cache
        return next_canvas, h_dec, c_dec, window, cache
        # END SOLUTION

    def decode_step_backward(
        self, dcanvas: np.ndarray, dh_dec: np.ndarray, dc_dec: np.ndarray, cache: Any
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Gradient of decode_step."""
        # BEGIN SOLUTION
        lstm_cache, window_cache, patch_cache, write_cache = cache
        N, K = len(dcanvas), self.write_size
        grads = {}
        # next_canvas = canvas + stroke
        dprev_canvas = dcanvas
        dstroke = dcanvas
        dpatch, dwindow = write_backward(dstroke, write_cache)
        dpatch_numbers = dpatch.reshape(N, K * K)
        dh_patch, grads["W_patch"], grads["b_patch"] = affine_backward(dpatch_numbers, patch_cache)
        dh_window, grads["W_write"], grads["b_write"] = affine_backward(dwindow, window_cache)
        dh = dh_dec + dh_patch + dh_window
        # The decoder.
        dz, dprev_h_dec, dprev_c_dec, dWx, dWh, db = lstm_step_backward(dh, dc_dec, lstm_cache)
        grads["Wx_dec"] = dWx
        grads["Wh_dec"] = dWh
        grads["b_dec"] = db
        return dz, dprev_canvas, dprev_h_dec, dprev_c_dec, grads
        # END SOLUTION

    def loss(
        self, x: np.ndarray, noise: np.ndarray | None = None, kl_weight: float = 1.0
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Bound on minus the log probability of images, and its gradients."""
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
        """The two parts of the loss, in nats an image: reconstruction, and KL of all codes."""
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
