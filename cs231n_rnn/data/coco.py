"""Captions and image features in the layout of CS231n's ``coco_captioning`` folder.

An image is a feature vector, a caption is a row of word indices
``<START> w1 ... wn <END> <NULL> ...``. COCO, the kit's scenes and a folder of one's own have
the same files (``datasets/README.md``), so that every notebook runs on each of them.
"""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import h5py
import numpy as np

from cs231n_rnn.data.folders import COMMAND_OF_FOLDER, SPLITS, damaged, datasets_dir
from cs231n_rnn.data.pictures import read_picture
from cs231n_rnn.data.vocabulary import SPECIAL_WORDS, decode_captions

# decode_captions is one of CS231n's functions for this data, and is found here as there.
__all__ = [
    "decode_captions",
    "load_coco_data",
    "load_grid",
    "load_image",
    "minibatch_indices",
    "sample_coco_minibatch",
]
CAPTIONS_FILE = "coco2014_captions.h5"
IMAGE_TIMEOUT = 5.0  # seconds


def load_coco_data(
    base_dir: str | os.PathLike[str] | None = None,
    max_train: int | None = None,
    pca_features: bool = True,
    rng: np.random.Generator | None = None,
) -> dict[str, Any]:
    """Load and check captions, vocabulary, features and URLs (CS231n's ``load_coco_data``).

    Parameters
    ----------
    base_dir : path, optional
        A folder in CS231n's layout. Without it ``coco_captioning`` in the datasets folder is
        taken, or else ``scenes``, and a printed line says which.
    max_train : int, optional
        Keep so many training captions, drawn without replacement; all if there are fewer.
    pca_features : bool
        Take the features reduced by PCA (COCO: 512 numbers) or the whole ones (COCO: 4096).
    rng : Generator, optional
        Draws the captions of `max_train`; without it the same ones are drawn every time.

    Returns
    -------
    dict
        For both splits, train and val: ``train_captions`` (N, L) int, ``train_image_idxs``
        (N,) int, ``train_features`` (n, D) float, ``train_urls`` (n,) str. Also
        ``idx_to_word`` (list of V words), ``word_to_idx`` (dict), ``base_dir`` (str).

    Raises
    ------
    ValueError
        If `max_train` is below 1.
    FileNotFoundError
        Without `base_dir`, if there is neither COCO nor the scenes.
    DataError
        If a file is missing, damaged, or does not fit the others.
    """
    if max_train is not None and max_train < 1:
        raise ValueError(f"max_train is {max_train}; load_coco_data needs at least 1")
    folder = _default_folder() if base_dir is None else Path(base_dir).absolute()
    data: dict[str, Any] = {"base_dir": str(folder), **_load_vocabulary(folder)}
    for split in SPLITS:
        data.update(_load_split(folder, split, "_pca" if pca_features else ""))
        _check_split(folder, data, split)
    if max_train is not None and max_train < len(data["train_captions"]):
        rng = np.random.default_rng(0) if rng is None else rng
        kept = rng.choice(len(data["train_captions"]), max_train, replace=False)
        data["train_captions"] = data["train_captions"][kept]
        data["train_image_idxs"] = data["train_image_idxs"][kept]
    return data


def load_grid(data: dict[str, Any], split: str) -> np.ndarray:
    """Load the features of every image location, for attention.

    Parameters
    ----------
    data : dict
        From `load_coco_data`.
    split : str
        "train" or "val".

    Returns
    -------
    ndarray of shape (n, L, C)
        L locations, row by row, of C channels each, in the file's dtype (float16 or float32).

    Raises
    ------
    DataError
        If the folder has no grid file, or one that is damaged or of another number of images.
    """
    _require_split(split)
    path, urls = Path(data["base_dir"]) / f"{split}2014_grid.h5", data[f"{split}_urls"]
    _require_file(path, f'The scenes have it: load_coco_data("{datasets_dir() / "scenes"}").')
    grid = _read(path, "features", ndim=3, kinds="f")
    if len(grid) != len(urls):
        raise damaged(path, f"has {len(grid)} grids for {len(urls)} images")
    return grid


def load_image(data: dict[str, Any], split: str, index: int) -> np.ndarray | None:
    """Load one picture: from ``{split}2014_images.h5``, a local file, or the web.

    Parameters
    ----------
    data, split
        As for `load_grid`.
    index : int
        The image's index, as in ``{split}_image_idxs``.

    Returns
    -------
    ndarray of shape (H, W, 3) or None
        Red, green and blue, uint8, turned as the camera noted it. None where there is no
        picture: a notebook then shows the caption alone. A web address is given up after 5
        seconds without an answer.

    Raises
    ------
    IndexError
        If `index` is outside the split.
    DataError
        If the file of pictures is damaged or holds another number of them.
    """
    _require_split(split)
    urls = data[f"{split}_urls"]
    if not 0 <= index < len(urls):
        raise IndexError(f"index is {index}; the {split} split has images 0 to {len(urls) - 1}")
    folder, url = Path(data["base_dir"]), str(urls[index])
    stored = folder / f"{split}2014_images.h5"
    if stored.is_file():
        with _data_set(stored, "images", ndim=4, kinds="u") as pictures:
            if len(pictures) != len(urls):
                raise damaged(stored, f"has {len(pictures)} pictures for {len(urls)} images")
            return pictures[index]
    try:
        if url.startswith(("http://", "https://")):
            with urlopen(url, timeout=IMAGE_TIMEOUT) as response:
                return read_picture(io.BytesIO(response.read()))
        return read_picture(folder / url)
    except (OSError, HTTPException, ValueError):
        return None


def minibatch_indices(
    data: dict[str, Any], batch_size: int = 100, split: str = "train", *, rng: np.random.Generator
) -> np.ndarray:
    """Draw rows of ``{split}_captions`` and ``{split}_image_idxs``, with replacement.

    The result has shape (batch_size,). ``image_idxs`` holds the index that `load_image` takes.

    Raises
    ------
    ValueError
        If `split` is neither "train" nor "val".
    """
    _require_split(split)
    return rng.integers(len(data[f"{split}_captions"]), size=batch_size)


def sample_coco_minibatch(
    data: dict[str, Any], batch_size: int = 100, split: str = "train", *, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw captions (batch_size, L), features (batch_size, D) and URLs (batch_size,).

    CS231n's function, for the rows that `minibatch_indices` draws from the same `rng`.
    """
    rows = minibatch_indices(data, batch_size, split, rng=rng)
    images = data[f"{split}_image_idxs"][rows]
    features, urls = data[f"{split}_features"][images], data[f"{split}_urls"][images]
    return data[f"{split}_captions"][rows], features, urls


def _default_folder() -> Path:
    """COCO if it is there, else the scenes."""
    for name in COMMAND_OF_FOLDER:
        folder = datasets_dir() / name
        if folder.is_dir():
            print(f"Captions and features are from {folder}")
            return folder
    raise FileNotFoundError(
        f"{datasets_dir()} has neither coco_captioning nor scenes. Run "
        "`python -m cs231n_rnn data scenes`."
    )


def _require_split(split: str) -> None:
    if split not in SPLITS:
        raise ValueError(f'split is {split!r}; it needs to be "train" or "val"')


def _require_file(path: Path, remedy: str = "") -> None:
    if not path.is_file():
        raise damaged(path, "is missing", remedy)


@contextmanager
def _data_set(path: Path, name: str, ndim: int, kinds: str) -> Iterator[Any]:
    """An open HDF5 data set with the dimensions and the kinds of dtype that it must have."""
    _require_file(path)
    try:
        with h5py.File(path, "r") as file:
            array = file.get(name)
            if not isinstance(array, h5py.Dataset):
                raise damaged(path, f'has no data set "{name}"')
            if array.ndim != ndim or array.dtype.kind not in kinds or not array.size:
                needs = f"{'float' if kinds == 'f' else 'integer'} with {ndim} dimensions"
                raise damaged(
                    path, f'has "{name}" as {array.dtype} {array.shape}; it needs to be {needs}'
                )
            yield array
    except (OSError, RuntimeError) as error:
        raise damaged(path, f"is damaged or not an HDF5 file ({error})") from error


def _read(path: Path, name: str, ndim: int, kinds: str) -> np.ndarray:
    with _data_set(path, name, ndim, kinds) as array:
        return array[()]


def _load_vocabulary(folder: Path) -> dict[str, Any]:
    """``idx_to_word`` and ``word_to_idx``, each the inverse of the other."""
    path = folder / "coco2014_vocab.json"
    _require_file(path)
    try:
        vocabulary = json.loads(path.read_text(encoding="utf-8"))
        words, indices = list(vocabulary["idx_to_word"]), dict(vocabulary["word_to_idx"])
        strays = [word for index, word in enumerate(words) if indices.get(word) != index]
        strays += sorted(indices.keys() - set(words))
    except (ValueError, KeyError, TypeError) as error:
        needs = 'a JSON object with the list "idx_to_word" and the object "word_to_idx"'
        raise damaged(path, f"is not {needs} ({error!r})") from error
    if words[:4] != SPECIAL_WORDS:
        raise damaged(path, f"begins with {words[:4]}; it needs {SPECIAL_WORDS}")
    if strays:
        raise damaged(
            path, f'has {strays[0]!r} at another place in "idx_to_word" than in "word_to_idx"'
        )
    return {"idx_to_word": words, "word_to_idx": indices}


def _load_split(folder: Path, split: str, suffix: str) -> dict[str, np.ndarray]:
    """The four arrays of one split."""
    captions = folder / CAPTIONS_FILE
    features = folder / f"{split}2014_vgg16_fc7{suffix}.h5"
    urls = folder / f"{split}2014_urls.txt"
    _require_file(urls)
    if not suffix:
        _require_file(features, "The features that PCA reduced are read with pca_features=True.")
    lines = urls.read_text(encoding="utf-8", errors="replace").splitlines()
    return {
        f"{split}_captions": _read(captions, f"{split}_captions", ndim=2, kinds="iu"),
        f"{split}_image_idxs": _read(captions, f"{split}_image_idxs", ndim=1, kinds="iu"),
        f"{split}_features": _read(features, "features", ndim=2, kinds="f"),
        f"{split}_urls": np.array([line.strip() for line in lines], dtype=str),
    }


def _check_split(folder: Path, data: dict[str, Any], split: str) -> None:
    """Raise at the first array that does not fit the others."""
    names = ("captions", "image_idxs", "features", "urls")
    captions, images, features, urls = (data[f"{split}_{name}"] for name in names)
    path = folder / CAPTIONS_FILE
    if len(captions) != len(images):
        raise damaged(path, f"has {len(captions)} {split} captions for {len(images)} image indices")
    if len(urls) != len(features):
        raise damaged(
            folder / f"{split}2014_urls.txt",
            f"has {len(urls)} lines; the features have {len(features)} rows",
        )
    limits = {"captions": len(data["idx_to_word"]), "image_idxs": len(features)}
    for name, limit in limits.items():
        for found in (data[f"{split}_{name}"].min(), data[f"{split}_{name}"].max()):
            if not 0 <= found < limit:
                raise damaged(path, f'has {found} in "{split}_{name}"; it needs 0 to {limit - 1}')
