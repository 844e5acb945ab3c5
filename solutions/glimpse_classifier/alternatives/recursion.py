"""The loss goes back through time by calling itself; steps and their ways back are closures."""
# ruff: noqa: F821

import numpy as np


class GlimpseClassifier:
    def step(self, x, prev_h, prev_c, window=None):
        choose_back = None
        if window is None:
            window, choice = affine_forward(prev_h, *self._of("window"))
            choose_back = lambda dwindow: affine_backward(dwindow, choice)  # noqa: E731
        glimpse, look = read_forward(x, window, self.K)
        seen = np.empty((len(x), self.K**2 + 5), glimpse.dtype)
        seen[:, :-5].flat, seen[:, -5:] = glimpse, window
        next_h, next_c, memory = lstm_step_forward(
            seen, prev_h, prev_c, *(self.params[name] for name in ("Wx", "Wh", "b"))
        )

        def back(dnext_h, dnext_c):
            dseen, dprev_h, dprev_c, *found = lstm_step_backward(dnext_h, dnext_c, memory)
            if choose_back:
                dglimpse, dwhere = np.split(dseen, [self.K**2], axis=1)
                dwindow = dwhere + read_backward(dglimpse.reshape(glimpse.shape), look)[1]
                dchosen, *of_window = choose_back(dwindow)
                dprev_h, found = dprev_h + dchosen, found + of_window
            names = ["Wx", "Wh", "b", "W_window", "b_window"]
            return dprev_h, dprev_c, dict(zip(names, found, strict=False))

        return next_h, next_c, window, glimpse, back

    def _of(self, layer):
        return self.params[f"W_{layer}"], self.params[f"b_{layer}"]

    def step_backward(self, dnext_h, dnext_c, cache):
        return cache(dnext_h, dnext_c)

    def loss(self, x, y):
        state = np.zeros((len(x), len(self.params["Wh"])), self.params["Wh"].dtype)
        grads = {name: np.zeros_like(value) for name, value in self.params.items()}
        x = x.astype(state.dtype, copy=False)
        ends = dict(zip(self.answer_steps.tolist(), y.T, strict=True))
        places = self._places(len(x))

        def from_step(t, h, c):
            """Loss of the answers from step t on, and its gradient for the states before it."""
            if t == self.T:
                return 0.0, np.zeros_like(h), np.zeros_like(c)
            h, c, _, _, cache = self.step(x, h, c, places[t])
            total, dh, dc = from_step(t + 1, h, c)
            if t in ends:
                scores, out = affine_forward(h, *self._of("out"))
                loss, dscores = softmax_loss(scores, ends[t])
                dscored, dW, db = affine_backward(dscores, out)
                total, dh = total + loss, dh + dscored
                grads["W_out"] += dW
                grads["b_out"] += db
            dh, dc, parts = self.step_backward(dh, dc, cache)
            for name in parts:
                grads[name] += parts[name]
            return total, dh, dc

        return from_step(0, state, state)[0], grads
