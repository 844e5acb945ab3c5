"""Everything goes by the step functions alone; a source that has ended keeps its states."""

import numpy as np

from cs231n_rnn.layers.attention import attention_lstm_step_backward, attention_lstm_step_forward
from cs231n_rnn.layers.lstm import lstm_step_backward, lstm_step_forward


def _weights(params, lstm):
    return [params[f"{name}_{lstm}"] for name in ("Wx", "Wh", "b")]


def _add(grads, lstm, gradients):
    for name, gradient in zip(("Wx", "Wh", "b"), gradients, strict=True):
        grads[f"{name}_{lstm}"] += gradient


class Seq2Seq:
    def encode(self, source):
        runs = (source != self._null_source)[:, :, np.newaxis]
        h = c = np.zeros((len(source), self.hidden_dim), self.params["b_vocab"].dtype)
        states, tape = [], []
        for t, symbols in enumerate(source.T):
            x = self.params["W_source"][symbols]
            new_h, new_c, cache = lstm_step_forward(x, h, c, *_weights(self.params, "encoder"))
            h, c = np.where(runs[:, t], new_h, h), np.where(runs[:, t], new_c, c)
            states.append(h)
            tape.append((symbols, runs[:, t], cache))
        return h, np.stack(states, axis=1), tape

    def encode_backward(self, dlast, dstates, cache):
        names = "W_source", "Wx_encoder", "Wh_encoder", "b_encoder"
        grads = {name: np.zeros_like(self.params[name]) for name in names}
        dh, dc = dlast, np.zeros_like(dlast)
        for t, (symbols, runs, step) in reversed(list(enumerate(cache))):
            dh = dh + dstates[:, t]
            dx, dprev_h, dprev_c, *rest = lstm_step_backward(dh * runs, dc * runs, step)
            dh, dc = np.where(runs, dprev_h, dh), np.where(runs, dprev_c, dc)
            np.add.at(grads["W_source"], symbols, dx)
            _add(grads, "encoder", rest)
        return grads

    def _one_step(self, symbols, h, c, states, counts):
        """Scores, h, c, attention weights and cache."""
        x, weights, look = self.params["W_target"][symbols], _weights(self.params, "decoder"), None
        if self.attention:
            h, c, look, cache = attention_lstm_step_forward(x, h, c, states, *weights, counts)
        else:
            h, c, cache = lstm_step_forward(x, h, c, *weights)
        return h @ self.params["W_vocab"] + self.params["b_vocab"], h, c, look, cache

    def loss(self, source, target):
        N, rows = len(source), np.arange(len(source))
        h, states, encoded = self.encode(source)
        c, total, tape = np.zeros_like(h), 0.0, []
        for t in range(target.shape[1] - 1):
            scores, h, c, _, cache = self._one_step(
                target[:, t], h, c, states, source != self._null_source
            )
            log_probs = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
            right = target[:, t + 1]
            said = (right != self._null) / N
            total -= log_probs[rows, right] @ said
            dscores = np.exp(log_probs)
            dscores[rows, right] -= 1
            tape.append((target[:, t], h, dscores * said[:, np.newaxis], cache))
        return total, self._back(tape, states, encoded)

    def _back(self, tape, states, encoded):
        grads = {name: np.zeros_like(p) for name, p in self.params.items()}
        dh, dc, dstates = 0, np.zeros_like(states[:, 0]), np.zeros_like(states)
        for symbols, h, dscores, cache in tape[::-1]:
            grads["W_vocab"] += h.T @ dscores
            grads["b_vocab"] += dscores.sum(axis=0)
            dh = dh + dscores @ self.params["W_vocab"].T
            if self.attention:
                dx, dh, dc, look, *rest = attention_lstm_step_backward(dh, dc, cache)
                dstates += look
            else:
                dx, dh, dc, *rest = lstm_step_backward(dh, dc, cache)
            np.add.at(grads["W_target"], symbols, dx)
            _add(grads, "decoder", rest)
        return {**grads, **self.encode_backward(dh, dstates, encoded)}

    def step(self, state, symbols):
        h, c, *seen = state
        scores, h, c, look, _ = self._one_step(symbols, h, c, *(seen[:2] or (None, None)))
        return scores, [h, c, *seen[:2], look][: len(state)]
