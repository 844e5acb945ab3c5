import numpy as np
import pytest

from cs231n_rnn.plots import gradient_flow
from cs231n_rnn.plots.gradient_flow import Reach

FALLING = Reach([1.0, 0.5, 0.25, 0.125], [1.0, 0.5, 0.25, 0.125])
RISING = Reach([1.0, 2.0, 4.1], [1.0, 2.0, 4.0])


def test_points_are_what_was_measured_and_lines_are_theory():
    figure = gradient_flow.gradient_reach({"tiny": {"s = 2": RISING}}, "Flow")
    line, points = figure.axes[0].lines
    np.testing.assert_allclose(line.get_xydata(), [[0, 1], [1, 2], [2, 4]])
    np.testing.assert_allclose(points.get_xydata(), [[0, 1], [1, 2], [2, 4.1]])
    assert points.get_linestyle() == "None"


def test_panels_share_a_logarithmic_axis_with_the_limits_given():
    panels = {"one": {"a": FALLING}, "two": {"a": FALLING, "b": RISING}}
    figure = gradient_flow.gradient_reach(panels, "Flow", limits=(1e-3, 10))
    assert [axes.get_title() for axes in figure.axes] == ["one", "two"]
    assert {axes.get_yscale() for axes in figure.axes} == {"log"}
    assert {axes.get_ylim() for axes in figure.axes} == {(1e-3, 10)}
    assert "two, b: 4.1e+00 after 2 steps, theory 4.0e+00." in figure.get_label()


def test_curves_of_a_panel_differ_without_colour():
    curves = {str(k): FALLING for k in range(5)}
    axes = gradient_flow.gradient_reach({"all": curves}, "Flow").axes[0]
    assert len({points.get_marker() for points in axes.lines[1::2]}) == 5


def test_a_curve_of_losses_is_their_running_mean_beside_guessing():
    figure = gradient_flow.losses_and_guessing(
        {"RNN": [4.0, 2.0, 6.0], "LSTM": [2.0, 1.0]}, 0.5, "Adding", "squared error", window=2
    )
    axes = figure.axes[0]
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [[1, 4], [2, 3], [3, 4]])
    np.testing.assert_allclose(axes.lines[1].get_ydata(), [2, 1.5])
    np.testing.assert_allclose(axes.lines[2].get_ydata(), 0.5)
    assert axes.get_ylabel() == "squared error"
    assert "LSTM from 2 to 1.5; guessing 0.5" in figure.get_label()


def test_norms_are_all_drawn_and_all_counted():
    norms = [0.1, 1.0, 10.0, 0.0, 100.0]
    figure = gradient_flow.norms_and_bound(norms, 5.0, "Norms")
    left, right = figure.axes
    np.testing.assert_allclose(left.lines[0].get_ydata(), norms)
    assert sum(bar.get_width() for bar in right.patches) == 4  # 0 has no logarithm
    assert "40% lie above the bound of 5" in figure.get_label()


@pytest.mark.parametrize("norms", [[3.0], [2.0, 2.0]])
def test_norms_that_are_all_the_same_are_drawn(norms):
    right = gradient_flow.norms_and_bound(norms, 1.0, "Norms").axes[1]
    assert sum(bar.get_width() for bar in right.patches) == len(norms)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: gradient_flow.gradient_reach({}, ""), "needs a curve in each panel"),
        (lambda: gradient_flow.gradient_reach({"tiny": {}}, ""), "needs a curve in each panel"),
        (
            lambda: gradient_flow.gradient_reach({"tiny": {"a": Reach([1, 2], [1])}}, ""),
            "a in 'tiny' has 2 points and a line of 1",
        ),
        (lambda: gradient_flow.losses_and_guessing({}, 1, "", ""), "needs values"),
        (lambda: gradient_flow.losses_and_guessing({"a": []}, 1, "", ""), r"in \['a'\]"),
        (lambda: gradient_flow.norms_and_bound([], 1, ""), "norms has 0 values"),
        (lambda: gradient_flow.norms_and_bound([0.0], 1, ""), "none above 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused_by_name(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()
