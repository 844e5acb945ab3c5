"""Each question is cut to its own words and goes alone through the LSTM and over its image."""

import numpy as np

from cs231n_rnn.layers.affine import affine_backward, affine_forward
from cs231n_rnn.layers.attention import attention_backward, attention_forward
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.lstm import lstm_backward, lstm_forward
from cs231n_rnn.layers.softmax import softmax_loss


class VQAModel:
    def _one(self, words, image):
        p, tape = self.params, []

        def keep(result):
            *values, cache = result
            tape.append(cache)
            return values[0] if len(values) == 1 else values

        x = keep(word_embedding_forward(words[None], p["W_embed"]))
        start = np.zeros((1, len(p["Wh"])), x.dtype)
        q = keep(lstm_forward(x, start, p["Wx"], p["Wh"], p["b"]))[:, -1]
        A = keep(affine_forward(image.astype(x.dtype), p["W_proj"], p["b_proj"]))[None]
        s1, w1 = keep(attention_forward(q, A))
        u = keep(affine_forward(np.hstack([q, s1]), p["W_look"], p["b_look"]))
        s2, w2 = keep(attention_forward(u, A))
        z = np.hstack([q, A.mean(1), s1, s2, q * s1, u * s2])
        a = keep(affine_forward(z, p["W_hidden"], p["b_hidden"]))
        scores = keep(affine_forward(a * (a > 0), p["W_answer"], p["b_answer"]))
        return scores, np.stack([w1, w2], axis=1), (tape, q, s1, u, s2, a, x.shape)

    def scores(self, questions, features):
        pairs = zip(questions, features, strict=True)
        found = [self._one(row[row != self._null], image) for row, image in pairs]
        scores, weights, caches = zip(*found, strict=True)
        return np.concatenate(scores), np.concatenate(weights), caches

    def loss(self, questions, features, answers):
        scores, _, caches = self.scores(questions, features)
        loss, dscores = softmax_loss(scores, answers)
        parts = [self._back(*pair) for pair in zip(dscores[:, None], caches, strict=True)]
        return loss, {name: sum(part[name] for part in parts) for name in self.params}

    def _back(self, dscores, cache):
        (embed, lstm, proj, first, query, second, hidden, answer), q, s1, u, s2, a, shape = cache
        g = {}
        da, g["W_answer"], g["b_answer"] = affine_backward(dscores, answer)
        dz, g["W_hidden"], g["b_hidden"] = affine_backward(np.where(a > 0, da, 0), hidden)
        dq, dv, ds1, ds2, dp1, dp2 = np.hsplit(dz, 6)
        du, dA = attention_backward(ds2 + dp2 * u, second)
        dboth, g["W_look"], g["b_look"] = affine_backward(du + dp2 * s2, query)
        more_q, more_s1 = np.hsplit(dboth, 2)
        look_q, look_A = attention_backward(ds1 + more_s1 + dp1 * q, first)
        dA = (dA + look_A)[0]
        _, g["W_proj"], g["b_proj"] = affine_backward(dA + dv / len(dA), proj)
        dh = np.zeros((1, shape[1], q.shape[1]), q.dtype)
        dh[:, -1] = dq + more_q + look_q + dp1 * s1
        dx, _, g["Wx"], g["Wh"], g["b"] = lstm_backward(dh, lstm)
        g["W_embed"] = word_embedding_backward(dx, embed)
        return g

    def answer(self, questions, features):
        best, weights = [], []
        for row, image in zip(questions, features, strict=True):
            scores, looks, _ = self._one(row[row != self._null], image)
            best.append(int(scores.argmax()))
            weights.append(looks[0])
        return np.array(best), np.array(weights)
