"""Sample calls itself for the rest; step tells the cells apart by the length of the bias."""

import numpy as np

from cs231n_rnn.layers.affine import affine_forward
from cs231n_rnn.layers.lstm import lstm_step_forward
from cs231n_rnn.layers.rnn import rnn_step_forward


class CaptioningRNN:
    _weights = property(lambda self: [self.params[name] for name in ("Wx", "Wh", "b")])

    def step(self, state, words):
        h, c = state
        x = self.params["W_embed"][words]
        if len(self._weights[2]) == 4 * h.shape[1]:
            *state, _ = lstm_step_forward(x, h, c, *self._weights)
        else:
            state = [rnn_step_forward(x, h, *self._weights)[0], c]
        scores, _ = affine_forward(state[0], self.params["W_vocab"], self.params["b_vocab"])
        return scores, tuple(state)

    def sample(self, features, max_length=30, state=None, words=None):
        if max_length == 0:
            return np.empty((len(features), 0), dtype=np.uint8)
        if state is None:
            state, words = self.initial_state(features), np.full(len(features), self._start)
        scores, state = self.step(state, words)
        words = np.argmax(scores, axis=1)
        rest = self.sample(features, max_length - 1, state, words)
        return np.concatenate([words[:, np.newaxis], rest], axis=1)
