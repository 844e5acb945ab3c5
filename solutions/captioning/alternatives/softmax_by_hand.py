"""The loss without temporal layers: flat rows, a log-softmax by hand, np.take_along_axis."""

import numpy as np

from cs231n_rnn.layers.dropout import dropout_backward, dropout_forward
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.lstm import lstm_backward, lstm_forward
from cs231n_rnn.layers.rnn import rnn_backward, rnn_forward


class CaptioningRNN:
    def loss(self, features, captions):
        N, T = len(captions), captions.shape[1] - 1
        words, following = captions[:, :T], captions[:, 1:].reshape(-1, 1)
        counts = following != self._null  # (N * T, 1)
        P = self.params
        is_rnn = self.cell_type == "rnn"
        forward = rnn_forward if is_rnn else lstm_forward
        backward = rnn_backward if is_rnn else lstm_backward

        h0 = features.dot(P["W_proj"]) + P["b_proj"]
        x, embed_cache = word_embedding_forward(words, P["W_embed"])
        h, cache = forward(x, h0, P["Wx"], P["Wh"], P["b"])
        kept, drop_cache = dropout_forward(h, self.dropout, self.rng)
        rows = kept.reshape(N * T, -1)
        scores = rows.dot(P["W_vocab"]) + P["b_vocab"]
        top = scores.max(axis=1, keepdims=True)
        log_probs = scores - top - np.log(np.exp(scores - top).sum(axis=1, keepdims=True))
        loss = -np.sum(counts * np.take_along_axis(log_probs, following, axis=1)) / N

        dscores = np.exp(log_probs)
        right = np.take_along_axis(dscores, following, axis=1)
        np.put_along_axis(dscores, following, right - 1, axis=1)
        dscores *= counts / N
        dkept = dscores.dot(P["W_vocab"].T).reshape(h.shape)
        dx, dh0, dWx, dWh, db = backward(dropout_backward(dkept, drop_cache), cache)
        grads = {
            "W_vocab": rows.T.dot(dscores),
            "b_vocab": dscores.sum(axis=0),
            "W_proj": features.T.dot(dh0),
            "b_proj": dh0.sum(axis=0),
            "W_embed": word_embedding_backward(dx, embed_cache),
        }
        grads.update(Wx=dWx, Wh=dWh, b=db)
        return loss, grads
