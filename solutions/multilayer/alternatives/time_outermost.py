"""Time is the outer loop and the layers the inner one, forward and back; a dict is the cache."""
# ruff: noqa: F821

import numpy as np


def multilayer_forward(x, h0, c0, weights, cell_type):
    h, c = {-1: list(h0)}, list(c0)
    cache = {"weights": weights, "T": x.shape[1]}
    for t in range(x.shape[1]):
        h[t], signal = [], x[:, t, :]
        for k, (Wx, Wh, b) in enumerate(weights):
            if cell_type == "rnn":
                signal, cache[t, k] = rnn_step_forward(signal, h[t - 1][k], Wx, Wh, b)
            else:
                signal, c[k], cache[t, k] = lstm_step_forward(signal, h[t - 1][k], c[k], Wx, Wh, b)
            h[t].append(signal)
    top = np.stack([h[t][-1] for t in range(x.shape[1])]).transpose(1, 0, 2)
    return top, np.array(h[x.shape[1] - 1]), np.array(c), (cell_type, cache)


def multilayer_backward(dh, cache):
    cell_type, cache = cache
    N, T, H = dh.shape
    weights = cache["weights"]
    L = len(weights)
    dnext_h, dnext_c = np.zeros((L, N, H)), np.zeros((L, N, H))
    grads = [[np.zeros(w.shape) for w in layer] for layer in weights]
    dx = []
    for t in range(T - 1, -1, -1):
        d = dh[:, t]
        for k in range(L - 1, -1, -1):
            if cell_type == "rnn":
                d, dnext_h[k], *parts = rnn_step_backward(d + dnext_h[k], cache[t, k])
            else:
                d, dnext_h[k], dnext_c[k], *parts = lstm_step_backward(
                    d + dnext_h[k], dnext_c[k], cache[t, k]
                )
            for total, part in zip(grads[k], parts, strict=True):
                total += part
        dx = [d, *dx]
    return np.swapaxes(dx, 0, 1), dnext_h, dnext_c, [tuple(layer) for layer in grads]
