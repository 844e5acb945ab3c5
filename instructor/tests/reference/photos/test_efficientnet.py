import numpy as np
import pytest

from cs231n_rnn.data.folders import DataError
from cs231n_rnn.photos import efficientnet
from cs231n_rnn.photos.efficientnet import EPSILON, EfficientNet, depthwise, patches, pointwise

CLOSE = {"rtol": 1e-4, "atol": 1e-4}
STRIDES = (1, 2, 1)


def relu6(x):
    return np.minimum(np.maximum(x, 0), 6)


def plain_convolution(x, kernels, stride):
    """A convolution (F, C, k, k) over (H, W, C), place by place, in float64.

    The zeros around are TensorFlow's: H' = H / stride rounded up, the odd zero behind.
    """
    F, _, k, _ = kernels.shape
    height, width = (-(-n // stride) for n in x.shape[:2])
    out = np.zeros((height, width, F))
    before = [max((-(-n // stride) - 1) * stride + k - n, 0) // 2 for n in x.shape[:2]]
    for row, column in np.ndindex(height, width):
        for i, j in np.ndindex(k, k):
            y, z = row * stride + i - before[0], column * stride + j - before[1]
            if 0 <= y < x.shape[0] and 0 <= z < x.shape[1]:
                out[row, column] += kernels[:, :, i, j].astype(np.float64) @ x[y, z]
    return out


def normalized(x, weights, name):
    gamma, beta = weights[f"{name}.weight"], weights[f"{name}.bias"]
    mean, variance = weights[f"{name}.running_mean"], weights[f"{name}.running_var"]
    return gamma * (x - mean) / np.sqrt(variance + EPSILON) + beta


def diagonal(kernels):
    """Depthwise kernels (C, 1, k, k) as those of a convolution that mixes no channels."""
    C, _, k, _ = kernels.shape
    full = np.zeros((C, C, k, k))
    full[np.arange(C), np.arange(C)] = kernels[:, 0]
    return full


def random_weights(rng):
    """Of a stem, three blocks (the first without expansion, the third residual) and a head."""
    shapes = {"_conv_stem": (4, 3, 3, 3), "_conv_head": (7, 6, 1, 1)}
    norms = {"_bn0": 4, "_bn1": 7}
    for n, (C, wide, F, k) in enumerate([(4, 4, 5, 3), (5, 10, 6, 5), (6, 12, 6, 3)]):
        name = f"_blocks.{n}."
        if n:
            shapes[f"{name}_expand_conv"] = (wide, C, 1, 1)
            norms[f"{name}_bn0"] = wide
        shapes |= {
            f"{name}_depthwise_conv": (wide, 1, k, k),
            f"{name}_project_conv": (F, wide, 1, 1),
        }
        norms |= {f"{name}_bn1": wide, f"{name}_bn2": F}
    weights = {
        f"{name}.weight": rng.standard_normal(s) / np.sqrt(s[1] * s[2] * s[3])
        for name, s in shapes.items()
    }
    for name, C in norms.items():
        for part in ("weight", "bias", "running_mean", "running_var"):
            weights[f"{name}.{part}"] = rng.uniform(0.5, 2, C)
    return {name: w.astype(np.float32) for name, w in weights.items()}


@pytest.fixture
def rng():
    return np.random.default_rng(231)


@pytest.fixture(params=[1, 50, 1 << 16], ids="numbers_{}".format)
def block(request, monkeypatch):
    """How many numbers are worked on together."""
    monkeypatch.setattr(efficientnet, "BLOCK", request.param)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("k", [3, 5])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("size", [(8, 6), (7, 9), (1, 4), (2, 2)])
def test_depthwise_filters_each_channel_by_itself(rng, k, stride, size):
    C = 3
    x = rng.standard_normal((*size, C)).astype(np.float32)
    kernels, b = rng.standard_normal((C, 1, k, k)).astype(np.float32), rng.standard_normal(C)
    kept = x.copy()
    out = depthwise(x, kernels.reshape(C, -1).T, b.astype(np.float32), stride)
    right = relu6(plain_convolution(x, diagonal(kernels), stride) + b)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, right, **CLOSE)
    np.testing.assert_array_equal(x, kept)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("clip", [False, True])
def test_pointwise_is_one_matrix_at_every_place(rng, clip):
    x = 3 * rng.standard_normal((4, 3, 5)).astype(np.float32)
    W, b = rng.standard_normal((5, 2)).astype(np.float32), rng.standard_normal(2)
    right = np.array(
        [
            [
                [sum(c * w for c, w in zip(p, W[:, f], strict=True)) + b[f] for f in range(2)]
                for p in line
            ]
            for line in x
        ]
    )
    out = pointwise(x, W, b.astype(np.float32), relu6=clip)
    np.testing.assert_allclose(out, relu6(right) if clip else right, **CLOSE)


@pytest.mark.parametrize("size", [(8, 6), (7, 5)])
def test_a_product_with_patches_is_a_convolution(rng, size):
    x = rng.standard_normal((*size, 3)).astype(np.float32)
    kernels = rng.standard_normal((4, 3, 3, 3)).astype(np.float32)
    columns = kernels.transpose(2, 3, 1, 0).reshape(-1, 4)
    np.testing.assert_allclose(
        patches(x, 3, 2) @ columns, plain_convolution(x, kernels, 2), **CLOSE
    )


def test_a_network_is_its_convolutions_and_normalizations_one_by_one(rng):
    weights = random_weights(rng)
    image = rng.integers(0, 256, (12, 10, 3)).astype(np.uint8)
    outputs = list(EfficientNet(weights, STRIDES).outputs(image))

    x = (image.astype(float) - 127) / 128
    x = relu6(normalized(plain_convolution(x, weights["_conv_stem.weight"], 2), weights, "_bn0"))
    right = [x]
    for n, stride in enumerate(STRIDES):
        name, wide = f"_blocks.{n}.", x
        if n:
            wide = plain_convolution(x, weights[f"{name}_expand_conv.weight"], 1)
            wide = relu6(normalized(wide, weights, f"{name}_bn0"))
        wide = plain_convolution(wide, diagonal(weights[f"{name}_depthwise_conv.weight"]), stride)
        wide = relu6(normalized(wide, weights, f"{name}_bn1"))
        out = plain_convolution(wide, weights[f"{name}_project_conv.weight"], 1)
        out = normalized(out, weights, f"{name}_bn2")
        x = x + out if n == 2 else out
        right.append(x)
    head = plain_convolution(x, weights["_conv_head.weight"], 1)
    right.append(relu6(normalized(head, weights, "_bn1")))
    for ours, theirs in zip(outputs, right, strict=True):
        assert ours.dtype == np.float32
        np.testing.assert_allclose(ours, theirs, **CLOSE)


def test_weights_of_another_network_are_refused_by_name(rng, monkeypatch):
    weights = random_weights(rng)
    del weights["_conv_stem.weight"]
    monkeypatch.setattr(efficientnet, "read_torch_weights", lambda path: weights)
    with pytest.raises(DataError, match=r"other\.pth lacks '_conv_stem\.weight'"):
        efficientnet.load_network("other.pth")


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(efficientnet, "PACKAGE", "no_such_package")
    with pytest.raises(DataError, match=r"no-such-package .*`pip install -e \.\[photos\]"):
        efficientnet.lite0_file()
