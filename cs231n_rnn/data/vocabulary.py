"""Captions between text and word indices, ``<START> w1 ... wn <END> <NULL> ...``."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SPECIAL_WORDS = ["<NULL>", "<START>", "<END>", "<UNK>"]


def decode_captions(captions: np.ndarray, idx_to_word: Sequence[str]) -> str | list[str]:
    """Turn word indices into text: a list for shape (N, L), one text for shape (L,).

    A text ends before ``<END>`` and leaves out ``<NULL>`` and ``<START>``, so that it is what
    a BLEU score should see (CS231n's keeps ``<START>`` and ``<END>``). ``<UNK>`` stays.

    Raises
    ------
    ValueError
        If `captions` has another shape or dtype, or holds an index outside the vocabulary.
    """
    captions = np.asarray(captions)
    if captions.ndim not in (1, 2) or captions.dtype.kind not in "iu":
        raise ValueError(
            f"captions is {captions.dtype} {captions.shape}; "
            "decode_captions needs integers of shape (N, L) or (L,)"
        )
    outside = captions[(captions < 0) | (captions >= len(idx_to_word))]
    if outside.size:
        raise ValueError(
            f"captions holds {outside[0]}; decode_captions needs indices from 0 to "
            f"{len(idx_to_word) - 1}, the words of the vocabulary"
        )
    rows = ([idx_to_word[index] for index in row] for row in np.atleast_2d(captions))
    texts = [" ".join(until_end(words)) for words in rows]
    return texts if captions.ndim == 2 else texts[0]


def encode_caption(
    text_or_words: str | Sequence[str],
    word_to_idx: dict[str, int],
    length: int = 17,
    unknown: str | None = None,
) -> np.ndarray:
    """Turn a caption into word indices between ``<START>`` and ``<END>``.

    Parameters
    ----------
    text_or_words : str or sequence of str
        A text is split at white space and otherwise taken as it is: COCO's words are in
        lower case and without punctuation.
    word_to_idx : dict
        The vocabulary.
    length : int
        Indices in the result; ``<NULL>`` fills it up.
    unknown : str, optional
        The word to put where one is not in the vocabulary, for example "<UNK>".

    Returns
    -------
    ndarray of shape (length,), int32

    Raises
    ------
    ValueError
        If the caption is empty or too long, or a word is not in the vocabulary.
    """
    words = text_or_words.split() if isinstance(text_or_words, str) else list(text_or_words)
    if not 1 <= len(words) <= length - 2:
        raise ValueError(
            f"the caption has {len(words)} words; encode_caption needs 1 to {length - 2} "
            f"for a length of {length} with <START> and <END>"
        )
    if unknown is not None:
        words = [word if word in word_to_idx else unknown for word in words]
    strays = [word for word in words if word not in word_to_idx]
    if strays:
        raise ValueError(
            f'"{strays[0]}" is not in the vocabulary; unknown="<UNK>" puts <UNK> in its place'
        )
    padding = ["<NULL>"] * (length - 2 - len(words))
    indices = [word_to_idx[word] for word in ("<START>", *words, "<END>", *padding)]
    return np.array(indices, dtype=np.int32)


def until_end(words: list[str]) -> list[str]:
    """The words before ``<END>``, without ``<START>`` and ``<NULL>``."""
    before = words[: words.index("<END>")] if "<END>" in words else words
    return [word for word in before if word not in ("<NULL>", "<START>")]
