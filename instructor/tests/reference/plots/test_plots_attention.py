import numpy as np
import pytest

from cs231n_rnn.plots.attention import COLUMNS, DARKEST, attention_figure

IMAGE = np.full((14, 14, 3), 200, dtype=np.uint8)


def one_cell(row, column, R=7):
    """All the weight on one cell of a grid."""
    weights = np.zeros((R, R))
    weights[row, column] = 1
    return weights.ravel()


def darkness(ax):
    """Opacity of the dark that lies over a panel's picture."""
    return np.asarray(ax.images[-1].get_array())[..., 3]


def test_the_cell_that_is_looked_at_is_lit_and_the_others_are_dark():
    figure = attention_figure(IMAGE, ["red"], one_cell(2, 5)[np.newaxis], "Looks")
    dark = darkness(figure.axes[0])
    assert dark[2, 5] == 0
    assert (np.delete(dark.ravel(), 2 * 7 + 5) == DARKEST).all()


def test_the_dark_covers_the_whole_picture_whatever_its_size():
    wide = np.zeros((20, 30, 3), dtype=np.uint8)
    (ax,) = attention_figure(wide, ["a"], one_cell(0, 0)[np.newaxis], "Looks").axes
    assert tuple(ax.images[-1].get_extent()) == (-0.5, 29.5, 19.5, -0.5)


def test_each_word_has_a_panel_and_the_text_says_where_it_looks():
    words = ["a", "$red$", "circle"]
    weights = np.stack([one_cell(0, 0), one_cell(1, 2), one_cell(6, 6)])
    figure = attention_figure(IMAGE, words, weights, "Looks")
    assert [ax.get_title() for ax in figure.axes] == words
    assert "$red$: row 2, column 3 (1.00)" in figure.get_label()


def test_a_long_caption_goes_on_in_another_row():
    T = COLUMNS + 1
    short = attention_figure(IMAGE, ["a"] * COLUMNS, np.full((COLUMNS, 49), 1 / 49), "Looks")
    long = attention_figure(IMAGE, ["a"] * T, np.full((T, 49), 1 / 49), "Looks")
    assert long.get_figheight() > short.get_figheight()
    assert long.get_figwidth() == short.get_figwidth()


def test_without_a_picture_the_weights_are_drawn():
    weights = np.arange(4.0) / 6
    (ax,) = attention_figure(None, ["a"], weights[np.newaxis], "Looks").axes
    np.testing.assert_array_equal(ax.images[0].get_array(), weights.reshape(2, 2))


def test_a_word_that_was_not_looked_for_is_all_dark():
    (ax,) = attention_figure(IMAGE, ["a"], np.zeros((1, 9)), "Looks").axes
    assert (darkness(ax) == DARKEST).all()


@pytest.mark.parametrize(
    ("words", "shape", "message"),
    [
        ([], (0, 49), "0 words"),
        (["a"], (2, 49), r"1 words and weights is \(2, 49\)"),
        (["a"], (49,), r"weights is \(49,\)"),
        (["a"], (1, 48), "48 locations; a square grid"),
        (["a"], (1, 0), "0 locations"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(words, shape, message):
    with pytest.raises(ValueError, match=message):
        attention_figure(IMAGE, words, np.zeros(shape), "Looks")
