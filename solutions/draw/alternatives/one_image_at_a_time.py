"""Every image goes alone through its steps; gradients are summed up at the end."""

import numpy as np

from cs231n_rnn.layers.glimpse import read_backward, read_forward, write_backward, write_forward
from cs231n_rnn.layers.lstm import lstm_step_backward, lstm_step_forward


class DRAW:
    def encode_step(self, x, canvas, prev_h_enc, prev_c_enc, prev_h_dec):
        rows = zip(x, canvas, prev_h_enc, prev_c_enc, prev_h_dec, strict=True)
        return self._all([self._encode(*(a[None] for a in row)) for row in rows])

    def _encode(self, x, canvas, h, c, h_dec):
        p = self.params
        on = 1 / (1 + np.exp(-canvas))
        window = h_dec @ p["W_read"] + p["b_read"]
        one, of_one = read_forward(x, window, self.read_size)
        two, of_two = read_forward(x - on, window, self.read_size)
        row = np.concatenate([one.ravel(), two.ravel(), h_dec[0]])[None]
        h, c, cell = lstm_step_forward(row, h, c, p["Wx_enc"], p["Wh_enc"], p["b_enc"])
        mu, log_sigma = h @ p["W_mu"] + p["b_mu"], h @ p["W_sigma"] + p["b_sigma"]
        return mu, log_sigma, h, c, (on, of_one, of_two, cell, h, h_dec)

    def encode_step_backward(self, dmu, dlog_sigma, dh_enc, dc_enc, cache):
        rows = zip(dmu, dlog_sigma, dh_enc, dc_enc, cache, strict=True)
        return self._sum([self._encode_back(*(a[None] for a in row[:4]), row[4]) for row in rows])

    def _encode_back(self, dmu, ds, dh, dc, cache):
        on, of_one, of_two, cell, h, h_dec = cache
        p, K = self.params, self.read_size
        g = {"W_mu": h.T @ dmu, "b_mu": dmu[0], "W_sigma": h.T @ ds, "b_sigma": ds[0]}
        dh = dh + dmu @ p["W_mu"].T + ds @ p["W_sigma"].T
        drow, dh, dc, g["Wx_enc"], g["Wh_enc"], g["b_enc"] = lstm_step_backward(dh, dc, cell)
        done = drow[:, : K * K].reshape(1, K, K)
        dtwo = drow[:, K * K : 2 * K * K].reshape(1, K, K)
        _, dwindow = read_backward(done, of_one)
        dmissing, more = read_backward(dtwo, of_two)
        dwindow = dwindow + more
        g["W_read"], g["b_read"] = h_dec.T @ dwindow, dwindow[0]
        dh_dec = drow[:, 2 * K * K :] + dwindow @ p["W_read"].T
        return dmissing * (on - 1) * on, dh, dc, dh_dec, g

    def decode_step(self, z, canvas, prev_h_dec, prev_c_dec):
        rows = zip(z, canvas, prev_h_dec, prev_c_dec, strict=True)
        return self._all([self._decode(*(a[None] for a in row)) for row in rows])

    def _decode(self, z, canvas, h, c):
        p, K = self.params, self.write_size
        h, c, cell = lstm_step_forward(z, h, c, p["Wx_dec"], p["Wh_dec"], p["b_dec"])
        window = h @ p["W_write"] + p["b_write"]
        patch = (h @ p["W_patch"] + p["b_patch"]).reshape(1, K, K)
        stroke, written = write_forward(patch, window, self.shape)
        return stroke + canvas, h, c, window, (cell, h, written)

    def decode_step_backward(self, dcanvas, dh_dec, dc_dec, cache):
        rows = zip(dcanvas, dh_dec, dc_dec, cache, strict=True)
        return self._sum([self._decode_back(*(a[None] for a in row[:3]), row[3]) for row in rows])

    def _decode_back(self, dcanvas, dh, dc, cache):
        cell, h, written = cache
        p = self.params
        dpatch, dwindow = write_backward(dcanvas, written)
        dpatch = dpatch.reshape(1, -1)
        g = {"W_patch": h.T @ dpatch, "b_patch": dpatch[0]}
        g |= {"W_write": h.T @ dwindow, "b_write": dwindow[0]}
        dh = dh + dpatch @ p["W_patch"].T + dwindow @ p["W_write"].T
        dz, dh, dc, g["Wx_dec"], g["Wh_dec"], g["b_dec"] = lstm_step_backward(dh, dc, cell)
        return dz, dcanvas, dh, dc, g

    @staticmethod
    def _all(found):
        *arrays, caches = zip(*found, strict=True)
        return *(np.concatenate(parts) for parts in arrays), list(caches)

    @staticmethod
    def _sum(found):
        *arrays, grads = zip(*found, strict=True)
        totals = {name: sum(g[name] for g in grads) for name in grads[0]}
        return *(np.concatenate(parts) for parts in arrays), totals
