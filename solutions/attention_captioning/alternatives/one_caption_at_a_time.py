"""The loss of each caption alone, as far as its last word, and the mean of all of them."""
# ruff: noqa: F821

import numpy as np


class AttentionCaptioningLSTM:
    def loss(self, features, captions):
        mean, grads = 0.0, {name: np.zeros_like(p) for name, p in self.params.items()}
        N = len(captions)
        for grid, caption in zip(features.astype(self.params["b"].dtype), captions, strict=True):
            said = np.flatnonzero(caption[1:] != self._null)
            if len(said):
                loss, parts = self.loss_of_one(grid[None], caption[: said[-1] + 2][None])
                mean += loss / N
                for name, part in parts.items():
                    grads[name] += part / N
        return mean, grads

    def loss_of_one(self, grid, caption):
        p = self.params
        words, said = caption[:, :-1], caption[:, 1:]
        A, from_grid = temporal_affine_forward(grid, p["W_proj"], p["b_proj"])
        h0 = A.sum(axis=1) / grid.shape[1]
        x, from_words = word_embedding_forward(words, p["W_embed"])
        h, _, from_lstm = attention_lstm_forward(x, h0, A, p["Wx"], p["Wh"], p["b"])
        kept, from_dropout = dropout_forward(h, self.dropout, self.rng)
        scores, from_states = temporal_affine_forward(kept, p["W_vocab"], p["b_vocab"])
        loss, dscores = temporal_softmax_loss(scores, said, said != self._null)
        dkept, dW_vocab, db_vocab = temporal_affine_backward(dscores, from_states)
        dh = dropout_backward(dkept, from_dropout)
        dx, dh0, dA, dWx, dWh, db = attention_lstm_backward(dh, from_lstm)
        share = np.broadcast_to(dh0[:, None] / grid.shape[1], A.shape)
        _, dW_proj, db_proj = temporal_affine_backward(dA + share, from_grid)
        return loss, {
            "W_embed": word_embedding_backward(dx, from_words),
            "W_proj": dW_proj,
            "b_proj": db_proj,
            "Wx": dWx,
            "Wh": dWh,
            "b": db,
            "W_vocab": dW_vocab,
            "b_vocab": db_vocab,
        }

    def step(self, state, words):
        rows = [self.step_of_one([s[[n]] for s in state], words[[n]]) for n in range(len(words))]
        scores, *new = (np.concatenate(parts) for parts in zip(*rows, strict=True))
        return scores, tuple(new)

    def step_of_one(self, state, word):
        p = self.params
        h, c, A, _ = state
        x = p["W_embed"][word]
        h, c, weights, _ = attention_lstm_step_forward(x, h, c, A, p["Wx"], p["Wh"], p["b"])
        return h @ p["W_vocab"] + p["b_vocab"], h, c, A, weights
