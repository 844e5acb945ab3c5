"""Questions about images with answers of one word, as arrays for visual question answering.

A question is a row of word indices, padded with ``<NULL>`` after its end; an answer is an index
into a list. Both lists hold what the train split holds.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cs231n_rnn.data.folders import SPLITS, DataError

KEYS = {"image_idx": int, "kind": str, "question": str, "answer": str}
COORDINATES = 5.0  # from the middle to the edge, in numbers as large as the features


def load_questions(data: Mapping[str, Any] | str | os.PathLike[str]) -> dict[str, Any]:
    """Load the questions of both splits, and encode them.

    Parameters
    ----------
    data : dict or path
        From ``load_coco_data``, or the folder itself.

    Returns
    -------
    dict
        For both splits, train and val: ``train_questions`` (n, T) int32, ``train_answers`` (n,)
        int32, ``train_image_idxs`` (n,) int32 and ``train_kinds`` (n,) str. Also
        ``question_words`` (list of V words, ``<NULL>`` first), ``word_to_idx`` (dict),
        ``answer_words`` (list of K words) and ``answer_to_idx`` (dict).

    Raises
    ------
    FileNotFoundError
        If the folder has no questions.
    DataError
        If a file is damaged, or the validation questions hold a word or an answer that the
        training questions do not.
    """
    folder = Path(data["base_dir"] if isinstance(data, Mapping) else data)
    asked = {split: _read(folder / f"{split}2014_questions.json") for split in SPLITS}
    words = {word for one in asked["train"] for word in _words(one["question"])}
    word_to_idx = {word: i for i, word in enumerate(["<NULL>", *sorted(words)])}
    answers = sorted({one["answer"] for one in asked["train"]})
    answer_to_idx = {answer: i for i, answer in enumerate(answers)}
    length = max(len(_words(one["question"])) for some in asked.values() for one in some)
    found: dict[str, Any] = {
        "question_words": list(word_to_idx),
        "word_to_idx": word_to_idx,
        "answer_words": answers,
        "answer_to_idx": answer_to_idx,
    }
    for split, some in asked.items():
        try:
            rows = [encode_question(one["question"], word_to_idx, length) for one in some]
            indices = [_index(one["answer"], answer_to_idx) for one in some]
        except ValueError as error:
            raise DataError(f"{folder / f'{split}2014_questions.json'}: {error}") from error
        found[f"{split}_questions"] = np.stack(rows)
        found[f"{split}_answers"] = np.array(indices, dtype=np.int32)
        found[f"{split}_image_idxs"] = np.array([one["image_idx"] for one in some], dtype=np.int32)
        found[f"{split}_kinds"] = np.array([one["kind"] for one in some])
    return found


def encode_question(
    text_or_words: str | Sequence[str], word_to_idx: Mapping[str, int], length: int
) -> np.ndarray:
    """Turn a question into word indices.

    Parameters
    ----------
    text_or_words : str or sequence of str
        A text is split at white space; a question mark at its end and capitals do not count.
    word_to_idx : dict
        The vocabulary.
    length : int
        T, indices in the result; ``<NULL>`` fills it up.

    Returns
    -------
    ndarray of shape (length,), int32

    Raises
    ------
    ValueError
        If there is no word, there are too many, or one is not in the vocabulary.
    """
    words = _words(text_or_words) if isinstance(text_or_words, str) else list(text_or_words)
    if not 1 <= len(words) <= length:
        raise ValueError(f"the question has {len(words)} words; it needs 1 to {length}")
    strays = [word for word in words if word not in word_to_idx or word == "<NULL>"]
    if strays:
        known = ", ".join(sorted(word for word in word_to_idx if word != "<NULL>"))
        raise ValueError(f'"{strays[0]}" is in no training question; the words are: {known}')
    row = np.full(length, word_to_idx["<NULL>"], dtype=np.int32)
    row[: len(words)] = [word_to_idx[word] for word in words]
    return row


def decode_question(row: np.ndarray, question_words: Sequence[str]) -> str:
    """The words of a row, without padding."""
    return " ".join(question_words[i] for i in row if question_words[i] != "<NULL>")


def add_coordinates(grid: np.ndarray) -> np.ndarray:
    """Give every location its row and its column as two more channels.

    A location's features say what is there, not where that is; and attention sums them up.

    Parameters
    ----------
    grid : ndarray of shape (n, L, C)
        L locations of a square grid, row by row.

    Returns
    -------
    ndarray of shape (n, L, C + 2), float32
        Rows from -5 at the top to 5 at the bottom, columns from -5 at the left to 5.

    Raises
    ------
    ValueError
        If L is no square.
    """
    n, L, C = grid.shape
    side = round(L**0.5)
    if side * side != L or not L:
        raise ValueError(f"grid is {grid.shape}; add_coordinates needs a square of locations")
    steps = COORDINATES * np.linspace(-1, 1, side) if side > 1 else np.zeros(1)
    out = np.empty((n, L, C + 2), dtype=np.float32)
    out[:, :, :C] = grid
    out[:, :, C] = np.repeat(steps, side)
    out[:, :, C + 1] = np.tile(steps, side)
    return out


def _read(path: Path) -> list[dict[str, Any]]:
    """The questions of one file, each with the keys that it needs."""
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is missing. The scenes have questions: run "
            "`python -m cs231n_rnn data scenes` and take their folder"
        )
    try:
        asked = json.loads(path.read_text(encoding="utf-8"))
        fits = isinstance(asked, list) and asked and all(map(_is_question, asked))
    except ValueError as error:
        raise DataError(f"{path} is damaged ({error})") from error
    if not fits:
        raise DataError(f"{path} is not a list of questions, each with {', '.join(KEYS)}")
    return list(asked)


def _is_question(one: Any) -> bool:
    return isinstance(one, dict) and all(isinstance(one.get(k), kind) for k, kind in KEYS.items())


def _words(text: str) -> list[str]:
    return text.lower().replace("?", " ").split()


def _index(answer: str, answer_to_idx: Mapping[str, int]) -> int:
    if answer not in answer_to_idx:
        raise ValueError(f'"{answer}" answers no training question')
    return answer_to_idx[answer]
