"""Handwritten digits in IDX files, the form in which MNIST comes (LeCun, Cortes and Burges 1998).

An IDX file is a magic number of four bytes (0, 0, the type of a number, how many axes), the length
of each axis as four bytes with the highest first, and then the numbers, row by row.
"""

from __future__ import annotations

import gzip
import os
import zlib
from math import prod
from pathlib import Path

import numpy as np

from cs231n_rnn.data.digits import DigitImages, enlarge
from cs231n_rnn.data.folders import DataError

UNSIGNED_BYTE = 0x08  # the only type of number that MNIST has
BRIGHTEST = 255
AXES = {"images": 3, "labels": 1}


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """Read an IDX file of unsigned bytes, packed with gzip or not.

    Parameters
    ----------
    path : path

    Returns
    -------
    ndarray of uint8
        With as many axes as the file says: (n,) for labels, (n, B, A) for images.

    Raises
    ------
    DataError
        If it cannot be read, is no IDX file, holds another type of number, or has more or fewer
        bytes than it says. The message names the file.
    """
    content = _unpacked(Path(path))
    if len(content) < 4:
        raise DataError(f"{path} has {len(content)} bytes; an IDX file begins with four")
    magic, kind, axes = content[:2], content[2], content[3]
    if magic != b"\0\0" or kind != UNSIGNED_BYTE or axes not in AXES.values():
        raise DataError(
            f"{path} begins with the bytes {content[:4].hex(' ')}; IDX files of images begin with "
            "00 00 08 03, those of labels with 00 00 08 01. Fetch the file again"
        )
    start = 4 + 4 * axes
    if len(content) < start:
        raise DataError(f"{path} ends in its header, at byte {len(content)}. Fetch the file again")
    shape = tuple(np.frombuffer(content, ">u4", axes, 4).tolist())
    if len(content) != start + prod(shape):
        raise DataError(
            f"{path} has {len(content) - start:,} bytes of data; its header says {shape}, "
            f"{prod(shape):,} bytes. Fetch the file again"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def load_idx_digits(
    folder: str | os.PathLike[str], size: int = 28, num_val: int = 5000
) -> DigitImages:
    """MNIST, or any digits in the same four files.

    Parameters
    ----------
    folder : path
        With ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte`` and the same two with ``t10k``
        for testing. A dot may stand for the hyphen before ``idx``, and each may end in ``.gz``.
    size : int
        Pixels on a side; images of another size are scaled.
    num_val : int
        How many of the training images, the last ones, are for validation.

    Returns
    -------
    DigitImages
        As from ``load_digit_images``: ink is 1, paper is 0.

    Raises
    ------
    DataError
        If a file is missing or damaged, or images and labels do not fit each other.
    ValueError
        If no image is left to train on, or none to validate.
    """
    x, y = _pair(Path(folder), "train", size)
    x_test, y_test = _pair(Path(folder), "t10k", size)
    num_train = len(x) - num_val
    if num_train < 1 or num_val < 1:
        raise ValueError(
            f"num_val is {num_val}; of {len(x)} images load_idx_digits needs one or more for "
            "validation, and one or more to train on"
        )
    return DigitImages(x[:num_train], y[:num_train], x[num_train:], y[num_train:], x_test, y_test)


def _pair(folder: Path, part: str, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, size, size) and labels (n,) of one part, checked against each other."""
    files = {what: _find(folder, part, what) for what in AXES}
    images, labels = (read_idx(file) for file in files.values())
    for (what, axes), file, array in zip(
        AXES.items(), files.values(), (images, labels), strict=True
    ):
        if array.ndim != axes:
            raise DataError(f"{file} holds an array {array.shape}; {what} need {axes} axes")
    if len(images) != len(labels):
        raise DataError(
            f"{files['images']} has {len(images):,} images and {files['labels'].name} "
            f"{len(labels):,} labels; they must be as many"
        )
    if not images.size:
        raise DataError(f"{files['images']} holds an array {images.shape}; it has no pixel")
    if labels.max() > 9:
        raise DataError(f"{files['labels']} has the label {labels.max()}; a digit is 0 to 9")
    x = images.astype(np.float32) / BRIGHTEST
    return x if x.shape[1:] == (size, size) else enlarge(x, size), labels.astype(np.int64)


def _find(folder: Path, part: str, what: str) -> Path:
    axes = AXES[what]
    names = [
        f"{part}-{what}{mark}idx{axes}-ubyte{ending}" for ending in ("", ".gz") for mark in "-."
    ]
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise DataError(f"{folder} has no file {names[0]}, nor one named {', '.join(names[1:])}")


def _unpacked(path: Path) -> bytes:
    """The file's bytes; gzip is known by its first two, since some browsers unpack unasked."""
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read ({error}). Fetch the file again") from error
