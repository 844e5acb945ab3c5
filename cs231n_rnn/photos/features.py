"""Photographs as numbers: EfficientNet's grid, its mean, and both after PCA.

The grids of all photographs are written one by one into a file of equal records, so that a
run that was stopped goes on after the last whole record.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
from tqdm import tqdm

from cs231n_rnn.data.folders import DataError
from cs231n_rnn.data.pictures import read_picture
from cs231n_rnn.files import file_digest

from .efficientnet import SIDE, EfficientNet, lite0_file, load_network

GRID = 7 * 7
VECTOR_SIZE, CELL_SIZE = 512, 128  # numbers that PCA leaves: COCO's vector, the scenes' cells
PCA_FILE = "photos_pca.h5"
RECORDS, BROKEN = "records.bin", "broken.txt"
CHUNK = 32  # photographs that are read from the records together


class PCA(NamedTuple):
    """Principal axes: what ``(x - mean) @ axes * scale`` keeps of x.

    Attributes
    ----------
    mean : ndarray of shape (D,)
    axes : ndarray of shape (D, K)
        Unit vectors, that of the largest variance first.
    scale : float
        Gives the K numbers a mean square of 1 over the training images.
    """

    mean: np.ndarray
    axes: np.ndarray
    scale: float

    def project(self, x: np.ndarray) -> np.ndarray:
        """(..., D) to (..., K)."""
        return (x - self.mean) @ self.axes * np.float32(self.scale)


def fit_pca(chunks: Iterable[np.ndarray], size: int) -> PCA:
    """PCA by the eigenvectors of the covariance, which is summed up chunk by chunk.

    Parameters
    ----------
    chunks : iterable of ndarrays of shape (n, D), float32
    size : int
        K at most; D and the number of rows are other bounds.

    Returns
    -------
    PCA
    """
    count, total, products = 0, np.float64(0), np.float64(0)
    for x in chunks:
        count += len(x)
        total = total + x.sum(axis=0, dtype=np.float64)
        products = products + (x.T @ x).astype(np.float64)
    mean = total / count
    variances, axes = np.linalg.eigh(products / count - np.outer(mean, mean))
    kept = min(size, count, len(variances))
    variances, axes = variances[::-1][:kept], axes[:, ::-1][:, :kept]
    # An axis has two directions; the same one on every machine.
    largest = np.abs(axes).argmax(axis=0)
    axes = axes * np.where(axes[largest, np.arange(kept)] < 0, -1, 1)
    # A single image has no variance.
    scale = 1 / np.sqrt(variances.mean()) if variances.mean() > 1e-12 else 1.0
    return PCA(mean.astype(np.float32), axes.astype(np.float32), float(scale))


def write_pca(path: Path, parts: dict[str, PCA], weights: str) -> None:
    """Write PCAs by name into one HDF5 file, with the digest of the network's weights."""
    with h5py.File(path, "w") as file:
        file.attrs["weights"] = weights
        for name, pca in parts.items():
            for key, value in pca._asdict().items():
                file[f"{name}/{key}"] = value


def read_pca(path: Path, weights: str) -> dict[str, PCA]:
    """Read what `write_pca` wrote: "vector" and "grid".

    Raises
    ------
    DataError
        If there is no such file, or it belongs to a network of other weights.
    """
    try:
        with h5py.File(path, "r") as file:
            same = file.attrs["weights"] == weights
            parts = {
                name: PCA(*(file[f"{name}/{key}"][()] for key in PCA._fields))
                for name in ("vector", "grid")
            }
    except (OSError, KeyError) as error:
        raise DataError(
            f"{path} is missing or damaged; `python -m cs231n_rnn photos` makes a folder "
            f"that has it ({error})"
        ) from error
    if not same:
        raise DataError(f"{path} is of other weights of EfficientNet; make its folder again")
    return parts


def picture_grid(path: Path, network: EfficientNet) -> np.ndarray:
    """EfficientNet's output (49, C) for the whole photograph, squeezed into its square.

    Raises
    ------
    DataError
        If the photograph cannot be read.
    """
    grid = network.grid(read_picture(path, (SIDE, SIDE)))
    return grid.reshape(GRID, -1)


def record_dtype(network: EfficientNet) -> np.dtype:
    """What is kept of a photograph until PCA: its grid, and the mean over the locations."""
    C = len(network.head.b)
    return np.dtype([("grid", "<f2", (GRID, C)), ("vector", "<f4", (C,))])


def require_space(folder: Path, count: int, dtype: np.dtype) -> None:
    """Raise DataError where the disk has no room for the records still to be written."""
    records = folder / RECORDS
    size = count * dtype.itemsize - (records.stat().st_size if records.exists() else 0)
    free = shutil.disk_usage(folder).free
    if free < size:
        raise DataError(
            f"{folder.parent} has {free / 1e9:.1f} GB free; until the folder is complete, "
            f"{size / 1e9:.1f} GB are needed"
        )


def extract_records(paths: list[Path], network: EfficientNet, folder: Path) -> dict[int, str]:
    """Write a record for every photograph, going on where the last run stopped.

    Parameters
    ----------
    paths : list of Path
    network : EfficientNet
    folder : Path
        Takes the file of records and the list of broken photographs.

    Returns
    -------
    dict of int to str
        The reason for each photograph that could not be read; its record holds zeros.

    Raises
    ------
    DataError
        If another run writes the same records.
    """
    dtype = record_dtype(network)
    with (
        open(folder / RECORDS, "ab") as records,
        open(folder / BROKEN, "a", encoding="utf-8") as broken,
    ):
        done = os.path.getsize(folder / RECORDS) // dtype.itemsize
        records.truncate(done * dtype.itemsize)
        progress = tqdm(paths, "photographs", initial=done, unit="photo")
        progress.iterable = paths[done:]
        for number, path in enumerate(progress, start=done):
            record: Any = np.zeros((), dtype)
            try:
                grid = picture_grid(path, network)
                record["grid"], record["vector"] = grid, grid.mean(axis=0)
            except DataError as error:
                # Before its record, so that no record of a broken photograph stands alone.
                broken.write(f"{number}\t{' '.join(str(error).split())}\n")
                broken.flush()
            if os.path.getsize(folder / RECORDS) != number * dtype.itemsize:
                raise DataError(f"{folder} is being written by another run; wait until it ends")
            records.write(record.tobytes())
            records.flush()
    lines = (folder / BROKEN).read_text(encoding="utf-8").splitlines()
    pairs = (line.split("\t", 1) for line in lines)
    return {int(number): reason for number, reason in pairs}


def read_records(folder: Path, dtype: np.dtype) -> Iterator[tuple[int, np.ndarray]]:
    """The records in chunks, each with the number of its first."""
    with open(folder / RECORDS, "rb") as file:
        start = 0
        while len(chunk := np.fromfile(file, dtype, CHUNK)):
            yield start, chunk
            start += len(chunk)


class Encoder:
    """Turns a new photograph into the features that a folder of photographs has.

    Parameters
    ----------
    folder : Path
        Made by ``python -m cs231n_rnn photos``.
    weights : Path, optional
        EfficientNet's weights; without it, those of the installed package.

    Raises
    ------
    DataError
        If the folder has no PCA, or one for other weights; if the package is not installed.
    """

    def __init__(self, folder: Path, weights: Path | None = None) -> None:
        weights = weights or lite0_file()
        self.pca = read_pca(folder / PCA_FILE, file_digest(weights))
        self.network = load_network(weights)

    def grid(self, path: Path) -> np.ndarray:
        """The photograph's grid, of shape (1, 49, C), float32, for attention."""
        return self.pca["grid"].project(picture_grid(path, self.network))[np.newaxis]

    def vector(self, path: Path) -> np.ndarray:
        """The photograph's vector, of shape (1, D), float32."""
        return self.pca["vector"].project(picture_grid(path, self.network).mean(axis=0))[np.newaxis]
