"""The glimpse classifier against HIPS autograd, from equations of their own; places; contracts.

The equations run one image and one glimpse at a time, the Gaussian window and the LSTM included.
"""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from cs231n_rnn.models.glimpse_classifier import PLACES, GlimpseClassifier

SAME = 1e-10
C = 3
ON_PLACES = pytest.mark.parametrize("place", PLACES)
TOLD = pytest.mark.parametrize("told", [False, True], ids=["chosen", "told"])
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
# N images of B rows and A columns, D answers in T glimpses of K x K numbers.
SIZES = {
    "one_answer": {"N": 3, "T": 4, "D": 1, "B": 5, "A": 7, "K": 3, "H": 4},
    "two_answers": {"N": 2, "T": 4, "D": 2, "B": 8, "A": 4, "K": 4, "H": 3},
    "an_answer_a_glimpse": {"N": 2, "T": 3, "D": 3, "B": 4, "A": 6, "K": 2, "H": 5},
    "one_image": {"N": 1, "T": 4, "D": 2, "B": 6, "A": 5, "K": 3, "H": 4},
    "one_glimpse": {"N": 3, "T": 1, "D": 1, "B": 5, "A": 6, "K": 3, "H": 4},
    "one_of_each": {"N": 1, "T": 1, "D": 1, "B": 1, "A": 2, "K": 2, "H": 1},
}
ON_SIZES = pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)


def assert_same(ours, right):
    """Equal shapes, and values to SAME of the largest one."""
    assert np.shape(ours) == np.shape(right)
    np.testing.assert_allclose(ours, right, rtol=0, atol=SAME * np.abs(right).max(initial=1e-5))


def make_model(rng, place, T, D, B, A, K, H, dtype=np.float64, seed=5):
    """A model whose weights all count, biases among them; seed is for its random places."""
    own = np.random.default_rng(seed)
    model = GlimpseClassifier(C, (B, A), K, T, H, D, place, np.float64)
    for name, p in model.params.items():
        model.params[name] = (0.5 * rng.standard_normal(p.shape)).astype(dtype)
    model.rng = own
    return model


def draw_batch(rng, N, D, B, A, dtype=np.float64):
    return rng.standard_normal((N, B, A)).astype(dtype), rng.integers(C, size=(N, D))


def setting(rng, place, N, dtype=np.float64, **sizes):
    """A model and a minibatch for it."""
    model = make_model(rng, place, dtype=dtype, **sizes)
    return model, *draw_batch(rng, N, sizes["D"], sizes["B"], sizes["A"], dtype)


def right_places(place, N, T, B, A, K, seed=5):
    """Windows (T, N, 5) that are not learned, or None for each glimpse and image."""
    if place == "learned":
        return [[None] * N] * T
    log_stride = np.log(2 * (K - 1) / (max(B, A) - 1))
    windows = np.array([[[0, 0, 0, log_stride, 0]] * N] * T)
    if place == "anywhere":
        windows[..., :2] = np.random.default_rng(seed).uniform(-0.8, 0.8, (T, N, 2))
    return windows


# The equations, for one image.


def filters(centre, stride, variance, K, size):
    """K Gaussians over pixels 0 to size - 1, a list of rows that are 1 in sum."""
    rows = []
    for k in range(K):
        mean = centre + (k - K / 2 + 0.5) * stride
        exponent = -((anp.arange(size) - mean) ** 2) / (2 * variance)
        weights = anp.exp(exponent - anp.max(exponent))
        rows.append(weights / anp.sum(weights))
    return anp.stack(rows)


def right_glimpse(x, window, K):
    B, A = x.shape
    g_x, g_y, log_variance, log_stride, log_intensity = window
    stride = (max(A, B) - 1) / (K - 1) * anp.exp(log_stride)
    Fx = filters((A + 1) * (g_x + 1) / 2 - 1, stride, anp.exp(log_variance), K, A)
    Fy = filters((B + 1) * (g_y + 1) / 2 - 1, stride, anp.exp(log_variance), K, B)
    return anp.exp(log_intensity) * anp.dot(anp.dot(Fy, x), Fx.T)


def sigmoid(x):
    return 1 / (1 + anp.exp(-x))


def right_step(p, x, h, c, window, K):
    """Both states after one glimpse, where it looked, and what it saw."""
    if window is None:
        window = anp.dot(h, p["W_window"]) + p["b_window"]
    glimpse = right_glimpse(x, window, K)
    what, where = p["Wx"][: K * K], p["Wx"][K * K :]
    a = anp.dot(anp.ravel(glimpse), what) + anp.dot(window, where) + anp.dot(h, p["Wh"]) + p["b"]
    H = len(h)
    i, f, o, g = (a[k * H : (k + 1) * H] for k in range(4))
    c = sigmoid(f) * c + sigmoid(i) * anp.tanh(g)
    return sigmoid(o) * anp.tanh(c), c, window, glimpse


def right_loss(p, x, y, K, places):
    """Nats of the right classes, summed over the answers, averaged over the images."""
    (N, D), T, total = y.shape, len(places), 0.0
    for n in range(N):
        h = c = anp.zeros(len(p["Wh"]))
        answers = list(y[n])
        for t in range(T):
            h, c, *_ = right_step(p, x[n], h, c, places[t][n], K)
            if (t + 1) % (T // D) == 0:
                scores = anp.dot(h, p["W_out"]) + p["b_out"]
                total = total + anp.log(anp.sum(anp.exp(scores))) - scores[answers.pop(0)]
    return total / N


@ON_PLACES
@ON_SIZES
def test_loss_and_gradients(place, sizes, rng):
    model, x, y = setting(rng, place, **sizes)
    loss, grads = model.loss(x, y)
    places = right_places(place, *(sizes[name] for name in "NTBAK"))
    assert_same(loss, right_loss(model.params, x, y, sizes["K"], places))
    right = autograd.grad(right_loss)(model.params, x, y, sizes["K"], places)
    assert grads.keys() == model.params.keys()
    for name, grad in grads.items():
        assert_same(grad, right[name])


def step_inputs(rng, model, N, told, dtype=np.float64):
    """x, prev_h, prev_c, and a window or None."""
    shapes = (N, *model.shape), *[(N, len(model.params["Wh"]))] * 2
    arrays = [rng.standard_normal(shape).astype(dtype) for shape in shapes]
    return *arrays, rng.standard_normal((N, 5)).astype(dtype) if told else None


@TOLD
@ON_SIZES
def test_a_step(told, sizes, rng):
    model, *_ = setting(rng, "learned", **sizes)
    x, h, c, window = step_inputs(rng, model, sizes["N"], told)
    *found, _ = model.step(x, h, c, window)
    for n in range(len(x)):
        where = window[n] if told else None
        right = right_step(model.params, x[n], h[n], c[n], where, sizes["K"])
        for ours, theirs in zip(found, right, strict=True):
            assert_same(ours[n], theirs)


@TOLD
@ON_SIZES
def test_gradients_of_a_step(told, sizes, rng):
    model, *_ = setting(rng, "learned", **sizes)
    x, h, c, window = step_inputs(rng, model, sizes["N"], told)
    dh, dc = rng.standard_normal((2, *h.shape))

    def total(p, h, c):
        rows = range(len(x))
        where = window if told else [None] * len(x)
        steps = [right_step(p, x[n], h[n], c[n], where[n], model.K) for n in rows]
        return sum(anp.sum(s[0] * dh[n]) + anp.sum(s[1] * dc[n]) for n, s in enumerate(steps))

    *_, cache = model.step(x, h, c, window)
    dprev_h, dprev_c, grads = model.step_backward(dh, dc, cache)
    assert_same(dprev_h, autograd.grad(total, 1)(model.params, h, c))
    assert_same(dprev_c, autograd.grad(total, 2)(model.params, h, c))
    right = autograd.grad(total)(model.params, h, c)
    assert set(grads) == {"Wx", "Wh", "b"} | (set() if told else {"W_window", "b_window"})
    for name, grad in grads.items():
        assert_same(grad, right[name])


def test_a_window_that_is_cut_off_gets_no_gradient(rng):
    sizes = {**SIZES["one_answer"], "T": 1}
    model, x, y = setting(rng, "learned", **sizes)
    model.params["b_window"] = np.array([0.1, 20.0, 0.2, -30.0, -0.3])
    model.params["Wx"][-5:] = 0  # the LSTM is told the numbers as they are
    grad = model.loss(x, y)[1]["b_window"]
    assert np.flatnonzero(grad == 0).tolist() == [1, 3]


# Places.


@pytest.mark.parametrize("place", ["centre", "anywhere"])
def test_a_place_that_is_not_learned_has_no_weights(place, rng):
    model, x, y = setting(rng, place, **SIZES["two_answers"])
    assert not {"W_window", "b_window"} & (set(model.params) | set(model.loss(x, y)[1]))


@pytest.mark.parametrize("move", [(0, 3), (-4, 0), (5, -2)], ids=str)
def test_an_image_that_is_moved_with_its_windows_gives_the_same_scores(move, rng):
    """In the interior, for an LSTM that does not use where it looked."""
    down, right = move
    B, A, K = 40, 50, 3
    model, *_ = setting(rng, "learned", N=2, T=4, D=2, B=B, A=A, K=K, H=4)
    p = model.params
    p["Wx"][K * K : K * K + 2] = 0
    p["W_window"] *= 0.1
    p["b_window"] = np.array([0.1, -0.1, -0.5, -3.0, 1.0])
    x, moved = np.zeros((2, 2, B, A))
    x[:, 10:-10, 12:-12] = rng.standard_normal((2, B - 20, A - 24))
    moved[:] = np.roll(x, move, axis=(1, 2))
    before = model.scores(model.look(x))
    assert abs(model.scores(model.look(moved)) - before).max() > 1e-3
    p["b_window"] += np.array([2 * right / (A + 1), 2 * down / (B + 1), 0, 0, 0])
    np.testing.assert_allclose(model.scores(model.look(moved)), before, rtol=0, atol=1e-12)


def test_an_answer_has_no_gradient_of_later_glimpses(rng):
    """What is answered first is the loss of a model that ends there."""
    sizes = {**SIZES["two_answers"], "T": 6}
    model, x, y = setting(rng, "learned", **sizes)
    half = make_model(rng, "learned", **{k: v for k, v in sizes.items() if k != "N"})
    half.params, half.T, half.answer_steps = model.params, 3, np.array([2])
    late = make_model(rng, "learned", **{k: v for k, v in sizes.items() if k != "N"})
    late.params, late.answer_steps = model.params, np.array([5])
    whole, first, last = model.loss(x, y), half.loss(x, y[:, :1]), late.loss(x, y[:, 1:])
    assert_same(whole[0], first[0] + last[0])
    for name, grad in whole[1].items():
        assert_same(grad, first[1][name] + last[1][name])


@pytest.mark.parametrize("place", ["learned", "centre"])
def test_the_order_of_the_images_changes_nothing(place, rng):
    model, x, y = setting(rng, place, **{**SIZES["two_answers"], "N": 4})
    order = [2, 0, 3, 1]
    loss, grads = model.loss(x, y)
    other_loss, other_grads = model.loss(x[order], y[order])
    assert_same(other_loss, loss)
    for name, grad in grads.items():
        assert_same(other_grads[name], grad)
    np.testing.assert_array_equal(model.predict(x[order]), model.predict(x)[order])


# Contracts.


@ON_PLACES
@DTYPES
def test_dtype_inputs_and_weights_are_kept(place, dtype, rng):
    model, x, y = setting(rng, place, dtype=dtype, **SIZES["two_answers"])
    held = [x, y, *model.params.values()]
    before = [array.copy() for array in held]
    loss, grads = model.loss(x, y)
    looks = model.look(x)
    arrays = [*grads.values(), *looks[:3], model.scores(looks)]
    assert type(loss) is float
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}
    for array, kept in zip(held, before, strict=True):
        np.testing.assert_array_equal(array, kept)
    for name, p in model.params.items():
        assert not np.shares_memory(grads[name], p)


@TOLD
@DTYPES
def test_a_step_keeps_dtype_and_inputs_and_goes_back_twice(told, dtype, rng):
    model, *_ = setting(rng, "learned", dtype=dtype, **SIZES["one_answer"])
    inputs = [a for a in step_inputs(rng, model, 3, told, dtype) if a is not None]
    *outputs, cache = model.step(*inputs)
    upstream = [np.ones_like(outputs[0]), np.ones_like(outputs[1])]
    held = [*inputs, *outputs[2:], *upstream]
    before = [array.copy() for array in held]
    (dh, dc, grads), again = (model.step_backward(*upstream, cache) for _ in range(2))
    assert {a.dtype for a in (*outputs, dh, dc, *grads.values())} == {np.dtype(dtype)}
    for array, kept in zip(held, before, strict=True):
        np.testing.assert_array_equal(array, kept)
    for once, twice in zip((dh, dc), again[:2], strict=True):
        np.testing.assert_array_equal(once, twice)
    for name, grad in grads.items():
        np.testing.assert_array_equal(grad, again[2][name])


def test_images_of_another_dtype_are_taken_in_that_of_the_weights(rng):
    model, x, y = setting(rng, "learned", dtype=np.float32, **SIZES["two_answers"])
    loss, grads = model.loss(x.astype(np.float64), y)
    assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float32)}
    assert loss == model.loss(x, y)[0]


@ON_PLACES
def test_weights_of_zero_leave_every_class_equally_likely(place, rng):
    model, x, y = setting(rng, place, **SIZES["two_answers"])
    model.params = {name: 0 * p for name, p in model.params.items()}
    assert model.loss(x, y)[0] == pytest.approx(2 * np.log(C))


def test_large_images_and_states_stay_finite(rng):
    model, x, y = setting(rng, "learned", dtype=np.float32, **SIZES["two_answers"])
    model.params["W_window"] *= 100
    model.params["b_window"] *= 100
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        loss, grads = model.loss(x, y)
    assert np.isfinite([loss, *(abs(grad).max() for grad in grads.values())]).all()
