"""Make the folder of scenes in COCO's layout: pictures, captions, features, questions.

Picture i of a split has its own random stream, so a small build holds the first pictures of
a large one.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from tqdm import tqdm

from cs231n_rnn.data.vocabulary import encode_caption
from cs231n_rnn.files import file_digest, replacing, write_text

from .drawing import paint_scene
from .features import WEIGHTS, extract_features
from .language import CAPTIONS, MAX_WORDS, vocabulary, write_captions
from .questions import write_questions
from .world import Scene, sample_scene

VERSION = 2  # raised whenever the same seed gives other data than before
BATCH = 50  # pictures drawn, put through the CNN and written together
STAMP = "scenes_version.json"
STREAMS = {"train": 0, "val": 1, "cnn": 2}  # the CNN is trained on a stream of its own


def build_scenes(
    folder: str | Path = "datasets/scenes",
    num_train: int = 5000,
    num_val: int = 1000,
    seed: int = 231,
    force: bool = False,
) -> Path:
    """Make the scenes, unless the folder holds the same ones already.

    The folder takes its name only once it is complete.

    Parameters
    ----------
    folder : str or Path
    num_train, num_val : int
        Pictures; each has five captions and seven to nine questions.
    seed : int
    force : bool
        Make them again even if they are there.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    FileExistsError
        Where the folder holds anything but scenes.
    """
    folder = Path(folder)
    stamp = _stamp(num_train, num_val, seed)
    found = _read_stamp(folder)
    if found == stamp and not force:
        print(f"{folder} already holds these scenes; nothing to do (force makes them again)")
        return folder
    with replacing(folder) as new:
        new.mkdir()
        _write_json(new / "coco2014_vocab.json", _vocabulary_json())
        with tqdm(total=num_train + num_val, unit="picture", desc="scenes") as progress:
            for split, count in (("train", num_train), ("val", num_val)):
                _build_split(new, split, count, seed, progress)
        _write_json(new / STAMP, stamp)
    return folder


def draw_scenes(
    stream: str, numbers: range, seed: int
) -> tuple[list[Scene], np.ndarray, list[np.random.Generator]]:
    """Draw scenes and paint them.

    Parameters
    ----------
    stream : str
        ``"train"``, ``"val"`` or ``"cnn"``: independent of each other for the same seed.
    numbers : range
        Which pictures of the stream.
    seed : int

    Returns
    -------
    scenes : list of Scene
    images : ndarray of shape (len(numbers), 64, 64, 3), uint8
    rngs : list of Generator
        One a picture, to draw its captions and questions from.
    """
    rngs = [np.random.default_rng([seed, STREAMS[stream], i]) for i in numbers]
    scenes = [sample_scene(rng) for rng in rngs]
    images = np.stack([paint_scene(scene, rng) for scene, rng in zip(scenes, rngs, strict=True)])
    return scenes, images, rngs


def load_scenes(base_dir: str | Path, split: str) -> list[Scene]:
    """What is in each picture of a split.

    Parameters
    ----------
    base_dir : str or Path
        A folder that ``build_scenes`` made.
    split : str
        ``"train"`` or ``"val"``.

    Returns
    -------
    list of dict
        In the order of the pictures; ``["objects"][0]`` is the main object.

    Raises
    ------
    FileNotFoundError
        Where the folder holds no scenes.
    """
    path = Path(base_dir) / f"{split}2014_scenes.json"
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing; make the scenes with `python -m cs231n_rnn data scenes {base_dir}`"
        )
    scenes: list[Scene] = json.loads(path.read_text(encoding="utf-8"))
    return scenes


def _build_split(folder: Path, split: str, count: int, seed: int, progress: tqdm) -> None:
    all_scenes, captions, questions = [], [], []
    with ExitStack() as stack:
        arrays = _create_arrays(folder, split, count, stack)
        for start in range(0, count, BATCH):
            numbers = range(start, min(start + BATCH, count))
            scenes, images, rngs = draw_scenes(split, numbers, seed)
            all_scenes += scenes
            for i, scene, rng in zip(numbers, scenes, rngs, strict=True):
                captions += write_captions(scene, rng)
                questions += write_questions(scene, i, rng)
            features, grid = extract_features(images)
            for name, array in (("images", images), ("features", features), ("grid", grid)):
                arrays[name][start : numbers.stop] = array
            progress.update(len(numbers))
    _write_captions(folder, split, captions)
    _write_json(folder / f"{split}2014_scenes.json", all_scenes)
    _write_json(folder / f"{split}2014_questions.json", questions)
    urls = "".join(f"scenes/{split}/{i:06d}\n" for i in range(count))
    write_text(folder / f"{split}2014_urls.txt", urls)


def _create_arrays(
    folder: Path, split: str, count: int, stack: ExitStack
) -> dict[str, h5py.Dataset]:
    """Open data sets for what is written a batch at a time; the stack closes their files."""
    layout = {
        "images": ("images", "images", (64, 64, 3), np.uint8),
        "features": ("vgg16_fc7_pca", "features", (512,), np.float32),
        "grid": ("grid", "features", (49, 128), np.float16),
    }
    arrays = {}
    for name, (file_name, key, shape, dtype) in layout.items():
        file = stack.enter_context(h5py.File(folder / f"{split}2014_{file_name}.h5", "w"))
        packed = {"chunks": (min(BATCH, count), *shape), "shuffle": True, "compression": "gzip"}
        options = {} if name == "features" else {**packed, "compression_opts": 1}
        arrays[name] = file.create_dataset(key, (count, *shape), dtype, **options)
    return arrays


def _write_captions(folder: Path, split: str, captions: list[str]) -> None:
    word_to_idx = _vocabulary_json()["word_to_idx"]
    rows = np.stack([encode_caption(text, word_to_idx, MAX_WORDS + 2) for text in captions])
    with h5py.File(folder / "coco2014_captions.h5", "a") as file:
        file[f"{split}_captions"] = rows
        file[f"{split}_image_idxs"] = np.arange(len(rows), dtype=np.int32) // CAPTIONS


def _vocabulary_json() -> dict[str, Any]:
    words = vocabulary()
    return {"idx_to_word": words, "word_to_idx": {word: i for i, word in enumerate(words)}}


def _write_json(path: Path, value: object) -> None:
    write_text(path, json.dumps(value) + "\n")


def _stamp(num_train: int, num_val: int, seed: int) -> dict[str, int | str]:
    """What the arrays depend on."""
    weights = file_digest(WEIGHTS)[:12]
    pictures = {"num_train": num_train, "num_val": num_val, "seed": seed}
    return {"version": VERSION, "weights": weights, **pictures}


def _read_stamp(folder: Path) -> object:
    """The stamp of the folder's scenes, or None where there is no folder or an empty one."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    if not (folder / STAMP).exists():
        raise FileExistsError(
            f"{folder} is not a folder of scenes (it has no {STAMP}); build_scenes needs a new "
            "or an empty folder, or one that it made"
        )
    return json.loads((folder / STAMP).read_text(encoding="utf-8"))
