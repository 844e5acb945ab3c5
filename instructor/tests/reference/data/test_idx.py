"""Real IDX files, written here byte by byte: what is read, and what is refused by name."""

import gzip
import struct

import numpy as np
import pytest

from cs231n_rnn.data.digits import load_digit_images
from cs231n_rnn.data.folders import DataError
from cs231n_rnn.data.idx import load_idx_digits, read_idx

IMAGES = "train-images-idx3-ubyte"
LABELS = "train-labels-idx1-ubyte"


def idx(array, kind=8):
    """The bytes of an IDX file, by the format's description."""
    header = bytes([0, 0, kind, array.ndim])
    return header + b"".join(struct.pack(">I", n) for n in array.shape) + array.tobytes()


def digits(n, seed, size=28):
    rng = np.random.default_rng(seed)
    images = rng.integers(256, size=(n, size, size), dtype=np.uint8)
    return images, rng.integers(10, size=n, dtype=np.uint8)


def write(folder, name, content):
    packed = gzip.compress(content) if name.endswith(".gz") else content
    (folder / name).write_bytes(packed)


@pytest.fixture
def mnist(tmp_path):
    """A folder with seven digits to train on and three for testing."""
    for part, (images, labels) in (("train", digits(7, 1)), ("t10k", digits(3, 2))):
        write(tmp_path, f"{part}-images-idx3-ubyte", idx(images))
        write(tmp_path, f"{part}-labels-idx1-ubyte", idx(labels))
    return tmp_path


@pytest.mark.parametrize("shape", [(5,), (2, 3, 4)])
def test_an_array_comes_back_as_it_was_written(tmp_path, shape):
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    write(tmp_path, "some", idx(array))
    np.testing.assert_array_equal(read_idx(tmp_path / "some"), array)


def test_the_last_training_images_are_for_validation(mnist):
    (images, labels), (test_images, test_labels) = digits(7, 1), digits(3, 2)
    data = load_idx_digits(mnist, num_val=2)
    np.testing.assert_allclose(data.x_train, images[:5] / 255, atol=1e-7)
    np.testing.assert_allclose(data.x_val, images[5:] / 255, atol=1e-7)
    np.testing.assert_allclose(data.x_test, test_images / 255, atol=1e-7)
    np.testing.assert_array_equal(data.y_train, labels[:5])
    np.testing.assert_array_equal(data.y_val, labels[5:])
    np.testing.assert_array_equal(data.y_test, test_labels)


def test_it_has_the_form_of_scikit_learns_digits(mnist):
    ours, theirs = load_idx_digits(mnist, num_val=2), load_digit_images()
    assert ours._fields == theirs._fields
    for a, b in zip(ours, theirs, strict=True):
        assert a.dtype == b.dtype
        assert a.shape[1:] == b.shape[1:]
    assert ours.x_train.min() >= 0
    assert ours.x_train.max() <= 1


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("mark", ["-", "."])
def test_names_with_a_dot_and_packed_files_are_read_alike(mnist, tmp_path_factory, mark, ending):
    other = tmp_path_factory.mktemp("other")
    for file in mnist.iterdir():
        write(other, file.name.replace("-idx", f"{mark}idx") + ending, file.read_bytes())
    for a, b in zip(load_idx_digits(mnist, 28, 2), load_idx_digits(other, 28, 2), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_file_that_a_browser_unpacked_but_did_not_rename_is_read(mnist):
    (mnist / IMAGES).rename(mnist / f"{IMAGES}.gz")
    assert load_idx_digits(mnist, num_val=2).x_train.shape == (5, 28, 28)


def test_other_sizes_are_scaled_and_keep_light_and_dark(mnist):
    half = np.zeros((7, 14, 14), np.uint8)
    half[:, :, 7:] = 255  # ink on the right
    write(mnist, IMAGES, idx(half))
    x = load_idx_digits(mnist, num_val=2).x_train
    assert x.shape == (5, 28, 28)
    assert x[:, :, :12].max() < 0.05
    assert x[:, :, 16:].min() > 0.95


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "has 0 bytes; an IDX file begins with four"),
        (b"<!DOCTYPE html>", "begins with the bytes 3c 21 44 4f; IDX files of images begin with"),
        (idx(np.zeros((2, 2, 2), np.uint8), kind=0x0D), "00 00 0d 03"),
        (idx(np.zeros((2, 2), np.uint8)), "00 00 08 02"),
        (idx(np.zeros((2, 3, 4), np.uint8))[:9], "ends in its header, at byte 9"),
        (idx(np.zeros((2, 3, 4), np.uint8))[:-1], r"has 23 bytes .* says \(2, 3, 4\), 24 bytes"),
        (idx(np.zeros(5, np.uint8)) + b"x", r"has 6 bytes .* says \(5,\), 5 bytes"),
        (gzip.compress(idx(np.zeros(5, np.uint8)), mtime=0)[:-9], "cannot be read"),
        (b"\x1f\x8b" + b"rubbish" * 9, "cannot be read"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, content, message):
    (tmp_path / "damaged").write_bytes(content)
    with pytest.raises(DataError, match=f"damaged.*{message}"):
        read_idx(tmp_path / "damaged")


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        (LABELS, np.zeros(6, np.uint8), f"{IMAGES} has 7 images and {LABELS} 6 labels"),
        (LABELS, np.full(7, 10, np.uint8), f"{LABELS} has the label 10; a digit is 0 to 9"),
        (LABELS, np.zeros((7, 1, 1), np.uint8), r"\(7, 1, 1\); labels need 1 axes"),
        (IMAGES, np.zeros(7, np.uint8), r"\(7,\); images need 3 axes"),
        (IMAGES, np.zeros((7, 0, 28), np.uint8), "it has no pixel"),
    ],
)
def test_images_and_labels_that_do_not_fit_are_refused(mnist, name, array, message):
    write(mnist, name, idx(array))
    with pytest.raises(DataError, match=message):
        load_idx_digits(mnist, num_val=2)


def test_a_missing_file_is_named_with_the_names_it_may_have(mnist):
    (mnist / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match=r"t10k-labels-idx1-ubyte, nor .*labels\.idx1-ubyte\.gz"):
        load_idx_digits(mnist, num_val=2)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere has no file train-images-idx3-ubyte"):
        load_idx_digits(tmp_path / "nowhere")


@pytest.mark.parametrize("num_val", [0, 7, 5000])
def test_every_part_needs_an_image(mnist, num_val):
    with pytest.raises(ValueError, match=f"num_val is {num_val}; of 7 images"):
        load_idx_digits(mnist, num_val=num_val)
