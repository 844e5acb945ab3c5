"""One location after the other with a running maximum; backward knows the sum by attn itself."""

import numpy as np


def attention_forward(prev_h, A, mask=None):
    N, L, H = A.shape
    top, total, attn = np.full((N, 1), -np.inf), np.zeros((N, 1)), np.zeros((N, H))
    scores = np.empty((N, L), dtype=A.dtype)
    for place in range(L):
        here = A[:, place]
        scores[:, place] = (prev_h * here).sum(axis=1) * H**-0.5
        if mask is not None:
            # The most negative number, since there is no difference of two infinities.
            scores[~mask[:, place], place] = np.finfo(A.dtype).min
        score = scores[:, place : place + 1]
        new_top = np.maximum(top, score)
        shrink, grow = np.exp(top - new_top), np.exp(score - new_top)
        total, attn, top = total * shrink + grow, attn * shrink + grow * here, new_top
    attn = (attn / total).astype(A.dtype)
    weights = (np.exp(scores - top) / total).astype(A.dtype)
    return attn, weights, {"h": prev_h, "A": A, "attn": attn, "weights": weights}


def attention_backward(dattn, cache):
    h, A, attn, weights = cache.values()
    _, L, H = A.shape
    expected = (dattn * attn).sum(axis=1)
    dprev_h, dA = np.zeros_like(h), np.zeros_like(A)
    for place in range(L):
        w = weights[:, place]
        ds = (w * ((dattn * A[:, place]).sum(axis=1) - expected) * H**-0.5)[:, np.newaxis]
        dprev_h += ds * A[:, place]
        dA[:, place] = w[:, np.newaxis] * dattn + ds * h
    return dprev_h, dA
