"""Text as indices of characters: Python's own language reference, or any file.

The reference comes with every Python (``pydoc_data.topics``), so that a corpus is there without a
download. It differs a little from one version of Python to the next, and so do figures on it.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np


def load_text(path: str | os.PathLike[str] | None = None) -> str:
    """Read a text.

    Parameters
    ----------
    path : path, optional
        A file in UTF-8. Without one: Python's language reference, topic after topic.

    Returns
    -------
    str
        With a line feed at the end of each line.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not UTF-8, or empty; the message names it.
    """
    if path is None:
        from pydoc_data.topics import topics

        return "\n".join(topics[name] for name in sorted(topics))
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8 in your editor"
        ) from None
    if not text:
        raise ValueError(f"{path} is empty; a text needs at least one character")
    return text


def characters_of(text: str) -> dict[str, int]:
    """Vocabulary of a text: every character in it, in the order of Unicode."""
    return {char: index for index, char in enumerate(sorted(set(text)))}


def encode_text(text: str, char_to_idx: dict[str, int]) -> np.ndarray:
    """Indices of the characters, an int32 ndarray of shape (length,).

    Raises
    ------
    ValueError
        If a character is not in the vocabulary; the message names it and its place.
    """
    for place, char in enumerate(text):
        if char not in char_to_idx:
            raise ValueError(
                f"{char!r} at place {place} is not among the {len(char_to_idx)} characters of the "
                "vocabulary; make the vocabulary from all of the text"
            )
    return np.array([char_to_idx[char] for char in text], dtype=np.int32)


def split_text(text: str, share: float = 0.9) -> tuple[str, str]:
    """The beginning of a text to train on, and the rest of it to be held out."""
    cut = int(share * len(text))
    return text[:cut], text[cut:]
