import numpy as np
import pytest

from cs231n_rnn.layers.dropout import dropout_backward, dropout_forward


@pytest.fixture
def rng():
    return np.random.default_rng(231)


def test_rate_zero_is_the_identity_and_draws_nothing(rng):
    x, dout = rng.standard_normal((2, 3)), rng.standard_normal((2, 3))
    before = rng.bit_generator.state
    out, cache = dropout_forward(x, 0, rng)
    np.testing.assert_array_equal(out, x)
    np.testing.assert_array_equal(dropout_backward(dout, cache), dout)
    assert rng.bit_generator.state == before


@pytest.mark.parametrize("rate", [0.25, 0.5, 0.9])
def test_an_element_is_dropped_or_scaled(rng, rate):
    x = rng.standard_normal((20, 30)) + 5
    out, _ = dropout_forward(x, rate, rng)
    kept = out != 0
    np.testing.assert_allclose(out[kept], x[kept] / (1 - rate), rtol=1e-12)
    assert 0 < kept.sum() < x.size


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.8])
def test_the_share_of_dropped_elements_is_the_rate_and_the_mean_stays(rng, rate):
    x = np.ones((200, 500))
    out, _ = dropout_forward(x, rate, rng)
    # The share of 100,000 draws has a standard deviation of at most 0.0016.
    assert np.mean(out == 0) == pytest.approx(rate, abs=0.01)
    assert out.mean() == pytest.approx(1, abs=0.05)


def test_the_gradient_passes_where_the_element_passed(rng):
    x, dout = np.ones((6, 7)), rng.standard_normal((6, 7))
    out, cache = dropout_forward(x, 0.5, rng)
    np.testing.assert_allclose(dropout_backward(dout, cache), dout * out, rtol=1e-12)


def test_the_same_seed_drops_the_same_elements_and_each_call_others():
    x, rng = np.ones((6, 7)), np.random.default_rng(5)
    first, second = dropout_forward(x, 0.5, rng)[0], dropout_forward(x, 0.5, rng)[0]
    again = dropout_forward(x, 0.5, np.random.default_rng(5))[0]
    np.testing.assert_array_equal(again, first)
    assert np.any(first != second)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [0, 0.3])
def test_dtype_is_kept_and_inputs_are_left_as_they_are(rng, dtype, rate):
    x, dout = np.ones((4, 5), dtype), np.ones((4, 5), dtype)
    out, cache = dropout_forward(x, rate, rng)
    dx = dropout_backward(dout, cache)
    assert out.dtype == dx.dtype == dtype
    np.testing.assert_array_equal(x, 1)
    np.testing.assert_array_equal(dout, 1)


@pytest.mark.parametrize("rate", [-0.1, 1, 1.5, float("nan")])
def test_a_rate_outside_0_to_1_is_refused_by_name(rng, rate):
    with pytest.raises(ValueError, match=rf"rate is {rate}; dropout_forward needs 0 <= rate < 1"):
        dropout_forward(np.ones(3), rate, rng)
