"""The cross-entropy of binary images: closed forms, an independent oracle, limits, refusals."""

import numpy as np
import pytest
from sklearn.metrics import log_loss

from cs231n_rnn.layers.bernoulli import bernoulli_loss
from cs231n_rnn.training.gradient_check import eval_numerical_gradient

N, B, A = 3, 4, 5


def example(dtype=np.float64):
    rng = np.random.default_rng(231)
    logits = 2 * rng.standard_normal((N, B, A))
    return logits.astype(dtype), rng.integers(2, size=(N, B, A)).astype(dtype)


def test_the_loss_is_scikit_learns_log_loss_summed_over_the_pixels():
    logits, x = example()
    probs = 1 / (1 + np.exp(-logits))
    wanted = log_loss(x.ravel(), probs.ravel(), normalize=False) / N
    assert bernoulli_loss(logits, x)[0] == pytest.approx(wanted, rel=1e-12)


def test_logits_of_zero_cost_log_2_a_pixel_whatever_the_image():
    _, x = example()
    assert bernoulli_loss(np.zeros_like(x), x)[0] == pytest.approx(B * A * np.log(2), rel=1e-14)


def test_a_grey_pixel_is_the_mean_over_pixels_that_are_on_or_off():
    logits, _ = example()
    on, off = (bernoulli_loss(logits, np.full_like(logits, x))[0] for x in (1, 0))
    grey, _ = bernoulli_loss(logits, np.full_like(logits, 0.3))
    assert grey == pytest.approx(0.3 * on + 0.7 * off, rel=1e-13)


def test_the_gradient_is_the_numerical_one():
    logits, x = example()
    _, dlogits = bernoulli_loss(logits, x)
    numerical = eval_numerical_gradient(lambda logits: bernoulli_loss(logits, x)[0], logits)
    np.testing.assert_allclose(dlogits, numerical, atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_logits_stay_finite_and_cost_what_they_say(dtype):
    logits = np.array([[[1e4, -1e4, 1e4, -1e4]]], dtype)
    x = np.array([[[1, 0, 0, 1]]], dtype)
    loss, dlogits = bernoulli_loss(logits, x)
    assert loss == pytest.approx(2e4)
    np.testing.assert_array_equal(dlogits, [[[0, 0, 1, -1]]])


def test_float32_stays_and_inputs_are_not_changed():
    logits, x = example(np.float32)
    before = logits.copy(), x.copy()
    loss, dlogits = bernoulli_loss(logits, x)
    assert type(loss) is float
    assert dlogits.dtype == np.float32
    np.testing.assert_array_equal(logits, before[0])
    np.testing.assert_array_equal(x, before[1])
    wide, _ = bernoulli_loss(logits.astype(np.float64), x.astype(np.float64))
    assert loss == pytest.approx(wide, rel=1e-6)


def test_no_images_cost_nothing():
    loss, dlogits = bernoulli_loss(np.zeros((0, B, A)), np.zeros((0, B, A)))
    assert loss == 0
    assert dlogits.shape == (0, B, A)


@pytest.mark.parametrize(("pixel", "shown"), [(-0.1, "-0.1"), (1.5, "1.5"), (np.nan, "nan")])
def test_a_pixel_that_is_no_probability_is_refused(pixel, shown):
    logits, x = example()
    x[1, 2, 3] = pixel
    with pytest.raises(ValueError, match=rf"x runs from .*{shown}.* needs 0 to 1"):
        bernoulli_loss(logits, x)


def test_shapes_that_do_not_fit_are_refused():
    logits, x = example()
    with pytest.raises(ValueError, match=r"x is \(3, 4, 4\)"):
        bernoulli_loss(logits, x[:, :, 1:])
    with pytest.raises(ValueError, match=r"logits is \(4, 5\)"):
        bernoulli_loss(logits[0], x[0])
