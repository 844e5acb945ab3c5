"""Data augmentation: images turned, shifted and scaled a little at random."""

from __future__ import annotations

import numpy as np
from PIL import Image


def moved_images(
    images: np.ndarray,
    rng: np.random.Generator,
    degrees: float = 5.0,
    pixels: float = 0.5,
    scale: float = 0.03,
) -> np.ndarray:
    """Each image turned about its middle, scaled and shifted, by numbers of its own.

    Positive angles turn clockwise, positive shifts go right and down.

    Parameters
    ----------
    images : ndarray of shape (n, B, A), float32
        Paper is 0; so is what comes in at the edges.
    rng : Generator
    degrees, pixels, scale : float
        The largest angle, the largest shift along each axis, and the largest natural logarithm of
        the factor by which an image grows or shrinks. Each is drawn uniformly, with either sign.

    Returns
    -------
    ndarray of shape (n, B, A), float32
        By bilinear interpolation.

    Raises
    ------
    ValueError
        If the images are not (n, B, A).
    """
    if np.ndim(images) != 3:
        raise ValueError(f"images is {np.shape(images)}; moved_images needs (n, B, A)")
    n, B, A = images.shape
    angle = np.deg2rad(rng.uniform(-degrees, degrees, n))
    shrink = np.exp(rng.uniform(-scale, scale, n))  # of the pixel that is looked up
    cos, sin = shrink * np.cos(angle), shrink * np.sin(angle)
    x, y = rng.uniform(-pixels, pixels, (2, n))
    # Pillow wants, for each pixel to be filled, the place it comes from. The middle stays.
    right = A / 2 - cos * (A / 2 + x) - sin * (B / 2 + y)
    down = B / 2 + sin * (A / 2 + x) - cos * (B / 2 + y)
    ways = np.stack([cos, sin, right, -sin, cos, down], axis=1).tolist()
    moved = np.empty(images.shape, np.float32)
    for k, image in enumerate(images.astype(np.float32, copy=False)):
        picture = Image.fromarray(image).transform(
            (A, B), Image.Transform.AFFINE, ways[k], Image.Resampling.BILINEAR
        )
        moved[k] = np.asarray(picture)
    return moved
