import numpy as np
import pytest

from cs231n_rnn.plots import depth

RUNS = {
    "1 x 8": depth.Run([3.0, 2.0, 1.5], 0.5, 100, 2.5),
    "2 x 8": depth.Run([3.0, 1.0, 0.5], 1.0, 200, 2.25),
}


def texts(figure):
    """All words that a figure shows."""
    return [text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text"))]


@pytest.mark.parametrize("backward", [False, True])
def test_the_grid_has_a_box_for_every_state_input_and_loss(backward):
    L, T = 2, 3
    shown = texts(depth.stacked_graph(L, T, backward))
    for t in range(1, T + 1):
        assert f"$x_{{{t}}}$" in shown
        assert f"$L_{{{t}}}$" in shown
        assert all(f"$h_{{{t}}}^{{({layer})}}$" in shown for layer in range(1, L + 1))
    assert depth.TITLES[backward] in shown


def test_every_figure_has_a_text_alternative_with_its_numbers():
    said = depth.depth_costs(RUNS, "Costs").get_label()
    assert "2.25 bits" in said
    assert "200 parameters" in said
    said = depth.layer_bars({"norm": {"before": [0.25, 0.75]}}, "Norms").get_label()
    assert "0.25, 0.75" in said
    states = np.zeros((2, 3, 4))
    states[1] = [[0.5], [1.0], [0.5]]
    said = depth.layer_states("abc", states, "States").get_label()
    assert "0.00, 0.50" in said


def test_bits_are_drawn_against_parameters_and_losses_against_time():
    _, right = depth.depth_costs(RUNS, "Costs").axes[:2]
    points = {tuple(np.ravel(line.get_xydata())) for line in right.get_lines()}
    assert points == {(0.1, 2.5), (0.2, 2.25)}


def test_five_runs_can_be_told_apart_without_their_colours():
    runs = {str(k): RUNS["1 x 8"] for k in range(5)}
    right = depth.depth_costs(runs, "Costs").axes[1]
    assert len({line.get_marker() for line in right.get_lines()}) == 5


def test_a_curve_is_in_bits_against_the_time_of_its_chunks():
    left = depth.depth_costs({"1 x 8": RUNS["1 x 8"]}, "Costs").axes[0]
    times, bits = left.get_lines()[0].get_data()
    np.testing.assert_allclose(times, [0.5, 1.0, 1.5])
    np.testing.assert_allclose(bits * np.log(2), [3, 2.5, 6.5 / 3])


def test_bars_of_a_layer_stand_beside_each_other_and_are_as_high_as_their_numbers():
    bars = depth.layer_bars({"norm": {"before": [1.0, 2.0], "after": [3.0, 4.0]}}, "Norms")
    patches = bars.axes[0].patches
    assert [bar.get_height() for bar in patches] == [1, 2, 3, 4]
    lefts = [bar.get_x() for bar in patches]
    np.testing.assert_allclose(lefts[2], lefts[0] + patches[0].get_width())


def test_the_lowest_layer_is_drawn_below_the_others():
    states = np.stack([np.full((3, 4), -0.5), np.full((3, 4), 0.5)])
    axes = [ax for ax in depth.layer_states("a b", states, "States").axes if ax.images]
    assert [ax.get_title() for ax in axes] == ["layer 2", "layer 1"]
    assert [float(ax.images[0].get_array().max()) for ax in axes] == [0.5, -0.5]


def test_what_cannot_be_drawn_is_refused_by_name():
    with pytest.raises(ValueError, match="runs is"):
        depth.depth_costs({}, "Costs")
    with pytest.raises(ValueError, match="layers; layer_bars needs one L"):
        depth.layer_bars({"norm": {"before": [1.0], "after": [1.0, 2.0]}}, "Norms")
    with pytest.raises(ValueError, match=r"needs \(L, T, H\), T = 2"):
        depth.layer_states("ab", np.zeros((1, 3, 4)), "States")
    with pytest.raises(ValueError, match="stacked_graph"):
        depth.stacked_graph(0, 3)


def test_scores_of_seeds_are_told_by_mean_and_range():
    panels = {"equal size": {"rnn": [2.0, 3.0], "gru": [1.0]}, "equal cost": {"rnn": [4.0, 4.5]}}
    figure = depth.seed_scores(panels, "bits per character", "Two cells")
    said = figure.get_label()
    assert "equal size, rnn: mean 2.500, from 2.000 to 3.000" in said
    assert "equal cost, rnn: mean 4.250, from 4.000 to 4.500" in said
    assert [ax.get_title() for ax in figure.axes] == list(panels)
    assert figure.axes[0].get_ylabel() == "bits per character"
    drawn = sorted(tuple(line.get_ydata()) for line in figure.axes[0].lines)
    assert drawn == [(1.0,), (2.0, 3.0)]
