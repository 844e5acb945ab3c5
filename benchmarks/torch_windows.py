"""The glimpse classifier and DRAW in PyTorch, on the parameters of the kit's models."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch.nn import functional

from cs231n_rnn.layers.glimpse import LIMIT
from cs231n_rnn.models.draw import DRAW
from cs231n_rnn.models.glimpse_classifier import GlimpseClassifier

Tensors = dict[str, torch.Tensor]


def filters(
    window: torch.Tensor, K: int, shape: tuple[int, int]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Fy (N, K, B), Fx (N, K, A) and the intensity (N, 1, 1)."""
    g_x, g_y, log_variance, log_stride, log_intensity = window.clamp(-LIMIT, LIMIT).T
    stride = (max(shape) - 1) / (K - 1) * log_stride.exp()
    steps = torch.arange(K) - (K - 1) / 2
    banks = []
    for g, size in zip((g_y, g_x), shape, strict=True):
        mu = ((size + 1) / 2 * (g + 1) - 1)[:, None] + steps * stride[:, None]
        offset = torch.arange(size) - mu[:, :, None]
        banks.append(torch.softmax(-(offset**2) / (2 * log_variance.exp()[:, None, None]), dim=2))
    return banks[0], banks[1], log_intensity.exp()[:, None, None]


def lstm_step(
    x: torch.Tensor, h: torch.Tensor, c: torch.Tensor, p: Tensors, part: str = ""
) -> tuple[torch.Tensor, torch.Tensor]:
    """One step, gates in the order i, f, o, g."""
    a = x @ p[f"Wx{part}"] + h @ p[f"Wh{part}"] + p[f"b{part}"]
    i, f, o, g = a.chunk(4, dim=1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def classifier_loss(model: GlimpseClassifier, x: np.ndarray, y: np.ndarray) -> Callable[[], float]:
    """Loss and gradients of a learned glimpse classifier on a fixed minibatch."""
    p = {name: torch.tensor(value, requires_grad=True) for name, value in model.params.items()}
    images, right = torch.tensor(x), torch.tensor(y)

    def run() -> float:
        h = c = torch.zeros(len(x), len(p["Wh"]))
        states = []
        for _ in range(model.T):
            window = h @ p["W_window"] + p["b_window"]
            Fy, Fx, intensity = filters(window, model.K, model.shape)
            glimpse = intensity * (Fy @ images @ Fx.transpose(1, 2))
            h, c = lstm_step(torch.cat([glimpse.flatten(1), window], dim=1), h, c, p)
            states.append(h)
        scores = torch.stack([states[t] for t in model.answer_steps], dim=1) @ p["W_out"]
        scores = scores + p["b_out"]
        loss = functional.cross_entropy(scores.flatten(0, 1), right.flatten()) * y.shape[1]
        torch.autograd.grad(loss, list(p.values()))
        return loss.item()

    return run


def draw_loss(model: DRAW, x: np.ndarray, noise: np.ndarray) -> Callable[[], float]:
    """Loss and gradients of DRAW on a fixed minibatch, with fixed noise."""
    p = {name: torch.tensor(value, requires_grad=True) for name, value in model.params.items()}
    images, eps = torch.tensor(x), torch.tensor(noise)
    R, K = model.read_size, model.write_size

    def run() -> float:
        h_enc = c_enc = h_dec = c_dec = torch.zeros(len(x), len(p["Wh_enc"]))
        canvas, kl = p["c0"].expand(len(x), *model.shape), torch.zeros(())
        for t in range(model.T):
            window = h_dec @ p["W_read"] + p["b_read"]
            Fy, Fx, intensity = filters(window, R, model.shape)
            both = torch.stack([images, images - canvas.sigmoid()], dim=1)
            glimpses = intensity[:, None] * (Fy[:, None] @ both @ Fx.transpose(1, 2)[:, None])
            seen = torch.cat([glimpses.flatten(1), h_dec], dim=1)
            h_enc, c_enc = lstm_step(seen, h_enc, c_enc, p, "_enc")
            mu, log_sigma = h_enc @ p["W_mu"] + p["b_mu"], h_enc @ p["W_sigma"] + p["b_sigma"]
            kl = kl + 0.5 * (mu**2 + (2 * log_sigma).exp() - 1 - 2 * log_sigma).sum()
            z = mu + log_sigma.exp() * eps[t]
            h_dec, c_dec = lstm_step(z, h_dec, c_dec, p, "_dec")
            Fy, Fx, intensity = filters(h_dec @ p["W_write"] + p["b_write"], K, model.shape)
            patch = (h_dec @ p["W_patch"] + p["b_patch"]).reshape(-1, K, K)
            canvas = canvas + Fy.transpose(1, 2) @ patch @ Fx / intensity
        wrong = functional.binary_cross_entropy_with_logits(canvas, images, reduction="sum")
        loss = (wrong + kl) / len(x)
        torch.autograd.grad(loss, list(p.values()))
        return loss.item()

    return run


def require_same(ours: float, theirs: float) -> None:
    """Refuse to compare the speed of two different things."""
    if not math.isclose(ours, theirs, rel_tol=1e-4):
        raise ValueError(f"the reference's loss is {ours}, PyTorch's {theirs}; they should agree")
