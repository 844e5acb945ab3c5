"""A classifier of images by glimpses as a good student writes it."""


class GlimpseClassifier:
    def step(self, x, prev_h, prev_c, window=None):
        p = self.params
        N = len(x)
        choice_cache = None
        if window is None:
            window, choice_cache = affine_forward(prev_h, p["W_window"], p["b_window"])
        glimpse, read_cache = read_forward(x, window, self.K)
        what = glimpse.reshape(N, self.K * self.K)
        seen = np.concatenate([what, window], axis=1)
        next_h, next_c, lstm_cache = lstm_step_forward(
            seen, prev_h, prev_c, p["Wx"], p["Wh"], p["b"]
        )
        cache = (choice_cache, read_cache, lstm_cache)
        return next_h, next_c, window, glimpse, cache

    def step_backward(self, dnext_h, dnext_c, cache):
        choice_cache, read_cache, lstm_cache = cache
        N, K = len(dnext_h), self.K
        dseen, dprev_h, dprev_c, dWx, dWh, db = lstm_step_backward(dnext_h, dnext_c, lstm_cache)
        grads = {"Wx": dWx, "Wh": dWh, "b": db}
        if choice_cache is None:
            return dprev_h, dprev_c, grads
        dwhat = dseen[:, : K * K]
        dwindow = dseen[:, K * K :]
        dglimpse = dwhat.reshape(N, K, K)
        _, dwindow_of_read = read_backward(dglimpse, read_cache)
        dwindow = dwindow + dwindow_of_read
        dchoice, grads["W_window"], grads["b_window"] = affine_backward(dwindow, choice_cache)
        dprev_h = dprev_h + dchoice
        return dprev_h, dprev_c, grads

    def loss(self, x, y):
        p = self.params
        N, D = y.shape
        steps = self.answer_steps
        looks = self.look(x)
        h = looks.h[:, steps]
        scores, out_cache = temporal_affine_forward(h, p["W_out"], p["b_out"])
        C = scores.shape[2]
        labels = y.reshape(N * D)
        loss, dscores = softmax_loss(scores.reshape(N * D, C), labels)
        loss = D * loss
        dscores = D * dscores
        dscores = dscores.reshape(N, D, C)

        grads = {name: np.zeros_like(value) for name, value in p.items()}
        dh = np.zeros_like(looks.h)
        dscored, grads["W_out"], grads["b_out"] = temporal_affine_backward(dscores, out_cache)
        dh[:, steps] = dscored
        dprev_h = np.zeros_like(dh[:, 0])
        dprev_c = np.zeros_like(dh[:, 0])
        for t in reversed(range(self.T)):
            dnext_h = dh[:, t] + dprev_h
            dnext_c = dprev_c
            dprev_h, dprev_c, of_step = self.step_backward(dnext_h, dnext_c, looks.caches[t])
            for name in of_step:
                grads[name] += of_step[name]
        return loss, grads
