"""The small CNN that turns a picture into a 512-vector and a 7 x 7 grid, as VGG does for COCO.

Five convolutions with ReLU, each one matrix product over im2col columns. The last one's
output is the grid; its means over four overlapping 4 x 4 windows, standardised, are the
512-vector, so that the vector keeps where things are. ``instructor/train_scene_cnn.py``
trained the weights on scenes of another stream than any data set's.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

WEIGHTS = Path(__file__).with_name("cnn_weights.npz")
GRID = 7
# Cell (row, column) of the grid is centred on pixel (8 row + 8, 8 column + 8) and sees 41 x 41.
CELL = 8
WINDOWS = [(slice(r, r + 4), slice(c, c + 4)) for r in (0, 3) for c in (0, 3)]


class Conv(NamedTuple):
    """One layer: kernel side, channels in and out, stride, zeros before and after each axis."""

    side: int
    channels: int
    filters: int
    stride: int
    pad: tuple[int, int]


LAYERS = (
    Conv(5, 3, 24, 2, (2, 2)),  # 64 -> 32
    Conv(3, 24, 48, 2, (1, 1)),  # 32 -> 16
    Conv(3, 48, 64, 1, (0, 0)),  # 16 -> 14
    Conv(3, 64, 64, 2, (0, 1)),  # 14 -> 7
    Conv(3, 64, 128, 1, (1, 1)),  # 7 -> 7
)
Weights = dict[str, np.ndarray]


@lru_cache
def load_weights() -> Weights:
    """The trained weights as float32: W0 … W4, b0 … b4, and the 512-vector's mean and scale."""
    with np.load(WEIGHTS) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


def im2col(x: np.ndarray, layer: Conv) -> np.ndarray:
    """Every patch that a kernel sees, as a row.

    Parameters
    ----------
    x : ndarray of shape (N, H, W, C)
    layer : Conv

    Returns
    -------
    ndarray of shape (N, H', W', side * side * C)
    """
    k, C = layer.side, layer.channels
    x = np.pad(x, ((0, 0), layer.pad, layer.pad, (0, 0)))
    patches = np.lib.stride_tricks.sliding_window_view(x, (k, k), axis=(1, 2))
    patches = patches[:, :: layer.stride, :: layer.stride].transpose(0, 1, 2, 4, 5, 3)
    return patches.reshape(*patches.shape[:3], k * k * C)


def linear(x: np.ndarray, W: np.ndarray, b: np.ndarray) -> np.ndarray:
    """``x @ W + b`` over the last dimension of ``x``."""
    # As one product of two matrices; @ would make one for every row of the picture.
    scores = x.reshape(-1, len(W)) @ W
    scores += b
    return scores.reshape(*x.shape[:-1], len(b))


def scale_pictures(images: np.ndarray) -> np.ndarray:
    """Bytes to float32 from -1 to 1."""
    return images.astype(np.float32) / np.float32(127.5) - 1


def conv_grid(images: np.ndarray, weights: Weights) -> np.ndarray:
    """The last convolution's output.

    Parameters
    ----------
    images : ndarray of shape (N, 64, 64, 3), uint8
    weights : dict

    Returns
    -------
    ndarray of shape (N, 7, 7, 128), float32
    """
    x = scale_pictures(images)
    for i, layer in enumerate(LAYERS):
        x = linear(im2col(x, layer), weights[f"W{i}"], weights[f"b{i}"])
        np.maximum(x, 0, out=x)
    return x


def pool_windows(grid: np.ndarray) -> np.ndarray:
    """Root mean square over four overlapping windows: (N, 7, 7, 128) to (N, 512).

    Squares let the few cells that hold an object count for more than the background.
    """
    squares = [np.square(grid[:, r, c]).mean(axis=(1, 2)) for r, c in WINDOWS]
    return np.sqrt(np.concatenate(squares, axis=1) + np.float32(1e-6))


def extract_features(
    images: np.ndarray, weights: Weights | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Vector and grid of each picture.

    Parameters
    ----------
    images : ndarray of shape (N, 64, 64, 3), uint8
        Some hundred at most: the columns of a picture take about 2 MB.
    weights : dict, optional
        Default: the trained ones.

    Returns
    -------
    features : ndarray of shape (N, 512), float32
        About zero mean and unit variance in each dimension.
    grid : ndarray of shape (N, 49, 128), float16
        Row by row from the top left.
    """
    weights = load_weights() if weights is None else weights
    grid = conv_grid(images, weights)
    features = (pool_windows(grid) - weights["mean"]) * weights["scale"]
    return features, grid.reshape(len(grid), GRID * GRID, -1).astype(np.float16)
