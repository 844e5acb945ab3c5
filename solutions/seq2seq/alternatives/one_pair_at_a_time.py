"""One pair after the other, each without its padding, so that no mask is needed anywhere."""

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

ENCODER = "Wx_encoder", "Wh_encoder", "b_encoder"
DECODER = "Wx_decoder", "Wh_decoder", "b_decoder"


class Seq2Seq:
    def _read(self, row):
        """States (1, S, H) of a single source, and what it takes to go back."""
        symbols = row[np.newaxis, row != self._null_source]
        x, embedded = word_embedding_forward(symbols, self.params["W_source"])
        weights = [self.params[name] for name in ENCODER]
        h, cache = lstm_forward(x, np.zeros((1, self.hidden_dim), x.dtype), *weights)
        return h, (embedded, cache)

    def _read_backward(self, dh, cache):
        dx, _, *rest = lstm_backward(dh, cache[1])
        dW = word_embedding_backward(dx, cache[0])
        return {"W_source": dW, **dict(zip(ENCODER, rest, strict=True))}

    def encode(self, source):
        read = [self._read(row) for row in source]
        states = np.full((*source.shape, self.hidden_dim), 7.0, self.params["b_vocab"].dtype)
        for n, (h, _) in enumerate(read):
            states[n, : h.shape[1]] = h[0]
        return np.concatenate([h[:, -1] for h, _ in read]), states, read

    def encode_backward(self, dlast, dstates, cache):
        total = {}
        for n, (h, one) in enumerate(cache):
            dh = dstates[n : n + 1, : h.shape[1]].copy()
            dh[0, -1] += dlast[n]
            for name, gradient in self._read_backward(dh, one).items():
                total[name] = total.get(name, 0) + gradient
        return total

    def loss(self, source, target):
        pairs = [self._loss_of_one(*pair) for pair in zip(source, target, strict=True)]
        losses, gradients = zip(*pairs, strict=True)
        grads = {k: sum(g[k] for g in gradients) / len(pairs) for k in self.params}
        return sum(losses) / len(pairs), grads

    def _loss_of_one(self, source, target):
        target = target[np.newaxis, target != self._null]
        p, weights = self.params, [self.params[name] for name in DECODER]
        states, read = self._read(source)
        x, embedded = word_embedding_forward(target[:, :-1], p["W_target"])
        if self.attention:
            h, _, cache = attention_lstm_forward(x, states[:, -1], states, *weights)
        else:
            h, cache = lstm_forward(x, states[:, -1], *weights)
        scores, scored = temporal_affine_forward(h, p["W_vocab"], p["b_vocab"])
        words = target[:, 1:]
        loss, dscores = temporal_softmax_loss(scores, words, np.ones_like(words, dtype=bool))
        dh, dW_vocab, db_vocab = temporal_affine_backward(dscores, scored)
        if self.attention:
            dx, dlast, dstates, *rest = attention_lstm_backward(dh, cache)
        else:
            dx, dlast, *rest = lstm_backward(dh, cache)
            dstates = np.zeros_like(states)
        dstates[:, -1] += dlast
        grads = {"W_vocab": dW_vocab, "b_vocab": db_vocab, **self._read_backward(dstates, read)}
        grads |= {"W_target": word_embedding_backward(dx, embedded)}
        return loss, grads | dict(zip(DECODER, rest, strict=True))

    def step(self, state, symbols):
        rows = [self._step_of_one(n, state, symbols[n]) for n in range(len(symbols))]
        h, c, looks = (np.concatenate(part) for part in zip(*rows, strict=True))
        scores, _ = affine_forward(h, self.params["W_vocab"], self.params["b_vocab"])
        return scores, (h, c, *state[2:4], looks) if self.attention else (h, c)

    def _step_of_one(self, n, state, symbol):
        """h, c and attention weights of one row."""
        weights = [self.params[name] for name in DECODER]
        x = self.params["W_target"][symbol][np.newaxis]
        h, c = (part[n : n + 1] for part in state[:2])
        if not self.attention:
            return *lstm_step_forward(x, h, c, *weights)[:2], h
        counts, look = state[3][n], np.zeros_like(state[4][n : n + 1])
        h, c, seen, _ = attention_lstm_step_forward(x, h, c, state[2][n : n + 1, counts], *weights)
        look[:, counts] = seen
        return h, c, look
