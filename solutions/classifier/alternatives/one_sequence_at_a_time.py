"""Scores and loss one sequence at a time, cut to its length."""
# ruff: noqa: F821

import numpy as np


class SequenceClassifier:
    def scores(self, x, lengths):
        T, p = x.shape[1], self.params
        rows = []
        for sequence, length in zip(x, lengths, strict=True):
            steps = sequence[None, :length]
            if "W_embed" in p:
                steps = p["W_embed"][steps]
            h0 = np.zeros((1, p["Wh"].shape[0]))
            h = lstm_forward(steps, h0, p["Wx"], p["Wh"], p["b"])[0][0]
            row = {"last": h[-1], "mean": h.mean(axis=0), "every": h}[self.read]
            row = row @ p["W_out"] + p["b_out"]
            if self.read == "every":
                row = np.concatenate([row, np.tile(p["b_out"], (T - length, 1))])
            rows.append(row)
        return np.stack(rows)

    def loss(self, x, lengths, y):
        parts = [
            self._loss_of_one(x[n : n + 1, :length], length, y[n : n + 1])
            for n, length in enumerate(lengths)
        ]
        N = len(parts)
        mean = {name: sum(grads[name] for _, grads in parts) / N for name in self.params}
        return sum(loss for loss, _ in parts) / N, mean

    def _loss_of_one(self, x, length, y):
        p, grads = self.params, {}
        steps, embed_cache = word_embedding_forward(x, p["W_embed"]) if x.ndim == 2 else (x, None)
        h0 = np.zeros((1, p["Wh"].shape[0]))
        h, cache = lstm_forward(steps, h0, p["Wx"], p["Wh"], p["b"])
        every = self.read == "every"
        out, read_cache = read_out_forward(h, np.array([length]), self.read)
        out, drop_cache = dropout_forward(out, self.dropout, self.rng)
        rows = out.reshape(-1, out.shape[-1])
        scores = rows @ p["W_out"] + p["b_out"]
        right = y[0, :length] if every else y
        loss, dscores = softmax_loss(scores, right)
        dscores = dscores * len(rows)
        grads["W_out"], grads["b_out"] = rows.T @ dscores, dscores.sum(0)
        dout = dropout_backward((dscores @ p["W_out"].T).reshape(out.shape), drop_cache)
        dh = read_out_backward(dout, read_cache)
        dsteps, _, grads["Wx"], grads["Wh"], grads["b"] = lstm_backward(dh, cache)
        if embed_cache is not None:
            grads["W_embed"] = word_embedding_backward(dsteps, embed_cache)
        return loss * len(rows), grads
