"""The caches hold inputs alone; backward computes all again, from the first step on."""
# ruff: noqa: F821

import numpy as np


def weights_of(h, A, mask):
    scores = np.matmul(A, h[..., None])[..., 0] / np.sqrt(h.shape[1])
    if mask is not None:
        scores = np.where(mask, scores, -1e30).astype(A.dtype)
    # Without a maximum to take off: a ratio of two exponentials for each pair of locations.
    with np.errstate(over="ignore"):
        return 1 / np.exp(scores[:, None] - scores[:, :, None]).sum(axis=2)


def attention_forward(prev_h, A, mask=None):
    weights = weights_of(prev_h, A, mask)
    return (weights[..., None] * A).sum(axis=1), weights, (prev_h, A, mask)


def attention_backward(dattn, cache):
    h, A, mask = cache
    w = weights_of(h, A, mask)
    scaled = A / np.sqrt(A.shape[2])
    centred = A - (w[..., None] * A).sum(axis=1, keepdims=True)
    ds = w * (centred @ dattn[..., None])[..., 0]
    dh = (ds[..., None] * scaled).sum(axis=1)
    return dh, w[..., None] * dattn[:, None] + ds[..., None] * h[:, None] / np.sqrt(A.shape[2])


def attention_lstm_step_forward(x, prev_h, prev_c, A, Wx, Wh, b, mask=None):
    attn, weights, _ = attention_forward(prev_h, A, mask)
    h, c, _ = lstm_step_forward(np.column_stack((x, attn)), prev_h, prev_c, Wx, Wh, b)
    return h, c, weights, (x, prev_h, prev_c, A, Wx, Wh, b, mask)


def attention_lstm_step_backward(dnext_h, dnext_c, cache):
    x, prev_h, prev_c, A, Wx, Wh, b, mask = cache
    attn, _, look = attention_forward(prev_h, A, mask)
    *_, step = lstm_step_forward(np.column_stack((x, attn)), prev_h, prev_c, Wx, Wh, b)
    d, dprev_h, dprev_c, *dweights = lstm_step_backward(dnext_h, dnext_c, step)
    dlook, dA = attention_backward(d[:, x.shape[1] :], look)
    return d[:, : x.shape[1]], dlook + dprev_h, dprev_c, dA, *dweights


def attention_lstm_forward(x, h0, A, Wx, Wh, b, lengths=None, mask=None):
    h, c, states, looks = h0, h0 * 0, [], []
    for x_t in x.swapaxes(0, 1):
        h, c, weights, _ = attention_lstm_step_forward(x_t, h, c, A, Wx, Wh, b, mask)
        states.append(h)
        looks.append(weights)
    return np.stack(states, axis=1), np.stack(looks, axis=1), (x, h0, A, Wx, Wh, b, mask)


def attention_lstm_backward(dh, cache):
    x, h0, *shared = cache
    caches, h, c = [], h0, np.zeros_like(h0)
    for t in range(dh.shape[1]):
        h, c, _, step = attention_lstm_step_forward(x[:, t], h, c, *shared)
        caches.append(step)
    dx, dcarried, dc, sums = [], 0, np.zeros_like(h0), None
    for t in reversed(range(dh.shape[1])):
        one, dcarried, dc, *parts = attention_lstm_step_backward(dh[:, t] + dcarried, dc, caches[t])
        dx.append(one)
        sums = parts if sums is None else [s + p for s, p in zip(sums, parts, strict=True)]
    return np.stack(dx[::-1], axis=1), dcarried, *sums
