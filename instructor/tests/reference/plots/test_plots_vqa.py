import numpy as np
import pytest

from cs231n_rnn.plots import vqa

PICTURE = np.full((8, 8, 3), 200, dtype=np.uint8)
SCORES = {
    "the question alone": {"colour": 0.1, "where": 0.25},
    "both": {"colour": 0.9, "where": 1.0},
}


def looks(n, L=9):
    """Each look at one location, the second at another than the first."""
    weights = np.zeros((n, 2, L))
    weights[:, 0, 1], weights[:, 1, 5] = 0.9, 0.7
    return weights


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text"))]


def test_every_question_has_its_picture_and_both_looks():
    questions, answers = ["is it red", "where is it"], ["yes", "top"]
    figure = vqa.two_looks([PICTURE, PICTURE], questions, answers, looks(2), "Looks")
    assert len(figure.axes) == 6
    assert [len(ax.images) for ax in figure.axes] == [1, 2, 2] * 2
    assert [figure.axes[k].get_ylabel() for k in (0, 3)] == ["is it red?\nyes", "where is it?\ntop"]
    assert {"Looks", "picture", "look 1", "look 2"} <= set(texts(figure))


def test_the_picture_is_lightest_where_the_look_rests():
    figure = vqa.two_looks([PICTURE], ["is it"], ["yes"], looks(1), "Looks")
    for ax, place in zip(figure.axes[1:], (1, 5), strict=True):
        dark = ax.images[1].get_array()[..., 3]
        assert dark.argmin() == place
        assert dark.min() == 0


def test_looks_are_said_in_words():
    said = vqa.two_looks([None], ["is it"], ["yes"], looks(1), "Looks").get_label()
    assert said.startswith("Looks. is it? yes.")
    assert "row 1, column 2 (0.90), then row 2, column 3 (0.70)" in said


@pytest.mark.parametrize(
    ("images", "questions", "weights"),
    [([], [], looks(0)), ([None], ["a", "b"], looks(1)), ([None], ["a"], looks(2)),
     ([None], ["a"], looks(1)[0])],
)  # fmt: skip
def test_looks_that_do_not_fit_the_questions_are_refused(images, questions, weights):
    with pytest.raises(ValueError, match="two_looks needs as many of each"):
        vqa.two_looks(images, questions, ["yes"] * len(images), weights, "Looks")


def test_a_grid_that_is_no_square_is_refused():
    with pytest.raises(ValueError, match="6 locations"):
        vqa.two_looks([None], ["a"], ["b"], looks(1, L=6), "Looks")


def test_bars_are_as_high_as_their_numbers_and_stand_in_their_groups():
    figure = vqa.right_by_kind(SCORES, "Right answers")
    bars = figure.axes[0].patches
    assert [bar.get_height() for bar in bars] == [0.1, 0.25, 0.9, 1.0]
    middles = [bar.get_x() + bar.get_width() / 2 for bar in bars]
    assert [round(middle) for middle in middles] == [0, 1, 0, 1]
    assert len({bar.get_hatch() for bar in bars}) == 2
    assert {"colour", "where", *SCORES} <= set(texts(figure))


def test_bars_are_said_in_words():
    said = vqa.right_by_kind(SCORES, "Right answers").get_label()
    assert "the question alone: colour 0.10, where 0.25; both: colour 0.90, where 1.00" in said


@pytest.mark.parametrize("scores", [{}, {"a": {}}, {"a": {"colour": 1.0}, "b": {"where": 1.0}}])
def test_models_of_different_kinds_are_refused(scores):
    with pytest.raises(ValueError, match="each with the same kinds"):
        vqa.right_by_kind(scores, "Right answers")
