"""A character-level language model as a good student writes it."""


class CharLM:
    def loss(self, x, y, state=None):
        p = self.params
        h, hT, cT, h_cache = multilayer_forward(
            self.one_hot(x), h0, c0, self.weights, self.cell_type
        )
        scores, out_cache = temporal_affine_forward(h, p["W_out"], p["b_out"])
        mask = np.ones(y.shape, dtype=bool)
        loss, dscores = temporal_softmax_loss(scores, y, mask)

        grads = {}
        dh, grads["W_out"], grads["b_out"] = temporal_affine_backward(dscores, out_cache)
        _, _, _, layers = multilayer_backward(dh, h_cache)
        for k in range(self.num_layers):
            grads[f"Wx{k}"], grads[f"Wh{k}"], grads[f"b{k}"] = layers[k]
        return loss, grads, (hT, cT)

    def sample(self, prompt, length, temperature, rng):
        p = self.params
        h, c = self.zero_state(1)
        written = ""
        for _ in range(length):
            states, h, c, _ = multilayer_forward(
                self.one_hot(x), h, c, self.weights, self.cell_type
            )
            scores = states[0, -1] @ p["W_out"] + p["b_out"]
            if temperature == 0:
                index = int(scores.argmax())
            else:
                scores = scores.astype(float)
                exp = np.exp((scores - scores.max()) / temperature)
                probs = exp / exp.sum()
                index = int(rng.choice(len(probs), p=probs))
            written += self.idx_to_char[index]
            x = np.array([[index]])
        return written
