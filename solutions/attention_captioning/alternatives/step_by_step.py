"""The loss as a loop over steps, each with its softmax; a step by hand, with a list as state."""
# ruff: noqa: F821

import numpy as np

from cs231n_rnn.layers.attention import attention_forward, attention_lstm_step_backward
from cs231n_rnn.layers.lstm import lstm_step_forward


class AttentionCaptioningLSTM:
    def loss(self, features, captions):
        P, (N, T) = self.params, captions[:, 1:].shape
        L, C = features.shape[1:]
        rows = features.reshape(N * L, C).astype(P["W_proj"].dtype)
        A = (rows @ P["W_proj"] + P["b_proj"]).reshape(N, L, -1)
        average = np.full(L, 1 / L, dtype=A.dtype)
        h = np.einsum("l,nlh->nh", average, A)
        c, total = 0 * h, 0.0
        grads = {name: 0 * value for name, value in P.items()}
        steps, dstates = [], []
        for word, following in zip(captions.T[:-1], captions.T[1:], strict=True):
            x = P["W_embed"][word]
            h, c, _, cache = attention_lstm_step_forward(x, h, c, A, P["Wx"], P["Wh"], P["b"])
            kept, dropped = dropout_forward(h, self.dropout, self.rng)
            scores = kept @ P["W_vocab"] + P["b_vocab"]
            scores = scores - scores.max(axis=1, keepdims=True)
            logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
            counts = (following != self._null) / N
            total -= float(counts @ logs[np.arange(N), following])
            dscores = (np.exp(logs) - np.eye(len(P["b_vocab"]))[following]) * counts[:, None]
            grads["W_vocab"] += kept.T @ dscores
            grads["b_vocab"] += dscores.sum(axis=0)
            dstates.append(dropout_backward(dscores @ P["W_vocab"].T, dropped))
            steps.append(cache)
        dA, dnext_h, dnext_c = 0 * A, 0 * h, 0 * c
        for t in reversed(range(T)):
            dx, dnext_h, dnext_c, dA_t, *dweights = attention_lstm_step_backward(
                dstates[t] + dnext_h, dnext_c, steps[t]
            )
            np.add.at(grads["W_embed"], captions[:, t], dx)
            dA += dA_t
            for name, part in zip(("Wx", "Wh", "b"), dweights, strict=True):
                grads[name] += part
        dA += np.einsum("l,nh->nlh", average, dnext_h)
        grads["W_proj"] += np.einsum("nlc,nlh->ch", rows.reshape(N, L, C), dA)
        grads["b_proj"] += dA.sum(axis=(0, 1))
        return total, grads

    def step(self, state, words):
        P = self.params
        h, c, A = state[:3]
        attn, weights, _ = attention_forward(h, A)
        both = np.concatenate((P["W_embed"].take(words, axis=0), attn), axis=-1)
        h, c, _ = lstm_step_forward(both, h, c, P["Wx"], P["Wh"], P["b"])
        return np.dot(h, P["W_vocab"]) + P["b_vocab"], [h, c, A, weights]
