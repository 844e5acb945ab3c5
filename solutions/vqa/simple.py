"""A model that answers questions about images, as a good student writes it."""


class VQAModel:
    def scores(self, questions, features):
        p = self.params
        N, H = len(questions), len(p["Wh"])
        rows = np.arange(len(questions))
        lengths = (questions != self._null).sum(axis=1)

        x, embed_cache = word_embedding_forward(questions, p["W_embed"])
        h0 = np.zeros((N, H), dtype=x.dtype)
        h, lstm_cache = lstm_forward(x, h0, p["Wx"], p["Wh"], p["b"])
        q = h[rows, lengths - 1]

        A, proj_cache = temporal_affine_forward(features, p["W_proj"], p["b_proj"])
        v = A.mean(axis=1)
        s1, weights1, look1_cache = attention_forward(q, A)
        both = np.concatenate([q, s1], axis=1)
        u, look_cache = affine_forward(both, p["W_look"], p["b_look"])
        s2, weights2, look2_cache = attention_forward(u, A)

        z = np.concatenate([q, v, s1, s2, q * s1, u * s2], axis=1)
        a, hidden_cache = affine_forward(z, p["W_hidden"], p["b_hidden"])
        hidden = np.maximum(a, 0)
        scores, answer_cache = affine_forward(hidden, p["W_answer"], p["b_answer"])

        weights = np.stack([weights1, weights2], axis=1)
        cache = (
            (rows, lengths, h, q, s1, u, s2, a, A.shape[1]),
            (embed_cache, lstm_cache, proj_cache),
            (look1_cache, look_cache, look2_cache, hidden_cache, answer_cache),
        )
        return scores, weights, cache

    def loss(self, questions, features, answers):
        scores, _, (values, inputs, caches) = self.scores(questions, features)
        rows, lengths, h, q, s1, u, s2, a, L = values
        embed_cache, lstm_cache, proj_cache = inputs
        look1_cache, look_cache, look2_cache, hidden_cache, answer_cache = caches
        loss, dscores = softmax_loss(scores, answers)

        grads = {}
        dhidden, grads["W_answer"], grads["b_answer"] = affine_backward(dscores, answer_cache)
        da = dhidden * (a > 0)
        dz, grads["W_hidden"], grads["b_hidden"] = affine_backward(da, hidden_cache)
        dq, dv, ds1, ds2, dqs1, dus2 = np.split(dz, 6, axis=1)
        dq = dq + dqs1 * s1
        ds1 = ds1 + dqs1 * q
        du = dus2 * s2
        ds2 = ds2 + dus2 * u

        du_look, dA2 = attention_backward(ds2, look2_cache)
        du = du + du_look
        dboth, grads["W_look"], grads["b_look"] = affine_backward(du, look_cache)
        dq_both, ds1_both = np.split(dboth, 2, axis=1)
        dq_look, dA1 = attention_backward(ds1 + ds1_both, look1_cache)
        dq = dq + dq_both + dq_look
        dA = dA1 + dA2 + dv[:, np.newaxis] / L
        _, grads["W_proj"], grads["b_proj"] = temporal_affine_backward(dA, proj_cache)

        dh = np.zeros_like(h)
        dh[rows, lengths - 1] = dq
        dx, _, grads["Wx"], grads["Wh"], grads["b"] = lstm_backward(dh, lstm_cache)
        grads["W_embed"] = word_embedding_backward(dx, embed_cache)
        return loss, grads

    def answer(self, questions, features):
        scores, weights, _ = self.scores(questions, features)
        return scores.argmax(axis=1), weights
