"""A training step of the captioning LSTM (float32, loss, gradients and Adam) against its peers.

Prints medians and, pair by pair in one run, how many times faster the reference is than each.
Run it through ``python -m instructor bench``.
"""

from __future__ import annotations

import importlib
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from cs231n_rnn.training.optim import Config, UpdateRule, adam

Minibatch = tuple[np.ndarray, np.ndarray]  # features and captions
D, W, H, V, T = 512, 256, 512, 1004, 16


def make_minibatch(N: int, rng: np.random.Generator) -> Minibatch:
    """Features and captions of 6 to 15 words, most of 8 to 13, as COCO's are."""
    captions = np.zeros((N, T + 1), dtype=np.int32)
    captions[:, 0] = 1
    lengths = np.clip(np.round(rng.normal(10.5, 2.3, size=N)), 6, 15).astype(int)
    for n, length in enumerate(lengths):
        captions[n, 1 : length + 1] = rng.integers(4, V, size=length)
        captions[n, length + 1] = 2
    return rng.standard_normal((N, D), dtype=np.float32), captions


def captioning_model(package: str = "cs231n_rnn") -> Any:
    """The reference with a vocabulary of V words; as ``simple_rnn``, the simple implementation."""
    words = ["<NULL>", "<START>", "<END>", "<UNK>", *(f"word{i}" for i in range(V - 4))]
    model = importlib.import_module(f"{package}.models.captioning").CaptioningRNN
    return model({word: i for i, word in enumerate(words)}, D, W, H, "lstm")


def training_step(model: Any, minibatch: Minibatch, rule: UpdateRule = adam) -> Callable[[], None]:
    """One step of a model: loss, gradients and the update of every parameter."""
    configs: dict[str, Config] = {name: {} for name in model.params}

    def step() -> None:
        _, grads = model.loss(*minibatch)
        for name, w in model.params.items():
            model.params[name], configs[name] = rule(w, grads[name], configs[name])

    return step


def textbook_adam(w: np.ndarray, dw: np.ndarray, config: Config) -> tuple[np.ndarray, Config]:
    """One Adam step as the paper writes it."""
    t = config["t"] = config.get("t", 0) + 1
    m = config["m"] = 0.9 * config.get("m", 0) + 0.1 * dw
    v = config["v"] = 0.999 * config.get("v", 0) + 0.001 * dw**2
    return w - 1e-3 * m / (1 - 0.9**t) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8), config


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


def main(rounds: int = 30) -> None:
    """Compare with every peer so many times, for two sizes of a minibatch."""
    for N in (25, 128):
        minibatch = make_minibatch(N, np.random.default_rng(0))
        print(f"N = {N}, T = {T}, H = {H}, W = {W}, V = {V}, {rounds} rounds a row")
        print("  whole step            peer       reference   peer / reference")
        own = training_step(captioning_model(), minibatch)
        simple = training_step(captioning_model("simple_rnn"), minibatch, textbook_adam)
        compare("simple NumPy", simple, own, rounds)
        compare("matrix products alone", products_step(*minibatch), own, rounds)
        compare_with_torch(minibatch, own, rounds, update=True)
        print("  loss and gradients alone")
        gradients = partial(captioning_model().loss, *minibatch)
        compare_with_torch(minibatch, gradients, rounds, update=False)


def compare_with_torch(
    minibatch: Minibatch, own: Callable[[], object], rounds: int, update: bool
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
