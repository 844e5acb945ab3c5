"""The one-shot autoencoder of notebook 11: its contract. It runs on the student's latent layer."""

import numpy as np
import pytest

from cs231n_rnn.layers.bernoulli import bernoulli_loss
from cs231n_rnn.layers.latent import latent_forward
from cs231n_rnn.models.vae import VAE

SHAPE, Z, H, N = (5, 4), 2, 3, 6


@pytest.fixture
def latent():
    """Skip where the student has not yet written the latent layer."""
    try:
        latent_forward(np.zeros((1, 1)), np.zeros((1, 1)), np.zeros((1, 1)))
    except NotImplementedError as todo:
        pytest.skip(str(todo))


def example(dtype=np.float64):
    rng = np.random.default_rng(231)
    model = VAE(SHAPE, Z, H, dtype, np.random.default_rng(1))
    return model, rng.integers(2, size=(N, *SHAPE)).astype(dtype), rng.standard_normal((N, Z))


def test_the_first_weights_have_their_shapes_and_the_biases_are_zero():
    model, _, _ = example()
    D = SHAPE[0] * SHAPE[1]
    shapes = {"enc": (D, H), "code": (H, 2 * Z), "dec": (Z, H), "out": (H, D)}
    assert len(model.params) == 8
    for name, (rows, columns) in shapes.items():
        assert model.params[f"W_{name}"].shape == (rows, columns)
        assert model.params[f"b_{name}"].shape == (columns,)
        assert not model.params[f"b_{name}"].any()


def test_the_same_seed_draws_the_same_weights_and_another_one_others():
    first, again = (VAE(SHAPE, Z, H, rng=np.random.default_rng(4)).params for _ in range(2))
    other = VAE(SHAPE, Z, H, rng=np.random.default_rng(5)).params
    np.testing.assert_array_equal(first["W_enc"], again["W_enc"])
    assert not np.array_equal(first["W_enc"], other["W_enc"])


def test_generating_is_the_decoders_two_layers():
    model, _, z = example()
    p = model.params
    wanted = np.maximum(z @ p["W_dec"] + p["b_dec"], 0) @ p["W_out"] + p["b_out"]
    np.testing.assert_allclose(model.generate(z).reshape(N, -1), wanted, atol=1e-14)


def test_generating_keeps_the_models_dtype():
    model, _, z = example(np.float32)
    assert model.generate(z).dtype == np.float32


@pytest.mark.usefixtures("latent")
def test_without_a_code_the_loss_is_that_of_the_biases_alone():
    model, x, noise = example()
    for name, value in model.params.items():
        if name.startswith("W"):
            value[:] = 0
    model.params["b_out"][:] = np.linspace(-1, 1, SHAPE[0] * SHAPE[1])
    logits = np.broadcast_to(model.params["b_out"].reshape(SHAPE), x.shape)
    assert model.loss(x, noise)[0] == pytest.approx(bernoulli_loss(logits, x)[0], rel=1e-12)


@pytest.mark.usefixtures("latent")
def test_a_mean_of_the_code_costs_half_its_square():
    model, x, noise = example()
    bare = model.loss(x, noise)[0]
    model.params["W_dec"][:] = model.params["W_code"][:] = 0
    without = model.loss(x, noise)[0]
    model.params["b_code"][:Z] = [3, -1]
    assert model.loss(x, noise)[0] - without == pytest.approx((9 + 1) / 2)
    assert bare != without


@pytest.mark.usefixtures("latent")
def test_the_noise_comes_from_the_models_generator_if_it_is_not_given():
    model, x, _ = example()
    model.rng = np.random.default_rng(7)
    drawn, _ = model.loss(x)
    assert drawn == model.loss(x, np.random.default_rng(7).standard_normal((N, Z)))[0]
    assert drawn != model.loss(x)[0]


@pytest.mark.usefixtures("latent")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_loss_and_gradients_keep_their_types_and_the_batch_is_unchanged(dtype):
    model, x, noise = example(dtype)
    before = x.copy(), noise.copy()
    loss, grads = model.loss(x, noise)
    assert type(loss) is float
    assert grads.keys() == model.params.keys()
    for name, grad in grads.items():
        assert grad.shape == model.params[name].shape
        assert grad.dtype == dtype
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(noise, before[1])


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((2, 4, 5)), r"x is \(2, 4, 5\); VAE.loss needs images .* = \(N, 5, 4\)"),
        (np.zeros((0, 5, 4)), r"x is \(0, 5, 4\)"),
        (np.full((2, 5, 4), np.inf), "not finite"),
    ],
)
def test_images_that_do_not_fit_are_refused(x, message):
    model, _, _ = example()
    with pytest.raises(ValueError, match=message):
        model.loss(x)


@pytest.mark.usefixtures("latent")
def test_pixels_outside_0_to_1_are_refused():
    model, x, noise = example()
    with pytest.raises(ValueError, match=r"x runs from 0\.0 to 2\.0"):
        model.loss(2 * x, noise)
