"""Longest question first, no vector is joined to another: matrices are cut into blocks instead."""

import numpy as np

from cs231n_rnn.layers.attention import attention_backward, attention_forward
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.lstm import lstm_backward, lstm_forward


class VQAModel:
    def scores(self, questions, features):
        p = self.params
        H = len(p["Wh"])
        lengths = np.count_nonzero(questions != self._null, axis=1)
        order = np.argsort(-lengths, kind="stable")
        last = np.arange(len(order)), lengths[order] - 1
        x, embed = word_embedding_forward(questions[order], p["W_embed"])
        start = np.zeros((len(order), H), x.dtype)
        h, lstm = lstm_forward(x, start, p["Wx"], p["Wh"], p["b"], lengths[order])
        images = features[order].astype(x.dtype)
        q = h[last]
        A = images @ p["W_proj"] + p["b_proj"]
        s1, w1, first = attention_forward(q, A)
        u = q @ p["W_look"][:H] + s1 @ p["W_look"][H:] + p["b_look"]
        s2, w2, second = attention_forward(u, A)
        parts = [q, A.mean(axis=1), s1, s2, q * s1, u * s2]
        blocks = p["W_hidden"].reshape(6, H, 2 * H)
        a = p["b_hidden"] + sum(part @ block for part, block in zip(parts, blocks, strict=True))
        scores = np.maximum(a, 0) @ p["W_answer"] + p["b_answer"]
        back = np.argsort(order)
        cache = order, last, h.shape, images, parts, u, a, (embed, lstm, first, second)
        return scores[back], np.stack([w1, w2], axis=1)[back], cache

    def loss(self, questions, features, answers):
        p, H = self.params, len(self.params["Wh"])
        scores, _, (order, last, shape, images, parts, u, a, caches) = self.scores(
            questions, features
        )
        embed, lstm, first, second = caches
        q, _, s1, s2, _, _ = parts
        scores, answers = scores[order], answers[order]
        log_probs = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
        dscores = np.exp(log_probs)
        dscores[np.arange(len(answers)), answers] -= 1
        dscores /= len(answers)
        loss = float(-log_probs[np.arange(len(answers)), answers].mean())

        da = np.where(a > 0, dscores @ p["W_answer"].T, 0)
        blocks = p["W_hidden"].reshape(6, H, 2 * H)
        dq, dv, ds1, ds2, dfirst, dsecond = (da @ block.T for block in blocks)
        du, dA = attention_backward(ds2 + dsecond * u, second)
        du = du + dsecond * s2
        ds1 = ds1 + dfirst * q + du @ p["W_look"][H:].T
        look_q, look_A = attention_backward(ds1, first)
        dA = dA + look_A + dv[:, None] / images.shape[1]
        dh = np.zeros(shape, q.dtype)
        dh[last] = dq + dfirst * s1 + look_q + du @ p["W_look"][:H].T
        dx, _, dWx, dWh, db = lstm_backward(dh, lstm)
        return loss, {
            "W_embed": word_embedding_backward(dx, embed),
            "Wx": dWx,
            "Wh": dWh,
            "b": db,
            "W_proj": np.einsum("nlc,nlh->ch", images, dA),
            "b_proj": dA.sum(axis=(0, 1)),
            "W_look": np.vstack([q.T @ du, s1.T @ du]),
            "b_look": du.sum(axis=0),
            "W_hidden": np.vstack([part.T @ da for part in parts]),
            "b_hidden": da.sum(axis=0),
            "W_answer": np.maximum(a, 0).T @ dscores,
            "b_answer": dscores.sum(axis=0),
        }

    def answer(self, questions, features):
        scores, weights, _ = self.scores(questions, features)
        return [row.index(max(row)) for row in scores.tolist()], weights
