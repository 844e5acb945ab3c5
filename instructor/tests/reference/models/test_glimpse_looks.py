"""What is provided around a glimpse: places, look, scores, predict, and what is refused.

The step is one of the test's own, so that nothing here waits for a TODO.
"""

import numpy as np
import pytest

from cs231n_rnn.models.glimpse_classifier import GlimpseClassifier

B, A, K, T, H, C = 5, 7, 3, 4, 6, 2
BAD_IMAGES = {
    "one image": (np.zeros((B, A)), r"x is \(5, 7\); .* images \(N, B, A\) = \(N, 5, 7\)"),
    "rows for columns": (np.zeros((2, A, B)), r"x is \(2, 7, 5\); .* = \(N, 5, 7\)"),
    "channels": (np.zeros((2, B, A, 3)), r"x is \(2, 5, 7, 3\); .* = \(N, 5, 7\)"),
    "no image": (np.zeros((0, B, A)), r"x is \(0, 5, 7\); .* = \(N, 5, 7\)"),
    "not a number": (np.full((2, B, A), np.nan), "x has a number that is not finite"),
}


class Counting(GlimpseClassifier):
    """Its hidden state counts the glimpses, its cell state counts in tens."""

    def step(self, x, prev_h, prev_c, window=None):
        asked = window is None
        window = np.full((len(x), 5), np.nan, x.dtype) if asked else window
        glimpse = x[:, : self.K, : self.K] + prev_h[:, :1, np.newaxis]
        return prev_h + 1, prev_c + 10, window, glimpse, (asked, prev_h, prev_c)


def make_model(place="learned", D=1, dtype=np.float64, **options):
    return Counting(C, (B, A), K, T, H, D, place, dtype, **options)


def images(N=3):
    return np.random.default_rng(4).standard_normal((N, B, A))


@pytest.mark.parametrize("place", ["learned", "centre", "anywhere"])
def test_looks_are_in_order_of_time_from_states_of_zeros(place):
    x = images()
    looks = make_model(place).look(x)
    assert looks.windows.shape == (3, T, 5)
    assert looks.glimpses.shape == (3, T, K, K)
    assert looks.h.shape == (3, T, H)
    for t, (asked, prev_h, prev_c) in enumerate(looks.caches):
        assert asked == (place == "learned")
        np.testing.assert_array_equal(prev_h, np.full((3, H), t))
        np.testing.assert_array_equal(prev_c, np.full((3, H), 10 * t))
        np.testing.assert_array_equal(looks.h[:, t], prev_h + 1)
        np.testing.assert_array_equal(looks.glimpses[:, t], x[:, :K, :K] + t)


def test_windows_in_the_centre_have_two_pixels_between_filters():
    windows = make_model("centre").look(images()).windows
    np.testing.assert_array_equal(windows[:, :, [0, 1, 2, 4]], 0)
    stride = (max(A, B) - 1) / (K - 1) * np.exp(windows[:, :, 3])
    np.testing.assert_allclose(stride, 2, rtol=1e-14)


def test_places_anywhere_differ_and_come_from_the_generator():
    def windows(seed):
        rng = np.random.default_rng(seed)
        model = make_model("anywhere", rng=rng)
        return model.look(images()).windows, model.look(images()).windows

    first, second = windows(1)
    centres = np.concatenate([first, second])[:, :, :2].reshape(-1, 2)
    assert len(np.unique(centres)) == centres.size
    assert abs(centres).max() <= 0.8
    np.testing.assert_array_equal(
        first[:, :, 2:], make_model("centre").look(images()).windows[:, :, 2:]
    )
    np.testing.assert_array_equal(windows(1)[1], second)
    assert not np.array_equal(windows(2)[0], first)


def test_scores_are_affine_in_the_hidden_states():
    model = make_model()
    W, b = model.params["W_out"], model.params["b_out"]
    b += [1, -2]
    scores = model.scores(model.look(images()))
    assert scores.shape == (3, T, C)
    for t in range(T):
        np.testing.assert_allclose(scores[:, t], [(t + 1) * W.sum(axis=0) + b] * 3, rtol=1e-13)


@pytest.mark.parametrize(("D", "right"), [(1, [1]), (2, [0, 1]), (4, [0, 0, 1, 1])])
def test_an_answer_is_the_class_with_the_largest_score_after_its_share(D, right):
    """The second class scores the number of glimpses, the first one always 2.5."""
    model = make_model(D=D)
    model.params["W_out"][:] = [0, 1 / H]
    model.params["b_out"][:] = [2.5, 0]
    np.testing.assert_array_equal(model.predict(images()), [right] * 3)


@pytest.mark.parametrize(("D", "steps"), [(1, [3]), (2, [1, 3]), (4, [0, 1, 2, 3])])
def test_answers_are_scored_after_equal_shares_of_the_glimpses(D, steps):
    assert make_model(D=D).answer_steps.tolist() == steps


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_looks_are_in_the_dtype_of_the_weights_and_leave_the_images(dtype):
    x = images()
    kept = x.copy()
    for place in ("learned", "anywhere"):
        model = make_model(place, dtype=dtype)
        looks = model.look(x)
        arrays = [*looks[:3], model.scores(looks), *model.params.values()]
        assert {array.dtype for array in arrays} == {np.dtype(dtype)}
    np.testing.assert_array_equal(x, kept)


def test_weights_have_the_documented_shapes_and_forget_gates_begin_open():
    params = make_model().params
    shapes = {"Wx": (K * K + 5, 4 * H), "Wh": (H, 4 * H), "b": (4 * H,)}
    shapes |= {"W_out": (H, C), "b_out": (C,), "W_window": (H, 5), "b_window": (5,)}
    assert {name: p.shape for name, p in params.items()} == shapes
    np.testing.assert_array_equal(params["b"], [0] * H + [1] * H + [0] * 2 * H)
    # Whatever the hidden state, a new model looks at the whole image: centre 0, log stride 0.
    assert not params["W_window"].any()
    assert not params["b_window"][[0, 1, 3]].any()
    assert {"Wx", "Wh", "b", "W_out", "b_out"} == set(make_model("centre").params)


def test_first_weights_come_from_the_generator():
    def wx(seed):
        return make_model(rng=np.random.default_rng(seed)).params["Wx"]

    np.testing.assert_array_equal(wx(1), wx(1))
    assert not np.array_equal(wx(1), wx(2))
    np.testing.assert_array_equal(make_model().params["Wx"], wx(231))


@pytest.mark.parametrize("method", ["look", "predict", "loss"])
@pytest.mark.parametrize(("x", "message"), BAD_IMAGES.values(), ids=BAD_IMAGES)
def test_bad_images_are_refused(method, x, message):
    labels = [np.zeros((len(x), 1), int)] if method == "loss" else []
    with pytest.raises(ValueError, match=f"(?s){message}"):
        getattr(make_model(), method)(x, *labels)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros(3, int), r"y is \(3,\); GlimpseClassifier.loss needs \(N, D\) = \(3, 2\)"),
        (np.zeros((2, 3), int), r"y is \(2, 3\); .* = \(3, 2\)"),
        (np.zeros((3, 2)), "y is float64; .* needs integers"),
        (np.full((3, 2), C), "y runs from 2 to 2; .* classes from 0 to 1, for C = 2"),
        (np.full((3, 2), -1), "y runs from -1 to -1; .* classes from 0 to 1, for C = 2"),
    ],
    ids=["one axis", "transposed", "floats", "too large", "negative"],
)
def test_bad_labels_are_refused(y, message):
    with pytest.raises(ValueError, match=message):
        make_model(D=2).loss(images(), y)


@pytest.mark.parametrize("D", [0, 3, 8])
def test_answers_that_do_not_divide_the_glimpses_are_refused(D):
    with pytest.raises(ValueError, match=rf"{D} answers and 4 glimpses; .* as many glimpses"):
        make_model(D=D)


def test_a_place_that_is_unknown_is_refused():
    message = r"place is 'left'; .* one of \('learned', 'centre', 'anywhere'\)"
    with pytest.raises(ValueError, match=message):
        make_model("left")
