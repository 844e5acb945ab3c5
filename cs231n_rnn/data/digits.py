"""scikit-learn's handwritten digits, enlarged from 8 x 8 pixels to the size that a notebook needs.

They lie inside scikit-learn (``sklearn.datasets.load_digits``), so nothing has to be fetched.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image

SMALL = 8  # pixels on a side, as scikit-learn has them
BRIGHTEST = 16
# Of every 18 images in scikit-learn's order, so many are for training, validation and testing.
SHARES = (13, 2, 3)


class DigitImages(NamedTuple):
    """Digits in three parts.

    Attributes
    ----------
    x_train, x_val, x_test : ndarray of shape (n, size, size), float32
        Ink is 1, paper is 0.
    y_train, y_val, y_test : ndarray of shape (n,), int64
        Which digit it is, 0 to 9.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_val: np.ndarray
    y_val: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def load_digit_images(size: int = 28) -> DigitImages:
    """The 1,797 digits of scikit-learn, enlarged smoothly.

    Of every 18 images in scikit-learn's order, the first 13 are for training (1,300 in all), the
    next 2 for validation (200), and the last 3 for testing (297). No image is in two parts. The
    same 13 people wrote the digits of all parts.

    Parameters
    ----------
    size : int
        Pixels on a side, 8 or more.

    Returns
    -------
    DigitImages

    Raises
    ------
    ValueError
        If the size is below 8.
    """
    if size < SMALL:
        raise ValueError(f"size is {size}; load_digit_images enlarges, to {SMALL} or more")
    from sklearn.datasets import load_digits  # half a second, and few modules need it

    digits = load_digits()
    x = enlarge(digits.images / BRIGHTEST, size)
    y = digits.target.astype(np.int64)
    place = np.arange(len(x)) % sum(SHARES)
    part = np.searchsorted(np.cumsum(SHARES), place, side="right")
    arrays = (values[part == p] for p in range(len(SHARES)) for values in (x, y))
    return DigitImages(*arrays)


def enlarge(images: np.ndarray, size: int) -> np.ndarray:
    """Images at another size, by cubic interpolation, cut off to [0, 1].

    Parameters
    ----------
    images : ndarray of shape (n, B, A)
        Numbers from 0 to 1.
    size : int

    Returns
    -------
    ndarray of shape (n, size, size), float32
    """
    larger = [
        np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC))
        for image in images.astype(np.float32)
    ]
    return np.clip(np.stack(larger), 0, 1)
