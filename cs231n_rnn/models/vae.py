"""A variational autoencoder that writes the whole image at once (Kingma and Welling 2014).

What DRAW is compared with: the same loss, the same latent layer, one step, no window, no memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.affine import affine_backward, affine_forward
from cs231n_rnn.layers.bernoulli import bernoulli_loss
from cs231n_rnn.layers.latent import latent_backward, latent_forward
from cs231n_rnn.models.checks import require_images


class VAE:
    """Affine, ReLU and affine to a code; affine, ReLU and affine back to the logits of an image.

    Parameters
    ----------
    shape : (int, int)
        Rows B and columns A of an image.
    latent_dim : int
        Z.
    hidden_dim : int
        H.
    dtype : numpy dtype
    rng : numpy.random.Generator, optional
        Draws the first weights, and the noise. Seed 231 if not given.

    Attributes
    ----------
    params : dict of str to ndarray
        W_enc (B A, H), b_enc (H,), W_code (H, 2 Z), b_code (2 Z,): mean, then log standard
        deviation; W_dec (Z, H), b_dec (H,), W_out (H, B A), b_out (B A,).
    """

    def __init__(
        self,
        shape: tuple[int, int] = (28, 28),
        latent_dim: int = 20,
        hidden_dim: int = 128,
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ) -> None:
        self.shape, self.Z = shape, latent_dim
        self.rng = np.random.default_rng(231) if rng is None else rng
        D, H, Z = shape[0] * shape[1], hidden_dim, latent_dim
        sizes = {"enc": (D, H), "code": (H, 2 * Z), "dec": (Z, H), "out": (H, D)}
        self.params = {}
        for name, (rows, columns) in sizes.items():
            # Twice the variance in front of a ReLU (He et al. 2015).
            scale = np.sqrt((2 if name in ("enc", "dec") else 1) / rows)
            W = scale * self.rng.standard_normal((rows, columns))
            self.params[f"W_{name}"] = W.astype(dtype)
            self.params[f"b_{name}"] = np.zeros(columns, dtype)

    def loss(
        self, x: np.ndarray, noise: np.ndarray | None = None, kl_weight: float = 1.0
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Bound on minus the log probability of images, and its gradients.

        Parameters
        ----------
        x : ndarray of shape (N, B, A)
            Images, from 0 to 1.
        noise : ndarray of shape (N, Z), optional
            Standard normal; drawn from ``rng`` if not given.
        kl_weight : float
            How often the KL counts. Only with 1 is the loss a bound (Higgins et al. 2017).

        Returns
        -------
        loss : float
            In nats per image: reconstruction + KL.
        grads : dict of str to ndarray, with the keys and shapes of ``params``

        Raises
        ------
        ValueError
            If an input does not fit.
        """
        x = require_images("VAE.loss", x, self.shape, self.params)
        p, N, grads = self.params, len(x), {}
        if noise is None:
            noise = self.rng.standard_normal((N, self.Z))
        hidden, of_hidden = affine_forward(x.reshape(N, -1), p["W_enc"], p["b_enc"])
        code, of_code = affine_forward(np.maximum(hidden, 0), p["W_code"], p["b_code"])
        mu, log_sigma = np.split(code, 2, axis=1)
        z, kl, of_sample = latent_forward(mu, log_sigma, noise.astype(x.dtype, copy=False))
        logits, of_image = self._decode(z)
        wrong, dlogits = bernoulli_loss(logits.reshape(x.shape), x)

        raised, of_raised, of_out = of_image
        dlogits = dlogits.reshape(N, -1)
        draised, grads["W_out"], grads["b_out"] = affine_backward(dlogits, of_out)
        dz, grads["W_dec"], grads["b_dec"] = affine_backward(draised * (raised > 0), of_raised)
        dkl = np.full(N, kl_weight / N, x.dtype)
        dcode = np.concatenate(latent_backward(dz, dkl, of_sample), axis=1)
        dhidden, grads["W_code"], grads["b_code"] = affine_backward(dcode, of_code)
        _, grads["W_enc"], grads["b_enc"] = affine_backward(dhidden * (hidden > 0), of_hidden)
        return wrong + kl_weight * float(kl.mean(dtype=np.float64)), grads

    def generate(self, z: np.ndarray) -> np.ndarray:
        """Logits (N, B, A) of images from codes of shape (N, Z)."""
        logits, _ = self._decode(z.astype(self.params["W_dec"].dtype, copy=False))
        return logits.reshape(len(z), *self.shape)

    def _decode(self, z: np.ndarray) -> tuple[np.ndarray, Any]:
        p = self.params
        raised, of_raised = affine_forward(z, p["W_dec"], p["b_dec"])
        logits, of_out = affine_forward(np.maximum(raised, 0), p["W_out"], p["b_out"])
        return logits, (raised, of_raised, of_out)
