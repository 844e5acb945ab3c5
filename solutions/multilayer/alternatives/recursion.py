"""The layers above the lowest are a stack of their own: both passes call themselves for it."""
# ruff: noqa: F821

import numpy as np


def multilayer_forward(x, h0, c0, weights, cell_type):
    if len(weights) == 0:
        return x, h0, c0, None
    states, h, c, caches = [], h0[0], c0[0], []
    for t in range(np.size(x, 1)):
        if cell_type == "lstm":
            h, c, cache = lstm_step_forward(x[:, t], h, c, *weights[0])
        else:
            h, cache = rnn_step_forward(x[:, t], h, *weights[0])
        states.append(h[:, None])
        caches.append(cache)
    top, h_above, c_above, above = multilayer_forward(
        np.concatenate(states, axis=1), h0[1:], c0[1:], weights[1:], cell_type
    )
    hT, cT = np.concatenate([h[None], h_above]), np.concatenate([c[None], c_above])
    return top, hT, cT, (cell_type, caches, above)


def multilayer_backward(dh, cache):
    if cache is None:
        nothing = np.empty((0, len(dh), 0))
        return dh, nothing, nothing, ()
    cell_type, caches, above = cache
    dh, dh_above, dc_above, grads = multilayer_backward(dh, above)
    back, dnext_h, dnext_c, dweights = [], 0, np.zeros_like(dh[:, 0]), (0, 0, 0)
    for t, step in reversed(list(enumerate(caches))):
        if cell_type == "lstm":
            dx, dnext_h, dnext_c, *parts = lstm_step_backward(dh[:, t] + dnext_h, dnext_c, step)
        else:
            dx, dnext_h, *parts = rnn_step_backward(dh[:, t] + dnext_h, step)
        back.append(dx)
        dweights = tuple(a + b for a, b in zip(dweights, parts, strict=True))
    shape = len(dh_above), *dnext_h.shape
    dh0 = np.concatenate([dnext_h[None], dh_above.reshape(shape)])
    dc0 = np.concatenate([dnext_c[None], dc_above.reshape(shape)])
    return np.stack(back[::-1], axis=1), dh0, dc0, (dweights, *grads)
