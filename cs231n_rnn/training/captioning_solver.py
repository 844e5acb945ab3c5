"""CS231n's solver for captions: minibatches of captions with the features of their images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cs231n_rnn.training.solver import Model, Solver


class CaptioningSolver(Solver):
    """CS231n's solver for captions, ``model.loss(features, captions)``.

    Parameters
    ----------
    model : Model
    data : mapping
        As from ``load_coco_data``: ``train_captions`` (n, T) and ``train_image_idxs`` (n,), both
        of integers, and ``train_features`` (m, ...). An example is a caption with the features
        of its image.
    **options
        Those of :class:`Solver`, which see.

    Raises
    ------
    ValueError
        If an entry is missing or does not fit; the message names it.
    """

    def __init__(self, model: Model, data: Mapping[str, Any], **options: Any) -> None:
        _require_captions(data)
        self.data = data
        super().__init__(model, self._minibatch, len(data["train_captions"]), **options)

    def _minibatch(self, indices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        images = self.data["train_image_idxs"][indices]
        return self.data["train_features"][images], self.data["train_captions"][indices]


def _require_captions(data: Mapping[str, Any]) -> None:
    for key in ("train_captions", "train_image_idxs", "train_features"):
        if key not in data:
            raise ValueError(f"data has no {key!r}; CaptioningSolver needs it")
    captions, images = data["train_captions"], data["train_image_idxs"]
    for key, array in (("train_captions", captions), ("train_image_idxs", images)):
        if array.dtype.kind not in "iu":
            raise ValueError(f"{key} holds {array.dtype}; it must hold integers")
    if captions.ndim != 2 or images.shape != captions.shape[:1]:
        raise ValueError(
            f"train_captions is {captions.shape} and train_image_idxs {images.shape}; "
            "CaptioningSolver needs (n, T) and (n,)"
        )
    num_images = len(data["train_features"])
    if images.size and not 0 <= images.min() <= images.max() < num_images:
        raise ValueError(
            f"train_image_idxs goes from {images.min()} to {images.max()}; train_features has "
            f"the images 0 to {num_images - 1}"
        )
