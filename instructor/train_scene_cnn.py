"""Train the CNN of the scenes with HIPS autograd: ``python -m instructor train-cnn``.

The pictures come from a stream that no data set uses, and are new in every round. Linear
heads on the 512-vector tell the main object, the background and the others; linear heads on
each cell of the grid tell the object that covers it. Writes ``cnn_weights.npz`` and prints
the heads' accuracies on pictures that were not trained on.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import autograd.numpy as anp
import numpy as np
from autograd import value_and_grad
from autograd.extend import defvjp, primitive
from autograd.scipy.special import logsumexp
from tqdm import tqdm

from cs231n_rnn.data.scenes.build import draw_scenes
from cs231n_rnn.data.scenes.features import (
    CELL,
    GRID,
    LAYERS,
    WEIGHTS,
    WINDOWS,
    Conv,
    Weights,
    conv_grid,
    im2col,
    linear,
    pool_windows,
    scale_pictures,
)
from cs231n_rnn.data.scenes.world import (
    BACKGROUNDS,
    COLOURS,
    SHAPES,
    SIZES,
    TEXTURES,
    Scene,
    place_name,
)
from cs231n_rnn.files import replacing
from cs231n_rnn.training.optim import Config, adam

CELL_WEIGHT = 10.0  # about one cell in ten has an object to learn from
OTHERS_WEIGHT = 0.3
SEED = 20150324  # no data set's seed
BATCH = 50
NAMES: dict[str, tuple[str, ...]] = {
    "shape": SHAPES,
    "colour": tuple(COLOURS),
    "size": tuple(SIZES),
    "texture": TEXTURES,
    "place": tuple(place_name(*cell) for cell in np.ndindex(3, 3)),
}
# Heads on the vector, each a softmax: of the main object, then of the whole scene.
MAIN = {**{key: len(names) for key, names in NAMES.items()}, "background": 8, "count": 3}
# Softmax heads on a cell: shape and size, colour and size, texture and size, or no object.
# Pairs, since the vector is to tell the largest object from the others.
CELLS = {key: len(NAMES[key]) * len(SIZES) + 1 for key in ("shape", "colour", "texture")}
OTHERS = ("shape", "colour", "size", "place")  # of the other objects: which of them occur
Labels = dict[str, np.ndarray]


def make_labels(scenes: list[Scene]) -> Labels:
    """What the heads are to tell.

    Returns
    -------
    dict
        ``main`` (N, 7) class of each softmax; ``others`` (N, 32) zeros and ones;
        ``cells`` (N, 7, 7, 3) class of each softmax.
    """
    main, others = [], []
    for scene in scenes:
        first, *rest = scene["objects"]
        row = [NAMES[key].index(first[key]) for key in NAMES]  # type: ignore[literal-required]
        main.append([*row, BACKGROUNDS.index(scene["background"]), len(rest)])
        seen = {(key, thing[key]) for thing in rest for key in OTHERS}  # type: ignore[literal-required]
        others.append([(key, name) in seen for key in OTHERS for name in NAMES[key]])
    cells = np.stack([_label_cells(scene) for scene in scenes])
    return {"main": np.array(main), "others": np.array(others, np.float32), "cells": cells}


def _label_cells(scene: Scene) -> np.ndarray:
    """A cell has an object where the object's centre is less than a cell away."""
    cells = np.tile([classes - 1 for classes in CELLS.values()], (GRID, GRID, 1))
    y, x = CELL * (np.mgrid[:GRID, :GRID] + 1)
    for thing in scene["objects"]:
        u, v = thing["centre"]
        size = NAMES["size"].index(thing["size"])
        kinds = [NAMES[key].index(thing[key]) for key in CELLS]  # type: ignore[literal-required]
        near = (x - u) ** 2 + (y - v) ** 2 < CELL**2
        cells[near] = [len(SIZES) * kind + size for kind in kinds]
    return cells


def initial_weights(rng: np.random.Generator) -> Weights:
    """He et al. 2015 for the convolutions, zeros for the heads."""
    weights = {}
    for i, layer in enumerate(LAYERS):
        fan_in = layer.side**2 * layer.channels
        draw = rng.standard_normal((fan_in, layer.filters), dtype=np.float32)
        weights[f"W{i}"] = draw * np.float32(np.sqrt(2 / fan_in))
    grid = LAYERS[-1].filters
    outputs = sum(len(NAMES[key]) for key in OTHERS)
    weights["W_main"] = np.zeros((4 * grid, sum(MAIN.values())), np.float32)
    weights["W_others"] = np.zeros((4 * grid, outputs), np.float32)
    weights["W_cells"] = np.zeros((grid, sum(CELLS.values())), np.float32)
    biases = {"b" + key[1:]: np.zeros(W.shape[1], np.float32) for key, W in weights.items()}
    gains = {f"gain{i}": np.ones(layer.filters, np.float32) for i, layer in enumerate(LAYERS)}
    return {**weights, **biases, **gains}


def heads_loss(weights: Weights, images: np.ndarray, labels: Labels) -> Any:
    """Sum of all heads' mean cross-entropies."""
    grid = trained_grid(weights, images)
    squares = [(grid[:, rows, cols] ** 2).mean(axis=(1, 2)) for rows, cols in WINDOWS]
    vector = anp.sqrt(anp.concatenate(squares, axis=1) + 1e-6)  # as pool_windows
    loss = 0.0
    for head, features in (("main", vector), ("others", vector), ("cells", grid)):
        scores = linear(features, weights[f"W_{head}"], weights[f"b_{head}"])
        loss = loss + _head_loss(head, scores, labels[head])
    return loss


loss_and_gradients = value_and_grad(heads_loss)


def trained_grid(weights: Weights, images: np.ndarray) -> np.ndarray:
    """Convolution, batch normalisation and ReLU, five times; the last output is the grid."""
    x = scale_pictures(images)
    for i, layer in enumerate(LAYERS):
        z = linear(patches(x, layer), weights[f"W{i}"], anp.zeros_like(weights[f"b{i}"]))
        mean, spread = _moments(z)
        x = anp.maximum((z - mean) * (weights[f"gain{i}"] / spread) + weights[f"b{i}"], 0)
    return x


def _moments(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each channel."""
    return z.mean(axis=(0, 1, 2)), anp.sqrt(z.var(axis=(0, 1, 2)) + 1e-5)


def fold_normalisation(weights: Weights, images: np.ndarray) -> Weights:
    """Weights of convolutions alone, with the pictures' moments in place of each batch's."""
    folded, x = dict(weights), scale_pictures(images)
    for i, layer in enumerate(LAYERS):
        columns, W = im2col(x, layer), weights[f"W{i}"]
        gain = folded.pop(f"gain{i}")
        mean, spread = _moments(linear(columns, W, np.zeros_like(gain)))
        folded[f"W{i}"] = W * (gain / spread)
        folded[f"b{i}"] = weights[f"b{i}"] - mean * gain / spread
        x = np.maximum(linear(columns, folded[f"W{i}"], folded[f"b{i}"]), 0)
    return folded


def col2im(dcolumns: np.ndarray, shape: tuple[int, ...], layer: Conv) -> np.ndarray:
    """Backward of ``im2col``: add every patch's gradient to where the patch was cut."""
    N, H, W, C = shape
    before, after = layer.pad
    high, wide = ((size + before + after - layer.side) // layer.stride + 1 for size in (H, W))
    dx = np.zeros((N, H + before + after, W + before + after, C), dcolumns.dtype)
    dpatches = dcolumns.reshape(N, high, wide, layer.side, layer.side, C)
    reach_y, reach_x = (layer.stride * (size - 1) + 1 for size in (high, wide))
    for i in range(layer.side):
        for j in range(layer.side):
            window = dx[:, i : i + reach_y : layer.stride, j : j + reach_x : layer.stride]
            window += dpatches[:, :, :, i, j]
    return dx[:, before : before + H, before : before + W]


# im2col steps through memory, which autograd cannot follow.
patches = primitive(im2col)
defvjp(patches, lambda ans, x, layer: lambda g: col2im(g, x.shape, layer), argnums=[0])


def _head_loss(head: str, scores: np.ndarray, target: np.ndarray) -> Any:
    """Loss of one head."""
    if head == "others":
        loss = anp.logaddexp(0, scores) - target * scores
        return loss.sum() * (OTHERS_WEIGHT / len(scores))
    loss, weight = 0.0, CELL_WEIGHT if head == "cells" else 1.0
    for k, part in enumerate(_split(scores, MAIN if head == "main" else CELLS)):
        log_p = part - logsumexp(part, axis=-1, keepdims=True)
        right = np.eye(part.shape[-1], dtype=np.float32)[target[..., k]]
        loss = loss - (right * log_p).sum() * (weight / target[..., k].size)
    return loss


def _split(scores: np.ndarray, sizes: dict[str, int]) -> list[np.ndarray]:
    """Views of the scores, one a softmax."""
    return anp.split(scores, np.cumsum(list(sizes.values()))[:-1], axis=-1)


def train(rounds: int, per_round: int, passes: int, learning_rate: float) -> Weights:
    """Draw new pictures in every round and pass over them; the learning rate falls to zero."""
    rng = np.random.default_rng(SEED)
    weights = initial_weights(rng)
    configs: dict[str, Config] = {key: {} for key in weights}
    steps = rounds * passes * (per_round // BATCH)
    with tqdm(total=steps, unit="step") as progress:
        for round_ in range(rounds):
            numbers = range(round_ * per_round, (round_ + 1) * per_round)
            scenes, images, _ = draw_scenes("cnn", numbers, SEED)
            labels = make_labels(scenes)
            for _ in range(passes):
                for batch in rng.permutation(per_round).reshape(-1, BATCH):
                    some = {key: label[batch] for key, label in labels.items()}
                    loss, grads = loss_and_gradients(weights, images[batch], some)
                    rate = learning_rate * _schedule(progress.n, steps)
                    for key, gradient in grads.items():
                        configs[key]["learning_rate"] = rate
                        weights[key], _ = adam(weights[key], gradient, configs[key])
                    progress.update()
                    progress.set_postfix(loss=f"{loss:.2f}", refresh=False)
    return fold_normalisation(weights, images[:500])


def _schedule(step: int, steps: int) -> float:
    """Share of the learning rate: a short rise, then half a cosine down to zero."""
    return float(min(1.0, (step + 1) / 50) * (1 + np.cos(np.pi * step / steps)) / 2)


def held_out_accuracies(weights: Weights, count: int = 1000) -> tuple[dict[str, float], Weights]:
    """Accuracy of each head on new pictures, and the vector's mean and scale there."""
    scenes, images, _ = draw_scenes("cnn", range(10**6, 10**6 + count), SEED)
    labels = make_labels(scenes)
    grid = np.concatenate(
        [conv_grid(some, weights) for some in np.array_split(images, count // 50)]
    )
    vector = pool_windows(grid)
    scores = {
        head: linear(x, weights[f"W_{head}"], weights[f"b_{head}"])
        for head, x in (("main", vector), ("others", vector), ("cells", grid))
    }
    accuracies = {"others": float(((scores["others"] > 0) == labels["others"]).mean())}
    for head, sizes in (("main", MAIN), ("cells", CELLS)):
        for k, (name, part) in enumerate(zip(sizes, _split(scores[head], sizes), strict=True)):
            right = part.argmax(axis=-1) == labels[head][..., k]
            accuracies[f"{head} {name}"] = float(right.mean())
    spread = vector.std(axis=0)
    return accuracies, {"mean": vector.mean(axis=0), "scale": 1 / np.maximum(spread, 1e-3)}


def save_weights(path: Path, weights: Weights) -> None:
    """Write the CNN without its heads, as float16."""
    kept: dict[str, Any] = {
        key: W.astype(np.float16) for key, W in weights.items() if "_" not in key
    }
    with replacing(path) as new:
        np.savez_compressed(new, **kept)


def main() -> int:
    """Train, print the accuracies, write the weights."""
    parser = argparse.ArgumentParser(
        prog="python -m instructor train-cnn", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--pictures", type=int, default=5000, help="new ones in a round")
    parser.add_argument("--passes", type=int, default=1, help="over the pictures of a round")
    parser.add_argument("--learning-rate", type=float, default=4e-3)
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    weights = train(arguments.rounds, arguments.pictures, arguments.passes, arguments.learning_rate)
    accuracies, scaling = held_out_accuracies(weights)
    for name, accuracy in accuracies.items():
        print(f"{name:18s}{accuracy:7.1%}")
    save_weights(arguments.output, {**weights, **scaling})
    print(f"{arguments.output}: {arguments.output.stat().st_size / 1000:.0f} kB")
    return 0
