"""Make a folder in COCO's layout from photographs and their captions.

Features are extracted into a hidden folder beside the new one. The new folder appears only
when it is complete.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from glob import escape
from pathlib import Path

import h5py
import numpy as np
from tqdm import tqdm

from cs231n_rnn.data.coco import CAPTIONS_FILE
from cs231n_rnn.data.folders import SPLITS, DataError
from cs231n_rnn.data.vocabulary import encode_caption
from cs231n_rnn.files import file_digest, replacing, write_text

from .captions import make_vocabulary, read_captions, split_words
from .efficientnet import lite0_file, load_network
from .features import (
    CELL_SIZE,
    CHUNK,
    PCA,
    PCA_FILE,
    VECTOR_SIZE,
    extract_records,
    fit_pca,
    read_records,
    record_dtype,
    require_space,
    write_pca,
)
from .pictures import find_pictures

VERSION = 1  # raised whenever the same input gives other data than before
STAMP = "photos_version.json"
REPORT = "photos_report.txt"
NEW = "finished"  # the new folder, until it takes its name
OURS = {STAMP, REPORT, PCA_FILE, CAPTIONS_FILE, "coco2014_vocab.json"} | {
    f"{split}2014_{name}"
    for split in SPLITS
    for name in ("vgg16_fc7_pca.h5", "grid.h5", "urls.txt")
}
Words = dict[str, list[list[str]]]  # an image's captions as words, by the image's name
Names = dict[str, list[str]]  # the images of each split


@dataclass(frozen=True)
class Options:
    """What the folder depends on besides the photographs and their captions.

    Attributes
    ----------
    val_share : float
        Share of the images that goes into the validation split.
    train_list, val_list : tuple of str, optional
        The images of each split by name, in place of a share.
    min_count : int
        A word that occurs less often in the training captions becomes ``<UNK>``.
    length : int
        Indices of a caption, with ``<START>`` and ``<END>``.
    cut : bool
        Cut longer captions; without, they are left out.
    seed : int
        Draws the split.
    """

    val_share: float = 0.1
    train_list: tuple[str, ...] | None = None
    val_list: tuple[str, ...] | None = None
    min_count: int = 5
    length: int = 17
    cut: bool = False
    seed: int = 231

    def __post_init__(self) -> None:
        if not 0 < self.val_share < 1:
            raise DataError(f"val_share is {self.val_share}; it needs to be between 0 and 1")
        if self.length < 3 or self.min_count < 1:
            raise DataError("length needs at least 3, for one word; min_count at least 1")
        if (self.train_list is None) != (self.val_list is None):
            raise DataError("a list of training images needs one of validation images beside it")
        both = set(self.train_list or ()) & set(self.val_list or ())
        if both:
            raise DataError(f"{min(both)} is in both lists; an image needs to be in one split")


@dataclass
class Source:
    """The photographs that have captions, and what was left out.

    Attributes
    ----------
    files : dict of str to Path
        In alphabetical order of their names.
    words : dict of str to list of list of str
        The words of each caption of each photograph.
    left_out : dict of str to list of str
        What is not used, by the reason.
    """

    files: dict[str, Path]
    words: Words
    left_out: dict[str, list[str]]


def build_photos(
    images: Path,
    captions: Path,
    folder: Path,
    options: Options | None = None,
    weights: Path | None = None,
) -> list[str]:
    """Make the folder, unless it holds the same already.

    Parameters
    ----------
    images : Path
        The folder of photographs.
    captions : Path
        Their captions, in a format of Flickr8k or COCO.
    folder : Path
        The folder to make.
    options : Options, optional
    weights : Path, optional
        EfficientNet's weights; without it, those of the installed package.

    Returns
    -------
    list of str
        The lines of the folder's report: how much there is, and what was left out and why.

    Raises
    ------
    DataError
        If an input is missing or in no known format, a split has no image left, or the
        package of weights is not installed.
    FileExistsError
        If the folder holds anything that this function did not make.
    """
    options = options or Options()
    # Absolute paths, so that the folder's pictures are found from anywhere.
    images, folder = images.absolute(), folder.resolve()
    found = read_stamp(folder)
    weights = weights or lite0_file()
    source = read_source(images, captions, options)
    stamp = {
        "version": VERSION,
        "weights": file_digest(weights),
        "images": _images_digest(source.files),
        "captions": file_digest(captions),
        "options": json.loads(json.dumps(asdict(options))),
    }
    if found == stamp:
        return (folder / REPORT).read_text(encoding="utf-8").splitlines()
    key = f"{stamp['weights']}{stamp['images']}".encode()
    name = f".{folder.name}.{hashlib.sha256(key).hexdigest()[:16]}.partial"
    lines = _build(source, options, weights, folder.with_name(name))
    write_text(folder.with_name(name) / NEW / STAMP, json.dumps(stamp) + "\n")
    _put_in_place(folder.with_name(name), folder)
    return lines


def read_source(images: Path, captions: Path, options: Options) -> Source:
    """Match photographs and captions by name.

    Raises
    ------
    DataError
        If one of the two cannot be read, or no caption belongs to a photograph.
    """
    files, texts = find_pictures(images), read_captions(captions)
    left_out: dict[str, list[str]] = {
        "images with captions, but without a photograph": sorted(texts.keys() - files.keys()),
        "captions that are too long": [],
        "captions without a word": [],
        "photographs whose name does not fit on a line of text": [],
    }
    words: Words = {}
    for name in sorted(files.keys() & texts.keys()):
        kept = [_usable(text, name, options, left_out) for text in texts[name]]
        if not _fits_a_line(str(files[name])):
            left_out["photographs whose name does not fit on a line of text"].append(repr(name))
        elif any(kept):
            words[name] = [one for one in kept if one]
    unused = files.keys() - words.keys()
    left_out["photographs without a caption that can be used"] = sorted(unused)
    if not words:
        raise DataError(f"no caption in {captions} belongs to a photograph in {images}")
    return Source({name: files[name] for name in words}, words, left_out)


def split_names(source: Source, options: Options) -> Names:
    """Put every photograph into the train or the val split, or by a list into neither."""
    names = list(source.files)
    if options.train_list is not None and options.val_list is not None:
        lists = {"train": set(options.train_list), "val": set(options.val_list)}
        listed = lists["train"] | lists["val"]
        source.left_out["photographs in neither list"] = sorted(set(names) - listed)
        source.left_out["listed names that have no photograph with a caption"] = sorted(
            listed - set(names)
        )
        return {split: [name for name in names if name in lists[split]] for split in SPLITS}
    drawn = np.random.default_rng(options.seed).permutation(len(names))
    val = set(drawn[: max(1, round(options.val_share * len(names)))].tolist())
    return {
        "train": [name for number, name in enumerate(names) if number not in val],
        "val": [name for number, name in enumerate(names) if number in val],
    }


def read_stamp(folder: Path) -> object:
    """What a folder of photographs was made from; None where there is no folder, or an empty one.

    Raises
    ------
    FileExistsError
        If there is anything in it that is not ours.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    strays = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else [folder.name]
    if STAMP in strays:
        strays = sorted(set(strays) - OURS)
    if strays:
        raise FileExistsError(
            f"{folder} holds {strays[0]}, which is not of a folder of photographs; the command "
            "needs a new or an empty folder, or one that it made"
        )
    return json.loads((folder / STAMP).read_text(encoding="utf-8"))


def _usable(
    text: str, name: str, options: Options, left_out: dict[str, list[str]]
) -> list[str] | None:
    """A caption's words, or None where it is left out."""
    words, most = split_words(text), options.length - 2
    if not words:
        left_out["captions without a word"].append(f"{name}: {text}")
    elif len(words) > most and not options.cut:
        left_out["captions that are too long"].append(f"{name}: {text}")
        return None
    return words[:most] or None


def _fits_a_line(path: str) -> bool:
    """Whether a line of the file of paths gives back the path."""
    return path.splitlines() == [path.strip()] and path.encode(errors="ignore").decode() == path


def _images_digest(files: dict[str, Path]) -> str:
    """Changes when a photograph does."""
    digest = hashlib.sha256()
    for path in files.values():
        facts = path.stat()
        digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def _build(source: Source, options: Options, weights: Path, partial: Path) -> list[str]:
    """Everything but the stamp, in a folder inside the partial one."""
    order = list(source.files)
    names = split_names(source, options)
    _require_images(names)
    network = load_network(weights)
    dtype = record_dtype(network)
    partial.mkdir(parents=True, exist_ok=True)
    require_space(partial, len(order), dtype)
    broken = extract_records(list(source.files.values()), network, partial)
    source.left_out["photographs that cannot be read"] = list(broken.values())
    gone = {order[number] for number in broken}
    names = {split: [name for name in names[split] if name not in gone] for split in SPLITS}
    _require_images(names)

    new = partial / NEW
    shutil.rmtree(new, ignore_errors=True)  # of a run that was stopped
    new.mkdir()
    _write_words(new, source.words, names, options)
    split_of = {name: split for split in SPLITS for name in names[split]}
    splits = np.array([split_of.get(name, "") for name in order])
    pca = _fit(partial, dtype, splits)
    write_pca(new / PCA_FILE, pca, file_digest(weights))
    _write_features(new, partial, dtype, splits, pca)
    for split in SPLITS:
        paths = "".join(f"{source.files[name]}\n" for name in names[split])
        write_text(new / f"{split}2014_urls.txt", paths)
    lines = _report(source, names)
    write_text(new / REPORT, "".join(f"{line}\n" for line in lines))
    return lines


def _require_images(names: Names) -> None:
    for split in SPLITS:
        if not names[split]:
            counts = f"train has {len(names['train'])} images and val {len(names['val'])}"
            raise DataError(f"{counts}; each split needs one or more that can be read")


def _write_words(new: Path, words: Words, names: Names, options: Options) -> None:
    """The vocabulary of the training captions, and the captions of both splits."""
    training = (caption for name in names["train"] for caption in words[name])
    vocabulary = make_vocabulary(training, options.min_count)
    word_to_idx = {word: index for index, word in enumerate(vocabulary)}
    vocabulary_json = {"idx_to_word": vocabulary, "word_to_idx": word_to_idx}
    write_text(new / "coco2014_vocab.json", json.dumps(vocabulary_json) + "\n")
    with h5py.File(new / CAPTIONS_FILE, "w") as file:
        for split in SPLITS:
            pairs = [(i, one) for i, name in enumerate(names[split]) for one in words[name]]
            rows = [encode_caption(one, word_to_idx, options.length, "<UNK>") for _, one in pairs]
            file[f"{split}_captions"] = np.stack(rows)
            file[f"{split}_image_idxs"] = np.array([i for i, _ in pairs], dtype=np.int32)


def _of_split(
    partial: Path, dtype: np.dtype, splits: np.ndarray, split: str, part: str
) -> Iterator[np.ndarray]:
    """A part of a split's records, chunk by chunk."""
    for start, chunk in read_records(partial, dtype):
        kept = chunk[part][splits[start : start + len(chunk)] == split]
        yield kept.astype(np.float32)


def _fit(partial: Path, dtype: np.dtype, splits: np.ndarray) -> dict[str, PCA]:
    """PCA of the training images' vectors, and of the cells of their grids."""
    vectors = _of_split(partial, dtype, splits, "train", "vector")
    grids = _of_split(partial, dtype, splits, "train", "grid")
    bar = tqdm(grids, "PCA", -(-len(splits) // CHUNK), unit="chunk", leave=False)
    cells = (grid.reshape(-1, grid.shape[2]) for grid in bar)
    return {"vector": fit_pca(vectors, VECTOR_SIZE), "grid": fit_pca(cells, CELL_SIZE)}


def _write_features(
    new: Path, partial: Path, dtype: np.dtype, splits: np.ndarray, pca: dict[str, PCA]
) -> None:
    """What PCA makes of both splits' records."""
    for split in SPLITS:
        for part, name, kind in (("vector", "vgg16_fc7_pca", "<f4"), ("grid", "grid", "<f2")):
            chunks = [
                pca[part].project(chunk).astype(kind)
                for chunk in _of_split(partial, dtype, splits, split, part)
            ]
            with h5py.File(new / f"{split}2014_{name}.h5", "w") as file:
                file["features"] = np.concatenate(chunks)


def _report(source: Source, names: Names) -> list[str]:
    """How much there is in each split, then what was left out, by name."""
    counts = {s: sum(len(source.words[name]) for name in names[s]) for s in SPLITS}
    lines = [f"{s}: {len(names[s])} photographs, {counts[s]} captions" for s in SPLITS]
    for reason, what in source.left_out.items():
        if what:
            lines += [f"{reason}: {len(what)}", *(f"    {one}" for one in what)]
    return lines


def _put_in_place(partial: Path, folder: Path) -> None:
    """Give the finished folder its name; what was there before goes, and so do the records."""
    read_stamp(folder)  # again: a run may take hours
    with replacing(folder) as new:
        os.replace(partial / NEW, new)
    for records in folder.parent.glob(f".{escape(folder.name)}.*.partial"):
        shutil.rmtree(records, ignore_errors=True)
