"""Attention and its captioning model against HIPS autograd, from equations of their own.

The equations look at one image, one location and one time step at a time.
"""

from itertools import pairwise

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cs231n_rnn.layers.attention import (
    attention_backward,
    attention_forward,
    attention_lstm_backward,
    attention_lstm_forward,
    attention_lstm_step_backward,
    attention_lstm_step_forward,
)
from cs231n_rnn.layers.lstm import lstm_backward, lstm_forward
from cs231n_rnn.models.attention_captioning import AttentionCaptioningLSTM

SAME = 1e-10
WORDS = ["<NULL>", "<START>", "<END>", "cat", "dog", "sat"]
V = len(WORDS)
SMALL = st.integers(1, 5)
SEEDS = st.integers(0, 2**32 - 1)
# Always the same examples: a failure that comes and goes helps nobody.
quick = settings(max_examples=20, deadline=None, derandomize=True, database=None)
# autograd warns where a loss does not depend on an input: no word, or no step, that counts.
independent = pytest.mark.filterwarnings("ignore:Output seems independent of input")


def assert_same(ours, right):
    """Equal shapes, and values to SAME of the largest one."""
    assert np.shape(ours) == np.shape(right)
    np.testing.assert_allclose(ours, right, rtol=0, atol=SAME * np.abs(right).max(initial=1e-5))


def assert_all_same(ours, right):
    for one, other in zip(ours, right, strict=True):
        assert_same(one, other)


def sigmoid(x):
    return 1 / (1 + anp.exp(-x))


def one_look(h, locations):
    """What is seen (H,), and the weight of every location, of one image."""
    H = len(h)
    likely = [anp.exp(sum(h[k] * place[k] for k in range(H)) / np.sqrt(H)) for place in locations]
    weights = [one / sum(likely) for one in likely]
    seen = sum(weight * place for weight, place in zip(weights, locations, strict=True))
    return seen, anp.stack(weights)


def look(h, A):
    pairs = [one_look(*pair) for pair in zip(h, A, strict=True)]
    return tuple(anp.stack(rows) for rows in zip(*pairs, strict=True))


def one_step(x, h, c, locations, Wx, Wh, b):
    """Next h and c, and the weights of the look before them, of one example."""
    seen, weights = one_look(h, locations)
    D, H = len(x), len(h)
    a = anp.dot(x, Wx[:D]) + anp.dot(seen, Wx[D:]) + anp.dot(h, Wh) + b
    i, f, o, g = (a[k * H : (k + 1) * H] for k in range(4))
    c = sigmoid(f) * c + sigmoid(i) * anp.tanh(g)
    return sigmoid(o) * anp.tanh(c), c, weights


def step(x, h, c, A, *weights):
    rows = [one_step(*row, *weights) for row in zip(x, h, c, A, strict=True)]
    return tuple(anp.stack(parts) for parts in zip(*rows, strict=True))


def sequence(x, h0, A, Wx, Wh, b, lengths=None):
    """States (N, T, H) and weights (N, T, L), both zero after a sequence's length."""
    N, T, _ = x.shape
    states, looks = [], []
    for n in range(N):
        h, c = h0[n], np.zeros(h0.shape[1])
        length = T if lengths is None else lengths[n]
        row, seen = [], []
        for t in range(length):
            h, c, weights = one_step(x[n, t], h, c, A[n], Wx, Wh, b)
            row.append(h)
            seen.append(weights)
        states.append(anp.stack(row + [np.zeros(h0.shape[1])] * (T - length)))
        looks.append(anp.stack(seen + [np.zeros(A.shape[1])] * (T - length)))
    return anp.stack(states), anp.stack(looks)


def autograds(equations, inputs, upstream):
    """Gradients of sum(output * upstream), over the first outputs, for every input."""

    def total(*inputs):
        pairs = zip(equations(*inputs), upstream, strict=False)
        return sum(anp.sum(out * dout) for out, dout in pairs)

    return autograd.grad(total, argnum=tuple(range(len(inputs))))(*inputs)


def draw_inputs(rng, N, T, L, D, H):
    """x, h0, A, Wx, Wh, b."""
    shapes = (N, T, D), (N, H), (N, L, H), (D + H, 4 * H), (H, 4 * H), (4 * H,)
    return [rng.standard_normal(shape) for shape in shapes]


def sizes_of(letters):
    return st.fixed_dictionaries(dict.fromkeys(letters, SMALL))


@quick
@example(sizes={"N": 3, "L": 5, "H": 4}, seed=1)
@example(sizes={"N": 3, "L": 3, "H": 3}, seed=2)
@example(sizes={"N": 1, "L": 1, "H": 1}, seed=3)
@given(sizes=sizes_of("NLH"), seed=SEEDS)
def test_what_is_seen_its_weights_and_gradients(sizes, seed):
    rng = np.random.default_rng(seed)
    N, L, H = sizes.values()
    prev_h, A, dattn = (rng.standard_normal(shape) for shape in ((N, H), (N, L, H), (N, H)))
    *outputs, cache = attention_forward(prev_h, A)
    assert_all_same(outputs, look(prev_h, A))
    assert_all_same(attention_backward(dattn, cache), autograds(look, [prev_h, A], [dattn]))


@quick
@example(sizes={"N": 3, "L": 2, "D": 5, "H": 4}, seed=1)
@example(sizes={"N": 2, "L": 4, "D": 3, "H": 3}, seed=2)
@example(sizes={"N": 1, "L": 1, "D": 1, "H": 1}, seed=3)
@given(sizes=sizes_of("NLDH"), seed=SEEDS)
def test_states_weights_and_gradients_of_a_step(sizes, seed):
    rng = np.random.default_rng(seed)
    x, h, *others = draw_inputs(rng, T=1, **sizes)
    inputs = [x[:, 0], h, rng.standard_normal(h.shape), *others]
    *outputs, cache = attention_lstm_step_forward(*inputs)
    assert_all_same(outputs, step(*inputs))
    upstream = [rng.standard_normal(h.shape) for _ in range(2)]
    gradients = attention_lstm_step_backward(*upstream, cache)
    assert_all_same(gradients, autograds(step, inputs, upstream))


@quick
@example(sizes={"N": 2, "T": 6, "L": 4, "D": 3, "H": 5}, seed=1)
@example(sizes={"N": 3, "T": 3, "L": 3, "D": 3, "H": 3}, seed=2)
@example(sizes={"N": 1, "T": 1, "L": 1, "D": 1, "H": 1}, seed=3)
@given(sizes=sizes_of("NTLDH"), seed=SEEDS)
def test_states_weights_and_gradients_of_a_sequence(sizes, seed):
    rng = np.random.default_rng(seed)
    inputs = draw_inputs(rng, **sizes)
    *outputs, cache = attention_lstm_forward(*inputs)
    assert_all_same(outputs, sequence(*inputs))
    dh = rng.standard_normal(outputs[0].shape)
    assert_all_same(attention_lstm_backward(dh, cache), autograds(sequence, inputs, [dh]))


@st.composite
def ragged(draw):
    """Sizes with lengths from 0 to T, longest first, and a seed."""
    sizes = draw(sizes_of("NTLDH"))
    length = st.integers(0, sizes["T"])
    lengths = draw(st.lists(length, min_size=sizes["N"], max_size=sizes["N"]))
    return sizes, sorted(lengths, reverse=True), draw(SEEDS)


@independent
@quick
@example(case=({"N": 2, "T": 3, "L": 3, "D": 2, "H": 4}, [0, 0], 1))
@example(case=({"N": 4, "T": 3, "L": 2, "D": 2, "H": 5}, [3, 2, 1, 0], 2))
@given(case=ragged())
def test_what_stands_behind_a_length_gets_and_gives_no_gradient(case):
    sizes, lengths, seed = case
    rng = np.random.default_rng(seed)
    x, *others = draw_inputs(rng, **sizes)
    behind = np.arange(sizes["T"]) >= np.array(lengths)[:, np.newaxis]
    dh = rng.standard_normal((sizes["N"], sizes["T"], sizes["H"]))
    spoilt_x, spoilt_dh = x.copy(), dh.copy()
    spoilt_x[behind], spoilt_dh[behind] = np.nan, np.nan
    dh[behind] = 0
    h, weights, cache = attention_lstm_forward(spoilt_x, *others, lengths=np.array(lengths))

    def equations(*inputs):
        return sequence(*inputs, lengths=lengths)

    right_h, right_weights = equations(x, *others)
    assert_same(h[~behind], right_h[~behind])
    assert_same(weights[~behind], right_weights[~behind])
    gradients = attention_lstm_backward(spoilt_dh, cache)
    assert_all_same(gradients, autograds(equations, [x, *others], [dh]))


# What the equations imply.


def test_one_location_is_the_plain_lstm_fed_with_the_word_and_that_location(rng):
    N, T, D, H = 3, 5, 4, 2
    x, h0, A, Wx, Wh, b = draw_inputs(rng, N, T, 1, D, H)
    both = np.concatenate([x, np.repeat(A, T, axis=1)], axis=2)  # (N, T, D + H)
    plain_h, plain_cache = lstm_forward(both, h0, Wx, Wh, b)
    h, weights, cache = attention_lstm_forward(x, h0, A, Wx, Wh, b)
    assert_same(h, plain_h)
    np.testing.assert_array_equal(weights, np.ones((N, T, 1)))
    dh = rng.standard_normal(h.shape)
    dboth, *plain = lstm_backward(dh, plain_cache)
    dx, dh0, dA, *dweights = attention_lstm_backward(dh, cache)
    assert_all_same([dx, dA[:, 0]], [dboth[..., :D], dboth[..., D:].sum(axis=1)])
    assert_all_same([dh0, *dweights], plain)


def test_permuted_locations_permute_the_weights_and_change_nothing_else(rng):
    x, h0, A, *others = draw_inputs(rng, N=3, T=4, L=5, D=2, H=6)
    order = np.array([3, 0, 4, 2, 1])
    h, weights, cache = attention_lstm_forward(x, h0, A, *others)
    other_h, other_weights, other_cache = attention_lstm_forward(x, h0, A[:, order], *others)
    assert_same(other_h, h)
    assert_same(other_weights, weights[:, :, order])
    dh = rng.standard_normal(h.shape)
    dx, dh0, dA, *dweights = attention_lstm_backward(dh, cache)
    right = [dx, dh0, dA[:, order], *dweights]
    assert_all_same(attention_lstm_backward(dh, other_cache), right)


def test_a_location_that_stands_twice_is_seen_twice_as_much(rng):
    prev_h, A = rng.standard_normal((2, 4)), rng.standard_normal((2, 3, 4))
    _, weights, _ = attention_forward(prev_h, A)
    twice, doubled, _ = attention_forward(prev_h, A[:, [0, 0, 1, 2]])
    ratio = doubled[:, :2].sum(axis=1) / doubled[:, 2]
    assert_same(ratio, 2 * weights[:, 0] / weights[:, 1])
    assert_same(twice, np.einsum("nl,nlh->nh", doubled, A[:, [0, 0, 1, 2]]))


# The whole model.


def make_model(rng, C=4, W=3, H=5, dropout=0.0):
    """A model in float64 whose weights, all biases among them, are drawn at random."""
    vocabulary = {word: index for index, word in enumerate(WORDS)}
    model = AttentionCaptioningLSTM(vocabulary, C, W, H, np.float64, dropout)
    for name, value in model.params.items():
        model.params[name] = rng.standard_normal(value.shape)
    return model


def captioning_loss(params, features, captions, keep):
    """The loss, a caption and a word at a time; keep (N, T, H) multiplies the hidden states."""
    p, total = params, 0.0
    for n, caption in enumerate(captions):
        places = [anp.dot(place, p["W_proj"]) + p["b_proj"] for place in features[n]]
        h, c = sum(places) / len(places), np.zeros(len(p["b_proj"]))
        for t, (word, following) in enumerate(pairwise(caption)):
            h, c, _ = one_step(p["W_embed"][word], h, c, places, p["Wx"], p["Wh"], p["b"])
            if following != 0:
                scores = anp.dot(h * keep[n, t], p["W_vocab"]) + p["b_vocab"]
                top = anp.max(scores)
                total = total + anp.log(anp.sum(anp.exp(scores - top))) + top - scores[following]
    return total / len(captions)


def assert_right_loss(model, features, captions, keep):
    loss, grads = model.loss(features, captions)
    assert_same(loss, captioning_loss(model.params, features, captions, keep))
    right = autograd.grad(captioning_loss)(model.params, features, captions, keep)
    assert grads.keys() == model.params.keys()
    for name, gradient in grads.items():
        assert_same(gradient, right[name])


@independent
@quick
@example(sizes=dict.fromkeys("NTLCWH", 1), null=0, seed=1)
@example(sizes={"N": 4, "T": 5, "L": 3, "C": 4, "W": 2, "H": 5}, null=0.4, seed=2)
@given(sizes=sizes_of("NTLCWH"), null=st.sampled_from([0, 0.2, 0.7]), seed=SEEDS)
def test_captioning_with_holes_and_padding(sizes, null, seed):
    rng = np.random.default_rng(seed)
    N, T, L, C, W, H = sizes.values()
    model = make_model(rng, C, W, H)
    captions = rng.integers(1, V, size=(N, T + 1)) * (rng.random((N, T + 1)) >= null)
    assert_right_loss(model, rng.standard_normal((N, L, C)), captions, np.ones((N, T, 1)))


def test_captioning_with_dropout_in_full_captions(rng):
    N, T, L, C, H, rate = 3, 4, 2, 5, 6, 0.4
    model = make_model(rng, C=C, H=H, dropout=rate)
    captions = rng.integers(1, V, size=(N, T + 1))
    keep = (np.random.default_rng(7).random((N, T, H), np.float32) >= rate) / (1 - rate)
    model.rng = np.random.default_rng(7)
    assert_right_loss(model, rng.standard_normal((N, L, C)), captions, keep)


class SameMaskAtEveryStep:
    """Stands for a Generator whose numbers depend on the hidden unit alone, not on the step."""

    def __init__(self, numbers):
        self.numbers = numbers.astype(np.float32)

    def random(self, shape, dtype=np.float32):
        return np.broadcast_to(self.numbers, shape)


def test_captioning_with_dropout_and_padding(rng):
    H, rate = 6, 0.4
    numbers = rng.permutation(np.linspace(0.05, 0.95, H))
    model = make_model(rng, H=H, dropout=rate)
    model.rng = SameMaskAtEveryStep(numbers)
    captions = np.array([[1, 3, 2, 0, 0], [1, 2, 0, 0, 0], [1, 4, 0, 5, 2]])
    keep = np.broadcast_to((numbers >= rate) / (1 - rate), (3, 4, H))
    assert_right_loss(model, rng.standard_normal((3, 2, 4)), captions, keep)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_captioning_where_nothing_counts_has_no_loss_and_no_gradient(rng, dropout):
    model = make_model(rng, dropout=dropout)
    captions = np.array([[1, 0, 0, 0], [3, 0, 0, 0]])
    loss, grads = model.loss(rng.standard_normal((2, 3, 4)), captions)
    assert loss == 0
    for name, value in model.params.items():
        np.testing.assert_array_equal(grads[name], np.zeros_like(value))


def test_a_step_gives_what_the_equations_of_the_loss_give(rng):
    model = make_model(rng)
    features, p = rng.standard_normal((2, 3, 4)), model.params
    state = model.initial_state(features)
    places = features @ p["W_proj"] + p["b_proj"]
    h, c = places.mean(axis=1), np.zeros((2, 5))
    for words in ([1, 1], [3, 5], [4, 2]):
        scores, state = model.step(state, np.array(words))
        h, c, weights = step(p["W_embed"][words], h, c, places, p["Wx"], p["Wh"], p["b"])
        assert_same(scores, h @ p["W_vocab"] + p["b_vocab"])
        assert_all_same(state, [h, c, places, weights])
