"""What models/draw_loop.py does with the steps of DRAW: loss, bound, generate and codes.

The steps here are not DRAW's but a few sums and products along the same arrows, so that nothing
needs a TODO to be filled in.
"""

import numpy as np
import pytest

from cs231n_rnn.models import draw_loop
from cs231n_rnn.models.draw import DRAW
from cs231n_rnn.training.gradient_check import eval_numerical_gradient, rel_error

N, T, H, SHAPE = 2, 3, 3, (4, 5)  # Z is H here


class Products(DRAW):
    """Every arrow of DRAW's graph, as a sum or as a product."""

    def encode_step(self, x, canvas, h_enc, c_enc, h_dec):
        light = canvas.mean(axis=(1, 2))[:, np.newaxis]
        shine = x.mean(axis=(1, 2))[:, np.newaxis]
        h = self.params["b_mu"] * h_enc + light * h_dec + c_enc + shine
        c = c_enc + h_dec
        return h + light, c, h, c, (light, h_enc, h_dec, canvas.shape)

    def encode_step_backward(self, dmu, dlog_sigma, dh_enc, dc_enc, cache):
        light, h_enc, h_dec, shape = cache
        to_h, to_c = dmu + dh_enc, dlog_sigma + dc_enc
        to_light = (to_h * h_dec + dmu).sum(axis=1)[:, np.newaxis, np.newaxis]
        to_canvas = np.broadcast_to(to_light / (shape[1] * shape[2]), shape)
        grads = {"b_mu": (to_h * h_enc).sum(axis=0)}
        return to_canvas, self.params["b_mu"] * to_h, to_h + to_c, light * to_h + to_c, grads

    def decode_step(self, z, canvas, h_dec, c_dec):
        h, c = z + self.params["b_sigma"] * h_dec, c_dec + z
        light = (h * c).sum(axis=1)[:, np.newaxis, np.newaxis]
        window = np.repeat(c[:, :1], 5, axis=1)
        return 0.9 * canvas + light, h, c, window, (h, c, h_dec)

    def decode_step_backward(self, dcanvas, dh_dec, dc_dec, cache):
        h, c, before = cache
        to_light = dcanvas.sum(axis=(1, 2))[:, np.newaxis]
        to_h, to_c = to_light * c + dh_dec, to_light * h + dc_dec
        grads = {"b_sigma": (to_h * before).sum(axis=0)}
        return to_h + to_c, 0.9 * dcanvas, self.params["b_sigma"] * to_h, to_c, grads


def cubic_forward(mu, log_sigma, noise):
    """A sample and a cost that are easy to go back through, in place of the latent layer's."""
    return mu * noise + log_sigma, (mu**3).sum(axis=1), (mu, noise)


def cubic_backward(dz, dkl, cache):
    mu, noise = cache
    return noise * dz + 3 * dkl[:, np.newaxis] * mu**2, dz


@pytest.fixture
def batch(monkeypatch):
    """Model, images, noise."""
    monkeypatch.setattr(draw_loop, "latent_forward", cubic_forward)
    monkeypatch.setattr(draw_loop, "latent_backward", cubic_backward)
    rng = np.random.default_rng(3)
    model = Products(SHAPE, T, H, H, 2, 2, np.float64)
    for name in ("c0", "b_mu", "b_sigma"):
        model.params[name] = 0.5 * rng.standard_normal(model.params[name].shape)
    return model, rng.random((N, *SHAPE)), 0.5 * rng.standard_normal((T, N, H))


def follow(model, x, noise):
    """Codes, costs, canvases and windows of each step, one after the other."""
    h_enc, c_enc, h_dec, c_dec = [np.zeros((N, H))] * 4
    canvas, steps = np.stack([model.params["c0"]] * N), []
    for t in range(T):
        mu, log_sigma, h_enc, c_enc, _ = model.encode_step(x, canvas, h_enc, c_enc, h_dec)
        z = mu * noise[t] + log_sigma
        canvas, h_dec, c_dec, window, _ = model.decode_step(z, canvas, h_dec, c_dec)
        steps.append((z, (mu**3).sum(axis=1), canvas, window))
    return [np.stack(values, axis=1) for values in zip(*steps, strict=True)]


def test_bound_is_the_cross_entropy_of_the_last_canvas_and_the_cost_of_all_codes(batch):
    model, x, noise = batch
    _, costs, canvases, _ = follow(model, x, noise)
    p = 1 / (1 + np.exp(-canvases[:, -1]))
    right = -(x * np.log(p) + (1 - x) * np.log(1 - p)).sum() / N, costs.sum() / N
    np.testing.assert_allclose(model.bound(x, noise), right, rtol=1e-12)
    assert model.loss(x, noise)[0] == pytest.approx(sum(right), rel=1e-12)


def test_gradients_of_the_loss_agree_with_differences(batch):
    model, x, noise = batch
    _, grads = model.loss(x, noise)
    assert grads.keys() == model.params.keys()
    for name in ("c0", "b_mu", "b_sigma"):
        right = eval_numerical_gradient(lambda _: model.loss(x, noise)[0], model.params[name])
        assert rel_error(grads[name], right) < 1e-6
    for name in grads.keys() - {"c0", "b_mu", "b_sigma"}:
        np.testing.assert_array_equal(grads[name], np.zeros_like(model.params[name]))


def test_generate_draws_the_canvases_and_windows_of_the_loss_from_its_codes(batch):
    model, x, noise = batch
    codes, _, canvases, windows = follow(model, x, noise)
    found = model.codes(x, noise)
    drawing = model.generate(found)
    assert found.shape == (N, T, H)
    assert drawing.canvases.shape == (N, T, *SHAPE)
    assert drawing.windows.shape == (N, T, 5)
    np.testing.assert_allclose(found, codes, rtol=1e-12)
    np.testing.assert_allclose(drawing.canvases, canvases, rtol=1e-12)
    np.testing.assert_allclose(drawing.windows, windows, rtol=1e-12)


def test_generate_needs_no_encoder(batch, monkeypatch):
    model, *_ = batch
    monkeypatch.delattr(Products, "encode_step")
    monkeypatch.setattr(DRAW, "encode_step", None)
    assert model.generate(np.zeros((4, T, H))).canvases.shape == (4, T, *SHAPE)


def test_noise_that_is_not_given_comes_from_the_generator(batch):
    model, x, _ = batch
    model.rng = np.random.default_rng(5)
    noise = np.random.default_rng(5).standard_normal((2, T, N, H))
    np.testing.assert_array_equal(model.codes(x), model.codes(x, noise[0]))
    assert model.bound(x) == model.bound(x, noise[1])


def test_images_and_noise_are_unchanged_and_taken_in_the_dtype_of_the_weights(batch):
    model, x, noise = batch
    model.params = {name: p.astype(np.float32) for name, p in model.params.items()}
    before = x.copy(), noise.copy()
    _, grads = model.loss(x, noise)
    found = model.codes(x, noise), *model.generate(model.codes(x, noise)), *grads.values()
    assert {array.dtype for array in found} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(noise, before[1])


def test_first_weights_have_the_documented_shapes_and_forget_gates_begin_open():
    params = DRAW((6, 5), 3, 2, 4, read_size=3, write_size=2).params
    assert params["Wx_enc"].shape == (2 * 9 + 4, 16)
    assert params["Wx_dec"].shape == (2, 16)
    assert params["W_patch"].shape == (4, 4)
    assert params["c0"].shape == (6, 5)
    for name in ("b_enc", "b_dec"):
        np.testing.assert_array_equal(params[name], np.repeat([0, 1, 0, 0], 4))
    assert {p.dtype for p in params.values()} == {np.dtype(np.float32)}


def test_first_weights_come_from_the_generator():
    def weights(seed):
        return DRAW((6, 5), 3, 2, 4, 3, 2, rng=np.random.default_rng(seed)).params["W_mu"]

    np.testing.assert_array_equal(weights(1), weights(1))
    assert (weights(1) != weights(2)).all()


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("loss", (np.zeros((2, 5, 6)),), r"x is \(2, 5, 6\); DRAW.loss needs images"),
        ("loss", (np.zeros((0, 6, 5)),), r"x is \(0, 6, 5\); DRAW.loss needs images"),
        ("bound", (np.full((1, 6, 5), np.nan),), "x has a number that is not finite"),
        ("codes", (np.zeros((6, 5)),), r"x is \(6, 5\); DRAW.codes needs images"),
        ("loss", (np.zeros((2, 6, 5)), np.zeros((2, 3, 2))), r"noise is \(2, 3, 2\); DRAW needs"),
        ("generate", (np.zeros((2, 3, 3)),), r"z is \(2, 3, 3\); DRAW.generate needs \(N, 3, 2\)"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(name, arguments, message):
    with pytest.raises(ValueError, match=message):
        getattr(DRAW((6, 5), 3, 2, 4, 3, 2), name)(*arguments)
