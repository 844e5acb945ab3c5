"""Cluttered canvases: what is drawn, where, and that it can be anywhere."""

import numpy as np
import pytest

from cs231n_rnn.data.canvases import FRAGMENT, draw_canvases

S, SIDE = 9, 31
CLASSES = 4


def marked_digits(n=6):
    """Digits (n, S, S) that are told apart by the grey of all their pixels."""
    shades = np.linspace(0.5, 1, n, dtype=np.float32)
    return np.broadcast_to(shades[:, np.newaxis, np.newaxis], (n, S, S)), np.arange(n) % CLASSES


def draw(count=7, seed=1, **options):
    digits, labels = marked_digits()
    return draw_canvases(digits, labels, count, np.random.default_rng(seed), side=SIDE, **options)


def ink_of(canvases, n, d):
    """The square in which digit d of canvas n stands."""
    row, column = canvases.corners[n, d]
    return canvases.x[n, row : row + S, column : column + S]


def test_the_same_seed_gives_the_same_canvases():
    one, same, other = draw(), draw(), draw(seed=2)
    for a, b in zip(one, same, strict=True):
        np.testing.assert_array_equal(a, b)
    assert np.any(one.x != other.x)


@pytest.mark.parametrize("D", [1, 2, 3])
def test_canvases_have_the_documented_form(D):
    canvases = draw(count=7, num_digits=D)
    assert canvases.x.shape == (7, SIDE, SIDE)
    assert canvases.x.dtype == np.float32
    assert canvases.y.shape == (7, D)
    assert canvases.corners.shape == (7, D, 2)


@pytest.mark.parametrize("D", [1, 2, 3])
def test_every_digit_stands_whole_where_its_corner_says(D):
    digits, labels = marked_digits()
    canvases = draw(count=40, num_digits=D, num_fragments=0)
    for n, y in enumerate(canvases.y):
        rest = canvases.x[n].copy()
        for d in range(D):
            (shade,) = np.unique(ink_of(canvases, n, d))
            assert labels[np.flatnonzero(digits[:, 0, 0] == shade)] == [y[d]]
            row, column = canvases.corners[n, d]
            rest[row : row + S, column : column + S] = 0
        assert not rest.any()  # nothing else is there


def test_digits_stand_from_left_to_right_without_overlapping():
    columns = draw(count=300, num_digits=3).corners[:, :, 1]
    assert np.diff(columns, axis=1).min() == S


@pytest.mark.parametrize("D", [1, 2, 3])
def test_a_digit_can_stand_at_every_height_and_the_canvas_is_used_to_its_edges(D):
    corners = draw(count=3000, num_digits=D).corners
    for d in range(D):
        assert set(corners[:, d, 0]) == set(range(SIDE - S + 1))
    assert corners[:, 0, 1].min() == 0
    assert corners[:, -1, 1].max() == SIDE - S


def test_every_place_is_equally_likely_for_a_single_digit():
    corners = draw(count=4600).corners[:, 0]
    for axis in (0, 1):
        counts = np.bincount(corners[:, axis], minlength=SIDE - S + 1)
        # With 22 degrees of freedom one in 100,000 comes above 63.
        assert ((counts - 200) ** 2 / 200).sum() < 63


def test_clutter_is_made_of_pieces_of_other_digits_and_never_lightens():
    digits, _ = marked_digits()
    bare, cluttered = draw(count=60, num_fragments=0), draw(count=60, num_fragments=2)
    np.testing.assert_array_equal(bare.corners, cluttered.corners)
    assert (cluttered.x >= bare.x).all()
    for n in range(60):
        own = ink_of(bare, n, 0)[0, 0]
        added = cluttered.x[n][cluttered.x[n] > bare.x[n]]
        assert set(np.unique(added)) <= set(digits[:, 0, 0]) - {own}
        assert added.size <= 2 * FRAGMENT**2


def test_a_piece_of_clutter_is_a_piece_of_a_digit():
    rng = np.random.default_rng(4)
    digits, labels = rng.random((3, S, S)) + 0.1, np.arange(3)
    canvases = draw_canvases(digits, labels, 20, rng, side=SIDE, num_fragments=1)
    pieces = [
        digit[a : a + FRAGMENT, b : b + FRAGMENT]
        for digit in digits
        for a in range(S - FRAGMENT + 1)
        for b in range(S - FRAGMENT + 1)
    ]
    whole = 0
    for n in range(20):
        row, column = canvases.corners[n, 0]
        rest = canvases.x[n].copy()
        rest[row : row + S, column : column + S] = 0
        rows, columns = (np.flatnonzero(rest.any(axis=axis)) for axis in (1, 0))
        if len(rows) == len(columns) == FRAGMENT and np.count_nonzero(rest) == FRAGMENT**2:
            found = rest[rows[0] : rows[0] + FRAGMENT, columns[0] : columns[0] + FRAGMENT]
            assert any(np.array_equal(found, piece) for piece in pieces)
            whole += 1
    assert whole > 5


def test_inputs_stay_what_they_were():
    rng = np.random.default_rng(5)
    digits, labels = rng.random((5, S, S)), rng.integers(3, size=5)
    before = digits.copy(), labels.copy()
    draw_canvases(digits, labels, 10, rng, side=SIDE)
    np.testing.assert_array_equal(digits, before[0])
    np.testing.assert_array_equal(labels, before[1])


@pytest.mark.parametrize(
    ("count", "options", "message"),
    [
        (0, {}, "count is 0, num_digits 1, num_fragments 4; draw_canvases needs at least 1, 1"),
        (2, {"num_digits": 4}, "4 digits of 9 pixels are wider than the canvas.*36 or more"),
        (2, {"num_fragments": -1}, "num_fragments -1"),
    ],
)
def test_what_has_no_room_is_refused_by_name(count, options, message):
    with pytest.raises(ValueError, match=message):
        draw(count, **options)


def test_clutter_without_another_digit_is_refused():
    digits, labels = marked_digits(1)
    with pytest.raises(ValueError, match="1 digits of 9 pixels; clutter needs two digits"):
        draw_canvases(digits, labels, 2, np.random.default_rng(1), side=SIDE)
