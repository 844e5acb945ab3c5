"""DRAW: dtypes, untouched inputs and weights, steps that go back twice, refusals by name."""

import numpy as np
import pytest

from cs231n_rnn.models.draw import DRAW

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
N, B, A, T, Z, H = 2, 5, 4, 3, 2, 4


def make_batch(rng, dtype=np.float64):
    """Model, images and noise."""
    model = DRAW((B, A), T, Z, H, 3, 2, dtype)
    for name, p in model.params.items():
        model.params[name] = (0.5 * rng.standard_normal(p.shape)).astype(dtype)
    x = rng.uniform(size=(N, B, A)).astype(dtype)
    return model, x, rng.standard_normal((T, N, Z)).astype(dtype)


@DTYPES
def test_dtype_inputs_and_weights_are_kept(dtype, rng):
    model, x, noise = make_batch(rng, dtype=dtype)
    z = rng.standard_normal((2, 3, 2)).astype(dtype)
    arrays = [x, noise, z, *model.params.values()]
    before = [array.copy() for array in arrays]
    loss, grads = model.loss(x, noise)
    drawing, codes = model.generate(z), model.codes(x, noise)
    assert type(loss) is float
    assert {type(part) for part in model.bound(x, noise)} == {float}
    found = [*grads.values(), *drawing, codes]
    assert {array.dtype for array in found} == {np.dtype(dtype)}
    for array, kept in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, kept)
    for name, p in model.params.items():
        assert not np.shares_memory(grads[name], p)


@DTYPES
def test_steps_keep_dtype_and_inputs_and_go_back_twice(dtype, rng):
    model, x, noise = make_batch(rng, dtype=dtype)
    canvas = np.zeros_like(x)
    states = [rng.standard_normal((2, H)).astype(dtype) for _ in range(3)]
    readings = model.encode_step, model.encode_step_backward, (x, canvas, *states), 0
    writings = model.decode_step, model.decode_step_backward, (noise[0], canvas, *states[:2]), 1
    for forward, backward, inputs, unused in (readings, writings):
        kept = [array.copy() for array in inputs]
        *found, cache = forward(*inputs)
        upstream = [np.ones_like(array) for array in found[: len(found) - unused]]
        once, again = (backward(*upstream, cache) for _ in range(2))
        arrays = [*once[:-1], *once[-1].values()]
        assert {array.dtype for array in (*found, *arrays)} == {np.dtype(dtype)}
        for array, before in zip((*inputs, *upstream), (*kept, *[1] * 4), strict=False):
            np.testing.assert_array_equal(array, before)
        for one, other in zip(arrays, [*again[:-1], *again[-1].values()], strict=True):
            np.testing.assert_array_equal(one, other)


def test_float32_is_close_to_float64(rng):
    model, x, noise = make_batch(rng, dtype=np.float32)
    loss, grads = model.loss(x, noise)
    model.params = {name: p.astype(np.float64) for name, p in model.params.items()}
    right, right_grads = model.loss(x, noise)
    assert loss == pytest.approx(right, rel=1e-5)
    for name, grad in grads.items():
        right = right_grads[name]
        np.testing.assert_allclose(grad, right, rtol=0, atol=1e-4 * abs(right).max())


def test_images_and_noise_of_another_dtype_are_taken_in_that_of_the_weights(rng):
    model, x, noise = make_batch(rng, dtype=np.float32)
    loss, grads = model.loss(x.astype(np.float64), noise.astype(np.float64))
    assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float32)}
    assert loss == model.loss(x, noise)[0]
    assert model.generate(np.zeros((2, 3, 2))).canvases.dtype == np.float32


def test_weights_have_the_documented_shapes_and_forget_gates_begin_open():
    H, Z, B, A = 4, 2, 5, 3
    params = DRAW((B, A), 3, Z, H, read_size=3, write_size=2).params
    assert {name: p.shape for name, p in params.items()} == {
        "W_read": (H, 5),
        "b_read": (5,),
        "Wx_enc": (2 * 9 + H, 4 * H),
        "Wh_enc": (H, 4 * H),
        "b_enc": (4 * H,),
        "W_mu": (H, Z),
        "b_mu": (Z,),
        "W_sigma": (H, Z),
        "b_sigma": (Z,),
        "Wx_dec": (Z, 4 * H),
        "Wh_dec": (H, 4 * H),
        "b_dec": (4 * H,),
        "W_write": (H, 5),
        "b_write": (5,),
        "W_patch": (H, 4),
        "b_patch": (4,),
        "c0": (B, A),
    }
    for name in ("b_enc", "b_dec"):
        np.testing.assert_array_equal(params[name], [0] * H + [1] * H + [0] * 2 * H)


METHODS = pytest.mark.parametrize("method", ["loss", "bound", "codes"])


@METHODS
@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((2, 4, 5)), r"x is \(2, 4, 5\); .* needs images \(N, B, A\) = \(N, 5, 4\)"),
        (np.zeros((5, 4)), r"x is \(5, 4\); .* needs images \(N, B, A\)"),
        (np.zeros((0, 5, 4)), r"x is \(0, 5, 4\); .* needs images"),
        (np.full((2, 5, 4), np.nan), "x has a number that is not finite; .* finite images"),
    ],
)
def test_images_that_do_not_fit_are_refused_by_name(method, x, message, rng):
    model, _, noise = make_batch(rng)
    with pytest.raises(ValueError, match=message) as refusal:
        getattr(model, method)(x, noise)
    assert f"DRAW.{method}" in str(refusal.value)


@METHODS
@pytest.mark.parametrize("shape", [(2, 3, 2), (3, 2, 1), (3, 1, 2), (2, 2), (1, 3, 2, 2)])
def test_noise_that_does_not_fit_is_refused_by_name(method, shape, rng):
    model, x, _ = make_batch(rng)
    with pytest.raises(ValueError, match=r"noise is \(.*DRAW needs \(T, N, Z\) = \(3, 2, 2\)"):
        getattr(model, method)(x, np.zeros(shape))


def test_pixels_that_are_no_probabilities_are_refused(rng):
    model, x, noise = make_batch(rng)
    for method in (model.loss, model.bound):
        with pytest.raises(ValueError, match=r"x runs from 1\.\d* to 1\.\d*; .* needs 0 to 1"):
            method(x + 1, noise)


@pytest.mark.parametrize("shape", [(2, 3, 1), (3, 2, 2), (2, 2), (2, 4, 2)])
def test_codes_that_do_not_fit_are_refused_by_name(shape, rng):
    model, *_ = make_batch(rng)
    with pytest.raises(ValueError, match=r"z is \(.*DRAW.generate needs \(N, 3, 2\)"):
        model.generate(np.zeros(shape))
