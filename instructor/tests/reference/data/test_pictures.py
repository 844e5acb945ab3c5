"""A picture is read as it is meant to be seen, whatever its format; what is not one is refused."""

import numpy as np
import pytest
from PIL import Image

from cs231n_rnn.data.coco import load_image
from cs231n_rnn.data.folders import DataError
from cs231n_rnn.data.pictures import read_picture

COLUMNS = np.array([[[200, 100, 50], [10, 20, 30]]], dtype=np.uint8)  # one row, two pixels


def saved(path, mode, **options):
    Image.fromarray(COLUMNS).convert(mode).save(path, **options)
    return read_picture(path).astype(int)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "1", "CMYK"])
def test_every_mode_becomes_red_green_and_blue(tmp_path, mode):
    picture = saved(tmp_path / "a.tif", mode)
    right = np.asarray(Image.fromarray(COLUMNS).convert(mode).convert("RGB")).astype(int)
    assert picture.shape == (1, 2, 3)
    np.testing.assert_allclose(picture, right, atol=2)


def test_transparent_parts_are_white_whatever_colour_they_hide(tmp_path):
    pixels = np.zeros((1, 3, 4), dtype=np.uint8)
    pixels[0, :, 3] = [0, 128, 255]
    Image.fromarray(pixels).save(tmp_path / "a.png")
    np.testing.assert_allclose(
        read_picture(tmp_path / "a.png")[0, :, 0].astype(int), [255, 127, 0], atol=1
    )
    palette = Image.fromarray(np.array([[0, 1]], dtype=np.uint8)).convert("P")
    palette.putpalette([0, 0, 0, 9, 9, 9])
    palette.save(tmp_path / "b.png", transparency=0)
    assert read_picture(tmp_path / "b.png")[0, :, 0].tolist() == [255, 9]


def test_sixteen_bits_keep_their_scale(tmp_path):
    Image.fromarray(np.array([[0, 25700, 65535]], dtype=np.uint16)).save(tmp_path / "a.png")
    assert read_picture(tmp_path / "a.png")[0].tolist() == [[0] * 3, [100] * 3, [255] * 3]


@pytest.mark.parametrize("size", [None, (2, 3)], ids=["whole", "resized"])
def test_a_rotation_in_exif_is_carried_out(tmp_path, size):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: the first row is the right column
    pixels = np.zeros((20, 30, 3), dtype=np.uint8)
    pixels[:10] = 255
    Image.fromarray(pixels).save(tmp_path / "a.jpg", exif=exif)
    picture = read_picture(tmp_path / "a.jpg", size)
    assert picture.shape == ((30, 20, 3) if size is None else (3, 2, 3))
    assert picture[:, 0].mean() < 60
    assert picture[:, -1].mean() > 200
    if size is None:  # a notebook shows the same picture
        data = {"base_dir": str(tmp_path), "val_urls": np.array(["a.jpg"])}
        np.testing.assert_array_equal(load_image(data, "val", 0), picture)


@pytest.mark.parametrize("pixels", [59, 20], ids=["warning", "error"])
def test_a_decompression_bomb_is_refused_by_name(tmp_path, monkeypatch, pixels):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", pixels)
    Image.new("RGB", (6, 10)).save(tmp_path / "bomb.png")
    with pytest.raises(DataError, match=r"bomb\.png is refused as a decompression bomb"):
        read_picture(tmp_path / "bomb.png")


def test_what_is_no_picture_is_refused_by_name(tmp_path):
    path = tmp_path / "a.tif"
    for content in (b"", b"text", b"II*\0\xff\xff\xff\xff", None):
        if content is not None:
            path.write_bytes(content)
        else:
            Image.fromarray(np.ones((2, 2), np.float32)).save(path)
        with pytest.raises(DataError, match=r"a\.tif cannot be read as a picture: \w+"):
            read_picture(path)
