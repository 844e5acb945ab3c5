"""Read the weights in a file that ``torch.save`` wrote, without PyTorch.

Such a file is a pickle, and a pickle may run any code. This reader knows the four names that
a file of weights needs, gives each a meaning of its own, and refuses every other.
"""

from __future__ import annotations

import math
import os
import pickle
from collections import OrderedDict
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from cs231n_rnn.data.folders import DataError

MAGIC = 0x1950A86A20F9469CFC6C  # how the files of torch.save before PyTorch 1.6 begin
PROTOCOL = 1001
DTYPES = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "LongStorage": "<i8"}


class Storage(NamedTuple):
    """A row of numbers in the file: its name there, its dtype, and how many they are."""

    key: str
    dtype: str
    size: int


class View(NamedTuple):
    """A tensor as the pickle describes it: a part of a storage, whose numbers come later."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


def read_torch_weights(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read a dictionary of tensors that ``torch.save`` wrote before PyTorch 1.6.

    Parameters
    ----------
    path : path

    Returns
    -------
    dict of str to ndarray
        In the file's order, in C's memory order.

    Raises
    ------
    DataError
        If there is no such file, it is not one of this format, or names anything but tensors.
    """
    try:
        with open(path, "rb") as file:
            return _read(file, os.fstat(file.fileno()).st_size)
    except DataError as error:
        raise DataError(f"{path} {error}") from error
    except OSError as error:
        raise DataError(f"{path} could not be read ({error})") from error
    except Exception as error:  # damaged bytes make pickle and NumPy fail in many ways
        raise DataError(f"{path} is damaged ({error!r})") from error


def _read(file: BinaryIO, size: int) -> dict[str, np.ndarray]:
    """Three pickles of facts, one of tensors, one of the storages' names, and their numbers."""
    if file.read(4) == b"PK\x03\x04":
        raise DataError("is of PyTorch 1.6 or later, a ZIP archive; this reader needs the older")
    file.seek(0)
    magic = Unpickler(file, size).load()
    if magic != MAGIC:
        raise DataError("is not a file of torch.save")
    protocol, facts = (Unpickler(file, size).load() for _ in range(2))
    if protocol != PROTOCOL or not facts["little_endian"]:
        raise DataError(f"is of protocol {protocol} or big-endian; this reader needs {PROTOCOL}")
    reader = Unpickler(file, size)
    views, keys = reader.load(), Unpickler(file, size).load()
    if set(keys) != reader.storages.keys():
        raise DataError("lacks a storage that one of its tensors needs")
    numbers = {key: _numbers(file, reader.storages[key]) for key in keys}
    return {str(name): _as_array(str(name), view, numbers) for name, view in views.items()}


def _numbers(file: BinaryIO, storage: Storage) -> np.ndarray:
    """The numbers of a storage, which follow their count."""
    dtype = np.dtype(storage.dtype)
    count = int.from_bytes(file.read(8), "little")
    content = file.read(storage.size * dtype.itemsize)
    if count != storage.size or len(content) != count * dtype.itemsize:
        raise DataError(f"was cut short or is damaged in storage {storage.key}")
    return np.frombuffer(content, dtype)


def _as_array(name: str, view: View, numbers: dict[str, np.ndarray]) -> np.ndarray:
    """A copy of what the view shows, once it is certain that all of it lies in the storage."""
    if not isinstance(view, View) or not isinstance(view.storage, Storage):
        raise DataError(f"holds {name!r}, which is not a tensor")
    storage, offset, shape, strides = view
    if not all(type(n) is int and n >= 0 for n in (offset, *shape, *strides)):
        raise DataError(f"holds {name!r} with the shape {shape} and the strides {strides}")
    flat = numbers[storage.key]
    last = offset + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
    # With steps of 0 a few numbers could show as any amount of them.
    if 0 in shape or last >= len(flat) or math.prod(shape) > len(flat):
        raise DataError(f"holds {name!r} as {shape}, which its {len(flat)} numbers do not fill")
    steps = [s * flat.itemsize for s in strides]
    return np.array(np.lib.stride_tricks.as_strided(flat[offset:], shape, steps), order="C")


class Unpickler(pickle.Unpickler):
    """Knows ordered dictionaries, tensors and their storages; ``find_class`` refuses the rest.

    Parameters
    ----------
    file : binary file
    size : int
        Bytes in the file: no storage can have more.

    Attributes
    ----------
    storages : dict of str to Storage
        Those that the pickle named.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        super().__init__(file)
        self.size = size
        self.storages: dict[str, Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        """The meaning of a name in the pickle: never anything that could be asked to do more."""
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if module == "torch" and name in DTYPES:
            return DTYPES[name]
        raise DataError(f"names {module}.{name}, which is no part of a file of weights")

    def persistent_load(self, identity: Any) -> Storage:
        """The storage of a tuple ("storage", dtype, key, device, count, view)."""
        kind, dtype, key, _, count, view = identity
        if kind != "storage" or dtype not in DTYPES.values() or view is not None:
            raise DataError(f"refers to {kind!r}, which this reader does not know")
        if not 0 <= count * np.dtype(dtype).itemsize <= self.size:
            raise DataError(f"was cut short: storage {key} has {count} numbers")
        return self.storages.setdefault(key, Storage(key, dtype, count))


def _rebuild(storage: Any, offset: Any, shape: Any, strides: Any, *others: Any) -> View:
    """What stands for PyTorch's ``_rebuild_tensor_v2``."""
    return View(storage, offset, tuple(shape), tuple(strides))
