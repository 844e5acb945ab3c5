"""EfficientNet-Lite0 in NumPy against PyTorch on the same weights, threads and picture.

By hand: ``OMP_NUM_THREADS=1 python -m benchmarks.peer_efficientnet --threads 1`` with PyTorch
and ``pip install -e .[photos]``. NumPy takes its threads from the environment.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from cs231n_rnn.photos.efficientnet import MEAN, SCALE, SIDE, STRIDES, EfficientNet, lite0_file
from cs231n_rnn.photos.torch_weights import read_torch_weights

Weights = dict[str, np.ndarray]


class Same(nn.Module):
    """A convolution and its normalization, with TensorFlow's padding.

    Parameters
    ----------
    weights : dict of str to ndarray
    conv, norm : str
        Their names.
    stride : int
    """

    def __init__(self, weights: Weights, conv: str, norm: str, stride: int = 1) -> None:
        super().__init__()
        kernels = torch.tensor(weights[f"{conv}.weight"])
        F, C, k, _ = kernels.shape
        # As many zeros in all as TensorFlow puts around an even picture.
        total = k - stride if stride > 1 else k - 1
        self.pad = nn.ZeroPad2d((total // 2, total - total // 2) * 2)
        depthwise = C == 1
        groups = F if depthwise else 1
        self.conv = nn.Conv2d(C * groups, F, k, stride, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(F, eps=1e-3)
        self.conv.weight.data = kernels
        parts = ("weight", "bias", "running_mean", "running_var")
        self.norm.load_state_dict(
            {part: torch.tensor(weights[f"{norm}.{part}"]) for part in parts}, strict=False
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) to (N, F, H', W')."""
        return self.norm(self.conv(self.pad(x)))


class Block(nn.Module):
    """Expansion, depthwise convolution and projection, with the input added where it fits."""

    def __init__(self, weights: Weights, name: str, stride: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        if f"{name}_expand_conv.weight" in weights:
            layers += [Same(weights, f"{name}_expand_conv", f"{name}_bn0"), nn.ReLU6(True)]
        layers += [Same(weights, f"{name}_depthwise_conv", f"{name}_bn1", stride), nn.ReLU6(True)]
        layers += [Same(weights, f"{name}_project_conv", f"{name}_bn2")]
        self.layers = nn.Sequential(*layers)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, C, H, W) to (N, F, H', W')."""
        out = self.layers(x)
        return out + x if out.shape == x.shape else out


def torch_network(weights: Weights) -> nn.Module:
    """The network from stem to head."""
    blocks = [Block(weights, f"_blocks.{n}.", stride) for n, stride in enumerate(STRIDES)]
    stem, head = Same(weights, "_conv_stem", "_bn0", 2), Same(weights, "_conv_head", "_bn1")
    return nn.Sequential(stem, nn.ReLU6(True), *blocks, head, nn.ReLU6(True)).eval()


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
    ours, theirs = EfficientNet(weights), torch_network(weights)
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
