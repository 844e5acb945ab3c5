"""DRAW: an image is generated piece by piece (Gregor et al. 2015).

At each step the encoder LSTM reads a glimpse of the image and of what the canvas still lacks, and
says a latent code; the decoder LSTM takes a sample of it and adds a stroke to the canvas. The loss
is a bound on minus the log probability of the image: what the last canvas gets wrong, plus what
the codes of all steps cost. To generate, the codes are drawn from the standard normal distribution,
and the encoder stays at home.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.activations import sigmoid
from cs231n_rnn.layers.affine import affine_backward, affine_forward
from cs231n_rnn.layers.cells import CELLS
from cs231n_rnn.layers.glimpse import read_backward, read_forward, write_backward, write_forward
from cs231n_rnn.layers.lstm import lstm_step_backward, lstm_step_forward
from cs231n_rnn.models.draw_loop import DrawLoop
from cs231n_rnn.models.initialization import Initializer


class DRAW(DrawLoop):
    """Deep Recurrent Attentive Writer: its parameters and one time step. DrawLoop does the rest.

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
