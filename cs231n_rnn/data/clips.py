"""Short drawn films of one object: how does it move, and what is it doing at every frame?

No single frame answers either question. Motion runs on a canvas whose opposite edges are joined,
from a start drawn uniformly, so that at each frame every place is equally likely under every
motion. What an object is doing shows only beside the frames before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cs231n_rnn.data.scenes.drawing import SIGNED_DISTANCES

SIDE = 24  # pixels
SHAPES = ("circle", "square", "diamond", "triangle")
MOTIONS = ("left", "right", "up", "down", "clockwise", "anticlockwise", "zigzag")
DOINGS = ("appearing", "moving left", "moving right", "still", "colliding", "leaving")
MIN_FRAMES, MAX_FRAMES = 12, 30
FADE = 3  # frames in which an object appears, or leaves
IMPACT = 3  # frames of a collision
POST = 2  # width in pixels of what it may collide with
RADIUS = 2.5  # pixels
NEAR = 0.75  # pixels within which an object on its way to the post has reached it
NOISE = 0.02  # standard deviation, brightness being 0 to 1


class Clips(NamedTuple):
    """N clips of at most T frames.

    Attributes
    ----------
    frames : ndarray of shape (N, T, SIDE, SIDE), uint8
        Brightness; 0 after a clip's length.
    lengths : ndarray of shape (N,), int64
        From ``MIN_FRAMES`` to ``MAX_FRAMES``.
    labels : ndarray of shape (N,), or (N, T) with 0 after a clip's length; int64
        Indices of ``MOTIONS`` or ``DOINGS``.
    """

    frames: np.ndarray
    lengths: np.ndarray
    labels: np.ndarray


def motion_clips(n: int, rng: np.random.Generator) -> Clips:
    """Draw n clips of an object that moves in one of the ``MOTIONS`` from beginning to end.

    What leaves the canvas comes in at the opposite edge. Each motion is equally frequent.

    Raises
    ------
    ValueError
        If n is below 1.
    """
    lengths = _draw_lengths("motion_clips", n, rng)
    labels = rng.permutation(np.arange(n) % len(MOTIONS))
    clips = []
    for T, label in zip(lengths, labels, strict=True):
        start = rng.uniform(0, SIDE, size=2)
        shape = str(rng.choice(SHAPES))
        clips.append(_film(start + _path(MOTIONS[label], T, rng), np.ones(T), shape, None, rng))
    return Clips(_padded(clips), lengths, labels)


def event_clips(n: int, rng: np.random.Generator) -> Clips:
    """Draw n clips of an object that appears, moves, waits, runs into a post, and leaves.

    A frame is labelled by what has happened since the one before: the object has moved to the
    left or to the right, has become brighter or darker, or none of these. A collision is the
    frame in which a moving object has reached the post, and the next two.

    Raises
    ------
    ValueError
        If n is below 1.
    """
    lengths = _draw_lengths("event_clips", n, rng)
    labels = np.zeros((n, lengths.max()), dtype=np.int64)
    clips = []
    for T, row in zip(lengths, labels, strict=True):
        shape = str(rng.choice(SHAPES))
        post = rng.uniform(5, 7)  # its middle; on the left, unless all is mirrored
        touch = post + POST / 2 + RADIUS * WIDTHS[shape]
        x, doings = _events(T - 2 * FADE, touch, rng)
        if rng.random() < 0.5:
            x, post, doings = SIDE - x, SIDE - post, [MIRRORED.get(d, d) for d in doings]
        fading = np.arange(1, FADE + 1) / (FADE + 1)
        light = np.concatenate([fading, np.ones(T - 2 * FADE), fading[::-1]])
        path = np.stack([x, np.full(T, rng.uniform(4, SIDE - 4))], axis=1)
        clips.append(_film(path, light, shape, post, rng))
        row[:T] = [DOINGS.index(doing) for doing in doings]
    return Clips(_padded(clips), lengths, labels)


def frame_vectors(frames: np.ndarray) -> np.ndarray:
    """Each frame as its brightness summed over the columns, then over the rows.

    Two profiles say where a single object is, its x in the one and its y in the other. The frame's
    median, which is the background, is taken off first.

    Parameters
    ----------
    frames : ndarray of shape (N, T, S, S), uint8

    Returns
    -------
    ndarray of shape (N, T, 2S), float32
    """
    N, T, S, _ = frames.shape
    flat = frames.reshape(N, T, S * S)
    background = np.median(flat, axis=2)[:, :, np.newaxis].astype(np.float32)  # (N, T, 1)
    across, down = (frames.sum(axis=axis, dtype=np.float32) for axis in (2, 3))  # (N, T, S)
    return np.concatenate([across - S * background, down - S * background], axis=2) / 255


# How far a shape of radius 1 reaches to the left and to the right.
WIDTHS = {"circle": 0.9, "square": 0.76, "diamond": 0.66, "triangle": 0.96}
MIRRORED = {"moving left": "moving right", "moving right": "moving left"}


def _draw_lengths(function: str, n: int, rng: np.random.Generator) -> np.ndarray:
    if n < 1:
        raise ValueError(f"n is {n}; {function} needs 1 or more")
    return rng.integers(MIN_FRAMES, MAX_FRAMES + 1, size=n)


def _path(motion: str, T: int, rng: np.random.Generator) -> np.ndarray:
    """Places (T, 2) in pixels, x to the right and y downwards, from (0, 0) on."""
    speed, t = rng.uniform(1.2, 2.5), np.arange(T)
    straight = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
    if motion in straight:
        return speed * t[:, np.newaxis] * np.array(straight[motion])
    if motion == "zigzag":
        # Ahead along one axis, to and fro along the other.
        period = int(rng.integers(3, 6))
        turns = np.where(t // period % 2 == 0, 1, -1)[:-1]
        to_and_fro = np.concatenate([[0], np.cumsum(turns)])
        both = np.stack([t * rng.choice([-1, 1]), to_and_fro * rng.choice([-1, 1])], axis=1)
        return speed * (both if rng.random() < 0.5 else both[:, ::-1])
    radius = rng.uniform(3, 5)
    sense = 1 if motion == "clockwise" else -1
    angle = rng.uniform(0, 2 * math.pi) + sense * speed / radius * t
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def _events(T: int, touch: float, rng: np.random.Generator) -> tuple[np.ndarray, list[str]]:
    """Places x and doings of T frames, and of those in which it appears and leaves.

    The object lies to the right of the post, where it touches it at ``touch``.
    """
    far = SIDE - RADIUS - 1
    # At the post from the beginning, sometimes: touching it is not yet a collision.
    x = touch if rng.random() < 0.25 else rng.uniform(touch + 2, far)
    places, doings = [x] * FADE, ["appearing"] * FADE
    while len(doings) < FADE + T:
        speed, steps = rng.uniform(1, 2), int(rng.integers(2, 7))
        doing = str(rng.choice(["still", "moving left", "moving right"], p=[0.25, 0.45, 0.3]))
        if doings[-1] == "colliding":
            doing = "moving right"  # it bounces off
        elif doing == "moving left" and rng.random() < 0.7:
            steps = SIDE  # until it hits the post
        step = {"still": 0.0, "moving left": -speed, "moving right": speed}[doing]
        for _ in range(steps):
            if x + step > far or (step < 0 and x < touch + 1):
                break
            # Never so close to the post that only a finer picture could tell it from touching.
            hits = step < 0 and x + step < touch + NEAR
            x = touch if hits else x + step
            places += [x] * (IMPACT if hits else 1)
            doings += ["colliding"] * IMPACT if hits else [doing]
    x = places[FADE + T - 1]
    return (
        np.array(places[: FADE + T] + [x] * FADE),
        doings[: FADE + T] + ["leaving"] * FADE,
    )


def _film(
    path: np.ndarray,
    light: np.ndarray,
    shape: str,
    post: float | None,
    rng: np.random.Generator,
) -> np.ndarray:
    """Frames (T, SIDE, SIDE), uint8, of a shape at the places of a path (T, 2).

    Opposite edges are joined, unless there is a post.
    """
    background, brightness = rng.uniform(0.05, 0.3), rng.uniform(0.35, 0.65)
    middles = np.arange(SIDE, dtype=np.float32) + np.float32(0.5)
    x, y = (middles - path[:, [axis]].astype(np.float32) for axis in (0, 1))  # (T, SIDE)
    if post is None:
        x, y = ((offset + SIDE / 2) % SIDE - SIDE / 2 for offset in (x, y))
    # All frames as one tall picture, since the distances are made for one.
    grid = np.broadcast_arrays(x[:, np.newaxis, :], y[:, :, np.newaxis])
    tall = [offset.reshape(-1, SIDE) / RADIUS for offset in grid]
    distance = RADIUS * SIGNED_DISTANCES[shape](*tall).reshape(-1, SIDE, SIDE)
    cover = np.clip(0.5 - distance, 0, 1) * light[:, np.newaxis, np.newaxis].astype(np.float32)
    frames = background + brightness * cover
    if post is not None:
        edge = np.clip(POST / 2 + 0.5 - abs(middles - post), 0, 1)
        frames = np.maximum(frames, background + brightness * edge)
    frames += NOISE * rng.standard_normal(frames.shape, dtype=np.float32)
    return np.rint(255 * np.clip(frames, 0, 1)).astype(np.uint8)


def _padded(clips: Sequence[np.ndarray]) -> np.ndarray:
    """Clips of different lengths as one array, filled up with zeros."""
    frames = np.zeros((len(clips), max(map(len, clips)), SIDE, SIDE), dtype=np.uint8)
    for row, clip in zip(frames, clips, strict=True):
        row[: len(clip)] = clip
    return frames
