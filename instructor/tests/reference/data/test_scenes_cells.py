import numpy as np
import pytest

from cs231n_rnn.data.scenes import object_cells
from cs231n_rnn.data.scenes.world import SIDE


@pytest.mark.parametrize("rows", [1, 5, 7])
@pytest.mark.parametrize(
    "box", [[0, 0, 64, 64], [0, 10, 1, 11], [9, 9, 10, 10], [30, 3, 55, 40], [60, 60, 64, 64]]
)
def test_cells_are_those_that_hold_a_part_of_the_box(box, rows):
    left, top, right, bottom = box
    # A picture in which a cell is SIDE small pixels wide, and a pixel is `rows` of them.
    fine = np.zeros((SIDE * rows, SIDE * rows), dtype=bool)
    fine[top * rows : bottom * rows, left * rows : right * rows] = True
    expected = fine.reshape(rows, SIDE, rows, SIDE).any(axis=(1, 3))
    np.testing.assert_array_equal(object_cells({"box": box}, rows), expected.ravel())
