"""What a scene can hold, and how one is drawn by lot: a background and one to three objects.

A scene is a plain dictionary, as it is in ``train2014_scenes.json``. The *main object* is
the first of its objects and is clearly the largest one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, TypeVar

import numpy as np

SIDE = 64  # pixels
SHAPES = (
    "circle",
    "square",
    "triangle",
    "star",
    "heart",
    "diamond",
    "cross",
    "ring",
    "crescent",
    "arrow",
)
COLOURS = {
    "red": (220, 28, 36),
    "orange": (255, 132, 0),
    "yellow": (255, 225, 30),
    "green": (0, 158, 62),
    "blue": (28, 78, 216),
    "purple": (128, 34, 168),
    "pink": (255, 120, 186),
    "brown": (116, 66, 26),
    "black": (24, 24, 28),
    "white": (250, 250, 250),
}
TEXTURES = ("plain", "striped", "dotted", "checked")
BACKGROUNDS = ("grass", "sand", "night", "bricks", "water", "snow", "wood", "clouds")
ROWS = ("top", "middle", "bottom")
COLUMNS = ("left", "middle", "right")
# Radius of the circle around an object, in half pixels: from, to. The gaps between the
# sizes make the main object clearly the largest.
SIZES = {"small": (15, 17), "medium": (21, 24), "large": (29, 34)}
GAP = 2.5  # pixels between the circles around two objects

T = TypeVar("T")


class SceneObject(TypedDict):
    """One object. Positions are (x, y) in pixels from the top left corner, angles in degrees."""

    shape: str
    colour: str
    size: str
    texture: str
    place: str
    centre: list[float]
    radius: float
    angle: int
    box: list[int]  # left, top, right, bottom; right and bottom are one past the last pixel
    main: bool


class Scene(TypedDict):
    """One picture in words: its background and its objects, the main object first."""

    background: str
    objects: list[SceneObject]


def pick(options: Sequence[T], rng: np.random.Generator) -> T:
    """One of the options, all equally likely."""
    return options[int(rng.integers(len(options)))]


def sample_scene(rng: np.random.Generator) -> Scene:
    """Draw a scene by lot; the boxes of its objects are empty until it is painted.

    No two objects of a scene agree in both colour and shape, and none hides another.

    Parameters
    ----------
    rng : Generator

    Returns
    -------
    Scene
    """
    background = pick(BACKGROUNDS, rng)
    sizes = _sample_sizes(1 + int(rng.integers(3)), rng)
    looks = _sample_looks(len(sizes), rng)
    layout = None
    while layout is None:
        layout = _try_layout(sizes, rng)
    objects = [
        SceneObject(
            shape=shape,
            colour=colour,
            size=size,
            texture=pick(TEXTURES, rng),
            place=place,
            centre=[x, y],
            radius=radius,
            angle=_sample_angle(shape, rng),
            box=[],
            main=number == 0,
        )
        for number, (size, (colour, shape), (place, x, y, radius)) in enumerate(
            zip(sizes, looks, layout, strict=True)
        )
    ]
    return Scene(background=background, objects=objects)


def object_cells(thing: SceneObject, rows: int = 7) -> np.ndarray:
    """Which cells of a grid over the picture an object's box touches.

    Parameters
    ----------
    thing : dict
        One of a scene's objects.
    rows : int
        R, of a grid of R rows and R columns.

    Returns
    -------
    ndarray of shape (R * R,), boolean
        Row by row, as the grid of features.
    """
    left, top, right, bottom = thing["box"]
    start = np.arange(rows) * SIDE / rows
    end = start + SIDE / rows
    across, down = (start < right) & (end > left), (start < bottom) & (end > top)
    return (down[:, np.newaxis] & across).ravel()


def _sample_sizes(count: int, rng: np.random.Generator) -> list[str]:
    names = list(SIZES)
    main = int(rng.integers(3)) if count == 1 else 1 + int(rng.integers(2))
    return [names[main]] + [names[int(rng.integers(main))] for _ in range(count - 1)]


def _sample_looks(count: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Colour and shape of each object; a quarter each share the main object's colour or shape."""
    looks = [(pick(tuple(COLOURS), rng), pick(SHAPES, rng))]
    while len(looks) < count:
        kind = rng.random()
        colour = looks[0][0] if kind < 0.25 else pick(tuple(COLOURS), rng)
        shape = looks[0][1] if kind >= 0.75 else pick(SHAPES, rng)
        if (colour, shape) not in looks:
            looks.append((colour, shape))
    return looks


def _try_layout(
    sizes: list[str], rng: np.random.Generator
) -> list[tuple[str, float, float, float]] | None:
    """Place, x, y and radius of each object, or None where one found no room."""
    layout: list[tuple[str, float, float, float]] = []
    for size in sizes:
        low, high = SIZES[size]
        radius = int(rng.integers(low, high + 1)) / 2
        for _ in range(20):
            row, column = int(rng.integers(3)), int(rng.integers(3))
            x, y = _sample_coordinate(column, radius, rng), _sample_coordinate(row, radius, rng)
            if all(_apart(x - u, y - v, radius + r) for _, u, v, r in layout):
                layout.append((place_name(row, column), x, y, radius))
                break
        else:
            return None
    return layout


def _sample_coordinate(third: int, radius: float, rng: np.random.Generator) -> float:
    """A centre inside one third of the picture, clear of the other two, on half pixels."""
    edge = radius + 2.0  # room for the outline
    low, high = ((edge, 23.5), (28.0, 36.0), (SIDE - 23.5, SIDE - edge))[third]
    return int(rng.integers(round(2 * low), round(2 * high) + 1)) / 2


def _apart(dx: float, dy: float, radii: float) -> bool:
    return dx * dx + dy * dy > (radii + GAP) ** 2


def place_name(row: int, column: int) -> str:
    """A cell of three rows and columns in words: "top left", "left", "middle"."""
    words = [ROWS[row], COLUMNS[column]]
    return " ".join(word for word in words if word != "middle") or "middle"


def _sample_angle(shape: str, rng: np.random.Generator) -> int:
    turn = 90 * int(rng.integers(4)) if shape in ("arrow", "crescent") else 0
    return turn + int(rng.integers(-12, 13))
