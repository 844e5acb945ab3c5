import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle

from cs231n_rnn.plots import sequences

WORDS = ["not", "as", "bad", "$"]
PROBS = np.array([0.25, 0.5, 0.75, 1.0])


def draw(figure):
    FigureCanvasAgg(figure).draw()
    return figure


def clips(*lengths):
    return [np.full((T, 6, 6), 40 * k, dtype=np.uint8) for k, T in enumerate(lengths)]


def test_bars_go_up_where_it_is_positive_and_down_where_not():
    figure = draw(sequences.reading([(WORDS, PROBS), (WORDS[:2], PROBS[:2])], "Two readings"))
    first, second = figure.axes
    np.testing.assert_allclose([bar.get_height() for bar in first.patches], PROBS - 0.5)
    assert {bar.get_y() for bar in first.patches} == {0.5}
    assert [text.get_text() for text in first.get_xticklabels()] == WORDS
    assert len(second.patches) == 2
    assert first.get_xlim() == second.get_xlim()
    assert "not 0.25, as 0.50, bad 0.75, $ 1.00; not 0.25" in figure.get_label()


def test_a_frame_stands_above_each_of_its_labels():
    labels = [np.array([0, 0, 1]), np.array([2, 2, 2, 2, 0])]
    figure = draw(
        sequences.film_strips(
            clips(3, 5),
            "Two films",
            ["one", "another"],
            [{"right": row, "model": 0 * row} for row in labels],
            ["left", "right", "still"],
        )
    )
    first, second = figure.axes
    assert [len(ax.images) for ax in figure.axes] == [3, 5]
    runs = [(p.get_x(), p.get_width()) for p in second.patches if isinstance(p, Rectangle)]
    assert runs == [(0, 4), (4, 1), (0, 5)]
    assert [text.get_text() for text in first.get_yticklabels()] == ["right", "model"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["left", "right", "still"]
    label = figure.get_label()
    assert "Clip 1, 3 frames; one; right: left 2, right 1; model: left 3" in label
    assert "Clip 2, 5 frames; another; right: still 4, left 1; model: left 5" in label


def test_labels_differ_without_colour():
    rows = [{"right": np.arange(6)}]
    figure = sequences.film_strips(clips(6), "Films", ribbons=rows, labels=list("abcdef"))
    hatches = [p.get_hatch() for p in figure.axes[0].patches if isinstance(p, Rectangle)]
    assert len(set(hatches)) == 6


def test_strips_need_no_ribbons():
    figure = draw(sequences.film_strips(clips(2, 1), "Films"))
    assert not figure.legends
    assert "Clip 2, 1 frames" in figure.get_label()


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda: sequences.reading([], "t"), "sentences is empty"),
        (lambda: sequences.reading([(WORDS, PROBS[:3])], "t"), r"4 words .* shape \(3,\)"),
        (lambda: sequences.film_strips([], "t"), "clips is empty"),
        (lambda: sequences.film_strips(clips(2), "t", ["a", "b"]), "1 clips and 2 captions"),
        (lambda: sequences.film_strips(clips(2, 3), "t", (), [{}]), "2 clips and 1 ribbons"),
        (
            lambda: sequences.film_strips(clips(2), "t", (), [{"right": np.zeros(3, int)}], "ab"),
            r"'right' is \(3,\); .* \(T,\) = \(2,\)",
        ),
    ],
)
def test_what_does_not_fit_is_refused(function, message):
    with pytest.raises(ValueError, match=message):
        function()
