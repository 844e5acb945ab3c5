"""Loss and gradients of the attention LSTM over a minibatch's captions, against its own steps.

The peer is the plain loop over ``attention_lstm_step_forward`` and ``_backward``, as a student
may write it. Run it through ``python -m instructor bench``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from benchmarks.bench_captioning_step import compare, make_minibatch, seconds
from cs231n_rnn.layers import attention
from cs231n_rnn.models.attention_captioning import AttentionCaptioningLSTM

N, T, L, C, W, H, V = 128, 16, 49, 128, 256, 512, 2539


def sequence(arrays: tuple[np.ndarray, ...], lengths: np.ndarray) -> Callable[[], None]:
    """The layer, which leaves out the padding."""
    x, h0, A, Wx, Wh, b, dh = arrays

    def run() -> None:
        *_, cache = attention.attention_lstm_forward(x, h0, A, Wx, Wh, b, lengths)
        attention.attention_lstm_backward(dh, cache)

    return run


def loop(arrays: tuple[np.ndarray, ...]) -> Callable[[], None]:
    """Step by step, over all T steps of all captions."""
    x, h0, A, Wx, Wh, b, dh = arrays

    def run() -> None:
        h, c, caches = h0, np.zeros_like(h0), []
        for t in range(T):
            h, c, _, cache = attention.attention_lstm_step_forward(x[:, t], h, c, A, Wx, Wh, b)
            caches.append(cache)
        dprev_h, dprev_c = np.zeros_like(h0), np.zeros_like(h0)
        totals = [np.zeros_like(array) for array in (A, Wx, Wh, b)]
        for t in reversed(range(T)):
            _, dprev_h, dprev_c, *parts = attention.attention_lstm_step_backward(
                dh[:, t] + dprev_h, dprev_c, caches[t]
            )
            for total, part in zip(totals, parts, strict=True):
                total += part

    return run


def main(rounds: int = 10) -> None:
    """Compare the layer, and time the model's loss, each so many times."""
    rng = np.random.default_rng(0)
    _, captions = make_minibatch(N, rng)
    lengths = np.sort((captions[:, 1:] != 0).sum(axis=1))[::-1]
    shapes = (N, T, W), (N, H), (N, L, H), (W + H, 4 * H), (H, 4 * H), (4 * H,), (N, T, H)
    arrays = tuple(rng.standard_normal(shape, dtype=np.float32) for shape in shapes)
    for weights in arrays[3:6]:
        weights /= np.float32(H**0.5)
    print(f"N = {N}, T = {T}, L = {L}, H = {H}, W = {W}, {rounds} rounds")
    print("  attention LSTM        peer       reference   peer / reference")
    compare("a loop over its steps", loop(arrays), sequence(arrays, lengths), rounds)

    model = AttentionCaptioningLSTM({"<NULL>": 0, **{f"{k}": k for k in range(1, V)}}, C, W, H)
    grid = rng.standard_normal((N, L, C), dtype=np.float32)
    times = [seconds(lambda: model.loss(grid, captions)) for _ in range(rounds)]
    print(f"  loss and gradients of the captioning model: {np.median(times):.3f} s, median")
