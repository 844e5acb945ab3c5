"""Stacked layers and the character model against HIPS autograd, from equations of their own.

The equations run one text and one time step at a time, through all layers within the step.
"""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cs231n_rnn.layers.lstm import lstm_backward, lstm_forward
from cs231n_rnn.layers.multilayer import multilayer_backward, multilayer_forward
from cs231n_rnn.layers.rnn import rnn_backward, rnn_forward
from cs231n_rnn.models.char_lm import CharLM
from cs231n_rnn.training.truncated import TruncatedBPTT

SAME = 1e-10
CELLS = pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
ONE_LAYER = {"rnn": (rnn_forward, rnn_backward), "lstm": (lstm_forward, lstm_backward)}
CHARS = "abcdefg"
V = len(CHARS)
# autograd warns where nothing depends on c0: that is the vanilla RNN.
independent = pytest.mark.filterwarnings("ignore:Output seems independent of input")
quick = settings(max_examples=20, deadline=None, derandomize=True, database=None)


def assert_same(ours, right):
    """Equal shapes, and values to SAME of the largest one."""
    assert np.shape(ours) == np.shape(right)
    np.testing.assert_allclose(ours, right, rtol=0, atol=SAME * np.abs(right).max(initial=1e-5))


def sigmoid(x):
    return 1 / (1 + anp.exp(-x))


def one_cell(a, c, cell_type):
    """Next h and c of one layer for one text, from a of H or 4H numbers."""
    if cell_type == "rnn":
        return anp.tanh(a), c
    i, f, o, g = (a[k * len(c) : (k + 1) * len(c)] for k in range(4))
    c = sigmoid(f) * c + sigmoid(i) * anp.tanh(g)
    return sigmoid(o) * anp.tanh(c), c


def one_step(h, c, weights, cell_type, into_lowest):
    """Next h and c of all layers for one text; into_lowest is x Wx of the lowest one."""
    h, c = list(h), list(c)
    for k, (Wx, Wh, b) in enumerate(weights):
        from_below = anp.dot(h[k - 1], Wx) if k else into_lowest
        h[k], c[k] = one_cell(from_below + anp.dot(h[k], Wh) + b, c[k], cell_type)
    return h, c


def stack(x, h0, c0, weights, cell_type):
    """h (N, T, H), hT and cT (L, N, H)."""
    rows, last_h, last_c = [], [], []
    for n, sequence in enumerate(x):
        h, c, row = h0[:, n], c0[:, n], []
        for x_t in sequence:
            h, c = one_step(h, c, weights, cell_type, anp.dot(x_t, weights[0][0]))
            row.append(h[-1])
        rows.append(anp.stack(row))
        last_h.append(anp.stack(h))
        last_c.append(anp.stack(c))
    return anp.stack(rows), anp.stack(last_h, axis=1), anp.stack(last_c, axis=1)


def draw_inputs(rng, cell_type, L, N, T, D, H):
    """x, h0, c0, weights."""
    G = {"rnn": 1, "lstm": 4}[cell_type] * H
    draw = rng.standard_normal
    weights = [(draw((H if k else D, G)), draw((H, G)), draw(G)) for k in range(L)]
    return draw((N, T, D)), draw((L, N, H)), draw((L, N, H)), weights


SMALL = st.integers(1, 4)
DEPTHS = st.integers(1, 3)
SEEDS = st.integers(0, 2**32 - 1)
SIZES = st.fixed_dictionaries({"L": DEPTHS, "N": SMALL, "T": SMALL, "D": SMALL, "H": SMALL})


@CELLS
@independent
@quick
@example(sizes={"L": 3, "N": 2, "T": 5, "D": 4, "H": 3}, seed=1)
@example(sizes={"L": 2, "N": 1, "T": 4, "D": 3, "H": 5}, seed=2)
@example(sizes={"L": 2, "N": 3, "T": 1, "D": 2, "H": 4}, seed=3)
@example(sizes={"L": 1, "N": 1, "T": 1, "D": 1, "H": 1}, seed=4)
@given(sizes=SIZES, seed=SEEDS)
def test_states_and_gradients_of_stacked_layers(cell_type, sizes, seed):
    rng = np.random.default_rng(seed)
    inputs = draw_inputs(rng, cell_type, **sizes)
    *outputs, cache = multilayer_forward(*inputs, cell_type)
    for ours, right in zip(outputs, stack(*inputs, cell_type), strict=True):
        assert_same(ours, right)
    dh = rng.standard_normal(outputs[0].shape)
    right = autograd.grad(lambda a: anp.sum(stack(*a, cell_type)[0] * dh))(list(inputs))
    *gradients, dweights = multilayer_backward(dh, cache)
    for ours, gradient in zip(gradients, right[:3], strict=True):
        assert_same(ours, gradient)
    for ours, layer in zip(dweights, right[3], strict=True):
        for array, gradient in zip(ours, layer, strict=True):
            assert_same(array, gradient)


@CELLS
def test_layers_one_by_one_give_the_same_as_the_stack(cell_type, rng):
    forward, backward = ONE_LAYER[cell_type]
    x, h0, c0, weights = draw_inputs(rng, cell_type, L=3, N=2, T=4, D=5, H=3)
    h, _, _, cache = multilayer_forward(x, h0, 0 * c0, weights, cell_type)
    dh = rng.standard_normal(h.shape)
    dx, dh0, _, grads = multilayer_backward(dh, cache)
    below, caches = x, []
    for start, layer in zip(h0, weights, strict=True):
        below, layer_cache = forward(below, start, *layer)
        caches.append(layer_cache)
    assert_same(h, below)
    for k in (2, 1, 0):
        dh, dstart, *dweights = backward(dh, caches[k])
        assert_same(dh0[k], dstart)
        for ours, right in zip(grads[k], dweights, strict=True):
            assert_same(ours, right)
    assert_same(dx, dh)


def make_model(rng, cell_type, num_layers, H=5, dtype=np.float64):
    """A model whose weights all count, biases among them."""
    model = CharLM({char: i for i, char in enumerate(CHARS)}, H, num_layers, cell_type, dtype)
    for name, p in model.params.items():
        model.params[name] = rng.standard_normal(p.shape).astype(dtype)
    return model


def language_loss(params, cell_type, num_layers, x, y, state):
    """Nats of the right characters, summed over time, averaged over the texts."""
    p, total = params, 0.0
    weights = [(p[f"Wx{k}"], p[f"Wh{k}"], p[f"b{k}"]) for k in range(num_layers)]
    for n, text in enumerate(x):
        h, c = state[0][:, n], state[1][:, n]
        for char, right in zip(text, y[n], strict=True):
            h, c = one_step(h, c, weights, cell_type, p["Wx0"][char])
            scores = anp.dot(h[-1], p["W_out"]) + p["b_out"]
            total = total + anp.log(anp.sum(anp.exp(scores))) - scores[right]
    return total / len(x)


def assert_right_loss(model, x, y, state, *given):
    """Loss and gradients of a model against autograd's; ``given`` is what ``loss`` gets."""
    loss, grads, _ = model.loss(x, y, *given)
    arguments = model.cell_type, model.num_layers, x, y, state
    assert_same(loss, language_loss(model.params, *arguments))
    right = autograd.grad(language_loss)(model.params, *arguments)
    assert grads.keys() == model.params.keys()
    for name, gradient in grads.items():
        assert_same(gradient, right[name])


@CELLS
@quick
@example(num_layers=3, N=2, T=4, carried=True, seed=1)
@example(num_layers=2, N=1, T=1, carried=False, seed=2)
@given(num_layers=DEPTHS, N=SMALL, T=SMALL, carried=st.booleans(), seed=SEEDS)
def test_language_loss_and_gradients(cell_type, num_layers, N, T, carried, seed):
    rng = np.random.default_rng(seed)
    model = make_model(rng, cell_type, num_layers)
    x, y = rng.integers(V, size=(2, N, T))
    state = model.zero_state(N)
    if carried:
        state = tuple(rng.standard_normal((2, *state[0].shape)))
    assert_right_loss(model, x, y, state, *([state] if carried else []))


@CELLS
def test_state_of_a_chunk_is_that_of_the_equations(cell_type, rng):
    model = make_model(rng, cell_type, num_layers=2)
    x, y = rng.integers(V, size=(2, 3, 6))
    state = None
    for steps in (slice(0, 2), slice(2, 3), slice(3, 6)):
        *_, state = model.loss(x[:, steps], y[:, steps], state)
    _, *right = stack(np.eye(V)[x], *model.zero_state(3), model.weights, cell_type)
    assert_same(state[0], right[0])
    assert_same(state[1], right[1])


@CELLS
def test_gradient_through_a_chunk_takes_its_state_as_given(cell_type, rng):
    model = make_model(rng, cell_type, num_layers=2)
    x, y = rng.integers(V, size=(2, 3, 7))
    *_, state = model.loss(x[:, :4], y[:, :4])
    assert_right_loss(model, x[:, 4:], y[:, 4:], state, state)


# Truncated backpropagation through time.


def averaged(loss, grads, T):
    return loss / T, {name: grad / T for name, grad in grads.items()}


@CELLS
@pytest.mark.parametrize("num_layers", [1, 2])
def test_a_chunk_of_the_whole_text_is_full_backpropagation_to_the_last_bit(
    cell_type, num_layers, rng
):
    N, T = 3, 8
    model, indices = make_model(rng, cell_type, num_layers), rng.integers(V, size=N * T + 1)
    loss, grads = TruncatedBPTT(model, indices, N, chunk=T).loss(0)
    x, y = indices[:-1].reshape(N, T), indices[1:].reshape(N, T)
    full_loss, full_grads, _ = model.loss(x, y)
    full_loss, full_grads = averaged(full_loss, full_grads, T)
    assert loss == full_loss
    for name, grad in full_grads.items():
        np.testing.assert_array_equal(grads[name], grad)
    arguments = cell_type, num_layers, x, y, model.zero_state(N)
    right = autograd.grad(language_loss)(model.params, *arguments)
    for name, grad in grads.items():
        assert_same(grad, right[name] / T)


@CELLS
@pytest.mark.parametrize("chunk", [1, 3, 7])
def test_chunks_have_the_loss_of_the_whole_text_and_another_gradient(cell_type, chunk, rng):
    N, T = 2, 12
    model, indices = make_model(rng, cell_type, 2), rng.integers(V, size=N * T + 1)
    full = TruncatedBPTT(model, indices, N, chunk=T).loss(0)
    chunks = TruncatedBPTT(model, indices, N, chunk)
    lengths = [min(chunk, T - begin) for begin in range(0, T, chunk)]
    parts = [chunks.loss(number) for number in range(len(chunks))]
    together = sum(loss * n for (loss, _), n in zip(parts, lengths, strict=True)) / T
    np.testing.assert_allclose(together, full[0], rtol=1e-12)
    Wh = sum(grads["Wh0"] * n for (_, grads), n in zip(parts, lengths, strict=True)) / T
    assert np.abs(Wh - full[1]["Wh0"]).max() > 1e-3 * np.abs(Wh).max()
