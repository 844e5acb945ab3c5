"""Scores by steps in which finished sequences keep their state; the softmax by hand."""
# ruff: noqa: F821

import numpy as np

from cs231n_rnn.layers.lstm import lstm_step_forward


class SequenceClassifier:
    def scores(self, x, lengths):
        p, (N, T) = self.params, x.shape[:2]
        h = c = np.zeros((N, len(p["Wh"])), p["Wh"].dtype)
        total, states = np.zeros_like(h), []
        for t in range(T):
            runs = (t < lengths)[:, None]
            step = p["W_embed"][x[:, t]] if x.ndim == 2 else x[:, t]
            new_h, new_c, _ = lstm_step_forward(step, h, c, p["Wx"], p["Wh"], p["b"])
            h, c = np.where(runs, new_h, h), np.where(runs, new_c, c)
            total = total + np.where(runs, new_h, 0)
            states.append(h)
        if self.read == "every":
            h = np.stack(states, axis=1)
        elif self.read == "mean":
            h = total / lengths[:, None]
        return np.einsum("...h,hc->...c", h, p["W_out"]) + p["b_out"]

    def loss(self, x, lengths, y):
        x = require_sequences("SequenceClassifier.loss", x, lengths, self.params)
        p, (N, T) = self.params, x.shape[:2]
        words = "W_embed" in p
        table = p["W_embed"] if words else None
        steps, embed_cache = word_embedding_forward(x, table) if words else (x, None)
        h0 = np.zeros((N, len(p["Wh"])), p["Wh"].dtype)
        h, cache = lstm_forward(steps, h0, p["Wx"], p["Wh"], p["b"])
        out, read_cache = read_out_forward(h, lengths, self.read)
        dropped, drop_cache = dropout_forward(out, self.dropout, self.rng)
        scores = dropped @ p["W_out"] + p["b_out"]
        counts = np.arange(T) < lengths[:, None] if self.read == "every" else np.ones(N, bool)
        # Softmax by hand: probabilities less one-hot vectors, and none where nothing counts.
        probs = np.exp(scores - scores.max(-1, keepdims=True))
        probs /= probs.sum(-1, keepdims=True)
        right = np.where(counts, y, 0)[..., None]
        loss = -np.log(np.take_along_axis(probs, right, -1)[..., 0])[counts].sum() / N
        dscores = probs - (np.arange(len(p["b_out"])) == right)
        dscores *= counts[..., None] / N
        axes = tuple(range(dscores.ndim - 1))
        grads = {"W_out": np.tensordot(dropped, dscores, (axes, axes))}
        grads["b_out"] = dscores.sum(axis=axes)
        dout = dropout_backward(dscores @ p["W_out"].T, drop_cache)
        dx, _, *layer = lstm_backward(read_out_backward(dout, read_cache), cache)
        grads |= dict(zip(("Wx", "Wh", "b"), layer, strict=True))
        if words:
            grads["W_embed"] = word_embedding_backward(dx, embed_cache)
        return loss, grads
