"""Paint a scene: shapes as signed distance functions, anti-aliased, on a painted background.

Only elementwise +, -, *, /, comparisons and square roots touch the pixels. IEEE 754 rounds
each of them in one way, so a seed gives the same bytes on every platform.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .backgrounds import DARK, paint_background
from .world import COLOURS, SIDE, Scene, SceneObject

OUTLINE = 1.5  # pixels
SHADOW = 1.5  # pixels, to the right and down


def paint_scene(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """Paint a scene and write the bounding box of each object into it.

    Parameters
    ----------
    scene : Scene
        Its objects' ``box`` is filled in: left, top, right, bottom in pixels.
    rng : Generator
        Draws what the scene leaves open: grain, waves, clouds, shades.

    Returns
    -------
    ndarray of shape (64, 64, 3), uint8
    """
    canvas = paint_background(scene["background"], rng)
    outline = (236, 236, 240) if scene["background"] in DARK else (34, 32, 38)
    for thing in scene["objects"]:
        thing["box"] = _paint_object(canvas, thing, outline, rng)
    return np.rint(np.clip(canvas, 0, 255)).astype(np.uint8)


def _paint_object(
    canvas: np.ndarray,
    thing: SceneObject,
    outline: tuple[int, int, int],
    rng: np.random.Generator,
) -> list[int]:
    """Shadow, outline, then the object itself; returns its bounding box."""
    reach = math.ceil(thing["radius"] + OUTLINE + 1)
    left, top = (max(int(c) - reach, 0) for c in thing["centre"])
    right, bottom = (min(int(c) + reach + 1, SIDE) for c in thing["centre"])
    rows, columns = np.mgrid[top:bottom, left:right].astype(np.float32) + np.float32(0.5)
    dx, dy = columns - thing["centre"][0], rows - thing["centre"][1]
    x, y = _turn(dx, dy, thing["angle"])
    distance = _distance(thing, x, y)
    shadow = _distance(thing, *_turn(dx - SHADOW, dy - SHADOW, thing["angle"]))
    patch = canvas[top:bottom, left:right]
    _blend(patch, 0.4 * np.clip(0.6 - (shadow - OUTLINE) / 2, 0, 1), np.array((10, 10, 16)))
    _blend(patch, np.clip(0.5 - (distance - OUTLINE), 0, 1), np.array(outline))
    _blend(patch, np.clip(0.5 - distance, 0, 1), _fill(thing, x, y, rng))
    inside_rows, inside_columns = np.nonzero(distance < OUTLINE)
    return [
        left + int(inside_columns.min()),
        top + int(inside_rows.min()),
        left + int(inside_columns.max()) + 1,
        top + int(inside_rows.max()) + 1,
    ]


def _blend(patch: np.ndarray, alpha: np.ndarray, colour: np.ndarray) -> None:
    """Lay a colour, or a picture of colours, over the patch."""
    patch += alpha[:, :, None] * (colour.astype(np.float32) - patch)


def _turn(x: np.ndarray, y: np.ndarray, degrees: int) -> tuple[np.ndarray, np.ndarray]:
    # Rounded, since the last bit of a cosine differs between C libraries.
    cosine = round(math.cos(math.radians(degrees)), 6)
    sine = round(math.sin(math.radians(degrees)), 6)
    return cosine * x + sine * y, cosine * y - sine * x


def _fill(thing: SceneObject, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Colour of each pixel: the object's shade, with its texture in a lighter or darker one."""
    reach = 4 if thing["colour"] in ("black", "white") else 14  # else they take on a tint
    jitter = rng.integers(-reach, reach + 1, size=3)
    base = np.clip(np.array(COLOURS[thing["colour"]]) + jitter, 0, 255).astype(np.float32)
    second = base * np.float32(0.7) if thing["colour"] == "white" else base * 0.45 + 0.55 * 255
    if thing["colour"] == "black":
        second = base * 0.6 + 0.4 * 255
    light = 1 - 0.12 * (x + y) / thing["radius"]  # a soft light from the top left
    shade = base * light[:, :, None]
    cover = _texture(thing["texture"], x, y, 4.4 + 0.1 * thing["radius"])
    return shade + cover[:, :, None] * (second.astype(np.float32) - shade)


def _texture(texture: str, x: np.ndarray, y: np.ndarray, period: float) -> np.ndarray:
    """How much of the second shade each pixel gets, 0 to 1; ``period`` is in pixels."""
    if texture == "plain":
        return np.zeros_like(x)
    if texture == "striped":
        return np.clip(0.5 + _wave((x + y) * 0.707107, period), 0, 1)
    if texture == "checked":
        period = 1.5 * period
        return np.clip(0.5 - _wave(x, period) * _wave(y, period), 0, 1)
    u, v = _wave(x, period, centred=False), _wave(y, period, centred=False)
    return np.clip(0.5 + 0.29 * period - np.sqrt(u * u + v * v), 0, 1)


def _wave(x: np.ndarray, period: float, centred: bool = True) -> np.ndarray:
    """Triangle wave in pixels: distance from the next multiple of the period."""
    distance = np.abs(x - period * np.rint(x / period))
    return distance - period / 4 if centred else distance


def _distance(thing: SceneObject, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Signed distance from the outline in pixels, negative inside."""
    radius = thing["radius"]
    return radius * SIGNED_DISTANCES[thing["shape"]](x / radius, y / radius)


def _length(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.sqrt(x * x + y * y)


def _ring(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.abs(_length(x, y) - 0.7) - 0.25


def _crescent(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    x = x - 0.12
    return np.maximum(_length(x, y) - 0.98, 0.82 - _length(x - 0.58, y))


def _heart(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """I. Quilez, "2D distance functions": a square on its tip with two half circles."""
    scale = 0.62
    x, y = np.abs(x) * scale, 0.55 - y * scale
    lobe = _length(x - 0.25, y - 0.75) - 0.353553
    along = np.maximum(x + y, 0) / 2
    side = np.sqrt(np.minimum(x * x + (y - 1) ** 2, (x - along) ** 2 + (y - along) ** 2))
    return np.where(x + y > 1, lobe, np.where(x > y, side, -side)) / scale


class _Polygon:
    """Signed distance from a polygon: the nearest edge, and a count of crossings for the sign."""

    def __init__(self, *points: tuple[float, float]):
        start = np.array(points, dtype=np.float32)
        self.start = start[:, :, None, None]  # (E, 2, 1, 1)
        self.edge = np.roll(start, -1, axis=0)[:, :, None, None] - self.start

    def __call__(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        (ex, ey), (dx, dy) = self.edge.swapaxes(0, 1), (x - self.start[:, 0], y - self.start[:, 1])
        along = np.clip((dx * ex + dy * ey) / (ex * ex + ey * ey), 0, 1)  # (E, rows, columns)
        nearest = _length(dx - along * ex, dy - along * ey).min(axis=0)
        crosses = ((dy >= 0) & (dy < ey)) | ((dy < 0) & (dy >= ey))
        to_the_right = (dx * ey < dy * ex) == (ey > 0)
        inside = (crosses & to_the_right).sum(axis=0) % 2 == 1
        return np.where(inside, -nearest, nearest)


def _spokes(count: int, *radii: float) -> list[tuple[float, float]]:
    """Points around the centre from the top on, at the given radii in turn."""
    turns = [2 * math.pi * k / count for k in range(count)]
    polar = [(radii[k % len(radii)], turn) for k, turn in enumerate(turns)]
    return [(round(r * math.sin(a), 6), round(-r * math.cos(a), 6)) for r, a in polar]


def _cross(arm: float, half: float) -> list[tuple[float, float]]:
    quarter = [(half, -arm), (half, -half), (arm, -half), (arm, half), (half, half), (half, arm)]
    return quarter + [(-x, -y) for x, y in quarter]


# In the circle of radius 1, y downwards.
HEAD = [(0.1, -0.24), (0.1, -0.74), (0.98, 0), (0.1, 0.74), (0.1, 0.24)]
ARROW = [(-0.95, -0.24), *HEAD, (-0.95, 0.24)]
SIGNED_DISTANCES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "circle": lambda x, y: _length(x, y) - 0.9,
    "square": _Polygon((-0.76, -0.76), (0.76, -0.76), (0.76, 0.76), (-0.76, 0.76)),
    "triangle": _Polygon((0, -0.86), (0.96, 0.76), (-0.96, 0.76)),
    "star": _Polygon(*_spokes(10, 1.02, 0.46)),
    "heart": _heart,
    "diamond": _Polygon((0, -1), (0.66, 0), (0, 1), (-0.66, 0)),
    "cross": _Polygon(*_cross(0.92, 0.3)),
    "ring": _ring,
    "crescent": _crescent,
    "arrow": _Polygon(*ARROW),
}
