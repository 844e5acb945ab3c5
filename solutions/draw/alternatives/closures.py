"""Caches are functions that go back; a table of them takes the place of backward passes."""

import numpy as np

from cs231n_rnn.layers.activations import sigmoid
from cs231n_rnn.layers.affine import affine_backward, affine_forward
from cs231n_rnn.layers.glimpse import read_backward, read_forward, write_backward, write_forward
from cs231n_rnn.layers.lstm import lstm_step_backward, lstm_step_forward


def _affine(p, name, h):
    """Output of a layer, and the way back, which adds the weights' gradients to a dict."""
    out, cache = affine_forward(h, p[f"W_{name}"], p[f"b_{name}"])

    def back(dout, grads):
        dh, grads[f"W_{name}"], grads[f"b_{name}"] = affine_backward(dout, cache)
        return dh

    return out, back


def _lstm(p, name, x, h, c):
    names = [f"{part}_{name}" for part in ("Wx", "Wh", "b")]
    h, c, cache = lstm_step_forward(x, h, c, *(p[name] for name in names))

    def back(dh, dc, grads):
        dx, dh, dc, *weights = lstm_step_backward(dh, dc, cache)
        grads.update(zip(names, weights, strict=True))
        return dx, dh, dc

    return h, c, back


class DRAW:
    def encode_step(self, x, canvas, prev_h_enc, prev_c_enc, prev_h_dec):
        N, K = len(x), self.read_size
        window, choose = _affine(self.params, "read", prev_h_dec)
        s = sigmoid(canvas)
        pictures = [read_forward(picture, window, K) for picture in (x, x - s)]
        seen = np.column_stack([*(g.reshape(N, K * K) for g, _ in pictures), prev_h_dec])
        h, c, remember = _lstm(self.params, "enc", seen, prev_h_enc, prev_c_enc)
        mu, mean = _affine(self.params, "mu", h)
        log_sigma, deviation = _affine(self.params, "sigma", h)

        def back(dmu, dlog_sigma, dh, dc):
            grads = {}
            dh = dh + mean(dmu, grads) + deviation(dlog_sigma, grads)
            dseen, dh, dc = remember(dh, dc, grads)
            pieces = np.split(dseen[:, : 2 * K * K].reshape(N, 2 * K, K), 2, axis=1)
            (_, first), (dlacking, second) = (
                read_backward(piece, cache)
                for piece, (_, cache) in zip(pieces, pictures, strict=True)
            )
            dtold = dseen[:, 2 * K * K :] + choose(first + second, grads)
            return dlacking * s * (s - 1), dh, dc, dtold, grads

        return mu, log_sigma, h, c, back

    def encode_step_backward(self, dmu, dlog_sigma, dh_enc, dc_enc, cache):
        return cache(dmu, dlog_sigma, dh_enc, dc_enc)

    def decode_step(self, z, canvas, prev_h_dec, prev_c_dec):
        N, K = len(z), self.write_size
        h, c, remember = _lstm(self.params, "dec", z, prev_h_dec, prev_c_dec)
        window, choose = _affine(self.params, "write", h)
        patch, fill = _affine(self.params, "patch", h)
        stroke, written = write_forward(patch.reshape(N, K, K), window, self.shape)

        def back(dcanvas, dh, dc):
            grads = {}
            dpatch, dwindow = write_backward(dcanvas, written)
            dh = dh + choose(dwindow, grads) + fill(dpatch.reshape(N, K * K), grads)
            dz, dh, dc = remember(dh, dc, grads)
            return dz, dcanvas, dh, dc, grads

        return canvas + stroke, h, c, window, back

    def decode_step_backward(self, dcanvas, dh_dec, dc_dec, cache):
        return cache(dcanvas, dh_dec, dc_dec)
