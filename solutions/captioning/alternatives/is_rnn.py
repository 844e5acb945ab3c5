"""`self.cell_type is "rnn"`, Greek and Spanish names, branches where others have a dictionary."""
# ruff: noqa: F632

import numpy as np

from cs231n_rnn.layers.affine import affine_forward
from cs231n_rnn.layers.embedding import word_embedding_forward
from cs231n_rnn.layers.lstm import lstm_step_forward
from cs231n_rnn.layers.rnn import rnn_step_forward


class CaptioningRNN:
    def step(self, state, words):
        estado, celda = state
        x, _ = word_embedding_forward(words.reshape(-1, 1), self.params["W_embed"])
        x = x.squeeze(axis=1)
        pesos = self.params["Wx"], self.params["Wh"], self.params["b"]
        if self.cell_type is "rnn":
            estado, _ = rnn_step_forward(x, estado, *pesos)
        if self.cell_type is "lstm":
            estado, celda, _ = lstm_step_forward(x, estado, celda, *pesos)
        puntuación, _ = affine_forward(estado, self.params["W_vocab"], self.params["b_vocab"])
        return puntuación, (estado, celda)

    def sample(self, features, max_length=30):
        λέξεις = np.ones((features.shape[0], 1), dtype=int) * self._start
        κατάσταση = self.initial_state(features)
        # ¡ojo! el primer elemento es <START> y al final se quita
        for _ in range(max_length):
            βαθμοί, κατάσταση = self.step(κατάσταση, λέξεις[:, -1])
            λέξεις = np.hstack([λέξεις, np.argmax(βαθμοί, 1)[:, None]])
        return λέξεις[:, 1:]
