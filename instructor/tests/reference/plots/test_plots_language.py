import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from cs231n_rnn.plots import language


def written(figure):
    """Everything that is written in a figure, as drawn."""
    FigureCanvasAgg(figure).draw()
    return [text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text"))]


def hello(scores):
    hidden = np.array([[0.25, -0.75], [0.5, 0.0], [-0.25, 1.0]])
    return language.time_steps("hel", "elo", hidden, scores, "helo", "Three steps")


def test_equal_scores_cost_the_logarithm_of_the_number_of_characters():
    figure = hello(np.full((3, 4), 1000.0))  # too large to exponentiate as they are
    assert written(figure).count("1.39") == 3
    assert written(figure).count("0.25") == 3 * 4 + 1  # and one of a hidden state
    assert figure.get_label().count("probability 0.25, loss 1.39") == 3


def test_the_loss_of_a_step_is_that_of_its_own_target():
    scores = np.log(np.array([[1, 5, 2, 2], [1, 1, 4, 4], [1, 1, 1, 1]]))
    label = hello(scores).get_label()
    assert "reads 'h'" in label
    for said in (
        "'e' with probability 0.50",
        "'l' with probability 0.40",
        "'o' with probability 0.25",
    ):
        assert said in label


def test_each_time_step_has_its_one_hot_input():
    texts = written(hello(np.zeros((3, 4))))
    assert texts.count("1") == 3
    assert texts.count("0") == 3 * 3


def test_lines_and_levels_are_drawn_in_every_panel():
    panels = {"time": {"full": [1.0, 2.0], "chunks": [1.5, 2.5]}, "memory": {"full": [3.0, 6.0]}}
    figure = language.lines([10, 20], panels, "Cost", "length", levels={"limit": 4.0}, log="xy")
    time, memory = figure.axes
    np.testing.assert_allclose(time.lines[1].get_xydata(), [[10, 1.5], [20, 2.5]])
    np.testing.assert_allclose(memory.lines[0].get_xydata(), [[10, 3], [20, 6]])
    assert [axes.lines[-1].get_ydata()[0] for axes in figure.axes] == [4, 4]
    assert [axes.get_ylabel() for axes in figure.axes] == ["time", "memory"]
    assert {axes.get_xscale() for axes in figure.axes} == {"log"}
    assert "memory, full: 3 at 10, 6 at 20; limit: 4" in figure.get_label()


def test_a_single_logarithmic_axis_leaves_the_other_linear():
    axes = language.lines([1, 2], {"share": {"W": [0.5, 0.0]}}, "Share", "chunk", log="x").axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "linear")


def test_every_character_lies_on_the_colour_of_its_value():
    values = np.array([0.5, -1.0, 0.25, 0.75, 0.1])
    figure = language.coloured_text("ab\ncd", values, "Cell", width=80)
    image = figure.axes[0].images[0]
    drawn = np.ma.filled(image.get_array(), np.nan)
    np.testing.assert_array_equal(drawn, [[0.5, -1.0, 0.25], [0.75, 0.1, np.nan]])
    assert image.get_clim() == (-1, 1)
    places = {text.get_text(): text.get_position() for text in figure.axes[0].texts}
    assert places == {"a": (0, 0), "b": (1, 0), "↵": (2, 0), "c": (0, 1), "d": (1, 1)}


def test_a_long_line_is_wrapped_and_a_line_feed_begins_a_row():
    figure = language.coloured_text("abcde\nf", np.arange(7.0), "Cell", width=3)
    rows = {text.get_text(): text.get_position() for text in figure.axes[0].texts}
    assert rows["d"] == (0, 1)
    assert rows["f"] == (0, 2)


def test_a_character_that_the_font_lacks_is_a_box_without_a_warning():
    figure = language.coloured_text("a漢$x$", np.arange(5.0), "Cell")
    assert [text.get_text() for text in figure.axes[0].texts] == ["a", "□", "$", "x", "$"]
    FigureCanvasAgg(figure).draw()


def test_the_text_alternative_brackets_what_is_high():
    values = np.array([0.0, 1.0, 0.9, 0.1, 1.0])
    assert language.coloured_text("abcde", values, "Cell").get_label().endswith(": a[bc]d[e]")


def test_a_cell_that_never_moves_can_be_drawn():
    figure = language.coloured_text("ab", np.zeros(2), "Cell")
    FigureCanvasAgg(figure).draw()
    assert "Values from 0.00 to 0.00" in figure.get_label()


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: hello(np.zeros((3, 5))), r"scores \(3, 5\); .* \(3, 4\)"),
        (
            lambda: language.time_steps("a", "ab", np.zeros((1, 2)), np.zeros((1, 2)), "ab", ""),
            "targets 2",
        ),
        (
            lambda: language.time_steps("a", "x", np.zeros((1, 2)), np.zeros((1, 2)), "ab", ""),
            r"\['x'\] is not in the vocabulary",
        ),
        (
            lambda: language.lines([1, 2], {"y": {"a": [1.0]}}, "", ""),
            r"lines of \[1\] values over 2",
        ),
        (lambda: language.lines([1], {}, "", ""), r"lines of \[\] values over 1"),
        (lambda: language.coloured_text("", np.zeros(0), ""), "text has 0 characters"),
        (lambda: language.coloured_text("ab", np.zeros(3), ""), r"values is \(3,\)"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
