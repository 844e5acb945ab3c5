"""The loss goes a text at a time; sample adds Gumbel noise to the scores and takes the largest."""
# ruff: noqa: F821

import numpy as np


class CharLM:
    def loss(self, x, y, state=None):
        N = len(x)
        h0, c0 = state if state else self.zero_state(N)
        results = [
            self._loss_of_one(x[n : n + 1], y[n], h0[:, n : n + 1], c0[:, n : n + 1])
            for n in range(N)
        ]
        losses, grads, h, c = zip(*results, strict=True)
        means = {name: sum(g[name] for g in grads) / N for name in self.params}
        return np.mean(losses), means, (np.hstack(h), np.hstack(c))

    def _loss_of_one(self, x, y, h0, c0):
        h, hT, cT, cache = multilayer_forward(self.one_hot(x), h0, c0, self.weights, self.cell_type)
        scores = h[0] @ self.params["W_out"] + self.params["b_out"]
        probs = np.exp(scores - scores.max(axis=1)[:, None])
        probs /= probs.sum(axis=1)[:, None]
        steps = np.arange(len(y))
        loss = -np.sum(np.log(probs[steps, y]))
        probs[steps, y] -= 1
        grads = {"W_out": h[0].T @ probs, "b_out": probs.sum(axis=0)}
        *_, layers = multilayer_backward((probs @ self.params["W_out"].T)[None], cache)
        for k, dlayer in enumerate(layers):
            grads.update(zip((f"Wx{k}", f"Wh{k}", f"b{k}"), dlayer, strict=True))
        return loss, grads, hT, cT

    def sample(self, prompt, length, temperature, rng):
        return "".join(next(text) for text in [self._endless(prompt, temperature, rng)] * length)

    def _endless(self, text, temperature, rng):
        state = self.zero_state(1)
        while True:
            x = self.one_hot(np.array([[self.char_to_idx[char] for char in text]]))
            h, *state, _ = multilayer_forward(x, *state, self.weights, self.cell_type)
            scores = h[0, -1] @ self.params["W_out"] + self.params["b_out"]
            noise = rng.gumbel(size=scores.shape)
            text = self.idx_to_char[int(np.argmax(scores + temperature * noise))]
            yield text
