"""Loss and sample take one caption at a time, cut to its length, and the losses are averaged."""

import numpy as np

from cs231n_rnn.layers.affine import affine_backward, affine_forward
from cs231n_rnn.layers.dropout import dropout_backward, dropout_forward
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.lstm import lstm_backward, lstm_forward
from cs231n_rnn.layers.rnn import rnn_backward, rnn_forward
from cs231n_rnn.layers.softmax import softmax_loss

SEQUENCE = {"rnn": (rnn_forward, rnn_backward), "lstm": (lstm_forward, lstm_backward)}


class CaptioningRNN:
    def loss(self, features, captions):
        N = len(features)
        total = 0.0
        grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        for image, caption in zip(features, captions, strict=True):
            (real,) = np.nonzero(caption[1:] != self._null)
            if not len(real):
                continue
            loss, found = self._loss_of_one(image[None], caption[None, : real[-1] + 2])
            total += loss / N
            for name in grads:
                grads[name] += found[name] / N
        return total, grads

    def _loss_of_one(self, image, caption):
        p, g = self.params, {}
        T = caption.shape[1] - 1
        forward, backward = SEQUENCE[self.cell_type]
        h0, proj = affine_forward(image, p["W_proj"], p["b_proj"])
        x, embed = word_embedding_forward(caption[:, :-1], p["W_embed"])
        h, recurrent = forward(x, h0, p["Wx"], p["Wh"], p["b"])
        dropped, drop = dropout_forward(h, self.dropout, self.rng)
        scores, vocab = affine_forward(dropped[0], p["W_vocab"], p["b_vocab"])
        mean, dscores = softmax_loss(scores, caption[0, 1:])
        dh, g["W_vocab"], g["b_vocab"] = affine_backward(T * dscores, vocab)
        dh = dropout_backward(dh[None], drop)
        dx, dh0, g["Wx"], g["Wh"], g["b"] = backward(dh, recurrent)
        g["W_embed"] = word_embedding_backward(dx, embed)
        _, g["W_proj"], g["b_proj"] = affine_backward(dh0, proj)
        return T * mean, g

    def sample(self, features, max_length=30):
        captions = np.full((len(features), max_length), self._null)
        for n in range(len(features)):
            state, word = self.initial_state(features[n : n + 1]), self._start
            for t in range(max_length):
                scores, state = self.step(state, np.array([word]))
                word = captions[n, t] = int(scores[0].argmax())
                if word == self._end:
                    break
        return captions
