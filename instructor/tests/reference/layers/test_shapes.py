import numpy as np
import pytest

from cs231n_rnn.layers.shapes import require_shapes


def zeros(*shape):
    return np.zeros(shape)


def test_shapes_that_fit_are_accepted():
    require_shapes("f", x=(zeros(2, 3), "N D"), w=(zeros(3, 5), "D M"), b=(zeros(5), "M"))


def test_a_letter_that_stands_alone_may_be_any_size():
    require_shapes("f", x=(zeros(2, 3), "N D"), y=(zeros(7), "M"))


def test_a_number_means_that_number():
    require_shapes("f", x=(zeros(2, 3), "N 3"))
    with pytest.raises(ValueError, match=r"^x is \(2, 4\); f needs \(N, 3\)$"):
        require_shapes("f", x=(zeros(2, 4), "N 3"))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"h": (zeros(2, 5), "N H"), "Wh": (zeros(4, 5), "H H")},
            "Wh is (4, 5); f needs (H, H) = (5, 5)",
        ),
        (
            {"x": (zeros(2, 3), "N D"), "w": (zeros(4, 5), "D M")},
            "w is (4, 5); f needs (D, M) = (3, M)",
        ),
        ({"x": (zeros(2), "N D")}, "x is (2,); f needs (N, D)"),
        ({"x": (zeros(2, 3, 4), "N D")}, "x is (2, 3, 4); f needs (N, D)"),
        ({"x": (zeros(), "N")}, "x is (); f needs (N,)"),
        ({"x": (zeros(2, 3), "N D"), "b": (zeros(2), "D")}, "b is (2,); f needs (D,) = (3,)"),
    ],
)
def test_the_message_says_what_came_and_what_is_needed(arrays, message):
    with pytest.raises(ValueError, match="needs") as refusal:
        require_shapes("f", **arrays)
    assert str(refusal.value) == message


def test_a_letter_twice_in_one_shape_means_a_square():
    with pytest.raises(ValueError, match=r"Wh is \(4, 5\); f needs \(H, H\)"):
        require_shapes("f", Wh=(zeros(4, 5), "H H"))


def test_the_first_array_that_does_not_fit_is_named():
    with pytest.raises(ValueError, match=r"^b is "):
        require_shapes("f", a=(zeros(2), "N"), b=(zeros(3), "N"), c=(zeros(4), "N"))
