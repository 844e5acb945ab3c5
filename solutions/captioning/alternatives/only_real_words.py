"""The loss looks at real words alone, by boolean mask; h's memory is used again for dh."""
# ruff: noqa: F401

import numpy as np

from cs231n_rnn.layers.affine import affine_backward, affine_forward
from cs231n_rnn.layers.dropout import dropout_backward, dropout_forward
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.lstm import lstm_backward, lstm_forward
from cs231n_rnn.layers.rnn import rnn_backward, rnn_forward


class CaptioningRNN:
    def loss(self, features, captions):
        layer = globals()[f"{self.cell_type}_forward"], globals()[f"{self.cell_type}_backward"]
        W = self.params
        valid = captions[:, 1:] != self.word_to_idx["<NULL>"]
        targets = captions[:, 1:][valid]
        h0, c1 = affine_forward(features, W["W_proj"], W["b_proj"])
        x, c2 = word_embedding_forward(captions[:, :-1], W["W_embed"])
        h, c3 = layer[0](x, h0, W["Wx"], W["Wh"], W["b"])
        states, c4 = dropout_forward(h[valid], self.dropout, self.rng)
        scores, c5 = affine_forward(states, W["W_vocab"], W["b_vocab"])

        M = len(targets)
        probs = np.exp(scores - scores.max(axis=1, initial=-np.inf)[:, np.newaxis])
        probs /= probs.sum(axis=1)[:, np.newaxis]
        loss = -np.log(probs[range(M), targets]).sum() / len(captions)
        probs[range(M), targets] -= 1
        probs /= len(captions)

        grads = dict.fromkeys(sorted(W))
        dstates, grads["W_vocab"], grads["b_vocab"] = affine_backward(probs, c5)
        h[...] = 0  # from here on its memory holds its gradient
        h[valid] = dropout_backward(dstates, c4)
        dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = layer[1](h, c3)
        grads["W_embed"] = word_embedding_backward(dx, c2)
        grads["features"], grads["W_proj"], grads["b_proj"] = affine_backward(dh0, c1)
        return float(loss), grads
