"""Figures and animations of drawings: what is drawn where, what the text says, what is refused."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from cs231n_rnn.plots.drawing import (
    GAP,
    Animation,
    canvas_strip,
    confidence_bars,
    digit_sheet,
    kl_curves,
)

N, T, B, A = 2, 3, 6, 4
CANVASES = np.random.default_rng(231).random((N, T, B, A))
BOXES = np.array([[[1.5, 2.5, 2.0], [0, 0, 100], [-9, 2, 4]], [[2, 3, 0], [3, 1, 2], [1, 1, 1.0]]])


def box_of(ax):
    """Left, bottom of the patch, width and height of the box that is drawn last."""
    box = ax.patches[-1]
    return (*box.get_xy(), box.get_width(), box.get_height())


def test_every_canvas_has_a_panel_with_its_own_ink():
    figure = canvas_strip(CANVASES, "Strip")
    for ax, canvas in zip(figure.axes, CANVASES.reshape(-1, B, A), strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), canvas)
        assert ax.images[0].get_clim() == (0, 1)


def test_the_column_of_targets_stands_last_and_the_text_says_so():
    targets = np.ones((N, B, A))
    figure = canvas_strip(CANVASES, "Strip", targets=targets)
    assert len(figure.axes) == N * (T + 1)
    for n in range(N):
        np.testing.assert_array_equal(
            figure.axes[n * (T + 1) + T].images[0].get_array(), targets[n]
        )
    assert figure.axes[T].get_title() == "to draw"
    assert "last column" in figure.get_label()


def test_a_box_has_its_centre_and_extent():
    figure = canvas_strip(CANVASES, "Strip", BOXES)
    assert box_of(figure.axes[0]) == (0.5, 1.5, 2, 2)


def test_a_box_is_cut_off_at_the_edges_of_the_image():
    figure = canvas_strip(CANVASES, "Strip", BOXES)
    assert box_of(figure.axes[1]) == (-0.5, -0.5, A, B)
    left, _, width, height = box_of(figure.axes[2])
    assert (left, width, height) == (-0.5, 0, 4)


def test_the_text_says_how_the_ink_grows_and_where_the_boxes_are():
    canvases = np.zeros((1, 2, 4, 4))
    canvases[0, 1, :2] = 1
    boxes = np.array([[[1.0, 2, 3], [3, 2, 1]]])
    label = canvas_strip(canvases, "Strip", boxes).get_label()
    assert "Image 1: ink after each step 0%, 50%" in label
    assert "(1, 2) 3 wide, (3, 2) 1 wide" in label


@pytest.mark.parametrize(
    ("canvases", "options", "message"),
    [
        (CANVASES[0], {}, r"canvases is \(3, 6, 4\); canvas_strip needs \(N, T, B, A\)"),
        (CANVASES[:0], {}, r"canvases is \(0, 3, 6, 4\)"),
        (CANVASES, {"boxes": BOXES[:, :2]}, r"boxes is \(2, 2, 3\).*\(2, 3, 3\)"),
        (CANVASES, {"targets": CANVASES[:, 0, 1:]}, r"targets is \(2, 5, 4\).*\(2, 6, 4\)"),
    ],
)
def test_a_strip_refuses_what_does_not_fit(canvases, options, message):
    with pytest.raises(ValueError, match=message):
        canvas_strip(canvases, "Strip", **options)


def test_the_sheet_holds_each_image_in_its_place_and_leaves_the_rest_empty():
    images = np.random.default_rng(231).random((5, B, A))
    (ax,) = digit_sheet(images, "Sheet", columns=3).axes
    sheet = ax.images[0].get_array()
    assert sheet.shape == (2 * B, 3 * A)
    np.testing.assert_array_equal(sheet[B:, A : 2 * A], images[4])
    np.testing.assert_array_equal(sheet[:B, 2 * A :], images[2])
    assert not sheet[B:, 2 * A :].any()


def test_the_text_counts_the_images_and_their_ink():
    label = digit_sheet(np.ones((4, B, A)), "Sheet", 2).get_label()
    assert label == "Sheet. 4 images in 2 rows of 2; 100% of the area is ink."


@pytest.mark.parametrize(
    ("shape", "columns", "message"),
    [
        ((0, B, A), 2, r"images is \(0, 6, 4\)"),
        ((B, A), 2, r"images is \(6, 4\)"),
        ((3, B, A), 0, "columns 0"),
    ],
)
def test_a_sheet_refuses_what_does_not_fit(shape, columns, message):
    with pytest.raises(ValueError, match=message):
        digit_sheet(np.zeros(shape), "Sheet", columns)


def test_bars_are_shares_and_the_text_counts_what_is_sure():
    sure = np.array([0.12, 0.5, 0.9, 0.97])
    figure = confidence_bars({"real": sure, "noise": np.full(7, 0.2)}, "Read")
    for ax in figure.axes:
        assert sum(bar.get_height() for bar in ax.patches) == pytest.approx(1)
    assert "real: 50.0%; noise: 0.0%" in figure.get_label()


def test_another_threshold_counts_otherwise():
    figure = confidence_bars({"real": np.array([0.3, 0.5, 0.9])}, "Read", needed=0.5)
    assert "0.5 or more: real: 66.7%" in figure.get_label()


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({}, "groups is empty"),
        ({"real": np.zeros(0)}, "'real' needs one or more"),
        ({"real": np.array([1.2])}, "'real' needs .* 0 to 1"),
        ({"real": np.array([np.nan])}, "'real' needs"),
        ({"real": np.zeros((2, 2))}, "'real' needs"),
    ],
)
def test_bars_refuse_what_is_no_confidence(groups, message):
    with pytest.raises(ValueError, match=message):
        confidence_bars(groups, "Read")


def test_the_costs_in_the_figure_are_those_of_the_closed_form():
    label = kl_curves((0, 1.5), (0, -1)).get_label()
    found = re.findall(r"mean ([\d.]+), sigma ([\d.]+): (\d+\.\d+)", label)
    assert len(found) == 4
    for mu, log_sigma, cost in zip((0, 0, 1.5, 1.5), (0, -1, 0, -1), found, strict=True):
        wanted = (mu**2 + np.exp(2 * log_sigma) - 1) / 2 - log_sigma
        assert float(cost[2]) == pytest.approx(wanted, abs=0.006)


def frames_of(animation):
    """The frames of the GIF that is in the page, and how long each is shown, in milliseconds."""
    data = re.search(r"data:image/gif;base64,([^\"]+)", animation._repr_html_()).group(1)
    gif = Image.open(io.BytesIO(base64.b64decode(data)))
    frames, durations = [], []
    for t in range(gif.n_frames):
        gif.seek(t)
        frames.append(np.asarray(gif.convert("RGB")).astype(float))
        durations.append(gif.info["duration"])
    return frames, durations


def test_the_animation_in_the_page_shows_every_step_and_waits_at_the_last():
    scale = 3
    frames, durations = frames_of(Animation(CANVASES, "Film", seconds=0.2, scale=scale))
    assert durations == [200, 200, 1000]
    for t, frame in enumerate(frames):
        image = frame[GAP : GAP + B * scale : scale, GAP : GAP + A * scale : scale, 0]
        np.testing.assert_allclose(image, 255 * (1 - CANVASES[0, t]), atol=4)


def test_the_animation_draws_the_boxes_in_colour():
    bare, boxed = (frames_of(Animation(CANVASES, "Film", boxes))[0] for boxes in (None, BOXES))
    assert all(np.ptp(frame, axis=2).max() < 6 for frame in bare)  # grey
    assert all(np.ptp(frame, axis=2).max() > 90 for frame in boxed)


def test_images_that_do_not_fit_in_a_row_go_on_in_the_next():
    canvases = np.zeros((5, 2, B, A))
    canvases[4] = 1
    frames, _ = frames_of(Animation(canvases, "Film", columns=3, scale=2))
    assert frames[0].shape[:2] == (2 * (2 * B + GAP) + GAP, 3 * (2 * A + GAP) + GAP)
    assert frames[0][-GAP - 2, 2 * A + 2 * GAP + 2, 0] < 5


def test_the_animation_says_in_words_what_it_shows():
    animation = Animation(np.zeros((1, 2, B, A)), "Ink & paper")
    assert repr(animation) == (
        "Ink & paper. 1 canvases fill in 2 steps; the area that is ink grows from 0% to 0%."
    )
    assert 'alt="Ink &amp; paper. 1 canvases' in animation._repr_html_()


def test_the_animation_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"boxes is \(2, 3, 5\); Animation needs"):
        Animation(CANVASES, "Film", np.zeros((N, T, 5)))


def test_the_graph_has_an_arrow_for_every_way_of_the_decoders_state():
    from cs231n_rnn.plots.draw_graph import _edges, draw_graph

    (ax,) = draw_graph().axes
    heads = [edge.split()[1] for edge, _, _ in _edges() if edge.split()[0] == "h1"]
    assert sorted(heads) == ["e2", "h2", "r2", "w1"]
    assert sum(text.arrow_patch is not None for text in ax.texts if hasattr(text, "xy")) == len(
        _edges()
    )
