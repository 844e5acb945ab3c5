"""DRAW against HIPS autograd, from equations of their own for one image at a time.

The equations use nothing of the kit: LSTM, window, divergence and cross-entropy stand here again.
"""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import stats

from cs231n_rnn.models.draw import DRAW

SAME = 1e-9
SIZES = {"N": 2, "T": 3, "B": 5, "A": 4, "Z": 2, "H": 4, "read": 3, "write": 2}
quick = settings(max_examples=10, deadline=None, derandomize=True, database=None)
OTHERS = st.fixed_dictionaries(
    {
        **{name: st.integers(1, 3) for name in ("N", "T", "Z", "H")},
        **{name: st.integers(1, 6) for name in ("B", "A")},
        **{name: st.integers(2, 4) for name in ("read", "write")},
    }
)
# autograd warns where nothing depends on a parameter, as at the first step of one.
independent = pytest.mark.filterwarnings("ignore:Output seems independent of input")


def assert_same(ours, right):
    """Equal shapes, and values to SAME of the largest one."""
    assert np.shape(ours) == np.shape(right)
    np.testing.assert_allclose(ours, right, rtol=0, atol=SAME * np.abs(right).max(initial=1e-5))


def make_model(rng, B, A, Z, H, T, read, write, scale=0.5, dtype=np.float64):
    """A model whose weights all count, biases and first canvas among them."""
    model = DRAW((B, A), T, Z, H, read, write, dtype)
    for name, p in model.params.items():
        model.params[name] = (scale * rng.standard_normal(p.shape)).astype(dtype)
    return model


def make_batch(rng, scale=0.5, dtype=np.float64, **sizes):
    """Model, images and noise."""
    sizes = dict(SIZES | sizes)
    N = sizes.pop("N")
    model = make_model(rng, **sizes, scale=scale, dtype=dtype)
    x = rng.uniform(size=(N, *model.shape)).astype(dtype)
    return model, x, rng.standard_normal((model.T, N, model.Z)).astype(dtype)


# The equations.


def logistic(a):
    return 0.5 * (1 + anp.tanh(a / 2))


def affine(p, name, h):
    return anp.dot(h, p[f"W_{name}"]) + p[f"b_{name}"]


def lstm(p, name, x, h, c):
    """Hidden and cell state of one image."""
    a = anp.dot(x, p[f"Wx_{name}"]) + anp.dot(h, p[f"Wh_{name}"]) + p[f"b_{name}"]
    H = len(h)
    i, f, o = (logistic(a[k * H : (k + 1) * H]) for k in range(3))
    c = f * c + i * anp.tanh(a[3 * H :])
    return o * anp.tanh(c), c


def filters(centre, stride, variance, K, size):
    """A filter a row, (K, size)."""
    rows = []
    for k in range(1, K + 1):
        place = centre + (k - K / 2 - 0.5) * stride
        exponents = -((np.arange(size) - place) ** 2) / (2 * variance)
        weights = anp.exp(exponents - anp.max(exponents))
        rows.append(weights / anp.sum(weights))
    return anp.stack(rows)


def look(numbers, K, B, A):
    """Fy, Fx and the intensity of one window."""
    g_x, g_y, log_variance, log_stride, log_intensity = (
        12.0 * anp.sign(n) if abs(n) > 12 else n for n in numbers
    )
    # The paper counts pixels from 1.
    centre_x, centre_y = (A + 1) / 2 * (g_x + 1) - 1, (B + 1) / 2 * (g_y + 1) - 1
    stride = (max(A, B) - 1) / (K - 1) * anp.exp(log_stride)
    variance = anp.exp(log_variance)
    Fy = filters(centre_y, stride, variance, K, B)
    return Fy, filters(centre_x, stride, variance, K, A), anp.exp(log_intensity)


def one_image(p, x, noise, K_read, K_write):
    """Minus log probability of the image given the codes, cost, codes, canvases, windows."""
    (B, A), H = x.shape, len(p["Wh_enc"])
    h_enc = c_enc = h_dec = c_dec = anp.zeros(H)
    canvas, cost, codes, canvases, windows = p["c0"], 0.0, [], [], []
    for e in noise:
        Fy, Fx, intensity = look(affine(p, "read", h_dec), K_read, B, A)
        seen = [intensity * anp.dot(anp.dot(Fy, y), Fx.T) for y in (x, x - logistic(canvas))]
        row = anp.concatenate([anp.ravel(seen[0]), anp.ravel(seen[1]), h_dec])
        h_enc, c_enc = lstm(p, "enc", row, h_enc, c_enc)
        mu, log_sigma = affine(p, "mu", h_enc), affine(p, "sigma", h_enc)
        z = mu + anp.exp(log_sigma) * e
        cost = cost + anp.sum(mu**2 + anp.exp(2 * log_sigma) - 2 * log_sigma - 1) / 2
        h_dec, c_dec = lstm(p, "dec", z, h_dec, c_dec)
        window = affine(p, "write", h_dec)
        Fy, Fx, intensity = look(window, K_write, B, A)
        patch = anp.reshape(affine(p, "patch", h_dec), (K_write, K_write))
        canvas = canvas + anp.dot(anp.dot(Fy.T, patch), Fx) / intensity
        codes.append(z)
        canvases.append(canvas)
        windows.append(window)
    wrong = anp.sum(x * anp.logaddexp(0, -canvas) + (1 - x) * anp.logaddexp(0, canvas))
    return wrong, cost, codes, canvases, windows


def right_loss(p, x, noise, K_read, K_write):
    """Nats an image."""
    total = 0.0
    for n, image in enumerate(x):
        wrong, cost, *_ = one_image(p, image, noise[:, n], K_read, K_write)
        total = total + wrong + cost
    return total / len(x)


def assert_right_loss(model, x, noise):
    arguments = model.params, x, noise, model.read_size, model.write_size
    loss, grads = model.loss(x, noise)
    assert_same(loss, right_loss(*arguments))
    right = autograd.grad(right_loss)(*arguments)
    assert grads.keys() == model.params.keys()
    for name, grad in grads.items():
        assert_same(grad, right[name])


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"N": 1},
        {"T": 1},
        {"N": 1, "T": 1, "Z": 1, "H": 1},
        {"B": 3, "A": 7, "read": 2, "write": 4},
        # As many of everything: whatever is transposed or swapped fits.
        {"N": 4, "T": 4, "B": 4, "A": 4, "Z": 4, "H": 4, "read": 4, "write": 4},
        {"B": 1, "A": 6},
        {"B": 1, "A": 1},
        {"T": 6},
    ],
    ids=str,
)
@independent
def test_loss_and_gradients(change, rng):
    assert_right_loss(*make_batch(rng, **change))


@independent
@quick
@example(sizes={"N": 3, "T": 2, "Z": 3, "H": 2, "B": 6, "A": 2, "read": 2, "write": 3}, seed=1)
@given(sizes=OTHERS, seed=st.integers(0, 2**32 - 1))
def test_loss_and_gradients_at_any_size(sizes, seed):
    assert_right_loss(*make_batch(np.random.default_rng(seed), **sizes))


def placed(model, g_x, g_y, log_variance=0.0):
    """Move both windows there, whatever the states are."""
    for name in ("read", "write"):
        model.params[f"W_{name}"] *= 0.1
        model.params[f"b_{name}"][:] = [g_x, g_y, log_variance, -0.5, 0.2]
    return model


@pytest.mark.parametrize(
    "place",
    [
        pytest.param((3.0, -4.0, 0.0), id="outside"),
        pytest.param((-11.0, 11.0, -4.0), id="far outside and narrow"),
        pytest.param((40.0, -30.0, -2.0), id="cut off"),
        pytest.param((0.0, 0.0, 14.0), id="as wide as can be"),
    ],
)
def test_windows_outside_of_the_image(place, rng):
    model, x, noise = make_batch(rng)
    assert_right_loss(placed(model, *place), x, noise)


def test_large_weights(rng):
    """The states saturate, and windows lie anywhere, some of them cut off."""
    model, x, noise = make_batch(rng)
    for name in ("W_read", "b_read", "W_write", "b_write"):
        model.params[name][..., :2] *= 30
    model.params["Wx_enc"] *= 4
    *_, windows = model.generate(noise.swapaxes(0, 1))
    assert (abs(windows[..., :2]) > 1).any()
    assert_right_loss(model, x, noise)


# One step, where each output has a gradient of its own.


def test_gradients_of_one_reading(rng):
    model, x, _ = make_batch(rng, N=3)
    N, H, Z, K = 3, SIZES["H"], SIZES["Z"], model.read_size
    canvas, states = rng.standard_normal(x.shape), rng.standard_normal((3, N, H))
    *found, cache = model.encode_step(x, canvas, *states)
    upstream = [rng.standard_normal(array.shape) for array in found]

    def right(p, canvas, h_enc, c_enc, told):
        rows = []
        for n in range(N):
            Fy, Fx, intensity = look(affine(p, "read", told[n]), K, *x.shape[1:])
            pictures = x[n], x[n] - logistic(canvas[n])
            seen = [anp.ravel(intensity * anp.dot(anp.dot(Fy, y), Fx.T)) for y in pictures]
            h, c = lstm(p, "enc", anp.concatenate([*seen, told[n]]), h_enc[n], c_enc[n])
            rows.append(anp.concatenate([affine(p, "mu", h), affine(p, "sigma", h), h, c]))
        return anp.stack(rows)

    inputs = model.params, canvas, *states
    assert_same(np.concatenate(found, axis=1), right(*inputs))
    assert [array.shape for array in found] == [(N, Z), (N, Z), (N, H), (N, H)]
    compare(model.encode_step_backward(*upstream, cache), right, inputs, upstream)


def test_gradients_of_one_writing(rng):
    model, x, _ = make_batch(rng, N=3)
    (N, B, A), H, K = x.shape, SIZES["H"], model.write_size
    z, canvas = rng.standard_normal((N, SIZES["Z"])), rng.standard_normal(x.shape)
    states = rng.standard_normal((2, N, H))
    *found, window, cache = model.decode_step(z, canvas, *states)
    upstream = [rng.standard_normal(array.shape) for array in found]

    def right(p, z, canvas, h_dec, c_dec):
        rows = []
        for n in range(N):
            h, c = lstm(p, "dec", z[n], h_dec[n], c_dec[n])
            Fy, Fx, intensity = look(affine(p, "write", h), K, B, A)
            patch = anp.reshape(affine(p, "patch", h), (K, K))
            drawn = canvas[n] + anp.dot(anp.dot(Fy.T, patch), Fx) / intensity
            rows.append(anp.concatenate([anp.ravel(drawn), h, c]))
        return anp.stack(rows)

    inputs = model.params, z, canvas, *states
    assert_same(np.hstack([found[0].reshape(N, -1), *found[1:]]), right(*inputs))
    assert_same(window, affine(model.params, "write", found[1]))
    compare(model.decode_step_backward(*upstream, cache), right, inputs, upstream)


def compare(ours, right, inputs, upstream):
    """A step's gradients with those of autograd, for the same upstream gradients."""
    flat = np.hstack([array.reshape(len(array), -1) for array in upstream])
    places = tuple(range(len(inputs)))
    of_params, *of_inputs = autograd.grad(lambda *a: anp.sum(right(*a) * flat), places)(*inputs)
    *gradients, grads = ours
    for one, other in zip(gradients, of_inputs, strict=True):
        assert_same(one, other)
    # All others of the parameters are not of this step.
    assert set(grads) == {name for name, grad in of_params.items() if grad.any()}
    for name, grad in grads.items():
        assert_same(grad, of_params[name])


# What is provided.


def test_bound_has_the_two_parts_of_the_loss(rng):
    model, x, noise = make_batch(rng, N=3)
    parts = [one_image(model.params, x[n], noise[:, n], 3, 2)[:2] for n in range(3)]
    wrong, cost = model.bound(x, noise)
    assert_same([wrong, cost], np.mean(parts, axis=0))
    assert wrong + cost == pytest.approx(model.loss(x, noise)[0], rel=1e-13)


def test_codes_draw_the_canvas_of_the_loss_again(rng):
    model, x, noise = make_batch(rng, N=3)
    codes = model.codes(x, noise)
    drawing = model.generate(codes)
    for n in range(3):
        *_, z, canvases, windows = one_image(model.params, x[n], noise[:, n], 3, 2)
        assert_same(codes[n], np.stack(z))
        assert_same(drawing.canvases[n], np.stack(canvases))
        assert_same(drawing.windows[n], np.stack(windows))
    # scipy's own distribution of pixels that are on or off, for images of such pixels.
    x = (x > 0.5).astype(float)
    logits = model.generate(model.codes(x, noise)).canvases[:, -1]
    wrong = -stats.bernoulli.logpmf(x, 1 / (1 + np.exp(-logits))).sum() / 3
    assert model.bound(x, noise)[0] == pytest.approx(wrong)


def test_cost_is_a_mean_of_log_ratios_over_the_noise():
    """A Monte Carlo estimate of the divergence of all steps, to five standard errors."""
    rng = np.random.default_rng(4)
    model, x, _ = make_batch(rng, N=1, T=1, scale=0.6)
    N, images = 100_000, np.repeat(x, 100_000, axis=0)
    noise = rng.standard_normal((1, N, 2))
    z = model.codes(images, noise)[:, 0]
    mean, one_away = (model.codes(x, np.full((1, 1, 2), e))[0, 0] for e in (0.0, 1.0))
    spread = one_away - mean
    q, p = stats.norm(mean, spread), stats.norm()
    ratios = (q.logpdf(z) - p.logpdf(z)).sum(axis=1)
    _, cost = model.bound(x, noise[:, :1])
    assert abs(ratios.mean() - cost) < 5 * ratios.std() / np.sqrt(N)


def test_weights_of_zero_say_grey_at_no_cost(rng):
    model, x, noise = make_batch(rng)
    model.params = {name: 0 * p for name, p in model.params.items()}
    wrong, cost = model.bound(x, noise)
    assert wrong == pytest.approx(5 * 4 * np.log(2))
    assert cost == 0
    np.testing.assert_array_equal(model.codes(x, noise), noise.swapaxes(0, 1))


def test_noise_comes_from_the_generator_and_differs_from_call_to_call():
    losses = []
    for _ in range(2):
        model = DRAW((5, 4), 3, 2, 4, 3, 2, np.float64, np.random.default_rng(8))
        x = np.linspace(0, 1, 40).reshape(2, 5, 4)
        losses.append([model.loss(x)[0], model.bound(x)[0], model.codes(x)[0, 0, 0]])
        assert model.loss(x)[0] != model.loss(x)[0]
    assert losses[0] == losses[1]


def test_images_do_not_know_of_each_other(rng):
    model, x, noise = make_batch(rng, N=3)
    loss, grads = model.loss(x, noise)
    alone = [model.loss(x[n : n + 1], noise[:, n : n + 1]) for n in range(3)]
    assert loss == pytest.approx(np.mean([one for one, _ in alone]), rel=1e-13)
    for name, grad in grads.items():
        assert_same(grad, np.mean([one[name] for _, one in alone], axis=0))
