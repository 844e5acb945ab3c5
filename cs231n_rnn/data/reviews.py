"""Short film reviews with a verdict: generated ones in which word counts mislead, and real ones.

Generated reviews come from a small grammar with negation, contrast and the like, so that the same
words stand in praise and in blame. The real ones are sentences with people's ratings
(``python -m cs231n_rnn data reviews``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cs231n_rnn.data import pairs
from cs231n_rnn.data.folders import DataError, datasets_dir

REVIEWS_FILE = "movieReviewSnippets_GroundTruth.txt"


class Review(NamedTuple):
    """A review and its verdict.

    Attributes
    ----------
    text : str
    positive : bool
    kind : str
        How a generated review says it, a key of ``PATTERNS``; "" for real ones.
    """

    text: str
    positive: bool
    kind: str = ""


GOOD = (
    *("good", "great", "funny", "clever", "moving", "gripping", "charming", "brilliant"),
    *("fresh", "lively", "touching", "witty", "elegant", "warm", "wonderful", "convincing"),
)
BAD = (
    *("bad", "dull", "boring", "silly", "clumsy", "tedious", "awful", "weak"),
    *("stale", "lifeless", "annoying", "flat", "cheap", "cold", "terrible", "confusing"),
)
ABOUT = (
    *("the film", "the story", "the acting", "the music", "the ending", "the dialogue"),
    *("the camera work", "the humour", "the leading actor", "the first hour", "the plot"),
    *("the second half", "the direction", "the editing", "the love story", "the cast"),
)
DEGREES = ("", "", "", "really ", "quite ", "simply ", "very ")
# {+} is a word of the verdict's side, {-} one of the other side, {a} and {b} what it is about.
PATTERNS = {
    "plain": (
        "{a} is {degree}{+}",
        "{a} is {+} and {+}",
        "I found {a} {degree}{+}",
        "{a} is {+}, {b} is {+}",
        "{degree}{+}, above all {a}",
        "one word for {a}: {+}",
        "{a} stays {degree}{+} to the end",
    ),
    "negation": (
        "{a} is not {-}",
        "{a} is never {-}",
        "{a} is anything but {-}",
        "{a} is far from {-}",
        "I did not find {a} {-}",
        "nobody could call {a} {-}",
        "there is nothing {-} about {a}",
        "{a} is hardly {-}",
    ),
    "double negation": (
        "it is not true that {a} is not {+}",
        "nobody could say that {a} is not {+}",
        "{a} is never anything but {+}",
        "I cannot say that {a} is not {+}",
        "{a} is nothing but {+}",
        "I do not doubt that {a} is {+}",
        "nobody can deny that {a} is {+}",
    ),
    "comparison": (
        "{a} is not as {-} as they say",
        "{a} is not half as {-} as I had heard",
        "{a} is as {+} as they say",
        "{a} is just as {+} as I had heard",
        "{a} is less {-} than they say",
        "{a} is even more {+} than I had heard",
    ),
    "contrast": (
        "{a} is {-}, but {b} is {+}",
        "although {a} is {-}, {b} is {+}",
        "{a} is {+}, although {b} is {-}",
        "{a} may be {-}, yet {b} is {+}",
        "{a} is not {+}, but {b} is {+}",
        "{a} is {-}, but {b} is not {-}",
        "{a} is {+}, even if {b} is {-}",
        "{a} is {-}; all the same, {b} is {+}",
    ),
    "expectation": (
        "I expected {a} to be {-}, but it is {+}",
        "{a} is {+}, and I expected it to be {-}",
        "they told me that {a} is {-}; it is {+}",
        "I had read that {a} is {+}, and so it is",
        "I expected {a} to be {-}, and it is not",
        "I expected {a} to be {+}, and it is",
        "instead of {-}, as I had read, {a} is {+}",
        "where I had expected something {-}, {a} is {+}",
    ),
}
SHARES = {"plain": 0.3, "negation": 0.15, "double negation": 0.1}  # the others share the rest
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
COMPANY = ("my sister", "my brother", "two friends", "the children", "my parents", "a colleague")
PLACES = (
    *("in town", "at the festival", "on television", "on a plane"),
    *("in the open air", "in a small cinema"),
)
# Sentences that say nothing about the film.
OPENINGS = (
    "we saw it {place} with {company}.",
    "I saw it {place} on {day}.",
    "I went with {company} on {day}.",
    "it was shown {place} last {day}.",
)
CLOSINGS = (
    "{company} came along.",
    "it runs for {hours} hours.",
    "it starts on {day}.",
    "seen {place}.",
)


def generated_reviews(n: int, rng: np.random.Generator) -> list[Review]:
    """Draw n different reviews, half of them positive (one more, if n is odd).

    Parameters
    ----------
    n : int
    rng : numpy.random.Generator

    Returns
    -------
    list of n Review
        In random order; no text is there twice.

    Raises
    ------
    ValueError
        If n is below 1.
    """
    if n < 1:
        raise ValueError(f"n is {n}; generated_reviews needs 1 or more")
    rest = 1 - sum(SHARES.values())
    others = len(PATTERNS) - len(SHARES)
    shares = [SHARES.get(kind, rest / others) for kind in PATTERNS]
    found: dict[str, Review] = {}
    while len(found) < n:
        kind = str(rng.choice(list(PATTERNS), p=shares))
        review = Review(_write(kind, len(found) % 2 == 0, rng), len(found) % 2 == 0, kind)
        found.setdefault(review.text, review)
    reviews = list(found.values())
    return [reviews[k] for k in rng.permutation(n)]


def _write(kind: str, positive: bool, rng: np.random.Generator) -> str:
    """One review: perhaps an opening, the verdict, perhaps a closing."""
    sides = {"+": GOOD, "-": BAD} if positive else {"+": BAD, "-": GOOD}
    words = {side: iter(rng.permutation(choice)) for side, choice in sides.items()}
    a, b = rng.choice(ABOUT, 2, replace=False)
    verdict = _pick(PATTERNS[kind], rng).replace("{degree}", _pick(DEGREES, rng))
    verdict = verdict.replace("{a}", a).replace("{b}", b)
    verdict = re.sub(r"\{([+-])\}", lambda match: str(next(words[match[1]])), verdict) + "."
    sentences = [_aside(OPENINGS, rng)] * (rng.random() < 0.4) + [verdict]
    sentences += [_aside(CLOSINGS, rng)] * (rng.random() < 0.4)
    return " ".join(sentence[0].upper() + sentence[1:] for sentence in sentences)


def _aside(sentences: Sequence[str], rng: np.random.Generator) -> str:
    return _pick(sentences, rng).format(
        day=_pick(DAYS, rng),
        company=_pick(COMPANY, rng),
        place=_pick(PLACES, rng),
        hours=_pick(("two", "three", "nearly two"), rng),
    )


def _pick(choice: Sequence[str], rng: np.random.Generator) -> str:
    return choice[int(rng.integers(len(choice)))]


def words_of(text: str) -> list[str]:
    """The words of a text in small letters, and its punctuation marks, in their order."""
    return re.findall(r"\w+(?:['’]\w+)*|[.,;:!?]", text.lower())


def vocabulary_of(texts: Iterable[str], min_count: int = 1) -> dict[str, int]:
    """An index for each word that is there at least so often; ``<NULL>`` is 0 and ``<UNK>`` 1.

    Parameters
    ----------
    texts : iterable of str
        Of the training set alone, if what is measured on others is to count.
    min_count : int
    """
    return pairs.vocabulary_of(map(words_of, texts), (pairs.NULL, pairs.UNKNOWN), min_count)


def encode_texts(
    texts: Sequence[str], word_to_idx: dict[str, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Texts as rows of word indices, filled up with ``<NULL>``.

    Parameters
    ----------
    texts : sequence of N str
    word_to_idx : dict of str to int
        With ``<NULL>``, and ``<UNK>`` for words that it does not have.

    Returns
    -------
    x : ndarray of shape (N, T), int32, T being the length of the longest
    lengths : ndarray of shape (N,), int64

    Raises
    ------
    ValueError
        If there is no text, or one without a word; the message says which.
    """
    rows = [words_of(text) for text in texts]
    empty = [number for number, row in enumerate(rows) if not row]
    if empty or not rows:
        which = f"text {empty[0]} of {len(rows)} has no words" if empty else "there are no texts"
        raise ValueError(f"{which}; encode_texts needs one word or more in each")
    return pairs.encode_sequences(rows, word_to_idx), np.array([len(row) for row in rows])


def load_reviews(
    folder: str | os.PathLike[str] | None = None, val_share: float = 0.2
) -> tuple[list[Review], list[Review]]:
    """Read the real sentences: those rated above 0 are positive, those below it negative.

    A sentence whose mean rating is exactly 0 is left out. The file does not say which review a
    sentence is from; sentences with the same words are kept in one part.

    Parameters
    ----------
    folder : path, optional
        Without it ``reviews`` in the datasets folder.
    val_share : float
        The share to hold out, between 0 and 1.

    Returns
    -------
    train, val : list of Review
        Always the same two parts.

    Raises
    ------
    DataError
        If the file is not there, or a line is not a number, a rating and a sentence; the message
        says how to get it, or which line.
    ValueError
        If the share is not between 0 and 1.
    """
    if not 0 < val_share < 1:
        raise ValueError(f"val_share is {val_share}; load_reviews needs a share between 0 and 1")
    path = Path(folder or datasets_dir() / "reviews") / REVIEWS_FILE
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        raise DataError(
            f"{path} is not there. `python -m cs231n_rnn data reviews` fetches it (2.4 MB)."
        ) from None
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 (byte {error.start}); fetch it again") from None
    rated = [_rated(line, number, path) for number, line in enumerate(lines, start=1)]
    groups: dict[tuple[str, ...], list[Review]] = {}
    for rating, text in rated:
        if rating:
            groups.setdefault(tuple(words_of(text)), []).append(Review(text, rating > 0))
    groups.pop((), None)  # punctuation that words_of does not know, and nothing else
    order = np.random.default_rng(231).permutation(len(groups))
    found = list(groups.values())
    together = [found[k] for k in order]
    cut = round(val_share * len(together))
    train, val = together[cut:], together[:cut]
    return [r for group in train for r in group], [r for group in val for r in group]


def _rated(line: str, number: int, path: Path) -> tuple[float, str]:
    """Rating and sentence of a line."""
    try:
        _, rating, text = line.split("\t")
        if not -4 <= float(rating) <= 4:
            raise ValueError
    except ValueError:
        raise DataError(
            f"{path}, line {number}: {line[:60]!r} is not a number, a rating from -4 to 4 and a "
            "sentence with tabs in between; fetch it again"
        ) from None
    return float(rating), text.strip()
