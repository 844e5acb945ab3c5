import numpy as np
import pytest
from matplotlib.colors import to_rgb

from cs231n_rnn.plots import glimpses

B, A, K, C = 20, 30, 4, 5


def window(box=(12, 9, 6)):
    rng = np.random.default_rng(1)
    return glimpses.Window(box, rng.random((K, A)), rng.random((K, K)))


def path(T=3, answers=(2,), given=(1,), right=1):
    """A path of T glimpses that is sure of what it answers."""
    rng = np.random.default_rng(2)
    probs = np.full((T, C), 0.1)
    for t, c in zip(answers, given, strict=True):
        probs[t, c] = 0.6
    boxes = np.column_stack([5 + 4 * np.arange(T), 6 + np.arange(T), 10 - np.arange(T)])
    return glimpses.Path(
        rng.random((B, A)),
        boxes.astype(float),
        rng.random((T, K, K)),
        probs,
        np.full(T, right),
        np.isin(np.arange(T), answers),
    )


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text"))]


def box_corners(ax):
    """(x, y, width, height) of the boxes on a canvas, without the canvas's own edge."""
    return [(*p.get_xy(), p.get_width(), p.get_height()) for p in ax.patches[1:]]


def test_a_windows_sides_are_where_its_outer_filters_stand():
    figure = glimpses.window_views(np.zeros((B, A)), {"moved": window()}, "Views")
    assert box_corners(figure.axes[0]) == [(9, 6, 6, 6)]


def test_a_window_is_shown_with_its_filters_and_its_glimpse():
    views = {"moved": window(), "wide": window((15, 10, 29))}
    figure = glimpses.window_views(np.zeros((B, A)), views, "Views")
    above, middle, below = (figure.axes[2 * row : 2 * row + 2] for row in range(3))
    assert [ax.get_title() for ax in above] == list(views)
    for view, filters, glimpse in zip(views.values(), middle, below, strict=True):
        np.testing.assert_array_equal([line.get_ydata() for line in filters.lines], view.Fx)
        np.testing.assert_array_equal(glimpse.images[0].get_array(), view.glimpse)
    assert "wide: centre (15, 10), 29 pixels wide" in figure.get_label()


def test_a_path_shows_each_window_each_glimpse_and_each_probability():
    one = path()
    canvas, beside = glimpses.glimpse_paths([one], "Path").axes
    assert len(box_corners(canvas)) == 3
    np.testing.assert_array_equal(canvas.lines[0].get_xydata(), one.boxes[:, :2])
    for t, (seen, bars) in enumerate(zip(beside.images, beside.containers, strict=True)):
        np.testing.assert_array_equal(seen.get_array(), one.glimpses[t])
        np.testing.assert_allclose([bar.get_height() for bar in bars], one.probabilities[t])


def test_each_glimpse_stands_over_its_probabilities():
    beside = glimpses.glimpse_paths([path(T=4, answers=(3,))], "Path").axes[1]
    ends = 0
    for seen, bars in zip(beside.images, beside.containers, strict=True):
        left, right, bottom, _ = seen.get_extent()
        assert left >= ends
        assert bottom > 1
        assert left < bars[0].get_x() < bars[-1].get_x() + bars[-1].get_width() < right
        ends = right


def test_the_right_class_is_hatched_and_an_answer_named():
    figure = glimpses.glimpse_paths([path(right=3)], "Path")
    beside = figure.axes[1]
    hatched = [[bool(bar.get_hatch()) for bar in bars] for bars in beside.containers]
    assert hatched == [[c == 3 for c in range(C)]] * 3
    # The only class with a probability to name is 1.
    assert [t.get_text() for t in beside.texts] == ["glimpse 1", "glimpse 2", "3: answer", "1"]


def test_the_answers_are_said_beside_what_is_right():
    two = path(T=4, answers=(1, 3), given=(2, 4), right=2)
    figure = glimpses.glimpse_paths([path(T=4, answers=(3,)), two], "Path")
    assert {"reads 1, is 1", "reads 2 4, is 2 2"} <= set(texts(figure))
    assert "Image 2: the answer is 2 4, right is 2 2." in figure.get_label()
    assert "(9, 7) 2 with 0.60" in figure.get_label()


def test_numbers_of_windows_over_each_other_stand_apart_and_in_view():
    T = 8
    one = path(T, answers=(7,))._replace(boxes=np.tile([28.0, 10.0, 40.0], (T, 1)))
    canvas = glimpses.glimpse_paths([one], "Path").axes[0]
    places = np.array([text.get_position() for text in canvas.texts])
    assert [text.get_text() for text in canvas.texts] == [str(t + 1) for t in range(T)]
    gaps = np.hypot(*(places[:, np.newaxis] - places).T) + np.eye(T) * 99
    assert gaps.min() > 2
    (left, right), (low, high) = canvas.get_xlim(), sorted(canvas.get_ylim())
    assert (places > [left, low]).all()
    assert (places < [right, high]).all()


def test_later_windows_are_lighter_in_grey_print():
    canvas = glimpses.glimpse_paths([path(T=6, answers=(5,))], "Path").axes[0]
    grey = [
        np.dot(to_rgb(box.get_edgecolor()), (0.299, 0.587, 0.114)) for box in canvas.patches[1:]
    ]
    assert (np.diff(grey) > 0.02).all()


def test_accuracies_stand_beside_their_bars():
    figure = glimpses.accuracy_bars({"learned": 0.967, "full view": 0.46}, 0.1, "Held out")
    (ax,) = figure.axes
    assert [bar.get_width() for bar in ax.patches] == [0.967, 0.46]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["learned", "full view"]
    assert {"0.967", "0.460", "guessing"} <= set(texts(figure))
    assert "learned 0.967, full view 0.460; guessing 0.10" in figure.get_label()


def test_the_running_mean_ends_in_the_mean_and_its_band_in_two_standard_errors():
    estimates = np.random.default_rng(4).normal(2, 1, 50)
    figure = glimpses.estimate_noise({"soft": 1.5}, estimates, 2.0, "Noise")
    _, right = figure.axes
    assert right.lines[0].get_ydata()[-1] == pytest.approx(estimates.mean())
    band = right.collections[0].get_paths()[0].vertices
    at_end = band[band[:, 0] == 50][:, 1]
    error = estimates.std(ddof=1) / np.sqrt(50)
    assert at_end.max() == pytest.approx(estimates.mean() + 2 * error)
    assert at_end.min() == pytest.approx(estimates.mean() - 2 * error)
    low, high = right.get_ylim()
    assert low < at_end.min() < at_end.max() < high


def test_what_cannot_be_measured_gets_words_and_no_bar():
    ratios = {"soft": 1.5, "REINFORCE": np.inf}
    figure = glimpses.estimate_noise(ratios, np.arange(3.0), 1.0, "Noise")
    assert [bar.get_width() for bar in figure.axes[0].patches] == [1.5, 0]
    assert "too noisy" in texts(figure)
    assert "soft 1.5, REINFORCE too noisy" in figure.get_label()


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: glimpses.window_views(np.zeros((B, A)), {}, "t"), "windows is empty"),
        (lambda: glimpses.glimpse_paths([], "t"), r"have \[\] glimpses"),
        (lambda: glimpses.glimpse_paths([path(3), path(4)], "t"), r"have \[3, 4\] glimpses"),
        (lambda: glimpses.accuracy_bars({}, 0.1, "t"), "scores is empty"),
        (lambda: glimpses.estimate_noise({}, np.zeros(3), 0, "t"), "0 ratios and 3"),
        (lambda: glimpses.estimate_noise({"a": 1.0}, np.zeros(1), 0, "t"), "1 ratios and 1"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def test_every_axis_that_has_numbers_is_labelled():
    rng = np.random.default_rng(5)
    figures = [
        glimpses.window_views(np.zeros((B, A)), {"moved": window()}, "t"),
        glimpses.accuracy_bars({"a": 0.5}, 0.1, "t"),
        glimpses.estimate_noise({"a": 1.0}, rng.random(9), 0.5, "t"),
        glimpses.glimpse_paths([path()], "t"),
    ]
    for figure in figures:
        assert "t" in texts(figure)
        for ax in figure.axes:
            assert ax.get_xlabel() or not len(ax.get_xticks())
