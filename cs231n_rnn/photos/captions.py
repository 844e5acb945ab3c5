"""Captions in the formats of Flickr8k and COCO, as words.

Read are Flickr8k's ``name.jpg#0<TAB>caption``, the CSV of its copy on Kaggle with the header
``image,caption``, and COCO's JSON with ``images`` and ``annotations``.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cs231n_rnn.data.folders import DataError
from cs231n_rnn.data.vocabulary import SPECIAL_WORDS

HEADER = ["image", "caption"]
APOSTROPHES = "'’ʼ`"


def read_captions(path: Path) -> dict[str, list[str]]:
    """Read a captions file; its content tells which of the three formats it has.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str to list of str
        The captions of each image, by the image's file name.

    Raises
    ------
    DataError
        If the file is missing, not UTF-8, empty, or in none of the formats.
    """
    try:
        # A file's name may have its accents apart from their letters, as on macOS.
        text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as text in UTF-8: {error}") from error
    start = text.lstrip()
    if start.startswith("{"):
        pairs = _from_json(path, text)
    elif "\t" in start.partition("\n")[0]:
        pairs = _from_lines(path, text)
    else:
        pairs = _from_csv(path, text)
    captions: dict[str, list[str]] = {}
    for name, caption in pairs:
        captions.setdefault(name, []).append(caption)
    if not captions:
        raise DataError(f"{path} holds no captions")
    return captions


def split_words(caption: str) -> list[str]:
    """The words of a caption in lower case, without punctuation.

    An apostrophe falls away ("dog's" is "dogs"); any other mark or symbol parts two words.
    Letters of every script, their accents, and digits stay.
    """
    caption = re.sub(f"[{APOSTROPHES}]", "", unicodedata.normalize("NFC", caption.lower()))
    return "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in caption).split()


def make_vocabulary(captions: Iterable[list[str]], min_count: int) -> list[str]:
    """The special words, then those that occur often enough, the most frequent first."""
    counts = Counter(word for words in captions for word in words)
    kept = [word for word, count in counts.items() if count >= min_count]
    return SPECIAL_WORDS + sorted(kept, key=lambda word: (-counts[word], word))


def _from_lines(path: Path, text: str) -> list[tuple[str, str]]:
    """Lines of a name, ``#`` and a number, a tab, and the caption."""
    pairs = []
    for number, line in enumerate(text.split("\n"), start=1):
        name, tab, caption = line.strip().partition("\t")
        if not tab and line.strip():
            raise DataError(f"{path}, line {number} has no tab between image and caption")
        if tab:
            pairs.append((re.sub(r"#\d+$", "", name), caption))
    return pairs


def _from_csv(path: Path, text: str) -> list[tuple[str, str]]:
    """Rows of a name and a caption, the latter quoted where it holds a comma."""
    rows = csv.reader(io.StringIO(text, newline=""))
    header = [cell.strip().lower() for cell in next(rows, [])]
    if header != HEADER:
        raise DataError(
            f"{path} begins with {header}; it needs to be image.jpg#0<TAB>caption, a CSV that "
            'begins with image,caption, or COCO\'s JSON with "images" and "annotations"'
        )
    pairs = []
    for row in rows:
        if row and len(row) != len(HEADER):
            raise DataError(
                f"{path}, line {rows.line_num} has {len(row)} fields; it needs image,caption "
                "(a caption with a comma stands between double quotes)"
            )
        if row:
            pairs.append((row[0].strip(), row[1]))
    return pairs


def _from_json(path: Path, text: str) -> list[tuple[str, str]]:
    try:
        content: Any = json.loads(text)
        names = {image["id"]: str(image["file_name"]) for image in content["images"]}
        return [(names[a["image_id"]], str(a["caption"])) for a in content["annotations"]]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            f'{path} is not COCO\'s JSON: "images" with "id" and "file_name", "annotations" with '
            f'"image_id" and "caption" ({error!r})'
        ) from error
