"""Caches are the inputs and the weights of a step; both glimpses are read as one minibatch."""
# ruff: noqa: F821

import numpy as np


class DRAW:
    def _look(self, x, canvas, told, p):
        """Glimpses of x and then of what is lacking, (2N, K, K), and the cache of reading."""
        lacking = x - 1 / (1 + np.exp(-canvas))
        window = told @ p["W_read"] + p["b_read"]
        both = np.concatenate([x, lacking])
        return read_forward(both, np.concatenate([window, window]), self.read_size)

    def encode_step(self, x, canvas, prev_h_enc, prev_c_enc, prev_h_dec):
        p, states = dict(self.params), (prev_h_enc, prev_c_enc)
        with np.errstate(over="ignore"):
            glimpses, _ = self._look(x, canvas, prev_h_dec, p)
        seen = np.hstack([*glimpses.reshape(2, len(x), -1), prev_h_dec])
        h, c, _ = lstm_step_forward(seen, *states, p["Wx_enc"], p["Wh_enc"], p["b_enc"])
        heads = np.hstack([p["W_mu"], p["W_sigma"]])
        mu, log_sigma = np.split(h @ heads + np.append(p["b_mu"], p["b_sigma"]), 2, axis=1)
        return mu, log_sigma, h, c, (p, x, canvas, *states, prev_h_dec)

    def encode_step_backward(self, dmu, dlog_sigma, dh_enc, dc_enc, cache):
        p, x, canvas, *states, told = cache
        N = len(x)
        glimpses, of_look = self._look(x, canvas, told, p)
        seen = np.hstack([*glimpses.reshape(2, N, -1), told])
        h, _, cell = lstm_step_forward(seen, *states, p["Wx_enc"], p["Wh_enc"], p["b_enc"])
        grads = {"W_mu": h.T @ dmu, "b_mu": dmu.sum(0)}
        grads |= {"W_sigma": h.T @ dlog_sigma, "b_sigma": dlog_sigma.sum(0)}
        dh = dh_enc + dmu @ p["W_mu"].T + dlog_sigma @ p["W_sigma"].T
        dseen, dh, dc, *weights = lstm_step_backward(dh, dc_enc, cell)
        grads |= dict(zip(("Wx_enc", "Wh_enc", "b_enc"), weights, strict=True))
        H = told.shape[1]
        dglimpses = np.swapaxes(dseen[:, :-H].reshape(N, 2, -1), 0, 1).reshape(glimpses.shape)
        dboth, dwindows = read_backward(dglimpses, of_look)
        dwindow = dwindows.reshape(2, N, 5).sum(0)
        grads |= {"W_read": told.T @ dwindow, "b_read": dwindow.sum(0)}
        dcanvas = -dboth[N:] / (2 + np.exp(canvas) + np.exp(-canvas))
        return dcanvas, dh, dc, dseen[:, -H:] + dwindow @ p["W_read"].T, grads

    def _draw(self, z, h, c, p):
        h, c, cell = lstm_step_forward(z, h, c, p["Wx_dec"], p["Wh_dec"], p["b_dec"])
        window = h @ p["W_write"] + p["b_write"]
        patch = (h @ p["W_patch"] + p["b_patch"]).reshape(len(z), *[self.write_size] * 2)
        stroke, written = write_forward(patch, window, self.params["c0"].shape)
        return h, c, window, stroke, cell, written

    def decode_step(self, z, canvas, prev_h_dec, prev_c_dec):
        p = dict(self.params)
        h, c, window, stroke, *_ = self._draw(z, prev_h_dec, prev_c_dec, p)
        return np.add(canvas, stroke), h, c, window, [z, prev_h_dec, prev_c_dec, p]

    def decode_step_backward(self, dcanvas, dh_dec, dc_dec, cache):
        p = cache[-1]
        h, *_, cell, written = self._draw(*cache)
        dpatch, dwindow = write_backward(dcanvas, written)
        dpatch = dpatch.reshape(len(h), -1)
        grads = {"W_write": h.T @ dwindow, "b_write": dwindow.sum(0)}
        grads |= {"W_patch": h.T @ dpatch, "b_patch": dpatch.sum(0)}
        dh = dh_dec + dpatch @ p["W_patch"].T + dwindow @ p["W_write"].T
        dz, dh, dc, *weights = lstm_step_backward(dh, dc_dec, cell)
        grads |= dict(zip(("Wx_dec", "Wh_dec", "b_dec"), weights, strict=True))
        return dz, dcanvas.copy(), dh, dc, grads
