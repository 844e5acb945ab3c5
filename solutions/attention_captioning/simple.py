"""Captioning with attention as a good student writes it: every layer over the padded minibatch.

The misconceptions are written against this text, not against the reference.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.affine import (
    affine_forward,
    temporal_affine_backward,
    temporal_affine_forward,
)
from cs231n_rnn.layers.attention import (
    attention_lstm_backward,
    attention_lstm_forward,
    attention_lstm_step_forward,
)
from cs231n_rnn.layers.dropout import dropout_backward, dropout_forward
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.softmax import temporal_softmax_loss
from cs231n_rnn.models.beam_search import beam_search
from cs231n_rnn.models.checks import require_captions, require_grid, require_vocabulary

State = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


class AttentionCaptioningLSTM:
    """A captioning model that looks at the image before every word."""

    def __init__(
        self,
        word_to_idx: dict[str, int],
        input_dim: int = 128,
        wordvec_dim: int = 128,
        hidden_dim: int = 128,
        dtype: Any = np.float32,
        dropout: float = 0.0,
        rng: np.random.Generator | None = None,
    ) -> None:
        require_vocabulary(word_to_idx)
        self.word_to_idx = word_to_idx
        self.idx_to_word = {index: word for word, index in word_to_idx.items()}
        self.dropout = dropout
        self.rng = np.random.default_rng(231) if rng is None else rng
        self._null = word_to_idx["<NULL>"]

        C, W, H, V = input_dim, wordvec_dim, hidden_dim, len(word_to_idx)
        draw = self.rng.standard_normal
        params = {
            "W_embed": draw((V, W)) / 100,
            "W_proj": draw((C, H)) / np.sqrt(C),
            "b_proj": np.zeros(H),
            "Wx": draw((W + H, 4 * H)) / np.sqrt(W + H),
            "Wh": draw((H, 4 * H)) / np.sqrt(H),
            "b": np.zeros(4 * H),
            "W_vocab": draw((H, V)) / np.sqrt(H),
            "b_vocab": np.zeros(V),
        }
        self.params = {name: value.astype(dtype) for name, value in params.items()}

    def loss(
        self, features: np.ndarray, captions: np.ndarray
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Loss and gradients on a minibatch, with teacher forcing."""
        features = require_grid("AttentionCaptioningLSTM.loss", features, self.params)
        require_captions("AttentionCaptioningLSTM.loss", features, captions, self.params)
        captions_in, captions_out = captions[:, :-1], captions[:, 1:]
        mask = captions_out != self._null

        # BEGIN SOLUTION
        p = self.params
        A, proj_cache = temporal_affine_forward(features, p["W_proj"], p["b_proj"])
        h0 = A.mean(axis=1)
        x, embed_cache = word_embedding_forward(captions_in, p["W_embed"])
        h, _, h_cache = attention_lstm_forward(x, h0, A, p["Wx"], p["Wh"], p["b"])
        dropped, drop_cache = dropout_forward(h, self.dropout, self.rng)
        scores, vocab_cache = temporal_affine_forward(dropped, p["W_vocab"], p["b_vocab"])
        loss, dscores = temporal_softmax_loss(scores, captions_out, mask)

        grads = {}
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, vocab_cache)
        dh = dropout_backward(dh, drop_cache)
        dx, dh0, dA, grads["Wx"], grads["Wh"], grads["b"] = attention_lstm_backward(dh, h_cache)
        grads["W_embed"] = word_embedding_backward(dx, embed_cache)
        # Every location is 1/L of the mean.
        dA = dA + dh0[:, np.newaxis] / A.shape[1]
        _, grads["W_proj"], grads["b_proj"] = temporal_affine_backward(dA, proj_cache)
        return loss, grads
        # END SOLUTION

    def initial_state(self, features: np.ndarray) -> State:
        """State before the first word."""
        features = require_grid("AttentionCaptioningLSTM.initial_state", features, self.params)
        A, _ = temporal_affine_forward(features, self.params["W_proj"], self.params["b_proj"])
        h = A.mean(axis=1)
        return h, np.zeros_like(h), A, np.zeros_like(A[:, :, 0])

    def step(self, state: State, words: np.ndarray) -> tuple[np.ndarray, State]:
        """Look, read one word and score the next: what ``sample`` and beam search repeat."""
        # BEGIN SOLUTION
        p = self.params
        h, c, A, _ = state
        x = p["W_embed"][words]  # (N, W)
        h, c, weights, _ = attention_lstm_step_forward(x, h, c, A, p["Wx"], p["Wh"], p["b"])
        scores, _ = affine_forward(h, p["W_vocab"], p["b_vocab"])
        return scores, (h, c, A, weights)
        # END SOLUTION

    def sample(self, features: np.ndarray, max_length: int = 30) -> np.ndarray:
        """Write a caption for every image by greedy decoding, the beam of width 1."""
        require_vocabulary(self.word_to_idx, "<START>", "<END>")
        start, end, null = (self.word_to_idx[word] for word in ("<START>", "<END>", "<NULL>"))
        return beam_search(self, features, start, end, null, 1, max_length)

    def look(self, features: np.ndarray, captions: np.ndarray) -> np.ndarray:
        """Where the model looks before each word of given captions."""
        require_vocabulary(self.word_to_idx, "<START>")
        read = np.insert(captions, 0, self.word_to_idx["<START>"], axis=1)  # (N, T + 1)
        features = require_grid("AttentionCaptioningLSTM.look", features, self.params)
        require_captions("AttentionCaptioningLSTM.look", features, read, self.params)
        h0, _, A, _ = self.initial_state(features)
        x, _ = word_embedding_forward(read[:, :-1], self.params["W_embed"])
        Wx, Wh, b = (self.params[name] for name in ("Wx", "Wh", "b"))
        _, weights, _ = attention_lstm_forward(x, h0, A, Wx, Wh, b)
        return weights
