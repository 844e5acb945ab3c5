"""Captioning with attention as a good student writes it: every layer over the padded minibatch."""


class AttentionCaptioningLSTM:
    def loss(self, features, captions):
        p = self.params
        A, proj_cache = temporal_affine_forward(features, p["W_proj"], p["b_proj"])
        h0 = A.mean(axis=1)
        x, embed_cache = word_embedding_forward(captions_in, p["W_embed"])
        h, _, h_cache = attention_lstm_forward(x, h0, A, p["Wx"], p["Wh"], p["b"])
        dropped, drop_cache = dropout_forward(h, self.dropout, self.rng)
        scores, vocab_cache = temporal_affine_forward(dropped, p["W_vocab"], p["b_vocab"])
        loss, dscores = temporal_softmax_loss(scores, captions_out, mask)

        grads = {}
        dh, grads["W_vocab"], grads["b_vocab"] = temporal_affine_backward(dscores, vocab_cache)
        dh = dropout_backward(dh, drop_cache)
        dx, dh0, dA, grads["Wx"], grads["Wh"], grads["b"] = attention_lstm_backward(dh, h_cache)
        grads["W_embed"] = word_embedding_backward(dx, embed_cache)
        # Every location is 1/L of the mean.
        dA = dA + dh0[:, np.newaxis] / A.shape[1]
        _, grads["W_proj"], grads["b_proj"] = temporal_affine_backward(dA, proj_cache)
        return loss, grads

    def step(self, state, words):
        p = self.params
        h, c, A, _ = state
        x = p["W_embed"][words]  # (N, W)
        h, c, weights, _ = attention_lstm_step_forward(x, h, c, A, p["Wx"], p["Wh"], p["b"])
        scores, _ = affine_forward(h, p["W_vocab"], p["b_vocab"])
        return scores, (h, c, A, weights)
