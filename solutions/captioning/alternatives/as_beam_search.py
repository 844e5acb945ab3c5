"""Greedy decoding is the provided beam search of width 1; a step is a sequence of one word."""

import numpy as np

from cs231n_rnn.layers.affine import affine_forward
from cs231n_rnn.layers.lstm import lstm_step_forward
from cs231n_rnn.layers.rnn import rnn_forward
from cs231n_rnn.models.beam_search import beam_search


class CaptioningRNN:
    def step(self, state, words):
        p = self.params
        prev_h, prev_c = state
        x = np.stack([p["W_embed"][int(word)] for word in words])
        if self.cell_type == "rnn":
            h, _ = rnn_forward(x[:, None], prev_h, p["Wx"], p["Wh"], p["b"])
            next_h, next_c = h[:, 0], prev_c
        else:
            next_h, next_c, _ = lstm_step_forward(x, prev_h, prev_c, p["Wx"], p["Wh"], p["b"])
        return affine_forward(next_h, p["W_vocab"], p["b_vocab"])[0], (next_h, next_c)

    def sample(self, features, max_length=30):
        marks = self._start, self._end, self._null
        return beam_search(self, features, *marks, beam_width=1, max_length=max_length)
