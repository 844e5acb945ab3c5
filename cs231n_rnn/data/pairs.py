"""Pairs of sequences to translate: files of sentence pairs, vocabularies, padded indices.

A sequence is a list of symbols: words, or characters, or whatever else a model reads.
"""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from cs231n_rnn.data.vocabulary import SPECIAL_WORDS, until_end

Pair = tuple[list[str], list[str]]
NULL, START, END, UNKNOWN = SPECIAL_WORDS


def load_pairs(path: str | os.PathLike[str], columns: tuple[int, int] | None = None) -> list[Pair]:
    """Read a file of tab-separated sentence pairs, one pair a line.

    Parameters
    ----------
    path : path
        A file in UTF-8.
    columns : tuple of two int, optional
        Which columns hold source and target, counted from 0, in a file that has more than two.

    Returns
    -------
    list of tuple (source, target)
        Each side as a list of words, by ``split_words``; the source in lower case, since it is
        only read.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not UTF-8 or is empty, or a line is not a pair of two sentences; the message
        names the file, the line and what it holds.
    """
    lines = _read_lines(path)
    if not lines:
        raise ValueError(f"{path} is empty; a file of pairs needs at least one line")
    return [_read_pair(f"line {n} of {path}", line, columns) for n, line in enumerate(lines, 1)]


def split_words(sentence: str) -> list[str]:
    """Words, and each punctuation mark around them as a word of its own."""
    words = []
    for word in unicodedata.normalize("NFC", sentence).split():
        begin, end = 0, len(word)
        while begin < end and _is_mark(word[begin]):
            begin += 1
        while begin < end and _is_mark(word[end - 1]):
            end -= 1
        words += [*word[:begin], *([word[begin:end]] if begin < end else []), *word[end:]]
    return words


def split_pairs(
    pairs: Sequence[Pair], share: float, rng: np.random.Generator
) -> tuple[list[Pair], list[Pair]]:
    """Pairs to train on, and a share of them held out, whose sources training never sees.

    Raises
    ------
    ValueError
        If share is not between 0 and 1, or one of the two parts would be empty.
    """
    if not 0 < share < 1:
        raise ValueError(f"share is {share}; split_pairs needs a number between 0 and 1")
    # By sources: a sentence may stand in many pairs, each time with another translation.
    sources = list(dict.fromkeys(tuple(source) for source, _ in pairs))
    num = round(share * len(sources))
    if not 0 < num < len(sources):
        raise ValueError(
            f"{len(sources)} different sources and a share of {share} leave one part empty"
        )
    held_out = {sources[k] for k in rng.permutation(len(sources))[:num]}
    parts: tuple[list[Pair], list[Pair]] = [], []
    for pair in pairs:
        parts[tuple(pair[0]) in held_out].append(pair)
    return parts


def vocabulary_of(
    sequences: Iterable[Sequence[str]], special: Sequence[str] = (NULL,), min_count: int = 1
) -> dict[str, int]:
    """An index for each symbol: the special ones first, then the others in the order of Unicode.

    Symbols that occur less than ``min_count`` times are left out.
    """
    counts = Counter(symbol for sequence in sequences for symbol in sequence)
    frequent = sorted(s for s, n in counts.items() if n >= min_count and s not in special)
    return {symbol: index for index, symbol in enumerate([*special, *frequent])}


def encode_sequences(
    sequences: Sequence[Sequence[str]], symbol_to_idx: dict[str, int]
) -> np.ndarray:
    """Indices of the symbols, int32 of shape (N, T), T the longest length, padded with ``<NULL>``.

    Where the vocabulary has ``<START>`` and ``<END>``, they are put around each sequence. A
    symbol that it lacks becomes ``<UNK>`` if there is one.

    Raises
    ------
    ValueError
        If there is no sequence, one is empty, or a symbol is unknown; the message names it.
    """
    before = [START] if START in symbol_to_idx else []
    behind = [END] if END in symbol_to_idx else []
    rows = []
    for n, sequence in enumerate(sequences):
        if not len(sequence):
            raise ValueError(f"sequence {n} is empty; encode_sequences needs at least one symbol")
        rows.append([_index(s, symbol_to_idx, n) for s in [*before, *sequence, *behind]])
    if not rows:
        raise ValueError("there is no sequence; encode_sequences needs at least one")
    indices = np.full((len(rows), max(map(len, rows))), symbol_to_idx[NULL], dtype=np.int32)
    for n, row in enumerate(rows):
        indices[n, : len(row)] = row
    return indices


def cut_padding(indices: np.ndarray, null: int = 0) -> np.ndarray:
    """The columns up to the end of the longest row: a minibatch needs no others."""
    used = (indices != null).any(axis=0)
    return indices[:, : int(used.nonzero()[0].max(initial=-1)) + 1]


def decode_sequences(indices: np.ndarray, symbol_to_idx: dict[str, int]) -> list[list[str]]:
    """The symbols of each row up to ``<END>``, without ``<START>`` and ``<NULL>``."""
    symbols = {index: symbol for symbol, index in symbol_to_idx.items()}
    return [until_end([symbols[index] for index in row]) for row in indices.tolist()]


def _read_lines(path: str | os.PathLike[str]) -> list[str]:
    content = Path(path).read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError(f"{path} is UTF-16, not UTF-8; save it as UTF-8 in your editor")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path} is not UTF-8 (byte {error.start}, in line {line}); save it as UTF-8 in your "
            "editor"
        ) from None
    if "\0" in text:
        raise ValueError(f"{path} holds zero bytes: it is UTF-16 or no text; save it as UTF-8")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if not lines[-1] else lines


def _read_pair(where: str, line: str, columns: tuple[int, int] | None) -> Pair:
    cells = line.split("\t")
    tabs = len(cells) - 1
    if columns is None and tabs != 1:
        more = "; with columns=(0, 1) further columns are left out" if tabs > 1 else ""
        raise ValueError(
            f"{where} is not a pair: it has {tabs} tabs; source, tab, target has one{more}"
        )
    first, second = columns or (0, 1)
    if max(first, second) >= len(cells) or min(first, second) < 0:
        raise ValueError(
            f"{where} has {len(cells)} columns, counted from 0; not {first} and {second}"
        )
    source, target = split_words(cells[first].lower()), split_words(cells[second])
    for side, words in (("source", source), ("target", target)):
        if not words:
            raise ValueError(f"{where} is not a pair: its {side} is empty")
    return source, target


def _is_mark(char: str) -> bool:
    return unicodedata.category(char).startswith("P")


def _index(symbol: str, symbol_to_idx: dict[str, int], n: int) -> int:
    index = symbol_to_idx.get(symbol, symbol_to_idx.get(UNKNOWN))
    if index is None:
        raise ValueError(
            f"{symbol!r} in sequence {n} is not among the {len(symbol_to_idx)} symbols of the "
            f"vocabulary, which has no {UNKNOWN} either"
        )
    return index
