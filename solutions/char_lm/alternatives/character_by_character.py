"""Loss and sample go by the step functions alone; x Wx is a row of Wx, and its gradient np.add.at.

The cells get the row through a matrix that changes nothing.
"""

import numpy as np

from cs231n_rnn.layers.lstm import lstm_step_backward, lstm_step_forward
from cs231n_rnn.layers.rnn import rnn_step_backward, rnn_step_forward


class CharLM:
    def _step(self, words, h, c):
        """Scores, states and caches of one character more in each text."""
        h, c, caches = list(h), list(c), []
        for k, (Wx, Wh, b) in enumerate(self.weights):
            x, W = (h[k - 1], Wx) if k else (Wx[words], np.eye(Wx.shape[1]))
            if self.cell_type == "rnn":
                h[k], cache = rnn_step_forward(x, h[k], W, Wh, b)
            else:
                h[k], c[k], cache = lstm_step_forward(x, h[k], c[k], W, Wh, b)
            caches.append(cache)
        return h[-1] @ self.params["W_out"] + self.params["b_out"], h, c, caches

    def loss(self, x, y, state=None):
        N, T = x.shape
        h, c = self.zero_state(N) if state is None else state
        total, tape = 0.0, []
        for t in range(T):
            scores, h, c, caches = self._step(x[:, t], h, c)
            log_probs = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
            total -= log_probs[range(N), y[:, t]].sum() / N
            dscores = (np.exp(log_probs) - np.eye(log_probs.shape[1])[y[:, t]]) / N
            tape.append((x[:, t], h[-1], dscores, caches))
        return total, self._back(tape, N), (np.stack(h), np.stack(c))

    def _back(self, tape, N):
        grads = {name: np.zeros_like(p) for name, p in self.params.items()}
        dh, dc = self.zero_state(N)
        for words, top, dscores, caches in tape[::-1]:
            grads["W_out"] += top.T @ dscores
            grads["b_out"] += dscores.sum(axis=0)
            d = dscores @ self.params["W_out"].T
            for k in reversed(range(self.num_layers)):
                if self.cell_type == "rnn":
                    d, dh[k], dWx, dWh, db = rnn_step_backward(d + dh[k], caches[k])
                else:
                    d, dh[k], dc[k], dWx, dWh, db = lstm_step_backward(d + dh[k], dc[k], caches[k])
                if k:
                    grads[f"Wx{k}"] += dWx
                else:
                    np.add.at(grads["Wx0"], words, d)
                grads[f"Wh{k}"] += dWh
                grads[f"b{k}"] += db
        return grads

    def sample(self, prompt, length, temperature, rng):
        h, c = self.zero_state(1)
        text = list(prompt)
        for place in range(len(prompt) + length - 1):
            scores, h, c, _ = self._step([self.char_to_idx[text[place]]], h, c)
            if place < len(prompt) - 1:
                continue
            if temperature == 0:
                index = np.argmax(scores)
            else:
                p = np.exp((scores[0] - np.max(scores)) / temperature)
                index = np.flatnonzero(np.cumsum(p) >= rng.uniform(0, p.sum()))[0]
            text.append(self.idx_to_char[index])
        return "".join(text[len(prompt) :])
