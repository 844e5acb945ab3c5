"""The values that CS231n's notebooks publish, for inputs that np.linspace spells out.

Source: RNN_Captioning.ipynb and LSTM_Captioning.ipynb of CS231n's third assignment, 2018 to 2024.
"""

import numpy as np
import pytest

from cs231n_rnn.layers.affine import temporal_affine_backward, temporal_affine_forward
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.lstm import (
    lstm_backward,
    lstm_forward,
    lstm_step_backward,
    lstm_step_forward,
)
from cs231n_rnn.layers.rnn import rnn_backward, rnn_forward, rnn_step_backward, rnn_step_forward
from cs231n_rnn.layers.softmax import temporal_softmax_loss
from cs231n_rnn.models.captioning import CaptioningRNN
from cs231n_rnn.training.gradient_check import (
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    rel_error,
)

# The notebooks say "errors of the order e-8": what lies below e-7. The numerical gradient's own
# rounding, which differs between processors, is all of that error.
ORDER = 10

RNN_STEP = [
    [-0.58172089, -0.50182032, -0.41232771, -0.31410098],
    [0.66854692, 0.79562378, 0.87755553, 0.92795967],
    [0.97934501, 0.99144213, 0.99646691, 0.99854353],
]
RNN = [
    [
        [-0.42070749, -0.27279261, -0.11074945, 0.05740409, 0.22236251],
        [-0.39525808, -0.22554661, -0.0409454, 0.14649412, 0.32397316],
        [-0.42305111, -0.24223728, -0.04287027, 0.15997045, 0.35014525],
    ],
    [
        [-0.55857474, -0.39065825, -0.19198182, 0.02378408, 0.23735671],
        [-0.27150199, -0.07088804, 0.13562939, 0.33099728, 0.50158768],
        [-0.51014825, -0.30524429, -0.06755202, 0.17806392, 0.40333043],
    ],
]
LSTM_STEP_H = [
    [0.24635157, 0.28610883, 0.32240467, 0.35525807, 0.38474904],
    [0.49223563, 0.55611431, 0.61507696, 0.66844003, 0.7159181],
    [0.56735664, 0.66310127, 0.74419266, 0.80889665, 0.858299],
]
LSTM_STEP_C = [
    [0.32986176, 0.39145139, 0.451556, 0.51014116, 0.56717407],
    [0.66382255, 0.76674007, 0.87195994, 0.97902709, 1.08751345],
    [0.74192008, 0.90592151, 1.07717006, 1.25120233, 1.42395676],
]
LSTM = [
    [
        [0.01764008, 0.01823233, 0.01882671, 0.0194232],
        [0.11287491, 0.12146228, 0.13018446, 0.13902939],
        [0.31358768, 0.33338627, 0.35304453, 0.37250975],
    ],
    [
        [0.45767879, 0.4761092, 0.4936887, 0.51041945],
        [0.6704845, 0.69350089, 0.71486014, 0.7346449],
        [0.81733511, 0.83677871, 0.85403753, 0.86935314],
    ],
]


def spread(first, last, *shape):
    return np.linspace(first, last, num=np.prod(shape)).reshape(shape)


@pytest.fixture
def rng():
    """CS231n seeds NumPy's old generator with 231 before each random check."""
    return np.random.RandomState(231)


def test_rnn_step_forward():
    N, D, H = 3, 10, 4
    weights = spread(-0.1, 0.9, D, H), spread(-0.3, 0.7, H, H), spread(-0.2, 0.4, H)
    next_h, _ = rnn_step_forward(spread(-0.4, 0.7, N, D), spread(-0.2, 0.5, N, H), *weights)
    assert rel_error(next_h, np.array(RNN_STEP)) <= 1e-8


def test_rnn_forward():
    N, T, D, H = 2, 3, 4, 5
    weights = spread(-0.2, 0.4, D, H), spread(-0.4, 0.1, H, H), spread(-0.7, 0.1, H)
    h, _ = rnn_forward(spread(-0.1, 0.3, N, T, D), spread(-0.3, 0.1, N, H), *weights)
    assert rel_error(h, np.array(RNN)) <= 1e-7


def test_word_embedding_forward():
    V, D = 5, 3
    x = np.array([[0, 3, 1, 2], [2, 1, 0, 3]])
    out, _ = word_embedding_forward(x, spread(0, 1, V, D))
    # Element d of word v is (3 v + d) / 14.
    right = (3 * x[:, :, np.newaxis] + np.arange(D)) / 14
    assert rel_error(out, right) <= 1e-8


def test_lstm_step_forward():
    N, D, H = 3, 4, 5
    x, prev_h = spread(-0.4, 1.2, N, D), spread(-0.3, 0.7, N, H)
    weights = spread(-2.1, 1.3, D, 4 * H), spread(-0.7, 2.2, H, 4 * H), spread(0.3, 0.7, 4 * H)
    next_h, next_c, _ = lstm_step_forward(x, prev_h, spread(-0.4, 0.9, N, H), *weights)
    assert rel_error(next_h, np.array(LSTM_STEP_H)) <= 1e-8
    assert rel_error(next_c, np.array(LSTM_STEP_C)) <= 1e-8


def test_lstm_forward():
    N, D, H, T = 2, 5, 4, 3
    weights = spread(-0.2, 0.9, D, 4 * H), spread(-0.3, 0.6, H, 4 * H), spread(0.2, 0.7, 4 * H)
    h, _ = lstm_forward(spread(-0.4, 0.6, N, T, D), spread(-0.4, 0.8, N, H), *weights)
    assert rel_error(h, np.array(LSTM)) <= 1e-7


def assert_numerical(forward, backward, inputs, rng, **tolerance):
    """Each gradient against the numerical one; tolerance for all of them, or by name."""
    *outputs, cache = forward(*inputs.values())
    upstream = [rng.randn(*out.shape) for out in outputs]
    gradients = backward(*upstream, cache)
    for (name, value), gradient in zip(inputs.items(), gradients, strict=True):
        numerical = sum(
            eval_numerical_gradient_array(lambda _, k=k: forward(*inputs.values())[k], value, dout)
            for k, dout in enumerate(upstream)
        )
        allowed = ORDER * tolerance.get(name, tolerance["each"])
        assert rel_error(gradient, numerical) < allowed, name


def normal(rng, **shapes):
    """Standard normal arrays, drawn in the notebook's order."""
    return {name: rng.randn(*shape) for name, shape in shapes.items()}


def test_rnn_step_backward(rng):
    N, D, H = 4, 5, 6
    inputs = normal(rng, x=(N, D), h=(N, H), Wx=(D, H), Wh=(H, H), b=(H,))
    assert_numerical(rnn_step_forward, rnn_step_backward, inputs, rng, each=1e-8)


def test_rnn_backward(rng):
    N, D, T, H = 2, 3, 10, 5
    inputs = normal(rng, x=(N, T, D), h0=(N, H), Wx=(D, H), Wh=(H, H), b=(H,))
    assert_numerical(rnn_forward, rnn_backward, inputs, rng, each=1e-6)


def test_lstm_step_backward(rng):
    N, D, H = 4, 5, 6
    shapes = {"Wx": (D, 4 * H), "Wh": (H, 4 * H), "b": (4 * H,)}
    inputs = normal(rng, x=(N, D), prev_h=(N, H), prev_c=(N, H), **shapes)
    assert_numerical(lstm_step_forward, lstm_step_backward, inputs, rng, each=1e-7)


def test_lstm_backward(rng):
    N, D, T, H = 2, 3, 10, 6
    shapes = {"Wx": (D, 4 * H), "Wh": (H, 4 * H), "b": (4 * H,)}
    inputs = normal(rng, x=(N, T, D), h0=(N, H), **shapes)
    assert_numerical(lstm_forward, lstm_backward, inputs, rng, each=1e-8, Wh=1e-6)


def test_temporal_affine_backward(rng):
    N, T, D, M = 2, 3, 4, 5
    inputs = normal(rng, x=(N, T, D), w=(D, M), b=(M,))
    assert_numerical(temporal_affine_forward, temporal_affine_backward, inputs, rng, each=1e-9)


def test_word_embedding_backward(rng):
    N, T, V, D = 50, 3, 5, 6
    x, W = rng.randint(V, size=(N, T)), rng.randn(V, D)
    out, cache = word_embedding_forward(x, W)
    dout = rng.randn(*out.shape)
    numerical = eval_numerical_gradient_array(lambda W: word_embedding_forward(x, W)[0], W, dout)
    assert rel_error(word_embedding_backward(dout, cache), numerical) < ORDER * 1e-11


@pytest.mark.parametrize(
    ("N", "T", "V", "kept", "low", "high"),
    [
        (100, 1, 10, 1.0, 2.25, 2.35),
        (100, 10, 10, 1.0, 22.5, 23.5),
        (5000, 10, 10, 0.1, 2.2, 2.4),
    ],
)
def test_temporal_softmax_loss_of_small_scores(rng, N, T, V, kept, low, high):
    x, y = 0.001 * rng.randn(N, T, V), rng.randint(V, size=(N, T))
    loss, _ = temporal_softmax_loss(x, y, rng.rand(N, T) <= kept)
    assert low <= loss <= high


def test_temporal_softmax_gradient(rng):
    N, T, V = 7, 8, 9
    x, y = rng.randn(N, T, V), rng.randint(V, size=(N, T))
    mask = rng.rand(N, T) > 0.5
    _, dx = temporal_softmax_loss(x, y, mask)
    numerical = eval_numerical_gradient(lambda x: temporal_softmax_loss(x, y, mask)[0], x)
    assert rel_error(dx, numerical) < ORDER * 1e-7


@pytest.mark.parametrize(
    ("cell_type", "first", "last", "published"),
    [("rnn", -1.5, 0.3, 9.83235591003), ("lstm", -0.5, 1.7, 9.82445935443)],
)
def test_captioning_loss(cell_type, first, last, published):
    N, D, W, H, T = 10, 20, 30, 40, 13
    vocabulary = {"<NULL>": 0, "cat": 2, "dog": 3}
    model = CaptioningRNN(vocabulary, D, W, H, cell_type, np.float64)
    for name, value in model.params.items():
        model.params[name] = spread(-1.4, 1.3, *value.shape)
    captions = (np.arange(N * T) % len(vocabulary)).reshape(N, T)
    loss, _ = model.loss(spread(first, last, N, D), captions)
    assert abs(loss - published) <= 1e-10


def test_captioning_gradient(rng):
    N, T, D, W, H = 2, 3, 4, 5, 6
    vocabulary = {"<NULL>": 0, "cat": 2, "dog": 3}
    captions, features = rng.randint(len(vocabulary), size=(N, T)), rng.randn(N, D)
    model = CaptioningRNN(vocabulary, D, W, H, "rnn", np.float64)
    _, grads = model.loss(features, captions)
    for name, value in model.params.items():
        numerical = eval_numerical_gradient(
            lambda _: model.loss(features, captions)[0], value, h=1e-6
        )
        assert rel_error(grads[name], numerical) < ORDER * 1e-6, name
