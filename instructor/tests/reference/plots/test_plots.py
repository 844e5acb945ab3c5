import json

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from cs231n_rnn import plots
from cs231n_rnn.plots.curves import running_mean
from cs231n_rnn.plots.lstm_cell import MEMORY, OTHERS


def texts(figure):
    """Everything that is written in a figure, as drawn."""
    FigureCanvasAgg(figure).draw()
    return [text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text"))]


def is_cut_off(figure):
    """Whether the captions under the pictures run over the figure's edge."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    width, height = canvas.get_width_height()
    boxes = [axes.xaxis.label.get_window_extent() for axes in figure.axes]
    return any(b.y0 < 0 or b.x0 < 0 or b.x1 > width or b.y1 > height for b in boxes)


@pytest.mark.parametrize("count", [1, 3, 5, 8])
@pytest.mark.parametrize("words", [2, 15])
def test_captions_stand_whole_under_their_pictures(count, words):
    images = [np.zeros((64, 64, 3), np.uint8)] * count
    caption = " ".join(["striped"] * words)
    given = {"given": [caption] * count, "model": [caption] * count, "beam": [caption] * count}
    figure = plots.picture_grid(images, given, "Pictures")
    assert len(figure.axes) == count
    assert not is_cut_off(figure)
    assert figure.get_label().count(caption) == 3 * count


def test_a_picture_that_is_missing_is_said_to_be():
    figure = plots.picture_grid([None, np.zeros((4, 4, 3), np.uint8)], {"": ["a", "b"]}, "Two")
    assert "picture\nnot available" in texts(figure)
    assert "Picture 1, not available: a." in figure.get_label()


def test_a_curve_is_the_running_mean_of_its_losses():
    losses = [4.0, 2.0, 6.0, 0.0]
    np.testing.assert_allclose(running_mean(losses, 2), [4, 3, 4, 3])
    figure = plots.training_curves({"small": losses}, [{"BLEU-4": 0.1}, {"BLEU-4": 0.3}], window=2)
    loss_axes, score_axes = figure.axes
    np.testing.assert_allclose(loss_axes.lines[1].get_ydata(), [4, 3, 4, 3])
    np.testing.assert_allclose(score_axes.lines[0].get_xydata(), [[1, 0.1], [2, 0.3]])
    assert "small from 4 to 0" in figure.get_label()
    for axes in figure.axes:
        assert axes.get_xlabel()
        assert axes.get_ylabel()
        assert axes.get_title()


def test_the_graph_has_a_loss_for_every_word_to_say():
    written = texts(plots.unrolled_graph(["<START>", "a", "ring", "<END>"]))
    assert [f"$L_{{{t}}}$" in written for t in (1, 2, 3, 4)] == [True, True, True, False]
    assert "<START>" in written
    assert "<END>" in written


def test_the_cell_shows_every_gate_and_two_arrows_that_leave_the_sum():
    figure = plots.lstm_cell()
    written = " ".join(texts(figure))
    assert all(f"a_{gate}" in written for gate in "ifog")
    assert sum(edge.startswith("add ") for edge in f"{MEMORY}, {OTHERS}".split(", ")) == 2
    assert "cell state" in figure.get_label()


def test_bars_are_the_norms_of_the_terms_and_of_their_sum():
    terms = np.array([[[3.0, 0.0]], [[0.0, 4.0]]])
    axes = plots.gradient_over_time(terms).axes[0]
    assert [bar.get_height() for bar in axes.patches] == [3, 4, 5]


def test_gates_are_drawn_from_zero_to_one_and_states_about_zero():
    gate, state = np.full((3, 4), 0.5), np.full((3, 4), -2.0)
    figure = plots.gate_maps(["a", "red", "ring"], {"f": gate, "c": state}, "Gates")
    limits = [axes.images[0].get_clim() for axes in figure.axes if axes.images]
    assert limits == [(0, 1), (-2, 2)]
    assert "f: 0.50, 0.50, 0.50" in figure.get_label()


def test_a_table_leaves_a_missing_score_empty():
    table = plots.ScoreTable({"RNN": {"BLEU-4": 0.5}, "LSTM <2>": {"BLEU-4": 0.25, "CIDEr": 1}})
    assert str(table).splitlines()[1].split() == ["RNN", "0.500"]
    assert "LSTM &lt;2&gt;" in table._repr_html_()
    assert table._repr_html_().count("<td></td>") == 2  # the corner, and CIDEr


def test_a_table_is_kept_as_json_in_a_folder_that_need_not_be_there(tmp_path):
    rows = {"RNN": {"BLEU-4": 0.5}, "LSTM": {"BLEU-4": 0.25, "CIDEr": 1}}
    table = plots.ScoreTable(rows)
    assert table.save(tmp_path / "results" / "scores.json") is table
    assert json.loads((tmp_path / "results" / "scores.json").read_text()) == rows


def test_in_plain_python_nothing_is_shown(capsys):
    plots.show(Figure(), "nothing")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plots.picture_grid([], {}, ""), "images is empty"),
        (lambda: plots.picture_grid([None], {"given": []}, ""), "'given' has 0 captions"),
        (lambda: plots.training_curves({}), "needs values to draw"),
        (lambda: plots.training_curves({"a": []}), r"without a value in \['a'\]"),
        (lambda: plots.training_curves({"a": [1.0]}, window=0), "window 0"),
        (lambda: plots.unrolled_graph(["<START>"]), "words has 1"),
        (lambda: plots.gradient_over_time(np.zeros((0, 2))), "there are 0 terms"),
        (lambda: plots.gradient_over_time(np.zeros((3, 2)), ["a"]), "1 labels"),
        (lambda: plots.gate_maps(["a"], {}, ""), "values is empty"),
        (lambda: plots.gate_maps(["a"], {"f": np.zeros((2, 3))}, ""), r"f is \(2, 3\)"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
