"""A captioning LSTM as textbooks write it: every product at every time step, padding included.

The peer that the reference is compared with. Nothing here is tuned, and nothing is wrong.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Params = dict[str, np.ndarray]


def sigmoid(x: np.ndarray) -> np.ndarray:
    """Logistic function."""
    return 1 / (1 + np.exp(-x))


def lstm_step(x: np.ndarray, h: np.ndarray, c: np.ndarray, p: Params) -> tuple[Any, Any, Any]:
    """One step, with everything that its backward needs."""
    a = x @ p["Wx"] + h @ p["Wh"] + p["b"]
    ai, af, ao, ag = np.split(a, 4, axis=1)
    i, f, o, g = sigmoid(ai), sigmoid(af), sigmoid(ao), np.tanh(ag)
    next_c = f * c + i * g
    return o * np.tanh(next_c), next_c, (x, h, c, i, f, o, g, next_c)


def lstm_step_backward(dh: np.ndarray, dc: np.ndarray, cache: Any, p: Params) -> tuple[Any, ...]:
    """Gradients of one step: of x, h, c, Wx, Wh and b."""
    x, h, c, i, f, o, g, next_c = cache
    tanh_c = np.tanh(next_c)
    dc = dc + dh * o * (1 - tanh_c**2)
    da = np.hstack(
        [
            dc * g * i * (1 - i),
            dc * c * f * (1 - f),
            dh * tanh_c * o * (1 - o),
            dc * i * (1 - g**2),
        ]
    )
    return da @ p["Wx"].T, da @ p["Wh"].T, dc * f, x.T @ da, h.T @ da, da.sum(axis=0)


def softmax_step(scores: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[float, Any]:
    """Loss of one time step, averaged over the minibatch, and its gradient."""
    N = len(scores)
    probs = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs /= probs.sum(axis=1, keepdims=True)
    rows = np.arange(N)
    loss = -np.sum(weight * np.log(probs[rows, y])) / N
    probs[rows, y] -= 1
    return float(loss), probs * weight[:, None] / N


def loss(p: Params, features: np.ndarray, captions: np.ndarray) -> tuple[float, Params]:
    """Loss and gradients of a minibatch, one time step after the other."""
    words_in, words_out = captions[:, :-1], captions[:, 1:]
    mask = (words_out != 0).astype(features.dtype)
    T = words_in.shape[1]
    h = h0 = features @ p["W_proj"] + p["b_proj"]
    c = np.zeros_like(h)
    total, states, caches, dscores = 0.0, [], [], []
    for t in range(T):
        h, c, cache = lstm_step(p["W_embed"][words_in[:, t]], h, c, p)
        scores = h @ p["W_vocab"] + p["b_vocab"]
        part, dscores_t = softmax_step(scores, words_out[:, t], mask[:, t])
        total += part
        states.append(h)
        caches.append(cache)
        dscores.append(dscores_t)

    grads = {name: np.zeros_like(w) for name, w in p.items()}
    dh, dc = np.zeros_like(h0), np.zeros_like(h0)
    for t in reversed(range(T)):
        grads["W_vocab"] += states[t].T @ dscores[t]
        grads["b_vocab"] += dscores[t].sum(axis=0)
        dh = dh + dscores[t] @ p["W_vocab"].T
        dx, dh, dc, dWx, dWh, db = lstm_step_backward(dh, dc, caches[t], p)
        grads["Wx"] += dWx
        grads["Wh"] += dWh
        grads["b"] += db
        np.add.at(grads["W_embed"], words_in[:, t], dx)
    grads["W_proj"], grads["b_proj"] = features.T @ dh, dh.sum(axis=0)
    return total, grads


def adam(w: np.ndarray, dw: np.ndarray, config: dict[str, Any]) -> np.ndarray:
    """One Adam step as the paper writes it."""
    config["t"] += 1
    config["m"] = 0.9 * config["m"] + 0.1 * dw
    config["v"] = 0.999 * config["v"] + 0.001 * dw**2
    m, v = config["m"] / (1 - 0.9 ** config["t"]), config["v"] / (1 - 0.999 ** config["t"])
    return w - 1e-3 * m / (np.sqrt(v) + 1e-8)
