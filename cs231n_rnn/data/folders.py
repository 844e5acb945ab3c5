"""What the data sets' folders have in common: where they are, their splits, and what to do.

A file that is missing or damaged is told with its remedy: for a folder that the kit can fill, the
command that fills it.
"""

from __future__ import annotations

import os
from pathlib import Path

from cs231n_rnn.files import ROOT

SPLITS = ("train", "val")
# What ``python -m cs231n_rnn data`` calls the folders in COCO's layout, in the order of choice.
COMMAND_OF_FOLDER = {"coco_captioning": "coco", "scenes": "scenes"}


class DataError(ValueError):
    """A data file is missing, damaged or not in the layout; the message names the remedy."""


def datasets_dir() -> Path:
    """``datasets`` in the repository, or the folder that ``CS231N_RNN_DATASETS`` names."""
    return Path(os.environ.get("CS231N_RNN_DATASETS") or ROOT / "datasets").absolute()


def damaged(path: Path, what: str, remedy: str = "") -> DataError:
    """The error for one file, with a remedy of its own or the one for its folder."""
    folder = path.resolve().parent
    ours = folder.name in COMMAND_OF_FOLDER and folder.parent == datasets_dir().resolve()
    if not remedy and ours:
        command = f"python -m cs231n_rnn data {COMMAND_OF_FOLDER[folder.name]}"
        remedy = f"Delete {folder} and run `{command}` for a new one."
    return DataError(f"{path} {what}. {remedy or 'datasets/README.md describes the layout.'}")
