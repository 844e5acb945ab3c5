"""The same captioning LSTM in PyTorch: dense, or packed by length."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence


class Captioner(nn.Module):
    """The model of ``CaptioningRNN`` with an LSTM."""

    def __init__(self, D: int, W: int, H: int, V: int) -> None:
        super().__init__()
        self.embed, self.project = nn.Embedding(V, W), nn.Linear(D, H)
        self.lstm, self.vocab = nn.LSTM(W, H, batch_first=True), nn.Linear(H, V)

    def loss(self, features: torch.Tensor, captions: torch.Tensor, packed: bool) -> torch.Tensor:
        """Loss summed over time and averaged over the minibatch."""
        words_in, words_out = captions[:, :-1], captions[:, 1:]
        x, h0 = self.embed(words_in), self.project(features)[None]
        right = words_out
        if packed:
            lengths = (words_out != 0).sum(dim=1)
            x = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            right = pack_padded_sequence(
                words_out, lengths, batch_first=True, enforce_sorted=False
            ).data
        h, _ = self.lstm(x, (h0, torch.zeros_like(h0)))
        scores = self.vocab(h.data if packed else h)
        total = nn.functional.cross_entropy(
            scores.reshape(-1, scores.shape[-1]),
            right.reshape(-1),
            ignore_index=0,
            reduction="sum",
        )
        return total / len(captions)


def make_step(
    features: np.ndarray,
    captions: np.ndarray,
    sizes: tuple[int, int, int, int],
    packed: bool,
    update: bool,
) -> Callable[[], None]:
    """One training step on a fixed minibatch; without the update, loss and gradients alone."""
    torch.manual_seed(0)
    model = Captioner(*sizes)
    optimizer = torch.optim.Adam(model.parameters())
    x, y = torch.tensor(features), torch.tensor(captions, dtype=torch.int64)

    def step() -> None:
        optimizer.zero_grad()
        model.loss(x, y, packed).backward()
        if update:
            optimizer.step()

    return step
