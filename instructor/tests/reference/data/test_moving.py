"""Moved images against scipy's shift and against turns whose result is known."""

import numpy as np
import pytest
from scipy import ndimage

from cs231n_rnn.data.moving import moved_images


class Fixed:
    """In place of a Generator: angle, log scale and shifts that are given."""

    def __init__(self, angle=0.0, scale=0.0, shifts=(0.0, 0.0)):
        self.draws = [np.array([angle]), np.array([scale]), np.array(shifts)[:, np.newaxis]]

    def uniform(self, low, high, shape):
        return self.draws.pop(0)


def blob(B, A, seed=231):
    """A smooth image that is 0 near its edges."""
    image = np.zeros((B, A))
    image[4:-4, 4:-4] = np.random.default_rng(seed).random((B - 8, A - 8))
    return ndimage.gaussian_filter(image, 1.0).astype(np.float32)


def inside(image):
    return image[2:-2, 2:-2]


@pytest.mark.parametrize("shifts", [(1.0, 0.0), (0.0, -2.0), (0.5, 0.25)])
def test_a_shift_is_that_of_scipy_right_and_down(shifts):
    image = blob(13, 17)
    x, y = shifts
    wanted = ndimage.shift(image, (y, x), order=1)
    (found,) = moved_images(image[np.newaxis], Fixed(shifts=shifts))
    np.testing.assert_allclose(inside(found), inside(wanted), atol=2e-3)


def test_a_quarter_turn_goes_clockwise_as_numpys():
    image = blob(15, 15)
    (found,) = moved_images(image[np.newaxis], Fixed(angle=90))
    np.testing.assert_allclose(inside(found), inside(np.rot90(image, -1)), atol=2e-3)


def test_half_a_turn_of_an_oblong_image_keeps_the_middle():
    image = blob(12, 17)
    (found,) = moved_images(image[np.newaxis], Fixed(angle=180))
    np.testing.assert_allclose(inside(found), inside(image[::-1, ::-1]), atol=2e-3)


def test_scaling_changes_the_area_by_its_square():
    square = np.zeros((1, 40, 40), np.float32)
    square[:, 15:25, 15:25] = 1
    (found,) = moved_images(square, Fixed(scale=-np.log(1.5)))
    assert found.sum() == pytest.approx(100 * 1.5**2, rel=0.02)


def test_without_movement_the_images_come_back():
    images = np.random.default_rng(231).random((3, 7, 5), dtype=np.float32)
    moved = moved_images(images, np.random.default_rng(1), 0, 0, 0)
    np.testing.assert_array_equal(moved, images)


def test_each_image_moves_by_itself_and_the_input_stays():
    images = np.repeat(blob(13, 17)[np.newaxis], 3, axis=0)
    before = images.copy()
    a, b, c = moved_images(images, np.random.default_rng(1))
    assert not np.allclose(a, b)
    assert not np.allclose(b, c)
    np.testing.assert_array_equal(images, before)


def test_the_movements_follow_the_generator_and_keep_ink_between_0_and_1():
    images = np.random.default_rng(231).random((4, 9, 9))
    first, again = (moved_images(images, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert first.dtype == np.float32
    assert 0 <= first.min() <= first.max() <= 1


def test_no_images_are_no_images():
    assert moved_images(np.zeros((0, 8, 9)), np.random.default_rng(1)).shape == (0, 8, 9)


def test_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"images is \(8, 9\); moved_images needs \(n, B, A\)"):
        moved_images(np.zeros((8, 9)), np.random.default_rng(1))
