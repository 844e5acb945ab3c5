"""The layers of the reference, for tests that run inside the overlaid tree.

``python -m instructor sync`` makes that tree; then, from the repository's root,
``cd build/reference && python -m pytest -c pyproject.toml --rootdir=. \\
-p no:cacheprovider ../../instructor/tests/reference ../../solutions``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import cs231n_rnn
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.layers import affine, lstm, rnn
from cs231n_rnn.models.captioning import CaptioningRNN

KIT = Path(__file__).resolve().parents[3]
TREE = Path(cs231n_rnn.__file__).resolve().parents[1]
COMMAND = (
    "cd build/reference && python -m pytest -c pyproject.toml --rootdir=. "
    "-p no:cacheprovider ../../instructor/tests/reference ../../solutions"
)


def pytest_configure():
    """Refuse another package than the reference, and an overlay of yesterday's solutions."""
    if not (TREE / ".overlay").exists():
        raise pytest.UsageError(
            f"these tests need the reference, and cs231n_rnn is the one in {TREE}; "
            f"run `python -m instructor sync`, then `{COMMAND}`"
        )
    manifest = read_manifest(TREE)
    exercises = [*manifest.exercises.values(), *manifest.left_out.values()]
    references = {e.file: KIT / "solutions" / e.name / "reference.py" for e in exercises}
    for path in sorted((TREE / "cs231n_rnn").rglob("*.py")):
        name = path.relative_to(TREE).as_posix()
        source = references.get(name, KIT / name)
        if not source.is_file() or source.read_bytes() != path.read_bytes():
            raise pytest.UsageError(
                f"{path} differs from {source}; run `python -m instructor sync` to lay it again"
            )


@dataclass(frozen=True)
class Layer:
    """A layer of floats only. Shapes are in letters, G = 4H: ``"NTD NH DG HG G"``."""

    name: str
    forward: Callable
    backward: Callable
    letters: str

    def inputs(self, rng, sizes, dtype=np.float64):
        """Standard normal inputs."""
        known = {**sizes, "G": 4 * sizes["H"]}
        shapes = [[known[letter] for letter in word] for word in self.letters.split()]
        return [rng.standard_normal(shape).astype(dtype) for shape in shapes]

    def run(self, inputs, rng, **options):
        """Outputs, gradients of the outputs drawn at random, gradients of the inputs."""
        *outputs, cache = self.forward(*inputs, **options)
        upstream = [rng.standard_normal(out.shape).astype(out.dtype) for out in outputs]
        gradients = self.backward(*upstream, cache)
        return outputs, upstream, list(gradients)


LAYERS = [
    Layer("affine", affine.affine_forward, affine.affine_backward, "ND DH H"),
    Layer(
        "temporal_affine",
        affine.temporal_affine_forward,
        affine.temporal_affine_backward,
        "NTD DH H",
    ),
    Layer("rnn_step", rnn.rnn_step_forward, rnn.rnn_step_backward, "ND NH DH HH H"),
    Layer("rnn", rnn.rnn_forward, rnn.rnn_backward, "NTD NH DH HH H"),
    Layer("lstm_step", lstm.lstm_step_forward, lstm.lstm_step_backward, "ND NH NH DG HG G"),
    Layer("lstm", lstm.lstm_forward, lstm.lstm_backward, "NTD NH DG HG G"),
]
SIZES = {
    "unequal_sizes": {"N": 3, "T": 5, "D": 4, "H": 2},
    "one_example": {"N": 1, "T": 4, "D": 2, "H": 3},
    "one_step": {"N": 3, "T": 1, "D": 2, "H": 4},
    "one_input": {"N": 2, "T": 3, "D": 1, "H": 4},
    "one_hidden_unit": {"N": 4, "T": 3, "D": 2, "H": 1},
    "one_of_each": {"N": 1, "T": 1, "D": 1, "H": 1},
}


@pytest.fixture(scope="session", params=LAYERS, ids=lambda layer: layer.name)
def layer(request):
    """Every layer in turn."""
    return request.param


@pytest.fixture(
    scope="session",
    params=[layer for layer in LAYERS if layer.name in ("rnn", "lstm")],
    ids=lambda layer: layer.name,
)
def recurrent(request):
    """The two layers that run over a sequence."""
    return request.param


@pytest.fixture(params=SIZES.values(), ids=SIZES)
def sizes(request):
    """Sizes N, T, D, H: no two the same, then each of them 1."""
    return request.param


@pytest.fixture(params=[1, 2, 3], ids="seed_{}".format)
def rng(request):
    """Generators that a test may draw from."""
    return np.random.default_rng(request.param)


@pytest.fixture(scope="session", params=["rnn", "lstm"])
def cell_type(request):
    """Both cells of the captioning model."""
    return request.param


@pytest.fixture(scope="session")
def make_model():
    """A small captioning model in which every word and every bias counts; D, W, H = 3, 2, 6."""

    def make(cell_type, rng, dtype=np.float64, **options):
        words = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "cat", "dog", "sat"]
        vocabulary = {word: index for index, word in enumerate(words)}
        model = CaptioningRNN(vocabulary, 3, 2, 6, cell_type, dtype, **options)
        for name, value in model.params.items():
            model.params[name] = rng.standard_normal(value.shape).astype(dtype)
        return model

    return make
