"""A classifier of sequences as a good student writes it.

The misconceptions are written against this text, not against the reference.
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
from cs231n_rnn.layers.dropout import dropout_backward, dropout_forward
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.lstm import lstm_backward, lstm_forward
from cs231n_rnn.layers.softmax import softmax_loss, temporal_softmax_loss
from cs231n_rnn.models.checks import require_classes, require_sequences

READ = ("last", "mean", "every")


def read_out_forward(h: np.ndarray, lengths: np.ndarray, read: str) -> tuple[np.ndarray, Any]:
    """What of the hidden states is scored."""
    # BEGIN SOLUTION
    N, T, H = h.shape
    cache = (N, T, H, lengths, read)
    if read == "last":
        out = h[np.arange(N), lengths - 1]
        return out, cache
    mask = np.arange(T) < lengths[:, np.newaxis]
    out = np.where(mask[:, :, np.newaxis], h, np.zeros_like(h))
    if read == "mean":
        counts = lengths[:, np.newaxis].astype(h.dtype)
        out = out.sum(axis=1) / counts
    return out, cache
    # END SOLUTION


def read_out_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Gradient of the read-out."""
    # BEGIN SOLUTION
    N, T, H, lengths, read = cache
    dh = np.zeros((N, T, H), dtype=dout.dtype)
    if read == "last":
        dh[np.arange(N), lengths - 1] = dout
        return dh
    mask = np.arange(T) < lengths[:, np.newaxis]
    if read == "mean":
        counts = lengths[:, np.newaxis].astype(dout.dtype)
        share = dout / counts
        dh += share[:, np.newaxis, :]
    else:
        dh += dout
    dh[~mask] = 0
    return dh
    # END SOLUTION


class SequenceClassifier:
    """An LSTM that classifies sequences, or their steps."""

    def __init__(
        self,
        num_classes: int,
        input_dim: int,
        hidden_dim: int = 128,
        read: str = "last",
        vocabulary_size: int | None = None,
        dtype: Any = np.float32,
        dropout: float = 0.0,
        rng: np.random.Generator | None = None,
    ) -> None:
        if read not in READ:
            raise ValueError(f"read is {read!r}; SequenceClassifier needs one of {READ}")
        self.read, self.dropout = read, dropout
        self.rng = np.random.default_rng(231) if rng is None else rng
        D, H, C = input_dim, hidden_dim, num_classes
        draw = self.rng.standard_normal
        params = {} if vocabulary_size is None else {"W_embed": draw((vocabulary_size, D)) / 10}
        params |= {
            "Wx": draw((D, 4 * H)) / np.sqrt(D),
            "Wh": draw((H, 4 * H)) / np.sqrt(H),
            "b": np.repeat([0.0, 1.0, 0.0, 0.0], H),  # forget gates begin open
            "W_out": draw((H, C)) / np.sqrt(H),
            "b_out": np.zeros(C),
        }
        self.params = {name: value.astype(dtype) for name, value in params.items()}

    def scores(self, x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Scores of the classes, (N, C), or of every step (N, T, C)."""
        x = require_sequences("SequenceClassifier.scores", x, lengths, self.params)
        # BEGIN SOLUTION
        p = self.params
        N = len(x)
        steps = x
        if "W_embed" in p:
            steps, _ = word_embedding_forward(x, p["W_embed"])
        h0 = np.zeros((N, len(p["Wh"])), dtype=p["Wh"].dtype)
        h, _ = lstm_forward(steps, h0, p["Wx"], p["Wh"], p["b"])
        out, _ = read_out_forward(h, lengths, self.read)
        return out @ p["W_out"] + p["b_out"]
        # END SOLUTION

    def loss(
        self, x: np.ndarray, lengths: np.ndarray, y: np.ndarray
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Loss and gradients on a minibatch."""
        x = require_sequences("SequenceClassifier.loss", x, lengths, self.params)
        require_classes("SequenceClassifier.loss", y, x, lengths, self.params, self.read == "every")
        # x now has zeros behind the lengths. Forward: word embedding if there is W_embed, LSTM from
        # a hidden state of zeros, read_out_forward, dropout_forward on what counts, affine,
        # softmax. Backward: the same in reverse.
        # BEGIN SOLUTION
        p = self.params
        N, T = x.shape[:2]
        steps = x
        if "W_embed" in p:
            steps, embed_cache = word_embedding_forward(x, p["W_embed"])
        h0 = np.zeros((N, len(p["Wh"])), dtype=p["Wh"].dtype)
        h, h_cache = lstm_forward(steps, h0, p["Wx"], p["Wh"], p["b"])
        out, read_cache = read_out_forward(h, lengths, self.read)
        out, drop_cache = dropout_forward(out, self.dropout, self.rng)

        grads = {}
        if self.read == "every":
            mask = np.arange(T) < lengths[:, np.newaxis]
            right = np.where(mask, y, 0)
            scores, out_cache = temporal_affine_forward(out, p["W_out"], p["b_out"])
            loss, dscores = temporal_softmax_loss(scores, right, mask)
            dout, grads["W_out"], grads["b_out"] = temporal_affine_backward(dscores, out_cache)
        else:
            scores, out_cache = affine_forward(out, p["W_out"], p["b_out"])
            loss, dscores = softmax_loss(scores, y)
            dout, grads["W_out"], grads["b_out"] = affine_backward(dscores, out_cache)
        dout = dropout_backward(dout, drop_cache)
        dh = read_out_backward(dout, read_cache)
        dsteps, _, grads["Wx"], grads["Wh"], grads["b"] = lstm_backward(dh, h_cache)
        if "W_embed" in p:
            grads["W_embed"] = word_embedding_backward(dsteps, embed_cache)
        return loss, grads
        # END SOLUTION
