"""Read a picture, whatever its format, rotation or depth."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageOps

from cs231n_rnn.data.folders import DataError

BACKGROUND = (255, 255, 255, 255)  # shows through what is transparent


def read_picture(file: Path | BinaryIO, size: tuple[int, int] | None = None) -> np.ndarray:
    """Read a picture as it is meant to be seen.

    The rotation in its EXIF data is carried out, transparent parts become white, and a file
    with several pictures gives the first.

    Parameters
    ----------
    file : Path or binary file
    size : tuple of two ints, optional
        Width and height in pixels to which the whole picture is stretched or squeezed.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8
        Red, green and blue.

    Raises
    ------
    DataError
        If the file cannot be read as a picture, or has so many pixels that it may be meant to
        fill the memory (a decompression bomb: Pillow's limit is 89 million).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata, which do not matter here
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file) as picture:
                if size is not None:
                    # A JPEG can be read at a half, a quarter or an eighth of its size.
                    picture.draft("RGB", (2 * max(size), 2 * max(size)))
                return np.asarray(_finished(picture, size))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise DataError(f"{file} is refused as a decompression bomb: {error}") from error
    except Exception as error:  # a damaged file makes Pillow's decoders fail in many ways
        reason = str(error) or type(error).__name__
        raise DataError(f"{file} cannot be read as a picture: {reason}") from error


def _finished(picture: Image.Image, size: tuple[int, int] | None) -> Image.Image:
    """Upright, in RGB, and of the size that is asked for."""
    upright = _as_rgb(ImageOps.exif_transpose(picture))
    if size is not None:
        upright = upright.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    return upright


def _as_rgb(picture: Image.Image) -> Image.Image:
    """Eight bits of red, green and blue, from any of Pillow's modes."""
    if picture.mode == "F":
        raise ValueError("its numbers are floats, whose black and white are not known")
    if picture.mode.startswith("I"):  # 16 bits, which Pillow would cut off at 255
        grey = np.asarray(picture).astype(np.int64) // 257
        return Image.fromarray(grey.clip(0, 255).astype(np.uint8)).convert("RGB")
    if "A" in picture.getbands() or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, BACKGROUND), picture).convert(
            "RGB"
        )
    return picture.convert("RGB")
