"""Image captioning as a good student writes it: every layer over the whole padded minibatch."""


class CaptioningRNN:
    def loss(self, features, captions):
        p = self.params
        h0, proj_cache = affine_forward(features, p["W_proj"], p["b_proj"])
        x, embed_cache = word_embedding_forward(captions_in, p["W_embed"])
        h, h_cache = self.cell.forward(x, h0, p["Wx"], p["Wh"], p["b"])
        dropped, drop_cache = dropout_forward(h, self.dropout, self.rng)
        scores, vocab_cache = temporal_affine_forward(dropped, p["W_vocab"], p["b_vocab"])
        loss, dscores = temporal_softmax_loss(scores, captions_out, mask)

        grads = {}
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, vocab_cache)
        dh = dropout_backward(dh, drop_cache)
        dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = self.cell.backward(dh, h_cache)
        grads["W_embed"] = word_embedding_backward(dx, embed_cache)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, proj_cache)
        return loss, grads

    def step(self, state, words):
        p = self.params
        x = p["W_embed"][words]  # (N, W)
        (h, c), _ = self.cell.step_forward(x, state, p["Wx"], p["Wh"], p["b"])
        scores, _ = affine_forward(h, p["W_vocab"], p["b_vocab"])
        return scores, (h, c)

    def sample(self, features, max_length=30):
        state = self.initial_state(features)
        words = np.full(len(features), self._start)
        for t in range(max_length):
            scores, state = self.step(state, words)
            words = scores.argmax(axis=1)
            captions[:, t] = words
        return captions
