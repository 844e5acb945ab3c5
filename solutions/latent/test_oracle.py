"""The latent layer against closed forms, an integral, scipy's distributions and HIPS autograd."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from cs231n_rnn.layers.latent import latent_backward, latent_forward

SAME = 1e-10
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
quick = settings(max_examples=30, deadline=None, derandomize=True, database=None)
SIZES = st.tuples(st.integers(1, 5), st.integers(1, 5))
SEEDS = st.integers(0, 2**32 - 1)


def draw_inputs(rng, N, Z, scale=1.0, dtype=np.float64):
    """mu, log_sigma, noise."""
    mu, log_sigma, noise = rng.standard_normal((3, N, Z))
    return [array.astype(dtype) for array in (scale * mu, scale * log_sigma, noise)]


def assert_same(ours, right):
    """Equal shapes, and values to SAME of the largest one."""
    assert np.shape(ours) == np.shape(right)
    np.testing.assert_allclose(ours, right, rtol=0, atol=SAME * np.abs(right).max(initial=1e-5))


def right_sample(mu, log_sigma, noise):
    """The equations, with the variance in place of the standard deviation."""
    variance = anp.exp(2 * log_sigma)
    z = mu + anp.sqrt(variance) * noise
    kl = anp.sum(mu**2 + variance - anp.log(variance) - 1, axis=1) / 2
    return z, kl


@quick
@example(sizes=(3, 5), scale=1.0, seed=1)
@example(sizes=(1, 4), scale=1.0, seed=2)
@example(sizes=(4, 1), scale=1.0, seed=3)
@example(sizes=(1, 1), scale=1.0, seed=4)
@example(sizes=(4, 4), scale=5.0, seed=5)
@given(sizes=SIZES, scale=st.sampled_from([0.1, 1.0, 5.0]), seed=SEEDS)
def test_sample_cost_and_gradients(sizes, scale, seed):
    rng = np.random.default_rng(seed)
    mu, log_sigma, noise = draw_inputs(rng, *sizes, scale)
    z, kl, cache = latent_forward(mu, log_sigma, noise)
    for ours, right in zip((z, kl), right_sample(mu, log_sigma, noise), strict=True):
        assert_same(ours, right)
    dz, dkl = rng.standard_normal(sizes), rng.standard_normal(sizes[0])

    def loss(mu, log_sigma):
        z, kl = right_sample(mu, log_sigma, noise)
        return anp.sum(z * dz) + anp.sum(kl * dkl)

    right = autograd.grad(loss, (0, 1))(mu, log_sigma)
    for ours, gradient in zip(latent_backward(dz, dkl, cache), right, strict=True):
        assert_same(ours, gradient)


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 1.0), (1.5, 1.0), (-2.0, 0.3), (0.4, 2.5)])
def test_cost_is_the_integral_of_the_divergence(mu, sigma):
    q, p = stats.norm(mu, sigma), stats.norm()

    def integrand(z):
        return q.pdf(z) * (q.logpdf(z) - p.logpdf(z))

    right, _ = integrate.quad(integrand, mu - 12 * sigma, mu + 12 * sigma, epsabs=1e-11)
    zeros = np.zeros((1, 1))
    _, kl, _ = latent_forward(zeros + mu, zeros + np.log(sigma), zeros)
    assert kl[0] == pytest.approx(right, abs=1e-8)


def test_mean_of_the_log_ratio_over_samples_is_the_cost():
    """A Monte Carlo estimate, with the layer's own samples, to five standard errors."""
    rng, N = np.random.default_rng(3), 200_000
    mu, log_sigma = np.array([0.7, -1.2, 0.1]), np.array([-0.5, 0.3, 0.0])
    rows = [np.tile(row, (N, 1)) for row in (mu, log_sigma)]
    z, kl, _ = latent_forward(*rows, rng.standard_normal((N, 3)))
    q, p = stats.norm(mu, np.exp(log_sigma)), stats.norm()
    ratios = (q.logpdf(z) - p.logpdf(z)).sum(axis=1)
    assert abs(ratios.mean() - kl[0]) < 5 * ratios.std() / np.sqrt(N)


def test_samples_have_the_distribution_asked_for():
    rng, N = np.random.default_rng(5), 20_000
    rows = [np.tile(row, (N, 1)) for row in ([0.7, -1.2], [-0.5, 0.8])]
    z, _, _ = latent_forward(*rows, rng.standard_normal((N, 2)))
    for column, mu, log_sigma in zip(z.T, rows[0][0], rows[1][0], strict=True):
        assert stats.kstest(column, stats.norm(mu, np.exp(log_sigma)).cdf).pvalue > 0.01


def test_only_the_standard_normal_distribution_is_free(rng):
    noise = rng.standard_normal((2, 4))
    zeros = np.zeros((2, 4))
    _, kl, cache = latent_forward(zeros, zeros, noise)
    np.testing.assert_array_equal(kl, 0)
    for gradient in latent_backward(zeros, np.ones(2), cache):
        np.testing.assert_array_equal(gradient, 0)
    _, dear, _ = latent_forward(*draw_inputs(rng, 50, 1))
    assert (dear > 0).all()


def test_a_deviation_of_zero_is_finite():
    """exp(-800) is 0, and the cost grows like its logarithm alone."""
    zeros, narrow = np.zeros((2, 3)), np.full((2, 3), -800.0)
    z, kl, cache = latent_forward(zeros + 2, narrow, zeros + 1)
    np.testing.assert_array_equal(z, 2)
    np.testing.assert_allclose(kl, 3 * (800 + 1.5))
    dmu, dlog_sigma = latent_backward(zeros + 1, np.ones(2), cache)
    np.testing.assert_array_equal(dmu, 3)
    np.testing.assert_array_equal(dlog_sigma, -1)


def test_each_image_by_itself_gives_the_same(rng):
    inputs = draw_inputs(rng, 4, 3)
    together = latent_forward(*inputs)[:2]
    alone = [latent_forward(*(a[n : n + 1] for a in inputs))[:2] for n in range(4)]
    for whole, parts in zip(together, zip(*alone, strict=True), strict=True):
        np.testing.assert_allclose(whole, np.concatenate(parts), rtol=1e-14)


# Contracts.


@DTYPES
def test_dtype_and_inputs_are_kept_and_the_cache_may_be_used_twice(dtype, rng):
    inputs = draw_inputs(rng, 3, 2, dtype=dtype)
    kept = [array.copy() for array in inputs]
    z, kl, cache = latent_forward(*inputs)
    dz, dkl = np.ones_like(z), np.ones_like(kl)
    once, again = (latent_backward(dz, dkl, cache) for _ in range(2))
    assert {array.dtype for array in (z, kl, *once)} == {np.dtype(dtype)}
    for array, before in zip((*inputs, dz, dkl), (*kept, 1, 1), strict=True):
        np.testing.assert_array_equal(array, before)
    for one, other in zip(once, again, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_sample_that_is_written_into_leaves_the_gradient(rng):
    z, kl, cache = latent_forward(*draw_inputs(rng, 3, 2))
    dz, dkl = rng.standard_normal((3, 2)), rng.standard_normal(3)
    before = latent_backward(dz, dkl, cache)
    z += 1
    kl += 1
    for one, other in zip(before, latent_backward(dz, dkl, cache), strict=True):
        np.testing.assert_array_equal(one, other)


GOOD = {name: np.zeros((2, 3)) for name in ("mu", "log_sigma", "noise")}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mu": np.zeros(3)}, r"mu is \(3,\); latent_forward needs \(N, Z\)"),
        ({"log_sigma": np.zeros((2, 4))}, r"log_sigma is \(2, 4\); .* \(N, Z\) = \(2, 3\)"),
        ({"noise": np.zeros((3, 3))}, r"noise is \(3, 3\); .* \(N, Z\) = \(2, 3\)"),
        ({"noise": np.zeros((1, 2, 3))}, r"noise is \(1, 2, 3\); .* \(N, Z\) = \(2, 3\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused_by_name(change, message):
    with pytest.raises(ValueError, match=message):
        latent_forward(**GOOD | change)
