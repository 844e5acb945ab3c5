"""Image captioning as a good student writes it: every layer over the whole padded minibatch.

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
from cs231n_rnn.layers.lstm import lstm_backward, lstm_forward, lstm_step_forward
from cs231n_rnn.layers.rnn import rnn_backward, rnn_forward, rnn_step_forward
from cs231n_rnn.layers.softmax import temporal_softmax_loss
from cs231n_rnn.models.checks import require_captions, require_features, require_vocabulary


class CaptioningRNN:
    """A captioning model with a vanilla RNN or an LSTM."""

    def __init__(
        self,
        word_to_idx: dict[str, int],
        input_dim: int = 512,
        wordvec_dim: int = 128,
        hidden_dim: int = 128,
        cell_type: str = "rnn",
        dtype: Any = np.float32,
        dropout: float = 0.0,
        rng: np.random.Generator | None = None,
    ) -> None:
        if cell_type not in ("rnn", "lstm"):
            raise ValueError(f'cell_type is {cell_type!r}; CaptioningRNN needs "rnn" or "lstm"')
        require_vocabulary(word_to_idx)
        self.cell_type = cell_type
        self.word_to_idx = word_to_idx
        self.idx_to_word = {index: word for word, index in word_to_idx.items()}
        self.dropout = dropout
        self.rng = np.random.default_rng(231) if rng is None else rng
        self._null = word_to_idx["<NULL>"]
        self._start = word_to_idx.get("<START>")
        self._end = word_to_idx.get("<END>")

        D, W, H, V = input_dim, wordvec_dim, hidden_dim, len(word_to_idx)
        G = {"rnn": 1, "lstm": 4}[cell_type] * H
        draw = self.rng.standard_normal
        params = {
            "W_embed": draw((V, W)) / 100,
            # Weights of variance 1 / (number of inputs) keep the size of what flows through.
            "W_proj": draw((D, H)) / np.sqrt(D),
            "b_proj": np.zeros(H),
            "Wx": draw((W, G)) / np.sqrt(W),
            "Wh": draw((H, G)) / np.sqrt(H),
            "b": np.zeros(G),
            "W_vocab": draw((H, V)) / np.sqrt(H),
            "b_vocab": np.zeros(V),
        }
        self.params = {name: value.astype(dtype) for name, value in params.items()}

    def loss(
        self, features: np.ndarray, captions: np.ndarray
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Loss and gradients on a minibatch, with teacher forcing."""
        require_features("CaptioningRNN.loss", features, self.params)
        require_captions("CaptioningRNN.loss", features, captions, self.params)
        captions_in, captions_out = captions[:, :-1], captions[:, 1:]
        mask = captions_out != self._null

        # BEGIN SOLUTION
        p = self.params
        h0, proj_cache = affine_forward(features, p["W_proj"], p["b_proj"])
        x, embed_cache = word_embedding_forward(captions_in, p["W_embed"])
        if self.cell_type == "rnn":
            h, h_cache = rnn_forward(x, h0, p["Wx"], p["Wh"], p["b"])
        else:
            h, h_cache = lstm_forward(x, h0, p["Wx"], p["Wh"], p["b"])
        dropped, drop_cache = dropout_forward(h, self.dropout, self.rng)
        scores, vocab_cache = temporal_affine_forward(dropped, p["W_vocab"], p["b_vocab"])
        loss, dscores = temporal_softmax_loss(scores, captions_out, mask)

        grads = {}
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, vocab_cache)
        dh = dropout_backward(dh, drop_cache)
        if self.cell_type == "rnn":
            dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = rnn_backward(dh, h_cache)
        else:
            dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = lstm_backward(dh, h_cache)
        grads["W_embed"] = word_embedding_backward(dx, embed_cache)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, proj_cache)
        return loss, grads
        # END SOLUTION

    def initial_state(self, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Hidden state and cell state before the first word."""
        require_features("CaptioningRNN.initial_state", features, self.params)
        start, _ = affine_forward(features, self.params["W_proj"], self.params["b_proj"])
        return start, np.zeros_like(start)

    def step(
        self, state: tuple[np.ndarray, np.ndarray], words: np.ndarray
    ) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
        """Read one word and score the next: what ``sample`` and beam search repeat."""
        # BEGIN SOLUTION
        p = self.params
        h, c = state
        x = p["W_embed"][words]  # (N, W)
        if self.cell_type == "rnn":
            h, _ = rnn_step_forward(x, h, p["Wx"], p["Wh"], p["b"])
        else:
            h, c, _ = lstm_step_forward(x, h, c, p["Wx"], p["Wh"], p["b"])
        scores, _ = affine_forward(h, p["W_vocab"], p["b_vocab"])
        return scores, (h, c)
        # END SOLUTION

    def sample(self, features: np.ndarray, max_length: int = 30) -> np.ndarray:
        """Write a caption for every image by greedy decoding: always the best-scored word."""
        require_features("CaptioningRNN.sample", features, self.params)
        require_vocabulary(self.word_to_idx, "<START>", "<END>")
        if max_length < 1:
            raise ValueError(f"max_length is {max_length}; CaptioningRNN.sample needs at least 1")
        captions = np.full((len(features), max_length), self._null, dtype=np.int32)
        # BEGIN SOLUTION
        state = self.initial_state(features)
        words = np.full(len(features), self._start)
        for t in range(max_length):
            scores, state = self.step(state, words)
            words = scores.argmax(axis=1)
            captions[:, t] = words
        return captions
        # END SOLUTION
