"""A text of a student's as a page or a table may show it: cut, and without control characters."""

from __future__ import annotations

import unicodedata

TEXT_CHARACTERS = 2_000
# Marks that turn the direction of the text after them, outside of their element too.
TURNS = {*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))}


def cut(text: str, characters: int = TEXT_CHARACTERS) -> str:
    """A text of a length to read, and a sign where more was cut off."""
    if len(text) <= characters:
        return text
    return f"{text[:characters]} … (cut here: {len(text)} characters)"


def clean(text: str) -> str:
    """A sign in place of each control character, half of a surrogate pair and turn of direction."""
    text = text.replace("\r\n", "\n")
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if c in TURNS or (c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cs"))
        else c
        for c in text
    )
