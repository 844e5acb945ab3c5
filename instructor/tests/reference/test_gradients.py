"""Every gradient against HIPS autograd's, from equations of their own, one sequence at a time."""

from itertools import pairwise

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cs231n_rnn.layers.affine import affine_backward, affine_forward
from cs231n_rnn.layers.dropout import dropout_backward, dropout_forward
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.softmax import softmax_loss, temporal_softmax_loss
from cs231n_rnn.models.captioning import CaptioningRNN

SAME = 1e-10
# In an array without a larger element, what is left is the rounding of 1 - p or 1 - tanh**2.
SMALLEST_SCALE = 1e-5
CELLS = pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
SMALL = st.integers(1, 5)
SEEDS = st.integers(0, 2**32 - 1)
# Always the same examples: a failure that comes and goes helps nobody.
quick = settings(max_examples=20, deadline=None, derandomize=True, database=None)


def assert_same(ours, right):
    """Equal shapes, and values to SAME of the largest one."""
    assert np.shape(ours) == np.shape(right)
    scale = np.abs(right).max(initial=SMALLEST_SCALE)
    np.testing.assert_allclose(ours, right, rtol=0, atol=SAME * scale)


def sigmoid(x):
    return 1 / (1 + anp.exp(-x))


def rnn_cell(x, h, c, Wx, Wh, b):
    return anp.tanh(anp.dot(x, Wx) + anp.dot(h, Wh) + b), c


def lstm_cell(x, h, c, Wx, Wh, b):
    a = anp.dot(x, Wx) + anp.dot(h, Wh) + b
    H = h.shape[-1]
    i, f, o, g = (a[..., k * H : (k + 1) * H] for k in range(4))
    next_c = sigmoid(f) * c + sigmoid(i) * anp.tanh(g)
    return sigmoid(o) * anp.tanh(next_c), next_c


def sequence_by(cell):
    """The layer that runs a cell over each sequence apart, up to its length; zeros after it."""

    def forward(x, h0, Wx, Wh, b, lengths=None):
        N, T, _ = x.shape
        rows = []
        for n in range(N):
            h, c = h0[n], np.zeros(h0.shape[1])
            length = T if lengths is None else lengths[n]
            states = []
            for t in range(length):
                h, c = cell(x[n, t], h, c, Wx, Wh, b)
                states.append(h)
            states += [np.zeros(h0.shape[1])] * (T - length)
            rows.append(anp.stack(states))
        return [anp.stack(rows)]

    return forward


EQUATIONS = {
    "affine": lambda x, w, b: [anp.dot(x, w) + b],
    "temporal_affine": lambda x, w, b: [anp.einsum("ntd,dm->ntm", x, w) + b],
    "rnn_step": lambda x, h, Wx, Wh, b: [rnn_cell(x, h, None, Wx, Wh, b)[0]],
    "rnn": sequence_by(rnn_cell),
    "lstm_step": lstm_cell,
    "lstm": sequence_by(lstm_cell),
}


def autograds(equations, inputs, upstream):
    """Gradients of sum(output * upstream) with respect to every input."""

    def total(*inputs):
        pairs = zip(equations(*inputs), upstream, strict=True)
        return sum(anp.sum(out * dout) for out, dout in pairs)

    return autograd.grad(total, argnum=tuple(range(len(inputs))))(*inputs)


def test_outputs_and_gradients_of_every_layer(layer, sizes, rng):
    inputs = layer.inputs(rng, sizes)
    outputs, upstream, gradients = layer.run(inputs, rng)
    equations = EQUATIONS[layer.name]
    for ours, right in zip(outputs, equations(*inputs), strict=True):
        assert_same(ours, right)
    for ours, right in zip(gradients, autograds(equations, inputs, upstream), strict=True):
        assert_same(ours, right)


def test_affine_takes_pictures(rng):
    N, rows, columns, M = 2, 3, 4, 5
    x, w = rng.standard_normal((N, rows, columns)), rng.standard_normal((rows * columns, M))
    b, dout = rng.standard_normal(M), rng.standard_normal((N, M))
    out, cache = affine_forward(x, w, b)

    def equations(x, w, b):
        return [anp.einsum("nrc,rcm->nm", x, anp.reshape(w, (rows, columns, M))) + b]

    assert_same(out, equations(x, w, b)[0])
    for ours, right in zip(
        affine_backward(dout, cache), autograds(equations, [x, w, b], [dout]), strict=True
    ):
        assert_same(ours, right)


def test_word_vectors(sizes, rng):
    N, T, D, V = sizes["N"], sizes["T"], sizes["D"], 3
    x, W = rng.integers(V, size=(N, T)), rng.standard_normal((V, D))
    dout = rng.standard_normal((N, T, D))
    out, cache = word_embedding_forward(x, W)

    def one_hot_product(W):
        return [anp.dot(np.eye(V)[x], W)]

    assert_same(out, one_hot_product(W)[0])
    (right,) = autograds(one_hot_product, [W], [dout])
    assert_same(word_embedding_backward(dout, cache), right)


def cross_entropy(scores, word):
    return anp.log(anp.sum(anp.exp(scores - anp.max(scores)))) + anp.max(scores) - scores[word]


def test_softmax_loss_of_single_words(rng):
    M, V = 5, 4
    scores, words = 3 * rng.standard_normal((M, V)), rng.integers(V, size=M)

    def loss(scores):
        return sum(cross_entropy(s, word) for s, word in zip(scores, words, strict=True)) / M

    ours, dscores = softmax_loss(scores, words)
    assert_same(ours, loss(scores))
    assert_same(dscores, autograd.grad(loss)(scores))


@pytest.mark.parametrize("kept", [0, 0.5, 1])
def test_softmax_loss_over_time(sizes, rng, kept):
    N, T, V = sizes["N"], sizes["T"], 6
    scores, words = 3 * rng.standard_normal((N, T, V)), rng.integers(V, size=(N, T))
    mask = rng.random((N, T)) < kept

    def loss(scores):
        # The zero keeps a tie to the scores where nothing counts.
        total = 0 * anp.sum(scores)
        for n, t in np.argwhere(mask):
            total = total + cross_entropy(scores[n, t], words[n, t])
        return total / N

    ours, dscores = temporal_softmax_loss(scores, words, mask)
    assert_same(ours, loss(scores))
    assert_same(dscores, autograd.grad(loss)(scores))


@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_dropout_with_the_mask_of_the_same_seed(rng, rate):
    x, dout = rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 3, 4))
    out, cache = dropout_forward(x, rate, np.random.default_rng(7))
    scale = (np.random.default_rng(7).random(x.shape, np.float32) >= rate) / (1 - rate)
    assert_same(out, x * scale)
    assert_same(dropout_backward(dout, cache), autograds(lambda x: [x * scale], [x], [dout])[0])


@st.composite
def ragged(draw):
    """Sizes with lengths from 0 to T, longest first, and a seed."""
    sizes = {name: draw(SMALL) for name in "NTDH"}
    length = st.integers(0, sizes["T"])
    lengths = draw(st.lists(length, min_size=sizes["N"], max_size=sizes["N"]))
    return sizes, sorted(lengths, reverse=True), draw(SEEDS)


def run_ragged(layer, case):
    """The layer's outputs and gradients beside the right ones; NaN after each length."""
    sizes, lengths, seed = case
    rng = np.random.default_rng(seed)
    x, *others = layer.inputs(rng, sizes)
    behind = np.arange(sizes["T"]) >= np.array(lengths)[:, np.newaxis]
    dh = rng.standard_normal((sizes["N"], sizes["T"], sizes["H"]))
    spoilt_x, spoilt_dh = x.copy(), dh.copy()
    spoilt_x[behind], spoilt_dh[behind] = np.nan, np.nan
    dh[behind] = 0
    h, cache = layer.forward(spoilt_x, *others, lengths=np.array(lengths))
    gradients = layer.backward(spoilt_dh, cache)

    def equations(*inputs):
        return EQUATIONS[layer.name](*inputs, lengths=lengths)

    right_h = equations(x, *others)[0]
    return behind, (h, *gradients), (right_h, *autograds(equations, [x, *others], [dh]))


NO_STEPS = {"N": 2, "T": 3, "D": 2, "H": 4}, [0, 0], 1
ALL_LENGTHS = {"N": 4, "T": 3, "D": 2, "H": 5}, [3, 2, 1, 0], 2
# autograd warns that nothing depends on the inputs where every length is 0; that is the case.
independent = pytest.mark.filterwarnings("ignore:Output seems independent of input")


@independent
@quick
@example(case=NO_STEPS)
@example(case=ALL_LENGTHS)
@given(case=ragged())
def test_what_stands_behind_a_length_gets_and_gives_no_gradient(recurrent, case):
    behind, ours, right = run_ragged(recurrent, case)
    h, dx, *others = ours
    right_h, right_dx, *right_others = right
    assert_same(h[~behind], right_h[~behind])
    assert_same(dx, right_dx)
    for gradient, right_gradient in zip(others, right_others, strict=True):
        assert_same(gradient, right_gradient)


def test_full_lengths_are_the_same_as_none(recurrent, sizes, rng):
    inputs = recurrent.inputs(rng, sizes)
    dh = rng.standard_normal((sizes["N"], sizes["T"], sizes["H"]))
    h, cache = recurrent.forward(*inputs)
    full = np.full(sizes["N"], sizes["T"])
    h_with, cache_with = recurrent.forward(*inputs, lengths=full)
    assert_same(h_with, h)
    pairs = zip(recurrent.backward(dh, cache_with), recurrent.backward(dh, cache), strict=True)
    for ours, right in pairs:
        assert_same(ours, right)


def make_model(rng, cell_type, sizes, dropout=0.0):
    """A model in float64 whose weights, all biases among them, are drawn at random."""
    words = ["<NULL>", "<START>", "<END>", "cat", "dog", "sat"]
    vocabulary = {word: index for index, word in enumerate(words)}
    D, W, H = sizes["D"], sizes["T"], sizes["H"]
    model = CaptioningRNN(vocabulary, D, W, H, cell_type, np.float64, dropout)
    for name, value in model.params.items():
        model.params[name] = rng.standard_normal(value.shape)
    return model


def captioning_loss(params, cell_type, features, captions, keep):
    """The loss, a caption and a word at a time; keep (N, T, H) multiplies the hidden states."""
    cell = {"rnn": rnn_cell, "lstm": lstm_cell}[cell_type]
    p, total = params, 0.0
    for n, caption in enumerate(captions):
        h = anp.dot(features[n], p["W_proj"]) + p["b_proj"]
        c = np.zeros(len(p["b_proj"]))
        for t, (word, next_word) in enumerate(pairwise(caption)):
            h, c = cell(p["W_embed"][word], h, c, p["Wx"], p["Wh"], p["b"])
            if next_word != 0:
                scores = anp.dot(h * keep[n, t], p["W_vocab"]) + p["b_vocab"]
                total = total + cross_entropy(scores, next_word)
    return total / len(captions)


def assert_right_loss(model, features, captions, keep):
    loss, grads = model.loss(features, captions)
    arguments = model.cell_type, features, captions, keep
    assert_same(loss, captioning_loss(model.params, *arguments))
    right = autograd.grad(captioning_loss)(model.params, *arguments)
    assert grads.keys() == model.params.keys()
    for name, gradient in grads.items():
        np.testing.assert_array_equal(gradient.shape, model.params[name].shape)
        assert_same(gradient, right[name])


@st.composite
def minibatches(draw):
    """Sizes, the share of words that are <NULL>, wherever they stand, and a seed."""
    return {name: draw(SMALL) for name in "NTDH"}, draw(st.sampled_from([0, 0.2, 0.7])), draw(SEEDS)


@CELLS
@independent
@quick
@example(batch=({"N": 1, "T": 1, "D": 1, "H": 1}, 0, 3))
@example(batch=({"N": 4, "T": 5, "D": 3, "H": 2}, 0.4, 4))
@given(batch=minibatches())
def test_captioning_with_holes_and_padding(cell_type, batch):
    sizes, null, seed = batch
    rng = np.random.default_rng(seed)
    N, T = sizes["N"], sizes["T"]
    model = make_model(rng, cell_type, sizes)
    captions = rng.integers(1, 6, size=(N, T + 1)) * (rng.random((N, T + 1)) >= null)
    features = rng.standard_normal((N, sizes["D"]))
    assert_right_loss(model, features, captions, np.ones((N, T, 1)))


@CELLS
def test_captioning_with_dropout_in_full_captions(cell_type, rng):
    sizes = {"N": 3, "T": 4, "D": 5, "H": 6}
    N, T, H, rate = sizes["N"], sizes["T"], sizes["H"], 0.4
    model = make_model(rng, cell_type, sizes, rate)
    captions = rng.integers(1, 6, size=(N, T + 1))
    keep = (np.random.default_rng(7).random((N, T, H), np.float32) >= rate) / (1 - rate)
    model.rng = np.random.default_rng(7)
    assert_right_loss(model, rng.standard_normal((N, sizes["D"])), captions, keep)


class SameMaskAtEveryStep:
    """Stands for a Generator whose numbers depend on the hidden unit alone, not on the step."""

    def __init__(self, numbers):
        self.numbers = numbers.astype(np.float32)

    def random(self, shape, dtype=np.float32):
        return np.broadcast_to(self.numbers, shape)


@CELLS
def test_captioning_with_dropout_and_padding(cell_type, rng):
    sizes = {"N": 3, "T": 4, "D": 5, "H": 6}
    rate, numbers = 0.4, rng.permutation(np.linspace(0.05, 0.95, sizes["H"]))
    model = make_model(rng, cell_type, sizes, rate)
    model.rng = SameMaskAtEveryStep(numbers)
    captions = np.array([[1, 3, 2, 0, 0], [1, 2, 0, 0, 0], [1, 4, 0, 5, 2]])
    keep = np.broadcast_to((numbers >= rate) / (1 - rate), (3, 4, sizes["H"]))
    assert_right_loss(model, rng.standard_normal((3, sizes["D"])), captions, keep)


@CELLS
@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_captioning_where_nothing_counts_has_no_loss_and_no_gradient(cell_type, rng, dropout):
    sizes = {"N": 2, "T": 3, "D": 4, "H": 5}
    model = make_model(rng, cell_type, sizes, dropout)
    captions = np.array([[1, 0, 0, 0], [3, 0, 0, 0]])
    loss, grads = model.loss(rng.standard_normal((2, 4)), captions)
    assert loss == 0
    assert {name: value.shape for name, value in model.params.items()} == {
        name: grad.shape for name, grad in grads.items()
    }
    for gradient in grads.values():
        np.testing.assert_array_equal(gradient, 0)


@pytest.mark.parametrize("scale", [1e3, 1e6])
def test_large_activations_stay_finite(layer, sizes, rng, scale):
    inputs = [scale * value for value in layer.inputs(rng, sizes)]
    outputs, _, gradients = layer.run(inputs, rng)
    for value in [*outputs, *gradients]:
        assert np.all(np.isfinite(value))


@CELLS
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_scores_leave_the_loss_finite(cell_type, rng, dtype):
    sizes = {"N": 3, "T": 4, "D": 5, "H": 6}
    model = make_model(rng, cell_type, sizes)
    model.params = {name: (1e4 * p).astype(dtype) for name, p in model.params.items()}
    features = rng.standard_normal((3, 5)).astype(dtype)
    loss, grads = model.loss(features, rng.integers(1, 6, size=(3, 5)))
    assert np.isfinite(loss)
    assert loss > 0
    for gradient in grads.values():
        assert np.all(np.isfinite(gradient))
