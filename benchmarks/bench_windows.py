"""Loss and gradients of the glimpse classifier and of DRAW against PyTorch, where it is installed.

Run it through ``python -m instructor bench``.
"""

from __future__ import annotations

import numpy as np

from benchmarks.bench_captioning_step import compare, seconds
from cs231n_rnn.models.draw import DRAW
from cs231n_rnn.models.glimpse_classifier import GlimpseClassifier

N = 100


def main(rounds: int = 15) -> None:
    """Compare both models, or time them alone, each so many times."""
    rng = np.random.default_rng(0)
    canvases, y = rng.random((N, 60, 60), dtype=np.float32), rng.integers(10, size=(N, 1))
    digits = np.float32(rng.random((N, 28, 28)) < 0.2)
    classifier, draw = GlimpseClassifier(), DRAW()
    noise = rng.standard_normal((draw.T, N, draw.Z), dtype=np.float32)
    # Elsewhere than in the middle, so that the windows have gradients to speak of.
    for name, model in (("W_window", classifier), ("W_read", draw), ("W_write", draw)):
        shape = model.params[name].shape
        model.params[name] = np.float32(0.1) * rng.standard_normal(shape, dtype=np.float32)
    runs = {
        "glimpse classifier": lambda: classifier.loss(canvases, y),
        "DRAW": lambda: draw.loss(digits, noise),
    }
    print(f"N = {N}, {classifier.T} glimpses, {draw.T} steps of DRAW, {rounds} rounds")
    print("  loss and gradients    peer       reference   peer / reference")
    try:
        from benchmarks import torch_windows
    except ModuleNotFoundError:
        print("  PyTorch is not installed; the reference is timed alone, medians")
        for name, run in runs.items():
            times = [seconds(run) for _ in range(rounds)]
            print(f"  {name:<22}{1e3 * np.median(times):6.1f} ms")
        return
    peers = {
        "glimpse classifier": torch_windows.classifier_loss(classifier, canvases, y),
        "DRAW": torch_windows.draw_loss(draw, digits, noise),
    }
    for name, run in runs.items():
        torch_windows.require_same(run()[0], peers[name]())
        compare(name, peers[name], run, rounds)
