"""The one-shot autoencoder's loss against HIPS autograd and numerical differences."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from cs231n_rnn.models.vae import VAE
from cs231n_rnn.training.gradient_check import eval_numerical_gradient


def make(N, shape, Z, H):
    """A model whose weights all count, binary images and noise."""
    rng = np.random.default_rng(231)
    model = VAE(shape, Z, H, np.float64)
    for name, p in model.params.items():
        model.params[name] = 0.5 * rng.standard_normal(p.shape)
    return model, rng.integers(2, size=(N, *shape)).astype(float), rng.standard_normal((N, Z))


def loss_of(params, x, noise, kl_weight=1):
    """From the papers' equations, one image at a time, densities written out."""
    total = 0
    for image, eps in zip(x.reshape(len(x), -1), noise, strict=True):
        hidden = anp.maximum(image @ params["W_enc"] + params["b_enc"], 0)
        code = hidden @ params["W_code"] + params["b_code"]
        mu, sigma = code[: len(eps)], anp.exp(code[len(eps) :])
        z = mu + sigma * eps
        raised = anp.maximum(z @ params["W_dec"] + params["b_dec"], 0)
        on = 1 / (1 + anp.exp(-(raised @ params["W_out"] + params["b_out"])))
        likely = anp.where(image == 1, on, 1 - on)
        kl = (mu**2 + sigma**2) / 2 - anp.log(sigma) - 0.5
        total = total - anp.log(likely).sum() + kl_weight * kl.sum()
    return total / len(x)


@pytest.mark.parametrize(
    ("N", "shape", "Z", "H"), [(4, (5, 3), 2, 6), (1, (3, 3), 3, 3), (3, (1, 1), 1, 1)]
)
def test_loss_and_gradients_are_autograds(N, shape, Z, H):
    model, x, noise = make(N, shape, Z, H)
    loss, grads = model.loss(x, noise)
    right, right_grads = autograd.value_and_grad(loss_of)(dict(model.params), x, noise)
    assert loss == pytest.approx(right, rel=1e-12)
    assert grads.keys() == right_grads.keys()
    for name, grad in grads.items():
        scale = abs(right_grads[name]).max()
        np.testing.assert_allclose(grad, right_grads[name], rtol=0, atol=1e-10 * max(scale, 1e-5))


def test_a_weighted_kl_has_autograds_loss_and_gradients():
    model, x, noise = make(4, (5, 3), 2, 6)
    loss, grads = model.loss(x, noise, 2.5)
    right, right_grads = autograd.value_and_grad(loss_of)(dict(model.params), x, noise, 2.5)
    assert loss == pytest.approx(right, rel=1e-12)
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, right_grads[name], rtol=0, atol=1e-9)


def test_gradients_are_the_numerical_ones():
    model, x, noise = make(4, (5, 3), 2, 6)
    _, grads = model.loss(x, noise)
    for name, value in model.params.items():
        numerical = eval_numerical_gradient(lambda _: model.loss(x, noise)[0], value)
        np.testing.assert_allclose(grads[name], numerical, atol=1e-7)


def test_the_bound_lies_above_minus_the_log_probability():
    """Which importance sampling with many codes comes close to (Burda et al. 2016)."""
    model, x, _ = make(3, (2, 2), 2, 3)
    rng, p = np.random.default_rng(5), model.params
    bound = np.mean([model.loss(x, rng.standard_normal((3, 2)))[0] for _ in range(2000)])
    z = rng.standard_normal((200_000, 2))
    on = 1 / (1 + np.exp(-(np.maximum(z @ p["W_dec"] + p["b_dec"], 0) @ p["W_out"] + p["b_out"])))
    flat = x.reshape(3, -1)
    exact = -np.mean(
        [np.log(np.where(image == 1, on, 1 - on).prod(axis=1).mean()) for image in flat]
    )
    assert bound > exact
