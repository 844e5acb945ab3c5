"""The public answer key: ``tests/answers/*.json``, arrays as data, one file for each module."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from cs231n_rnn.checking.judge import Answer


def read_answers(folder: Path, files: str = "*.json") -> dict[str, Answer]:
    """Read the answers in a folder.

    Parameters
    ----------
    folder : Path
    files : str
        Pattern of the files to read: all of them.

    Returns
    -------
    dict of str to dict of str to ndarray
        A case's id to its named arrays.

    Raises
    ------
    FileNotFoundError
        If the folder holds no answers.
    """
    found = sorted(folder.glob(files))
    if not found:
        raise FileNotFoundError(f"{folder} holds no answers; take a fresh copy of the assignment")
    answers: dict[str, Answer] = {}
    for file in found:
        for case, arrays in json.loads(file.read_text(encoding="utf-8")).items():
            answers[case] = {name: _decode(entry) for name, entry in arrays.items()}
    return answers


def encode_answers(answers: dict[str, Answer]) -> str:
    """Write answers as JSON text, a case a line.

    Parameters
    ----------
    answers : dict of str to dict of str to ndarray

    Returns
    -------
    str
        Numbers have 12 significant digits: more than any tolerance asks, and fewer than the
        digits in which one processor differs from the next.
    """
    lines = [
        f"  {json.dumps(case)}: " + json.dumps({k: _encode(v) for k, v in arrays.items()})
        for case, arrays in answers.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _encode(array: np.ndarray) -> dict[str, Any]:
    values = array.ravel().tolist()
    if array.dtype.kind == "f":
        values = [float(f"{value:.12g}") for value in values]
    return {"shape": list(array.shape), "values": values}


def _decode(entry: dict[str, Any]) -> np.ndarray:
    return np.array(entry["values"]).reshape(entry["shape"])
