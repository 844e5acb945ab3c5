"""EfficientNet-Lite0 in NumPy against PyTorch on the same weights, threads and picture.

By hand: ``OMP_NUM_THREADS=1 python -m benchmarks.peer_efficientnet --threads 1`` with PyTorch
and ``pip install -e .[photos]``. NumPy takes its threads from the environment.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch.nn import functional

from cs231n_rnn.photos.efficientnet import (
    EPSILON,
    MEAN,
    SCALE,
    SIDE,
    STEM_STRIDE,
    STRIDES,
    EfficientNet,
    lite0_file,
)
from cs231n_rnn.photos.torch_weights import read_torch_weights


def torch_network(weights: dict[str, torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    """The network from stem to head, (1, 3, 224, 224) to (1, 1280, 7, 7)."""

    def convolve(x: torch.Tensor, conv: str, norm: str, stride: int = 1) -> torch.Tensor:
        """A convolution and its normalization; depthwise where the kernels say so."""
        kernels = weights[f"{conv}.weight"]
        k, groups = kernels.shape[-1], x.shape[1] // kernels.shape[1]
        # As many zeros in all as TensorFlow puts around an even picture.
        total = k - stride if stride > 1 else k - 1
        x = functional.pad(x, (total // 2, total - total // 2) * 2)
        parts = ("running_mean", "running_var", "weight", "bias")
        x = functional.conv2d(x, kernels, stride=stride, groups=groups)
        return functional.batch_norm(x, *(weights[f"{norm}.{p}"] for p in parts), eps=EPSILON)

    x = functional.relu6(convolve(x, "_conv_stem", "_bn0", STEM_STRIDE))
    for n, stride in enumerate(STRIDES):
        name, out = f"_blocks.{n}.", x
        if f"{name}_expand_conv.weight" in weights:
            out = functional.relu6(convolve(x, f"{name}_expand_conv", f"{name}_bn0"))
        out = functional.relu6(convolve(out, f"{name}_depthwise_conv", f"{name}_bn1", stride))
        out = convolve(out, f"{name}_project_conv", f"{name}_bn2")
        x = x + out if out.shape == x.shape else out
    return functional.relu6(convolve(x, "_conv_head", "_bn1"))


def seconds(run: Callable[[], object], repeats: int) -> float:
    """Median time of a run, after two that do not count."""
    times = []
    for _ in range(repeats + 2):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return float(np.median(times[2:]))


def main() -> int:
    """Print both times, their ratio, and the largest relative difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch")
    parser.add_argument("--repeats", type=int, default=30)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    weights = read_torch_weights(lite0_file())
    ours = EfficientNet(weights)
    theirs = partial(torch_network, {name: torch.tensor(W) for name, W in weights.items()})
    image = np.random.default_rng(231).integers(0, 256, (SIDE, SIDE, 3)).astype(np.uint8)
    x = (torch.tensor(image).permute(2, 0, 1)[None].float() - MEAN) / SCALE
    with torch.inference_mode():
        right = theirs(x)[0].permute(1, 2, 0).numpy()
        peer = seconds(lambda: theirs(x), options.repeats)
    kit = seconds(lambda: ours.grid(image), options.repeats)
    error = np.abs(ours.grid(image) - right).max() / np.abs(right).max()
    print(f"PyTorch {1e3 * peer:.1f} ms, the kit {1e3 * kit:.1f} ms a photograph")
    print(f"the kit / PyTorch: time {kit / peer:.2f}; largest relative difference {error:.1e}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
