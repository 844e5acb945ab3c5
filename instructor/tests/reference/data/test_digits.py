"""The digits: what stands in which part, and that enlarging keeps them what they are."""

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neighbors import KNeighborsClassifier

from cs231n_rnn.data.digits import enlarge, load_digit_images

PARTS = ("train", "val", "test")


@pytest.fixture(scope="module")
def small():
    """The digits in scikit-learn's own size, where enlarging changes nothing."""
    return load_digit_images(size=8)


def of_part(digits, part):
    return getattr(digits, f"x_{part}"), getattr(digits, f"y_{part}")


def test_the_parts_hold_every_image_once(small):
    rows = np.concatenate([of_part(small, part)[0].reshape(-1, 64) for part in PARTS])
    expected = load_digits().data / 16
    assert len(np.unique(expected, axis=0)) == len(expected)  # no two images are alike
    np.testing.assert_allclose(sorted(rows.tolist()), sorted(expected.tolist()), atol=1e-7)


def test_the_parts_are_as_large_as_documented(small):
    assert [len(of_part(small, part)[0]) for part in PARTS] == [1300, 200, 297]


@pytest.mark.parametrize("part", PARTS)
def test_every_image_has_its_own_label(part, small):
    known = load_digits()
    label_of = {(row / 16).tobytes(): y for row, y in zip(known.data, known.target, strict=True)}
    x, y = of_part(small, part)
    assert [label_of[row.tobytes()] for row in x.reshape(-1, 64).astype(float)] == y.tolist()


@pytest.mark.parametrize("part", PARTS)
def test_every_digit_occurs_in_every_part_about_as_often(part, small):
    share = np.bincount(of_part(small, part)[1], minlength=10) / len(of_part(small, part)[1])
    assert 0.05 < share.min() <= share.max() < 0.15


def test_images_are_float32_from_0_to_1():
    digits = load_digit_images(size=13)
    for part in PARTS:
        x, y = of_part(digits, part)
        assert x.shape == (len(y), 13, 13)
        assert x.dtype == np.float32
        assert y.dtype == np.int64
        assert x.min() == 0
        assert 0.9 < x.max() <= 1


def test_enlarged_digits_are_read_as_well_as_small_ones(small):
    large = load_digit_images()
    scores = [
        KNeighborsClassifier(3)
        .fit(digits.x_train.reshape(1300, -1), digits.y_train)
        .score(digits.x_test.reshape(297, -1), digits.y_test)
        for digits in (small, large)
    ]
    assert min(scores) > 0.97


def test_enlarging_keeps_the_middle_of_the_ink():
    image = np.zeros((1, 8, 8))
    image[0, 2, 5] = 1
    large = enlarge(image, 32)[0]
    place = (np.arange(32) + 0.5) / 4  # in pixels of the small image, from its corner
    assert np.average(place, weights=large.sum(axis=1)) == pytest.approx(2.5, abs=0.01)
    assert np.average(place, weights=large.sum(axis=0)) == pytest.approx(5.5, abs=0.01)


def test_enlarging_is_smooth():
    large = load_digit_images().x_val
    assert abs(np.diff(large, axis=2)).max() < 0.5  # a small pixel's edge would be 1


def test_a_size_below_their_own_is_refused():
    with pytest.raises(ValueError, match="size is 7; load_digit_images enlarges, to 8 or more"):
        load_digit_images(7)
