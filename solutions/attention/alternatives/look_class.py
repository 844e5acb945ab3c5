"""A look is an object that keeps its weights as (N, L, 1); einsum in both directions."""
# ruff: noqa: F821

import numpy as np


class Look:
    def __init__(self, A, mask=None):
        self.A, self.scale = A, np.sqrt(A.shape[-1])
        self.closed = np.zeros(A.shape[:2], bool) if mask is None else ~mask

    def forward(self, h):
        self.h = h
        scores = np.einsum("nlh,nh->nl", self.A, h)[..., None] / self.scale
        scores[self.closed] = -np.inf
        shifted = np.exp(scores - np.max(scores, axis=1, keepdims=True))
        self.weights = shifted / np.sum(shifted, axis=1, keepdims=True)  # (N, L, 1)
        return np.sum(self.weights * self.A, axis=1)

    def backward(self, dattn):
        dweights = np.einsum("nlh,nh->nl", self.A, dattn)[..., None]
        w = self.weights[..., 0]
        # The whole Jacobian of the softmax, (N, L, L).
        jacobian = np.einsum("nl,lm->nlm", w, np.eye(w.shape[1])) - np.einsum("nl,nm->nlm", w, w)
        self.dscores = (jacobian @ dweights) / self.scale
        dA = self.weights * dattn[:, None] + self.dscores * self.h[:, None]
        return np.einsum("nlo,nlh->nh", self.dscores, self.A), dA


def attention_forward(prev_h, A, mask=None):
    look = Look(A, mask)
    attn = look.forward(prev_h)
    return attn, look.weights.squeeze(axis=2), look


def attention_backward(dattn, cache):
    return cache.backward(dattn)


def attention_lstm_step_forward(x, prev_h, prev_c, A, Wx, Wh, b, mask=None):
    look = Look(A, mask)
    seen = look.forward(prev_h)
    *states, step = lstm_step_forward(np.append(x, seen, axis=1), prev_h, prev_c, Wx, Wh, b)
    return [*states, look.weights[..., 0], {"look": look, "step": step}]


def attention_lstm_step_backward(dnext_h, dnext_c, cache):
    both, dprev_h, *others = lstm_step_backward(dnext_h, dnext_c, cache["step"])
    dx, dseen = np.split(both, [both.shape[1] - dnext_h.shape[1]], axis=1)
    dlook, dA = cache["look"].backward(dseen)
    return [dx, dprev_h + dlook, others[0], dA, *others[1:]]
