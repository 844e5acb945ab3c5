"""The GRU against its equations, differentiated by HIPS autograd, and against PyTorch's GRU."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from cs231n_rnn.layers import gru
from cs231n_rnn.layers.cells import CELLS
from cs231n_rnn.models.captioning import CaptioningRNN
from cs231n_rnn.models.char_lm import CharLM
from cs231n_rnn.models.memory_models import EveryStepClassifier, LastStepRegressor

SIZES = {
    "unequal_sizes": (3, 5, 4, 2),
    "one_example": (1, 4, 2, 3),
    "one_step": (3, 1, 2, 4),
    "one_input": (2, 3, 1, 4),
    "one_hidden_unit": (4, 3, 2, 1),
    "one_of_each": (1, 1, 1, 1),
}
each_size = pytest.mark.parametrize("sizes", SIZES.values(), ids=SIZES)


def inputs_of(N, T, D, H, dtype=np.float64):
    """x, h0, Wx, Wh, b."""
    rng = np.random.default_rng([N, T, D, H])
    shapes = (N, T, D), (N, H), (D, 3 * H), (H, 3 * H), (3 * H,)
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes]


def equations(x, h0, Wx, Wh, b):
    """Hidden states (N, T, H), one unit's equation after the other, as in the paper."""

    def sigmoid(a):
        return 1 / (1 + anp.exp(-a))

    (Wr, Wz, Wn), (Ur, Uz, Un), (br, bz, bn) = (anp.split(w, 3, axis=-1) for w in (Wx, Wh, b))
    h, states = h0, []
    for t in range(x.shape[1]):
        r = sigmoid(anp.dot(x[:, t], Wr) + anp.dot(h, Ur) + br)
        z = sigmoid(anp.dot(x[:, t], Wz) + anp.dot(h, Uz) + bz)
        candidate = anp.tanh(anp.dot(x[:, t], Wn) + anp.dot(r * h, Un) + bn)
        h = z * h + (1 - z) * candidate
        states.append(h)
    return anp.stack(states, axis=1)


def gradients_by_autograd(inputs, dh):
    loss = lambda *arrays: anp.sum(dh * equations(*arrays))  # noqa: E731
    return [autograd.grad(loss, k)(*inputs) for k in range(len(inputs))]


def assert_same(ours, right):
    for one, other in zip(ours, right, strict=True):
        assert one.shape == other.shape
        scale = np.abs(other).max(initial=1e-5)
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-10 * scale)


@each_size
def test_a_sequence_and_its_gradients_are_those_of_the_equations(sizes):
    inputs = inputs_of(*sizes)
    h, cache = gru.gru_forward(*inputs)
    assert_same([h], [equations(*inputs)])
    dh = np.random.default_rng(1).standard_normal(h.shape)
    assert_same(gru.gru_backward(dh, cache), gradients_by_autograd(inputs, dh))


@each_size
def test_a_step_is_a_sequence_of_one(sizes):
    N, _, D, H = sizes
    x, *rest = inputs_of(N, 1, D, H)
    next_h, cache = gru.gru_step_forward(x[:, 0], *rest)
    dnext_h = np.random.default_rng(2).standard_normal(next_h.shape)
    dx, *others = gru.gru_step_backward(dnext_h, cache)
    assert_same([next_h[:, np.newaxis]], [equations(x, *rest)])
    right = gradients_by_autograd([x, *rest], dnext_h[:, np.newaxis])
    assert_same([dx[:, np.newaxis], *others], right)


def test_padding_is_left_out_and_changes_nothing_that_counts():
    x, *rest = inputs_of(4, 6, 3, 2)
    lengths = np.array([6, 4, 4, 0])
    counted = np.arange(6) < lengths[:, np.newaxis]
    whole, whole_cache = gru.gru_forward(x, *rest)
    h, cache = gru.gru_forward(x, *rest, lengths)
    np.testing.assert_allclose(h, whole * counted[..., np.newaxis], atol=1e-15)
    dh = np.random.default_rng(3).standard_normal(h.shape) * counted[..., np.newaxis]
    assert_same(gru.gru_backward(dh, cache), gru.gru_backward(dh, whole_cache))


def test_inputs_stay_as_they_are_float32_stays_float32_and_a_cache_serves_twice():
    inputs = inputs_of(3, 4, 2, 5, np.float32)
    copies = [array.copy() for array in inputs]
    h, cache = gru.gru_forward(*inputs)
    first, second = (gru.gru_backward(np.ones_like(h), cache) for _ in range(2))
    assert {array.dtype for array in (h, *first)} == {np.dtype(np.float32)}
    for one, other in zip([*inputs, *first], [*copies, *second], strict=True):
        np.testing.assert_array_equal(one, other)


def test_large_activations_do_not_overflow():
    x, *rest = inputs_of(2, 3, 4, 3)
    with np.errstate(all="raise", under="ignore"):
        h, cache = gru.gru_forward(1e4 * x, *rest)
        gradients = gru.gru_backward(np.ones_like(h), cache)
    assert all(np.isfinite(array).all() for array in (h, *gradients))


def test_an_open_update_gate_keeps_the_state():
    x, h0, Wx, Wh, b = inputs_of(2, 5, 3, 4)
    b[4:8] = 1e3
    h, _ = gru.gru_forward(x, h0, Wx, Wh, b)
    np.testing.assert_array_equal(h, np.broadcast_to(h0[:, np.newaxis], h.shape))


def losses(model, batch, steps=200):
    """Losses of plain gradient descent on one minibatch."""
    found = []
    for _ in range(steps):
        loss, grads, *_ = model.loss(*batch)
        found.append(loss)
        for name, gradient in grads.items():
            model.params[name] -= 0.1 * gradient
    return found


def test_every_model_that_asks_for_a_cell_by_name_trains_with_it():
    assert CELLS["gru"].width(5) == 15
    rng = np.random.default_rng(4)
    words = ["<NULL>", "<START>", "<END>", "a", "cat"]
    vocabulary = {word: k for k, word in enumerate(words)}
    x, y = rng.standard_normal((6, 5, 3)), rng.integers(0, 4, (6, 5))
    chars = {"a": 0, "b": 1, "c": 2}
    text = rng.integers(0, 3, (2, 7))
    captioner = CaptioningRNN(vocabulary, 3, 4, 6, "gru", np.float64)
    captions = np.array([[1, 3, 4, 2], [1, 4, 2, 0]])
    trained = [
        (captioner, (rng.standard_normal((2, 3)), captions)),
        (CharLM(chars, 6, 1, "gru", np.float64), (text[:, :-1], text[:, 1:])),
        (CharLM(chars, 6, 3, "gru", np.float64), (text[:, :-1], text[:, 1:])),
        (EveryStepClassifier(3, 5, 4, cell_type="gru"), (x, y, np.ones(y.shape, bool))),
        (LastStepRegressor(3, 5, cell_type="gru"), (x, x[:, 0, 0])),
    ]
    for model, batch in trained:
        found = losses(model, batch)
        assert found[-1] < 0.8 * found[0], type(model).__name__
    assert captioner.sample(rng.standard_normal((2, 3)), 4).shape == (2, 4)


@pytest.mark.peer
@pytest.mark.parametrize("diagonal", [True, False])
def test_pytorch_scales_the_product_which_is_the_same_where_the_weights_are_diagonal(diagonal):
    torch = pytest.importorskip("torch")
    x, h0, Wx, Wh, b = inputs_of(3, 5, 4, 2)
    if diagonal:
        Wh[:, 4:] = np.diag(np.diag(Wh[:, 4:]))
    peer = torch.nn.GRU(4, 2, batch_first=True, dtype=torch.float64)
    with torch.no_grad():
        peer.weight_ih_l0[:], peer.weight_hh_l0[:] = torch.tensor(Wx.T), torch.tensor(Wh.T)
        peer.bias_ih_l0[:], peer.bias_hh_l0[:] = torch.tensor(b), 0
        theirs = peer(torch.tensor(x), torch.tensor(h0)[np.newaxis])[0].numpy()
    ours, _ = gru.gru_forward(x, h0, Wx, Wh, b)
    assert (abs(ours - theirs).max() < 1e-12) == diagonal
