import struct

import numpy as np
import pytest

from cs231n_rnn.data.folders import DataError
from cs231n_rnn.photos.torch_weights import MAGIC, PROTOCOL, read_torch_weights

BEGIN, STOP = b"\x80\x02", b"."
ORDERED = b"ccollections\nOrderedDict\n)R"
STORAGES = {np.float32: b"ctorch\nFloatStorage\n", np.int64: b"ctorch\nLongStorage\n"}
RNG = np.random.default_rng(231)
MATRIX = RNG.standard_normal((3, 4)).astype(np.float32)
COUNTS = np.arange(5)


def text(word):
    encoded = word.encode()
    return b"X" + struct.pack("<I", len(encoded)) + encoded


def number(n):
    return b"J" + struct.pack("<i", n)


def row(numbers):
    return b"(" + b"".join(number(n) for n in numbers) + b"t"


def tensor(key, size, shape, strides, offset=0, dtype=np.float32):
    """The pickle of a tensor: a call of PyTorch's function on a part of a storage."""
    storage = b"(" + text("storage") + STORAGES[dtype] + text(key) + text("cpu") + number(size)
    place = number(offset) + row(shape) + row(strides)
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + (
        storage + b"NtQ" + place + b"\x89" + ORDERED + b"tR"
    )


def torch_file(tensors, storages):
    """A file as torch.save wrote it before PyTorch 1.6, put together by hand."""
    magic = MAGIC.to_bytes(10, "little")
    content = BEGIN + b"\x8a" + bytes([len(magic)]) + magic + STOP
    content += BEGIN + number(PROTOCOL) + STOP
    content += BEGIN + b"}" + text("little_endian") + b"\x88s" + STOP
    items = b"".join(text(name) + what for name, what in tensors.items())
    content += BEGIN + ORDERED + b"(" + items + b"u" + STOP
    content += BEGIN + b"](" + b"".join(text(key) for key in storages) + b"e" + STOP
    for numbers in storages.values():
        content += struct.pack("<q", numbers.size) + numbers.tobytes()
    return content


GOOD = torch_file(
    {
        "plain": tensor("1", 12, (3, 4), (4, 1)),
        "transposed": tensor("1", 12, (4, 3), (1, 4)),
        "last_row": tensor("1", 12, (4,), (1,), offset=8),
        "single": tensor("2", 5, (), (), offset=3, dtype=np.int64),
    },
    {"1": MATRIX, "2": COUNTS},
)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "weights.pth"


def test_tensors_are_read_with_their_shapes_steps_and_dtypes(path):
    path.write_bytes(GOOD)
    weights = read_torch_weights(path)
    right = {"plain": MATRIX, "transposed": MATRIX.T, "last_row": MATRIX[2], "single": COUNTS[3]}
    assert list(weights) == list(right)
    for name, array in right.items():
        assert weights[name].dtype == array.dtype
        assert weights[name].flags.c_contiguous
        np.testing.assert_array_equal(weights[name], array)


def test_no_code_in_the_pickle_runs(path):
    mark = path.with_name("ran")
    call = b"cpathlib\nPath\n(" + text(str(mark)) + b"tR"
    path.write_bytes(torch_file({"x": b"cos\nmkdir\n(" + text(str(mark)) + b"tR"}, {}))
    with pytest.raises(DataError, match=r"names os\.mkdir"):
        read_torch_weights(path)
    path.write_bytes(torch_file({"x": call}, {}))
    with pytest.raises(DataError, match=r"names pathlib\.Path"):
        read_torch_weights(path)
    assert not mark.exists()


@pytest.mark.parametrize(
    "name", [b"torch\nload", b"torch._utils\n_rebuild_parameter", b"builtins\neval", b"os\nsystem"]
)
def test_every_other_name_is_refused(path, name):
    path.write_bytes(torch_file({"x": b"c" + name + b"\n"}, {}))
    with pytest.raises(DataError, match="no part of a file of weights"):
        read_torch_weights(path)


@pytest.mark.parametrize(
    ("shape", "strides", "offset"),
    [
        ((3, 5), (4, 1), 0),
        ((3, 4), (4, 1), 1),
        ((1000, 1000), (0, 0), 0),
        ((4,), (-1,), 3),
        ((1,), (1,), -1),
        ((0, 4), (4, 1), 0),
    ],
)
def test_a_tensor_beyond_its_storage_is_refused(path, shape, strides, offset):
    tensors = {"x": tensor("1", 12, shape, strides, offset)}
    path.write_bytes(torch_file(tensors, {"1": MATRIX}))
    with pytest.raises(DataError, match="holds 'x'"):
        read_torch_weights(path)


def test_a_storage_larger_than_the_file_takes_no_memory(path):
    path.write_bytes(torch_file({"x": tensor("1", 2**31 - 1, (1,), (1,))}, {"1": MATRIX}))
    with pytest.raises(DataError, match="cut short"):
        read_torch_weights(path)


@pytest.mark.parametrize("length", range(0, len(GOOD), 29))
def test_a_file_that_was_cut_short_is_refused(path, length):
    path.write_bytes(GOOD[:length])
    with pytest.raises(DataError, match=r"weights\.pth"):
        read_torch_weights(path)


def test_files_of_other_formats_are_refused_by_name(path):
    with pytest.raises(DataError, match="could not be read"):
        read_torch_weights(path)
    path.write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(DataError, match=r"PyTorch 1\.6 or later"):
        read_torch_weights(path)
    path.write_bytes(BEGIN + number(7) + STOP)
    with pytest.raises(DataError, match=r"not a file of torch\.save"):
        read_torch_weights(path)
    path.write_bytes(torch_file({"x": number(7)}, {}))
    with pytest.raises(DataError, match="not a tensor"):
        read_torch_weights(path)
