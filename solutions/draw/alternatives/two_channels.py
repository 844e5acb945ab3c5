"""Reads image and error in one call, caches inputs alone, and runs forward again to go back."""

import numpy as np

from cs231n_rnn.layers.glimpse import read_backward, read_forward, write_backward, write_forward
from cs231n_rnn.layers.lstm import lstm_step_backward, lstm_step_forward


class DRAW:
    def _weights(self, part):
        return [self.params[f"{name}_{part}"] for name in ("Wx", "Wh", "b")]

    def _look(self, x, canvas, h_dec):
        """Both glimpses (2N, K, K) in one call, image first."""
        window = h_dec.dot(self.params["W_read"]) + self.params["b_read"]
        on = 0.5 + 0.5 * np.tanh(0.5 * canvas)
        both = np.vstack([x, x - on])
        return *read_forward(both, np.vstack([window, window]), self.read_size), on

    def _seen(self, glimpses, h_dec):
        return np.hstack([*np.split(glimpses.reshape(len(glimpses), -1), 2), h_dec])

    def encode_step(self, x, canvas, prev_h_enc, prev_c_enc, prev_h_dec):
        p = self.params
        seen = self._seen(self._look(x, canvas, prev_h_dec)[0], prev_h_dec)
        h, c, _ = lstm_step_forward(seen, prev_h_enc, prev_c_enc, *self._weights("enc"))
        code = [h.dot(p[f"W_{name}"]) + p[f"b_{name}"] for name in ("mu", "sigma")]
        return *code, h, c, (x, canvas, prev_h_enc, prev_c_enc, prev_h_dec)

    def encode_step_backward(self, dmu, dlog_sigma, dh_enc, dc_enc, cache):
        x, canvas, prev_h, prev_c, h_dec = cache
        p, K, g = self.params, self.read_size, {}
        glimpses, reading, on = self._look(x, canvas, h_dec)
        seen = self._seen(glimpses, h_dec)
        h, _, cell = lstm_step_forward(seen, prev_h, prev_c, *self._weights("enc"))
        for name, d in (("mu", dmu), ("sigma", dlog_sigma)):
            g[f"W_{name}"], g[f"b_{name}"] = np.einsum("nh,nz->hz", h, d), np.einsum("nz->z", d)
            dh_enc = dh_enc + np.einsum("nz,hz->nh", d, p[f"W_{name}"])
        back = lstm_step_backward(dh_enc, dc_enc, cell)
        dseen, dprev_h, dprev_c, g["Wx_enc"], g["Wh_enc"], g["b_enc"] = back
        dboth = np.vstack(np.hsplit(dseen[:, : 2 * K * K], 2)).reshape(-1, K, K)
        dimages, dwindows = read_backward(dboth, reading)
        dwindow = sum(np.split(dwindows, 2))
        g["W_read"], g["b_read"] = h_dec.T.dot(dwindow), dwindow.sum(0)
        dh_dec = dwindow.dot(p["W_read"].T) + dseen[:, 2 * K * K :]
        return -np.split(dimages, 2)[1] * (on - on**2), dprev_h, dprev_c, dh_dec, g

    def _write(self, h, canvas):
        p, K = self.params, self.write_size
        window = h.dot(p["W_write"]) + p["b_write"]
        patch = (h.dot(p["W_patch"]) + p["b_patch"]).reshape(len(h), K, K)
        return window, *write_forward(patch, window, canvas.shape[1:])

    def decode_step(self, z, canvas, prev_h_dec, prev_c_dec):
        h, c, _ = lstm_step_forward(z, prev_h_dec, prev_c_dec, *self._weights("dec"))
        window, stroke, _ = self._write(h, canvas)
        return np.sum([canvas, stroke], axis=0), h, c, window, (z, canvas, prev_h_dec, prev_c_dec)

    def decode_step_backward(self, dcanvas, dh_dec, dc_dec, cache):
        z, canvas, prev_h, prev_c = cache
        h, _, cell = lstm_step_forward(z, prev_h, prev_c, *self._weights("dec"))
        dpatch, dwindow = write_backward(dcanvas, self._write(h, canvas)[2])
        g = {}
        for name, d in (("patch", dpatch.reshape(len(h), -1)), ("write", dwindow)):
            g[f"W_{name}"], g[f"b_{name}"] = h.T.dot(d), d.sum(0)
            dh_dec = dh_dec + d.dot(self.params[f"W_{name}"].T)
        dz, dprev_h, dprev_c, *grads = lstm_step_backward(dh_dec, dc_dec, cell)
        g |= dict(zip(("Wx_dec", "Wh_dec", "b_dec"), grads, strict=True))
        return dz, dcanvas.copy(), dprev_h, dprev_c, g
