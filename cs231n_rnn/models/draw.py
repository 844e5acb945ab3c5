"""DRAW: an image is generated piece by piece (Gregor et al. 2015).

At each step the encoder LSTM reads a glimpse of the image and of what the canvas still lacks, and
says a latent code; the decoder LSTM takes a sample of it and adds a stroke to the canvas. The loss
is a bound on minus the log probability of the image: what the last canvas gets wrong, plus what
the codes of all steps cost. To generate, the codes are drawn from the standard normal distribution,
and the encoder stays at home.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cs231n_rnn.layers.activations import sigmoid
from cs231n_rnn.layers.affine import affine_backward, affine_forward
from cs231n_rnn.layers.bernoulli import bernoulli_loss
from cs231n_rnn.layers.cells import CELLS
from cs231n_rnn.layers.glimpse import read_backward, read_forward, write_backward, write_forward
from cs231n_rnn.layers.latent import latent_backward, latent_forward
from cs231n_rnn.layers.lstm import lstm_step_backward, lstm_step_forward
from cs231n_rnn.layers.shapes import require_shapes
from cs231n_rnn.models.checks import require_images
from cs231n_rnn.models.initialization import Initializer


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


class DRAW:
    """Deep Recurrent Attentive Writer.

    Parameters
    ----------
    shape : (int, int)
        Rows B and columns A of an image.
    num_steps : int
        T.
    latent_dim : int
        Z, numbers in the code of one step.
    hidden_dim : int
        H, of both LSTMs.
    read_size, write_size : int
        K of the reading and of the writing window.
    dtype : numpy dtype
        float32 to train, float64 to check gradients.
    rng : numpy.random.Generator, optional
        Draws the first weights, and the noise. Seed 231 if not given.

    Attributes
    ----------
    params : dict of str to ndarray
        Reading: W_read (H, 5), b_read (5,). Encoder, with K of reading: Wx_enc (2 K K + H, 4H),
        Wh_enc (H, 4H), b_enc (4H,). Code: W_mu (H, Z), b_mu (Z,), W_sigma (H, Z), b_sigma (Z,).
        Decoder: Wx_dec (Z, 4H), Wh_dec (H, 4H), b_dec (4H,). Writing, with K of writing: W_write
        (H, 5), b_write (5,), W_patch (H, K K), b_patch (K K,). First canvas: c0 (B, A).
    """

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
        H, Z, init = hidden_dim, latent_dim, Initializer(rng)
        init.params["c0"] = np.zeros(shape)
        for name, M in (
            ("read", 5),
            ("mu", Z),
            ("sigma", Z),
            ("write", 5),
            ("patch", write_size**2),
        ):
            init.affine(name, H, M, scale=0.1)
        init.recurrent(CELLS["lstm"], 2 * read_size**2 + H, H, "_enc")
        init.recurrent(CELLS["lstm"], Z, H, "_dec")
        self.rng, self.params = init.rng, init.as_type(dtype)

    def encode_step(
        self,
        x: np.ndarray,
        canvas: np.ndarray,
        prev_h_enc: np.ndarray,
        prev_c_enc: np.ndarray,
        prev_h_dec: np.ndarray,
    ) -> tuple[np.ndarray, ...]:
        """Read, and say a code (Gregor et al. 2015, equations 3 to 5 and 1, 2).

        Parameters
        ----------
        x : ndarray of shape (N, B, A)
            Images, from 0 to 1.
        canvas : ndarray of shape (N, B, A)
            Logits of the step before.
        prev_h_enc, prev_c_enc : ndarray of shape (N, H)
            Hidden and cell state of the encoder at the step before.
        prev_h_dec : ndarray of shape (N, H)
            Hidden state of the decoder at the step before. It says where to read.

        Returns
        -------
        mu, log_sigma : ndarray of shape (N, Z)
            Mean and log standard deviation of the code.
        h_enc, c_enc : ndarray of shape (N, H)
        cache : values that encode_step_backward needs
        """
        # What the canvas lacks is x - sigmoid(canvas). Read x and that through the same window,
        # which an affine layer (W_read, b_read) makes of prev_h_dec. The encoder's input is the
        # glimpse of x, the glimpse of what is lacking, and prev_h_dec, side by side.
        raise NotImplementedError("TODO: implement DRAW.encode_step in cs231n_rnn/models/draw.py")

    def encode_step_backward(
        self,
        dmu: np.ndarray,
        dlog_sigma: np.ndarray,
        dh_enc: np.ndarray,
        dc_enc: np.ndarray,
        cache: Any,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Gradient of encode_step.

        Parameters
        ----------
        dmu, dlog_sigma : ndarray of shape (N, Z)
        dh_enc, dc_enc : ndarray of shape (N, H)
            What the next step's encoder sends back.
        cache : from encode_step

        Returns
        -------
        dcanvas : ndarray of shape (N, B, A)
        dprev_h_enc, dprev_c_enc, dprev_h_dec : ndarray of shape (N, H)
        grads : dict of str to ndarray
            Of W_read, b_read, Wx_enc, Wh_enc, b_enc, W_mu, b_mu, W_sigma, b_sigma.
        """
        # h_enc reaches the loss in three ways; one window serves two glimpses.
        raise NotImplementedError(
            "TODO: implement DRAW.encode_step_backward in cs231n_rnn/models/draw.py"
        )

    def decode_step(
        self, z: np.ndarray, canvas: np.ndarray, prev_h_dec: np.ndarray, prev_c_dec: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        """Take a code, and write (Gregor et al. 2015, equations 7 and 8).

        Parameters
        ----------
        z : ndarray of shape (N, Z)
            A sample of the code.
        canvas : ndarray of shape (N, B, A)
            Logits of the step before.
        prev_h_dec, prev_c_dec : ndarray of shape (N, H)

        Returns
        -------
        next_canvas : ndarray of shape (N, B, A)
        h_dec, c_dec : ndarray of shape (N, H)
        window : ndarray of shape (N, 5)
            Where the stroke was written.
        cache : values that decode_step_backward needs
        """
        # The new hidden state makes the window (W_write, b_write) and the patch (W_patch,
        # b_patch), row by row. The canvas sums up the strokes.
        raise NotImplementedError("TODO: implement DRAW.decode_step in cs231n_rnn/models/draw.py")

    def decode_step_backward(
        self, dcanvas: np.ndarray, dh_dec: np.ndarray, dc_dec: np.ndarray, cache: Any
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict[str, np.ndarray]]:
        """Gradient of decode_step.

        Parameters
        ----------
        dcanvas : ndarray of shape (N, B, A)
            Gradient of next_canvas.
        dh_dec, dc_dec : ndarray of shape (N, H)
            What the next step sends back.
        cache : from decode_step

        Returns
        -------
        dz : ndarray of shape (N, Z)
        dprev_canvas : ndarray of shape (N, B, A)
        dprev_h_dec, dprev_c_dec : ndarray of shape (N, H)
        grads : dict of str to ndarray
            Of Wx_dec, Wh_dec, b_dec, W_write, b_write, W_patch, b_patch.
        """
        raise NotImplementedError(
            "TODO: implement DRAW.decode_step_backward in cs231n_rnn/models/draw.py"
        )

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
