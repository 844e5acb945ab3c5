"""A training step of the captioning LSTM (float32, loss, gradients and Adam) against its peers.

Prints medians and, pair by pair in one run, how many times faster the reference is than each.
Run it through ``python -m instructor bench``.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import simple
from cs231n_rnn.models.captioning import CaptioningRNN
from cs231n_rnn.training.optim import adam

D, W, H, V, T = 512, 256, 512, 1004, 16


def make_minibatch(N: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Features and captions of 6 to 15 words, most of 8 to 13, as COCO's are."""
    captions = np.zeros((N, T + 1), dtype=np.int32)
    captions[:, 0] = 1
    lengths = np.clip(np.round(rng.normal(10.5, 2.3, size=N)), 6, 15).astype(int)
    for n, length in enumerate(lengths):
        captions[n, 1 : length + 1] = rng.integers(4, V, size=length)
        captions[n, length + 1] = 2
    return rng.standard_normal((N, D), dtype=np.float32), captions


def reference_model() -> CaptioningRNN:
    """The reference, with a vocabulary of V words."""
    words = ["<NULL>", "<START>", "<END>", "<UNK>", *(f"word{i}" for i in range(V - 4))]
    return CaptioningRNN({word: i for i, word in enumerate(words)}, D, W, H, "lstm")


def reference_gradients(features: np.ndarray, captions: np.ndarray) -> Callable[[], None]:
    """Loss and gradients alone of the kit's model."""
    model = reference_model()
    return lambda: (model.loss(features, captions), None)[1]


def reference_step(features: np.ndarray, captions: np.ndarray) -> Callable[[], None]:
    """One step of the kit's model with the kit's Adam."""
    model = reference_model()
    configs: dict[str, dict[str, Any]] = {name: {} for name in model.params}

    def step() -> None:
        _, grads = model.loss(features, captions)
        for name, w in model.params.items():
            model.params[name], configs[name] = adam(w, grads[name], configs[name])

    return step


def simple_step(features: np.ndarray, captions: np.ndarray) -> Callable[[], None]:
    """One step of the simple implementation, with its own Adam."""
    params = reference_model().params
    configs = {
        name: {"t": 0, "m": np.zeros_like(w), "v": np.zeros_like(w)} for name, w in params.items()
    }

    def step() -> None:
        _, grads = simple.loss(params, features, captions)
        for name, w in params.items():
            params[name] = simple.adam(w, grads[name], configs[name])

    return step


def products_step(features: np.ndarray, captions: np.ndarray) -> Callable[[], None]:
    """Only the matrix products that no implementation can avoid, padded steps left out."""
    rows = np.sort((captions[:, 1:] != 0).sum(axis=1))[::-1]
    active = [int((rows > t).sum()) for t in range(T)]
    N, M = len(features), sum(active)

    def ones(*shape: int) -> np.ndarray:
        return np.ones(shape, dtype=np.float32)

    Wproj, Wx, Wh, Wvocab = ones(D, H), ones(W, 4 * H), ones(H, 4 * H), ones(H, V)
    x, h, da, dscores, dh = ones(M, W), ones(M, H), ones(M, 4 * H), ones(M, V), ones(N, H)

    def step() -> None:
        _ = features @ Wproj, features.T @ dh
        _ = x @ Wx, da @ Wx.T, x.T @ da, h.T @ da
        _ = h @ Wvocab, dscores @ Wvocab.T, h.T @ dscores
        for n in active:
            _ = h[:n] @ Wh, da[:n] @ Wh.T

    return step


def seconds(step: Callable[[], object]) -> float:
    """Time of one call."""
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def main() -> None:
    """Compare with every peer, for two sizes of a minibatch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30, help="times that each step is run")
    rounds = parser.parse_args().rounds
    for N in (25, 128):
        minibatch = make_minibatch(N, np.random.default_rng(0))
        print(f"N = {N}, T = {T}, H = {H}, W = {W}, V = {V}, {rounds} rounds a row")
        print("  whole step            peer       reference   peer / reference")
        own = reference_step(*minibatch)
        compare("simple NumPy", simple_step(*minibatch), own, rounds)
        compare("matrix products alone", products_step(*minibatch), own, rounds)
        compare_with_torch(minibatch, own, rounds, update=True)
        print("  loss and gradients alone")
        own = reference_gradients(*minibatch)
        compare_with_torch(minibatch, own, rounds, update=False)


def compare_with_torch(
    minibatch: tuple[np.ndarray, np.ndarray], own: Callable[[], None], rounds: int, update: bool
) -> None:
    """Compare with PyTorch, or say that it is not there."""
    try:
        from benchmarks import torch_peer
    except ModuleNotFoundError:
        print("  PyTorch is not installed; the reference is not compared with it")
        return
    for name, packed in (("PyTorch dense", False), ("PyTorch packed", True)):
        peer = torch_peer.make_step(*minibatch, (D, W, H, V), packed, update)
        compare(name, peer, own, rounds)


def compare(name: str, peer: Callable[[], object], own: Callable[[], object], rounds: int) -> None:
    """Time the two in turn, so that a change of the machine's speed meets both.

    Two libraries each keep threads that wait for work by spinning; a pause before each block
    lets the other's go to sleep.
    """
    times: dict[str, list[float]] = {"peer": [], "own": []}
    for _ in range(rounds):
        for key, step in (("peer", peer), ("own", own)):
            time.sleep(0.05)
            step()  # not counted: it wakes this library's threads
            times[key] += [seconds(step) for _ in range(2)]
    ratio = statistics.median(p / o for p, o in zip(times["peer"], times["own"], strict=True))
    peer_ms, own_ms = (1e3 * statistics.median(values) for values in times.values())
    print(f"  {name:<22}{peer_ms:6.1f} ms   {own_ms:6.1f} ms       {ratio:5.2f}", flush=True)


if __name__ == "__main__":
    main()
