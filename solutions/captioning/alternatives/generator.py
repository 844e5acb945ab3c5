"""A generator says the words, one-hot products read them, and writing ends when all have ended."""

import itertools

import numpy as np

from cs231n_rnn.layers.lstm import lstm_step_forward
from cs231n_rnn.layers.rnn import rnn_step_forward


class CaptioningRNN:
    def step(self, state, words):
        one_hot = np.zeros((len(words), len(self.word_to_idx)))
        one_hot[np.arange(len(words)), words] = 1
        x = np.einsum("nv,vw->nw", one_hot, self.params["W_embed"])
        weights = map(self.params.get, ("Wx", "Wh", "b"))
        advance = {
            "rnn": lambda: (rnn_step_forward(x, state[0], *weights)[0], state[1]),
            "lstm": lambda: lstm_step_forward(x, *state, *weights)[:2],
        }
        h, c = advance[self.cell_type]()
        return np.tensordot(h, self.params["W_vocab"], 1) + self.params["b_vocab"], (h, c)

    def _say(self, features):
        state = self.initial_state(features)
        words = np.repeat(self._start, len(features))
        ended = np.zeros(len(features), dtype=bool)
        while not ended.all():
            scores, state = self.step(state, words)
            words = np.where(ended, self._null, scores.argmax(axis=-1))
            ended |= words == self._end
            yield words

    def sample(self, features, max_length=30):
        columns = list(itertools.islice(self._say(features), max_length))
        blank = np.full(len(features), self._null)
        columns += [blank] * (max_length - len(columns))
        return np.column_stack(columns)
