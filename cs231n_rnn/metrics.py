"""Scores of written captions against people's: BLEU, ROUGE-L and CIDEr.

``pycocoevalcap``, the code of the COCO caption challenge, does the counting. Captions here are
lower-case words with spaces between them, so its tokenizer, which needs Java, has nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from pycocoevalcap.bleu.bleu import Bleu
from pycocoevalcap.cider.cider import Cider
from pycocoevalcap.rouge.rouge import Rouge

from cs231n_rnn.data.vocabulary import decode_captions

Sampler = Callable[[np.ndarray], np.ndarray]


def score_texts(
    candidates: Mapping[Any, str] | Sequence[str],
    references: Mapping[Any, Sequence[str]] | Sequence[Sequence[str]],
) -> dict[str, float]:
    """Score one caption an image against the image's references.

    Parameters
    ----------
    candidates : dict of image to str, or list of str
        One caption an image; it may be empty.
    references : dict of image to list of str, or list of list of str
        The same images. A reference without words counts as none.

    Returns
    -------
    dict of str to float
        "BLEU-1" to "BLEU-4" and "ROUGE-L", from 0 to 1, and "CIDEr", from 0 to 10: each word
        sequence counts the more, the fewer of *these* images have it in their references. So
        CIDEr is 0 for a single image, and only scores on the same images compare.

    Raises
    ------
    ValueError
        If there is no caption, or an image has a caption but no references, or the reverse.
    TypeError
        If an image's references are one str in place of a list.

    Source
    ------
    Papineni et al. 2002 (BLEU), Lin 2004 (ROUGE), Vedantam et al. 2015 (CIDEr), Chen et al.
    2015 (the COCO challenge: CIDEr-D, ROUGE-L with beta 1.2).
    """
    hypotheses = {image: [_spaced(text)] for image, text in _items(candidates)}
    truths = {image: _with_words(image, texts) for image, texts in _items(references)}
    _require_pairs(hypotheses, truths)
    bleu, _ = Bleu(4).compute_score(truths, hypotheses, verbose=0)
    scores = {f"BLEU-{n}": value for n, value in enumerate(bleu, start=1)}
    scores["ROUGE-L"], _ = Rouge().compute_score(truths, hypotheses)
    scores["CIDEr"], _ = Cider().compute_score(truths, hypotheses)
    return {name: float(value) for name, value in scores.items()}


def score_captions(
    model: Any,
    data: Mapping[str, Any],
    split: str = "val",
    num_images: int | None = None,
    sample: Sampler | None = None,
    max_length: int = 30,
    batch_size: int = 250,
) -> dict[str, float]:
    """Let a model write a caption for each image of a split, and score it.

    Parameters
    ----------
    model : object with ``sample(features, max_length)``
        Writes captions as word indices (n, max_length), greedily say.
    data : dict
        As from ``load_coco_data``.
    split : str
        "train" or "val".
    num_images : int, optional
        Only the first so many images that have captions.
    sample : callable, optional
        ``sample(features) -> captions`` in place of the model's, beam search say.
    max_length : int
        Words a caption at most, for the model's ``sample``.
    batch_size : int
        Images to write for at a time.

    Returns
    -------
    dict of str to float, as from `score_texts`

    Raises
    ------
    ValueError
        If `num_images` or `batch_size` is below 1, or the split has no captions.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; score_captions needs at least 1")
    references = reference_captions(data, split, num_images)
    images = np.array(list(references), dtype=np.int64)
    write = sample or (lambda features: model.sample(features, max_length))
    candidates: dict[int, str] = {}
    for start in range(0, len(images), batch_size):
        batch = images[start : start + batch_size]
        captions = np.asarray(write(data[f"{split}_features"][batch]))
        texts = decode_captions(captions, data["idx_to_word"])
        candidates.update(zip(batch.tolist(), texts, strict=True))
    return score_texts(candidates, references)


def reference_captions(
    data: Mapping[str, Any], split: str = "val", num_images: int | None = None
) -> dict[int, list[str]]:
    """All captions that people wrote for an image, as text.

    Parameters
    ----------
    data, split, num_images
        As for `score_captions`.

    Returns
    -------
    dict of int to list of str
        Image index to captions, by rising index.

    Raises
    ------
    ValueError
        If `num_images` is below 1.
    """
    if num_images is not None and num_images < 1:
        raise ValueError(f"num_images is {num_images}; it must be at least 1, or None for all")
    owners = data[f"{split}_image_idxs"]
    images = np.unique(owners)[:num_images]
    rows = np.isin(owners, images)
    texts = decode_captions(data[f"{split}_captions"][rows], data["idx_to_word"])
    references: dict[int, list[str]] = {image: [] for image in images.tolist()}
    for image, text in zip(owners[rows].tolist(), texts, strict=True):
        references[image].append(text)
    return references


def _items(captions: Mapping[Any, Any] | Sequence[Any]) -> list[tuple[Any, Any]]:
    """Image and caption or captions; a list's images are numbered."""
    return list(captions.items() if isinstance(captions, Mapping) else enumerate(captions))


def _spaced(text: str) -> str:
    """Single spaces: ROUGE would take a second one for an empty word."""
    return " ".join(text.split())


def _with_words(image: Any, texts: Sequence[str]) -> list[str]:
    if isinstance(texts, str):
        raise TypeError(f"the references of image {image!r} are one str; it must be a list of str")
    return [_spaced(text) for text in texts if text.strip()]


def _require_pairs(hypotheses: Mapping[Any, Any], truths: Mapping[Any, list[str]]) -> None:
    if not hypotheses:
        raise ValueError("candidates is empty; there is no caption to score")
    for image in hypotheses:
        if not truths.get(image):
            raise ValueError(f"image {image!r} has a candidate but no reference")
    for image in truths:
        if image not in hypotheses:
            raise ValueError(f"image {image!r} has references but no candidate")
