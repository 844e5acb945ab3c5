"""Eight painted backgrounds, each with noise and gradients drawn by lot.

Muted, so that the objects' colours stand out. Elementwise arithmetic only, as in
``drawing``: a seed gives the same bytes on every platform.
"""

from __future__ import annotations

import numpy as np

from .world import SIDE

DARK = frozenset({"night"})  # an object's outline is pale here
GRAIN = 4  # levels of fine noise; few, so that the pictures stay small when compressed


def paint_background(name: str, rng: np.random.Generator) -> np.ndarray:
    """Paint a background.

    Parameters
    ----------
    name : str
        One of ``world.BACKGROUNDS``.
    rng : Generator

    Returns
    -------
    ndarray of shape (64, 64, 3), float32
        From 0 to 255, not yet clipped.
    """
    return PAINTERS[name](rng)


def _noise(rows: int, columns: int, rng: np.random.Generator) -> np.ndarray:
    """Value noise from 0 to 1: a coarse random grid, blown up smoothly to (64, 64)."""
    grid = rng.random((rows + 1, columns + 1), dtype=np.float32)
    i, t = _cells(rows)
    j, s = _cells(columns)
    across = grid[:, j] + s * (grid[:, j + 1] - grid[:, j])
    return across[i] + t[:, None] * (across[i + 1] - across[i])


def _cells(count: int) -> tuple[np.ndarray, np.ndarray]:
    position = (np.arange(SIDE, dtype=np.float32) + np.float32(0.5)) * np.float32(count / SIDE)
    cell = position.astype(np.int64)
    t = position - cell.astype(np.float32)
    return cell, t * t * (3 - 2 * t)


def _grain(rng: np.random.Generator) -> np.ndarray:
    """Fine noise around 0, in few levels, from -1 to 1."""
    levels = rng.integers(GRAIN, size=(SIDE, SIDE)).astype(np.float32)
    return levels * np.float32(2 / (GRAIN - 1)) - 1


def _mix(low: tuple[int, int, int], high: tuple[int, int, int], t: np.ndarray) -> np.ndarray:
    """From one colour at t = 0 to another at t = 1: (64, 64, 3)."""
    a, b = np.array(low, np.float32), np.array(high, np.float32)
    return a + t[:, :, None] * (b - a)


def _down(strength: float) -> np.ndarray:
    """Gradient from 0 at the top to ``strength`` at the bottom: (64, 1)."""
    return np.arange(SIDE, dtype=np.float32)[:, None] * np.float32(strength / (SIDE - 1))


def _grass(rng: np.random.Generator) -> np.ndarray:
    blades = _noise(10, SIDE, rng) * np.float32(0.55)
    tone = blades + 0.3 * _noise(3, 3, rng) + _down(0.25)
    return _mix((92, 122, 62), (158, 184, 98), tone)


def _sand(rng: np.random.Generator) -> np.ndarray:
    slope = 10 * _noise(3, 2, rng) + np.arange(SIDE, dtype=np.float32)[:, None] / 6
    ripple = np.abs(slope - np.rint(slope)) * 2
    tone = 0.45 * ripple + 0.35 * _noise(4, 4, rng) + 0.1 * _grain(rng) + 0.1
    return _mix((204, 178, 126), (240, 220, 172), tone)


def _night(rng: np.random.Generator) -> np.ndarray:
    canvas = _mix((10, 12, 40), (58, 54, 104), _down(0.75) + 0.25 * _noise(3, 3, rng))
    rows, columns = rng.integers(SIDE, size=(2, 34))
    glow = rng.integers(60, 190, size=(34, 1)).astype(np.float32)
    canvas[rows, columns] += glow
    big = slice(0, 9)
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        canvas[(rows[big] + dy) % SIDE, (columns[big] + dx) % SIDE] += glow[big] * np.float32(0.45)
    return canvas


def _bricks(rng: np.random.Generator) -> np.ndarray:
    high, wide = 8, 16
    y, x = np.mgrid[0:SIDE, 0:SIDE] + rng.integers(16, size=2)[:, None, None]
    row = y // high
    x = x + (row % 2) * (wide // 2)
    column = x // wide
    shades = rng.random((12, 8), dtype=np.float32)[row, column]
    tone = 0.6 * shades + 0.2 * _noise(8, 8, rng) + 0.1 * _grain(rng) + 0.1
    wall = _mix((140, 84, 74), (184, 122, 104), tone)
    mortar = (y % high == 0) | (x % wide == 0)
    wall[mortar] = np.array((206, 196, 184), np.float32)
    return wall


def _water(rng: np.random.Generator) -> np.ndarray:
    swell = 5 * _noise(2, 5, rng) + 2 * _noise(4, 8, rng)
    phase = swell + np.arange(SIDE, dtype=np.float32)[:, None] / 8
    crest = np.abs(phase - np.rint(phase)) * 2  # 0 on a crest, 1 in a trough
    foam = np.clip(1 - 4.5 * crest, 0, 1) * _noise(8, 8, rng)
    canvas = _mix((62, 138, 164), (112, 182, 196), 0.5 * (1 - crest) + 0.2 + _down(0.2))
    return canvas + 95 * foam[:, :, None]


def _snow(rng: np.random.Generator) -> np.ndarray:
    tone = 0.6 * _noise(3, 2, rng) + 0.3 * _noise(7, 5, rng) + 0.1 * _grain(rng)
    canvas = _mix((206, 218, 234), (246, 248, 252), tone + _down(0.2))
    rows, columns = rng.integers(SIDE, size=(2, 24))
    canvas[rows, columns] = np.float32(255)
    return canvas


def _wood(rng: np.random.Generator) -> np.ndarray:
    y = np.arange(SIDE)[:, None] + int(rng.integers(13))
    plank = y // 13  # (64, 1)
    shades = rng.random(8, dtype=np.float32)[plank]
    grain = _noise(SIDE, 4, rng)
    tone = 0.4 * shades + 0.45 * grain + 0.15 * _noise(3, 3, rng)
    canvas = _mix((160, 122, 84), (212, 174, 128), tone)
    joints = rng.integers(SIDE, size=8)[plank]
    gap = (y % 13 == 0) | (np.arange(SIDE) == joints)
    canvas[gap] *= np.float32(0.55)
    return canvas


def _clouds(rng: np.random.Generator) -> np.ndarray:
    billow = 0.6 * _noise(3, 2, rng) + 0.3 * _noise(7, 5, rng) + 0.1 * _noise(16, 12, rng)
    sky = _mix((112, 176, 226), (180, 216, 240), np.repeat(_down(1.0), SIDE, axis=1))
    cover = np.clip((billow - 0.45) * 4, 0, 1)
    return sky + cover[:, :, None] * (246 - sky)


PAINTERS = {
    "grass": _grass,
    "sand": _sand,
    "night": _night,
    "bricks": _bricks,
    "water": _water,
    "snow": _snow,
    "wood": _wood,
    "clouds": _clouds,
}
