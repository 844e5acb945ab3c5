"""Sample reads all of the prompt but its end, then one character after the other from there.

The loss writes gradients by prefixes of names, and counts with a mask of floats.
"""
# ruff: noqa: F821

import numpy as np


class CharLM:
    def loss(self, x, y, state=None):
        if state is None:
            state = self.zero_state(x.shape[0])
        stack = multilayer_forward(self.one_hot(x), *state, self.weights, self.cell_type)
        scores, cache = temporal_affine_forward(
            stack[0], self.params["W_out"], self.params["b_out"]
        )
        loss, dscores = temporal_softmax_loss(scores, y, np.ones_like(y, dtype=float))
        dh, dW_out, db_out = temporal_affine_backward(dscores, cache)
        layers = multilayer_backward(dh, stack[3])[3]
        grads = dict(W_out=dW_out, b_out=db_out)  # noqa: C408
        for place, prefix in enumerate(["Wx", "Wh", "b"]):
            for k in range(self.num_layers):
                grads[prefix + str(k)] = layers[k][place]
        return loss, grads, stack[1:3]

    def _read(self, indices, state):
        x = np.zeros((1, len(indices), len(self.char_to_idx)))
        x[0, range(len(indices)), indices] = 1
        h, hT, cT, _ = multilayer_forward(x, *state, self.weights, self.cell_type)
        return h[0, -1], (hT, cT)

    def sample(self, prompt, length, temperature, rng):
        *first, last = [self.char_to_idx[char] for char in prompt]
        state = self.zero_state(1)
        if first:
            _, state = self._read(first, state)
        text = ""
        while len(text) < length:
            h, state = self._read([last], state)
            scores = self.params["W_out"].T @ h + self.params["b_out"]
            if temperature < 1e-12:
                last = int(np.argsort(scores)[-1])
            else:
                log_p = scores / temperature
                p = np.exp(log_p - np.logaddexp.reduce(log_p))
                last = int(np.argmax(rng.multinomial(1, p / p.sum())))
            text = text + self.idx_to_char[last]
        return text
