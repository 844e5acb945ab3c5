"""Every image and every answer by itself; the LSTM's caches are lists, one for each image."""
# ruff: noqa: F821

import numpy as np


class GlimpseClassifier:
    def step(self, x, prev_h, prev_c, window=None):
        p, rows = self.params, []
        for n in range(len(x)):
            one = slice(n, n + 1)
            chosen = window is None
            where = prev_h[one] @ p["W_window"] + p["b_window"] if chosen else window[one]
            glimpse, of_read = read_forward(x[one], where, self.K)
            numbers = [*glimpse[0].flat, *where[0]]
            h, c, of_cell = lstm_step_forward(
                np.array([numbers]), prev_h[one], prev_c[one], p["Wx"], p["Wh"], p["b"]
            )
            tape = (prev_h[one] if chosen else None, of_read, of_cell)
            rows.append((h[0], c[0], where[0], glimpse[0], tape))
        *arrays, tapes = zip(*rows, strict=True)
        return *map(np.stack, arrays), tapes

    def step_backward(self, dnext_h, dnext_c, cache):
        dh, dc, grads = [], [], {}
        for n, tape in enumerate(cache):
            one_dh, one_dc, parts = self._back(dnext_h[n : n + 1], dnext_c[n : n + 1], *tape)
            dh.append(one_dh[0])
            dc.append(one_dc[0])
            for name, part in parts.items():
                grads[name] = part if n == 0 else grads[name] + part
        return np.array(dh), np.array(dc), grads

    def _back(self, dh, dc, prev_h, of_read, of_cell):
        """One image; prev_h is None where the window was given."""
        p = self.params
        dx, dprev_h, dprev_c, *weights = lstm_step_backward(dh, dc, of_cell)
        grads = dict(zip(("Wx", "Wh", "b"), weights, strict=True))
        if prev_h is not None:
            *dglimpse, d0, d1, d2, d3, d4 = dx[0]
            dglimpse = np.array(dglimpse).reshape(1, self.K, self.K)
            dwindow = read_backward(dglimpse, of_read)[1][0] + [d0, d1, d2, d3, d4]
            grads["W_window"] = np.outer(prev_h, dwindow).astype(dh.dtype)
            grads["b_window"] = dwindow.astype(dh.dtype)
            dprev_h += p["W_window"] @ grads["b_window"]
        return dprev_h, dprev_c, grads

    def loss(self, x, y):
        p, looks = self.params, self.look(x)
        total, dh = 0.0, [0] * self.T
        grads = {name: 0 * value for name, value in p.items()}
        for d, t in enumerate(self.answer_steps):
            scores = looks.h[:, t] @ p["W_out"] + p["b_out"]
            part, dscores = softmax_loss(scores, y[:, d])
            total += part
            grads["W_out"] += looks.h[:, t].T @ dscores
            grads["b_out"] += dscores.sum(axis=0)
            dh[t] = dscores @ p["W_out"].T
        back_h = back_c = np.zeros_like(looks.h[:, 0])
        while dh:
            cache = looks.caches[len(dh) - 1]
            back_h, back_c, parts = self.step_backward(dh.pop() + back_h, back_c, cache)
            grads |= {name: grads[name] + part for name, part in parts.items()}
        return total, grads
