"""Sequence to sequence as a good student writes it: every layer over the padded minibatch.

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
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.lstm import lstm_backward, lstm_forward, lstm_step_forward
from cs231n_rnn.layers.softmax import temporal_softmax_loss
from cs231n_rnn.models.beam_search import beam_search
from cs231n_rnn.models.checks import require_symbols, require_vocabulary

State = tuple[np.ndarray, ...]


class Seq2Seq:
    """An LSTM that reads a sequence, and an LSTM that writes another one."""

    def __init__(
        self,
        source_to_idx: dict[str, int],
        target_to_idx: dict[str, int],
        wordvec_dim: int = 64,
        hidden_dim: int = 128,
        attention: bool = False,
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ) -> None:
        require_vocabulary(source_to_idx)
        require_vocabulary(target_to_idx, "<START>", "<END>")
        self.source_to_idx, self.target_to_idx = source_to_idx, target_to_idx
        self.hidden_dim, self.attention = hidden_dim, attention
        self._null_source, self._null = source_to_idx["<NULL>"], target_to_idx["<NULL>"]
        rng = np.random.default_rng(231) if rng is None else rng
        W, H, params = wordvec_dim, hidden_dim, {}
        parts = {"source": ("encoder", W), "target": ("decoder", W + H if attention else W)}
        for side, vocabulary in (("source", source_to_idx), ("target", target_to_idx)):
            lstm, D = parts[side]
            params[f"W_{side}"] = rng.standard_normal((len(vocabulary), W)) / np.sqrt(W)
            params[f"Wx_{lstm}"] = rng.standard_normal((D, 4 * H)) / np.sqrt(D)
            params[f"Wh_{lstm}"] = rng.standard_normal((H, 4 * H)) / np.sqrt(H)
            params[f"b_{lstm}"] = np.zeros(4 * H)
            # Forget gates begin open (Jozefowicz et al. 2015): what is in the cell stays.
            params[f"b_{lstm}"][H : 2 * H] = 1
        params["W_vocab"] = rng.standard_normal((H, len(target_to_idx))) / np.sqrt(H)
        params["b_vocab"] = np.zeros(len(target_to_idx))
        self.params = {name: value.astype(dtype) for name, value in params.items()}

    def encode(self, source: np.ndarray) -> tuple[np.ndarray, np.ndarray, Any]:
        """Read sequences of different lengths."""
        lengths = require_symbols("Seq2Seq.encode", source, self.source_to_idx)  # (N,)
        # BEGIN SOLUTION
        p = self.params
        N = len(source)
        x, embed_cache = word_embedding_forward(source, p["W_source"])
        h0 = np.zeros((N, self.hidden_dim), dtype=x.dtype)
        states, lstm_cache = lstm_forward(x, h0, p["Wx_encoder"], p["Wh_encoder"], p["b_encoder"])
        last = states[np.arange(N), lengths - 1]
        return last, states, (lengths, embed_cache, lstm_cache)
        # END SOLUTION

    def encode_backward(
        self, dlast: np.ndarray, dstates: np.ndarray, cache: Any
    ) -> dict[str, np.ndarray]:
        """Gradients of the encoder's parameters."""
        # BEGIN SOLUTION
        lengths, embed_cache, lstm_cache = cache
        N = len(dlast)
        dh = np.array(dstates)
        dh[np.arange(N), lengths - 1] += dlast
        dx, _, dWx, dWh, db = lstm_backward(dh, lstm_cache)
        dW = word_embedding_backward(dx, embed_cache)
        return {"W_source": dW, "Wx_encoder": dWx, "Wh_encoder": dWh, "b_encoder": db}
        # END SOLUTION

    def loss(self, source: np.ndarray, target: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
        """Loss and gradients on a minibatch, with teacher forcing."""
        require_symbols("Seq2Seq.loss", source, self.source_to_idx)
        require_symbols("Seq2Seq.loss", target, self.target_to_idx, least=2, rows=len(source))
        target_in, target_out = target[:, :-1], target[:, 1:]
        mask = target_out != self._null  # (N, T), True where a symbol must be written
        counts = source != self._null_source  # (N, S), True where a symbol was read

        # BEGIN SOLUTION
        p = self.params
        h0, states, encoder_cache = self.encode(source)
        x, embed_cache = word_embedding_forward(target_in, p["W_target"])
        Wx, Wh, b = p["Wx_decoder"], p["Wh_decoder"], p["b_decoder"]
        if self.attention:
            h, _, h_cache = attention_lstm_forward(x, h0, states, Wx, Wh, b, mask=counts)
        else:
            h, h_cache = lstm_forward(x, h0, Wx, Wh, b)
        scores, vocab_cache = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        loss, dscores = temporal_softmax_loss(scores, target_out, mask)

        grads = {}
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, vocab_cache)
        if self.attention:
            dx, dh0, dstates, dWx, dWh, db = attention_lstm_backward(dh, h_cache)
        else:
            dx, dh0, dWx, dWh, db = lstm_backward(dh, h_cache)
            dstates = np.zeros_like(states)
        grads["Wx_decoder"], grads["Wh_decoder"], grads["b_decoder"] = dWx, dWh, db
        grads["W_target"] = word_embedding_backward(dx, embed_cache)
        grads.update(self.encode_backward(dh0, dstates, encoder_cache))
        return loss, grads
        # END SOLUTION

    def initial_state(self, source: np.ndarray) -> State:
        """State of the decoder before the first symbol."""
        last, states, _ = self.encode(source)
        if not self.attention:
            return last, np.zeros_like(last)
        counts = source != self._null_source
        return last, np.zeros_like(last), states, counts, np.zeros_like(states[:, :, 0])

    def step(self, state: State, symbols: np.ndarray) -> tuple[np.ndarray, State]:
        """Read one symbol and score the next: what ``sample`` and beam search repeat."""
        # BEGIN SOLUTION
        p = self.params
        x = p["W_target"][symbols]  # (N, W)
        Wx, Wh, b = p["Wx_decoder"], p["Wh_decoder"], p["b_decoder"]
        if self.attention:
            h, c, states, counts, _ = state
            h, c, weights, _ = attention_lstm_step_forward(x, h, c, states, Wx, Wh, b, counts)
            state = (h, c, states, counts, weights)
        else:
            h, c = state
            h, c, _ = lstm_step_forward(x, h, c, Wx, Wh, b)
            state = (h, c)
        scores, _ = affine_forward(h, p["W_vocab"], p["b_vocab"])
        return scores, state
        # END SOLUTION

    def sample(self, source: np.ndarray, max_length: int = 30) -> np.ndarray:
        """Write a target for every source by greedy decoding, the beam of width 1."""
        start, end, null = (self.target_to_idx[sign] for sign in ("<START>", "<END>", "<NULL>"))
        return beam_search(self, source, start, end, null, 1, max_length)

    def look(self, source: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Where the decoder looks before each symbol of given targets."""
        if not self.attention:
            raise ValueError("this model has no attention; Seq2Seq.look needs one that has")
        read = np.insert(targets, 0, self.target_to_idx["<START>"], axis=1)  # (N, T + 1)
        require_symbols("Seq2Seq.look", read, self.target_to_idx, least=2, rows=len(source))
        last, _, states, counts, _ = self.initial_state(source)
        x, _ = word_embedding_forward(read[:, :-1], self.params["W_target"])
        Wx, Wh, b = (self.params[f"{name}_decoder"] for name in ("Wx", "Wh", "b"))
        _, weights, _ = attention_lstm_forward(x, last, states, Wx, Wh, b, mask=counts)
        return weights
