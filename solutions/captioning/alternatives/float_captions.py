"""Captions are float64 with whole values, go on behind <END>, and come from probabilities."""

import numpy as np


class CaptioningRNN:
    def sample(self, features, max_length=30):
        captions = np.zeros((len(features), max_length))
        state = self.initial_state(features)
        word = np.array([self.word_to_idx["<START>"]] * len(features))
        for t in range(max_length):
            scores, state = self.step(state, word)
            probs = np.exp(scores - np.max(scores))
            probs /= np.sum(probs, axis=1, keepdims=True)
            captions[:, t] = np.argsort(-probs, axis=1, kind="stable")[:, 0]
            word = captions[:, t].astype(np.int64)
        return captions
