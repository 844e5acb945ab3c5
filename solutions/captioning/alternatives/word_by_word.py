"""The loss runs the step functions over time by itself, with the softmax of each step beside it."""

import collections

import numpy as np

from cs231n_rnn.layers.dropout import dropout_backward, dropout_forward
from cs231n_rnn.layers.lstm import lstm_step_backward, lstm_step_forward
from cs231n_rnn.layers.rnn import rnn_step_backward, rnn_step_forward


class CaptioningRNN:
    def loss(self, features, captions):
        p = self.params
        N = len(features)
        weights = p["Wx"], p["Wh"], p["b"]
        h, c = features @ p["W_proj"] + p["b_proj"], np.zeros((N, len(p["Wh"])))
        loss, steps = 0.0, []
        for t in range(captions.shape[1] - 1):
            word, target = captions[:, t], captions[:, t + 1]
            if self.cell_type == "rnn":
                h, step_cache = rnn_step_forward(p["W_embed"][word], h, *weights)
            else:
                h, c, step_cache = lstm_step_forward(p["W_embed"][word], h, c, *weights)
            kept, drop_cache = dropout_forward(h, self.dropout, self.rng)
            scores = kept @ p["W_vocab"] + p["b_vocab"]
            dscores = self._dscores(scores, target)
            log_total = np.logaddexp.reduce(scores, axis=1)
            missing = log_total - scores[np.arange(N), target]
            loss += missing[target != self._null].sum() / N
            steps.append((word, kept, dscores, drop_cache, step_cache))
        return loss, self._back(features, steps)

    def _dscores(self, scores, target):
        probs = np.exp(scores - np.logaddexp.reduce(scores, axis=1)[:, None])
        probs[np.arange(len(target)), target] -= 1
        return probs * (target != self._null)[:, None] / len(target)

    def _back(self, features, steps):
        p = self.params
        grads = collections.OrderedDict((k, np.zeros(v.shape)) for k, v in p.items())
        dh, dc = np.zeros((len(features), len(p["Wh"]))), np.zeros((len(features), len(p["Wh"])))
        for word, kept, dscores, drop_cache, step_cache in reversed(steps):
            grads["W_vocab"] += kept.T @ dscores
            grads["b_vocab"] += dscores.sum(axis=0)
            dh = dh + dropout_backward(dscores @ p["W_vocab"].T, drop_cache)
            if self.cell_type == "rnn":
                dx, dh, *parts = rnn_step_backward(dh, step_cache)
            else:
                dx, dh, dc, *parts = lstm_step_backward(dh, dc, step_cache)
            for name, part in zip(("Wx", "Wh", "b"), parts, strict=True):
                grads[name] += part
            np.add.at(grads["W_embed"], word, dx)
        grads["W_proj"], grads["b_proj"] = features.T @ dh, dh.sum(axis=0)
        return grads
