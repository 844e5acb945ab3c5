"""A cache of inputs alone, from which the backward pass goes forward again; einsum everywhere."""
# ruff: noqa: F821

import numpy as np


class GlimpseClassifier:
    def _cell(self, x, prev_h, prev_c, window):
        """All that a step makes: window, glimpse, gates, and both states."""
        p, K = self.params, self.K
        Wx = p["Wx"][: K * K].reshape(K, K, -1)
        if window is None:
            window = np.einsum("nh,hw->nw", prev_h, p["W_window"]) + p["b_window"]
        glimpse, of_read = read_forward(x, window, K)
        a = np.einsum("nij,ijg->ng", glimpse, Wx) + np.einsum("nw,wg->ng", window, p["Wx"][-5:])
        a = a + np.einsum("nh,hg->ng", prev_h, p["Wh"]) + p["b"]
        a = a.reshape(len(x), 4, -1)
        gates = (1 + np.tanh(a[:, :3] / 2)) / 2
        i, f, o = gates.transpose(1, 0, 2)
        g = np.tanh(a[:, 3])
        c = f * prev_c + i * g
        return window, glimpse, of_read, (i, f, o, g), o * np.tanh(c), c

    def step(self, x, prev_h, prev_c, window=None):
        inputs = {"x": x, "prev_h": prev_h, "prev_c": prev_c, "window": window}
        window, glimpse, _, _, h, c = self._cell(**inputs)
        return h, c, window, glimpse, inputs

    def step_backward(self, dnext_h, dnext_c, cache):
        p, K, prev_h = self.params, self.K, cache["prev_h"]
        window, glimpse, of_read, (i, f, o, g), _, c = self._cell(**cache)
        dc = dnext_c + dnext_h * o * (1 - np.tanh(c) ** 2)
        da = np.hstack(
            [
                dc * g * i * (1 - i),
                dc * cache["prev_c"] * f * (1 - f),
                dnext_h * np.tanh(c) * o * (1 - o),
                dc * i * (1 - g * g),
            ]
        )
        grads = {
            "Wx": np.vstack(
                [
                    np.einsum("nij,ng->ijg", glimpse, da).reshape(K * K, -1),
                    np.einsum("nw,ng->wg", window, da),
                ]
            ),
            "Wh": np.einsum("nh,ng->hg", prev_h, da),
            "b": np.einsum("ng->g", da),
        }
        dprev_h = np.einsum("ng,hg->nh", da, p["Wh"])
        if cache["window"] is None:
            dglimpse = np.einsum("ng,kg->nk", da, p["Wx"][:-5]).reshape(-1, K, K)
            _, dwindow = read_backward(dglimpse, of_read)
            dwindow = dwindow + np.einsum("ng,wg->nw", da, p["Wx"][-5:])
            grads["W_window"] = np.einsum("nh,nw->hw", prev_h, dwindow)
            grads["b_window"] = np.einsum("nw->w", dwindow)
            dprev_h = dprev_h + np.einsum("nw,hw->nh", dwindow, p["W_window"])
        return dprev_h, dc * f, grads

    def loss(self, x, y):
        """Softmax by hand at every step, with a weight of 0 where nothing is answered."""
        N, p = len(y), self.params
        _, _, h, caches = self.look(x)
        scores = np.einsum("nth,hc->ntc", h, p["W_out"]) + p["b_out"]
        log_probs = scores - np.logaddexp.reduce(scores, axis=2, keepdims=True)
        right = np.zeros_like(scores)
        for d, t in enumerate(self.answer_steps):
            right[range(N), t, y[:, d]] = 1 / N
        dscores = np.exp(log_probs) * right.sum(axis=2, keepdims=True) - right
        total = {"W_out": np.einsum("nth,ntc->hc", h, dscores), "b_out": dscores.sum(axis=(0, 1))}
        carried = [np.zeros_like(h[:, 0])] * 2
        for t in range(self.T)[::-1]:
            dh = carried[0] + np.einsum("nc,hc->nh", dscores[:, t], p["W_out"])
            *carried, grads = self.step_backward(dh, carried[1], caches[t])
            total |= {name: total.get(name, 0) + grads[name] for name in grads}
        return -np.sum(right * log_probs), total
