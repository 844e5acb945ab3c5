"""Sample projects, embeds and scores by hand, stops at <END>, and returns a list of lists."""

import numpy as np

from cs231n_rnn.layers.lstm import lstm_step_forward
from cs231n_rnn.layers.rnn import rnn_step_forward


class CaptioningRNN:
    def sample(self, features, max_length=30):
        W_embed, W_vocab, b_vocab = (self.params[k] for k in ("W_embed", "W_vocab", "b_vocab"))
        weights = [self.params[k] for k in ("Wx", "Wh", "b")]
        captions = []
        for feature in features:
            h = np.matmul(feature, self.params["W_proj"])[np.newaxis] + self.params["b_proj"]
            c = np.zeros(h.shape)
            caption, word = [], self.word_to_idx["<START>"]
            while len(caption) < max_length and word != self.word_to_idx["<END>"]:
                x = W_embed[word : word + 1]
                if self.cell_type == "lstm":
                    h, c, _ = lstm_step_forward(x, h, c, *weights)
                else:
                    h, _ = rnn_step_forward(x, h, *weights)
                scores = h @ W_vocab + b_vocab
                word = max(range(scores.size), key=scores.ravel().tolist().__getitem__)
                caption += [word]
            captions.append(caption + [self.word_to_idx["<NULL>"]] * (max_length - len(caption)))
        return captions
