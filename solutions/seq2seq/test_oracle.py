"""Sequence to sequence and masked attention against HIPS autograd, from equations of their own.

The equations read one source after the other, without any padding, and write one symbol at a time.
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
from cs231n_rnn.models.beam_search import beam_search
from cs231n_rnn.models.seq2seq import Seq2Seq

SAME = 1e-10
SPECIAL = "<UNK>", "<START>", "<NULL>", "<END>"  # in an order of no one's choice
START, NULL, END = 1, 2, 3
Vs, Vt = 7, 9
KINDS = pytest.mark.parametrize("attention", [False, True], ids=["lstm", "attention"])
quick = settings(max_examples=25, deadline=None, derandomize=True, database=None)
SEEDS = st.integers(0, 2**32 - 1)
# Lengths of sources and targets, pair by pair.
PAIRS = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 4)), min_size=1, max_size=4)
LENGTHS = [
    [(2, 4), (5, 1), (1, 3), (3, 0)],  # all different
    [(4, 3)],  # N = 1
    [(1, 0)],  # N = 1 and length 1
    [(1, 2), (1, 1)],
]


def vocabulary(V):
    words = [*SPECIAL, *(f"word{v}" for v in range(len(SPECIAL), V))]
    return {word: index for index, word in enumerate(words)}


def make_model(rng, attention, H=4, W=3, dtype=np.float64):
    """A model in which every number counts, biases among them."""
    model = Seq2Seq(vocabulary(Vs), vocabulary(Vt), W, H, attention, dtype)
    for name, p in model.params.items():
        model.params[name] = rng.standard_normal(p.shape).astype(dtype)
    return model


def make_pairs(rng, lengths):
    """Sources (N, S) and targets (N, T + 1) of given lengths."""
    source = np.full((len(lengths), max(s for s, _ in lengths)), NULL)
    target = np.full((len(lengths), max(t for _, t in lengths) + 2), NULL)
    for n, (s, t) in enumerate(lengths):
        source[n, :s] = rng.integers(len(SPECIAL), Vs, size=s)
        target[n, : t + 2] = [START, *rng.integers(len(SPECIAL), Vt, size=t), END]
    return source, target


def pad(sequences, more):
    return np.pad(sequences, ((0, 0), (0, more)), constant_values=NULL)


def assert_same(ours, right):
    """Equal shapes, and values to SAME of the largest one."""
    assert np.shape(ours) == np.shape(right)
    np.testing.assert_allclose(ours, right, rtol=0, atol=SAME * np.abs(right).max(initial=1e-5))


def sigmoid(x):
    return 1 / (1 + anp.exp(-x))


def cell(x, h, c, Wx, Wh, b):
    """Next h and c of one sequence."""
    i, f, o, g = anp.split(anp.dot(x, Wx) + anp.dot(h, Wh) + b, 4)
    c = sigmoid(f) * c + sigmoid(i) * anp.tanh(g)
    return sigmoid(o) * anp.tanh(c), c


def look(h, states):
    """What one hidden state sees of a list of states."""
    exps = [anp.exp(anp.dot(h, state) / anp.sqrt(len(h))) for state in states]
    return sum(exp * state for exp, state in zip(exps, states, strict=True)) / sum(exps)


def one_pair(p, attention, source, target):
    """Nats of a target, given a source; both without padding."""
    H = len(p["Wh_encoder"])
    h, c, states, total = anp.zeros(H), anp.zeros(H), [], 0.0
    for symbol in source:
        h, c = cell(p["W_source"][symbol], h, c, p["Wx_encoder"], p["Wh_encoder"], p["b_encoder"])
        states.append(h)
    c = anp.zeros(H)
    for symbol, right in pairwise(target):
        x = p["W_target"][symbol]
        x = anp.concatenate([x, look(h, states)]) if attention else x
        h, c = cell(x, h, c, p["Wx_decoder"], p["Wh_decoder"], p["b_decoder"])
        scores = anp.dot(h, p["W_vocab"]) + p["b_vocab"]
        total = total + anp.log(anp.sum(anp.exp(scores))) - scores[right]
    return total


def right_loss(params, attention, source, target):
    """The mean over the pairs."""
    rows = zip(source, target, strict=True)
    pairs = [(s[s != NULL].tolist(), t[t != NULL].tolist()) for s, t in rows]
    return sum(one_pair(params, attention, *pair) for pair in pairs) / len(pairs)


@KINDS
@quick
@example(lengths=LENGTHS[0], seed=1)
@example(lengths=LENGTHS[1], seed=2)
@example(lengths=LENGTHS[2], seed=3)
@example(lengths=LENGTHS[3], seed=4)
@given(lengths=PAIRS, seed=SEEDS)
def test_loss_and_gradients(attention, lengths, seed):
    rng = np.random.default_rng(seed)
    model = make_model(rng, attention)
    source, target = make_pairs(rng, lengths)
    loss, grads = model.loss(source, target)
    assert_same(loss, right_loss(model.params, attention, source, target))
    right = autograd.grad(right_loss)(model.params, attention, source, target)
    assert grads.keys() == model.params.keys()
    for name, gradient in grads.items():
        assert_same(gradient, right[name])


@quick
@example(lengths=LENGTHS[0], seed=1)
@example(lengths=LENGTHS[2], seed=2)
@given(lengths=PAIRS, seed=SEEDS)
def test_states_of_the_encoder_and_their_gradients(lengths, seed):
    rng = np.random.default_rng(seed)
    model = make_model(rng, attention=False)
    source, _ = make_pairs(rng, lengths)
    dlast, dstates = rng.standard_normal((len(source), 4)), rng.standard_normal((*source.shape, 4))
    dstates[source == NULL] = 0

    def both(params):
        """The last state and all states, each times its gradient."""
        total, found = 0.0, []
        for n, row in enumerate(source):
            h, c = anp.zeros(4), anp.zeros(4)
            for t, symbol in enumerate(row[row != NULL]):
                x = params["W_source"][symbol]
                h, c = cell(x, h, c, *(params[f"{w}_encoder"] for w in ("Wx", "Wh", "b")))
                total = total + anp.sum(h * dstates[n, t])
                found.append((n, t, h))
            total = total + anp.sum(h * dlast[n])
        return total, found

    last, states, cache = model.encode(source)
    for n, t, h in both(model.params)[1]:
        assert_same(states[n, t], h)
        if t == (source[n] != NULL).sum() - 1:
            assert_same(last[n], h)
    right = autograd.grad(lambda params: both(params)[0])(model.params)
    grads = model.encode_backward(dlast, dstates, cache)
    assert sorted(grads) == ["W_source", "Wh_encoder", "Wx_encoder", "b_encoder"]
    for name, gradient in grads.items():
        assert_same(gradient, right[name])


@KINDS
@quick
@given(lengths=PAIRS, more=st.tuples(st.integers(0, 3), st.integers(0, 3)), seed=SEEDS)
def test_the_padding_changes_nothing(attention, lengths, more, seed):
    """Neither how much of it there is, nor the vectors that stand for it."""
    rng = np.random.default_rng(seed)
    model = make_model(rng, attention)
    source, target = make_pairs(rng, lengths)
    loss, grads = model.loss(source, target)
    for name in ("W_source", "W_target"):
        assert not grads[name][NULL].any()
        model.params[name][NULL] = 1e3 * rng.standard_normal(3)
    padded_loss, padded = model.loss(pad(source, more[0]), pad(target, more[1]))
    assert_same(padded_loss, loss)
    for name, gradient in grads.items():
        assert_same(padded[name], gradient)
    written = model.sample(source, 5)
    np.testing.assert_array_equal(model.sample(pad(source, more[0]), 5), written)


@quick
@given(lengths=PAIRS, more=st.integers(0, 3), seed=SEEDS)
def test_nobody_looks_at_the_padding(lengths, more, seed):
    rng = np.random.default_rng(seed)
    model = make_model(rng, attention=True)
    source, target = make_pairs(rng, lengths)
    weights = model.look(source, target[:, 1:])
    of_padded = model.look(pad(source, more), target[:, 1:])
    assert not of_padded[:, :, source.shape[1] :].any()
    assert not weights.swapaxes(1, 2)[source == NULL].any()
    assert_same(of_padded[:, :, : source.shape[1]], weights)
    np.testing.assert_allclose(weights.sum(axis=2), 1, rtol=1e-12)


@KINDS
def test_a_pair_has_the_same_loss_alone_and_among_others(attention, rng):
    model = make_model(rng, attention)
    source, target = make_pairs(rng, LENGTHS[0])
    loss, _ = model.loss(source, target)
    alone = [model.loss(source[n : n + 1], target[n : n + 1])[0] for n in range(4)]
    assert_same(loss, np.mean(alone))


@KINDS
def test_steps_score_what_the_loss_scores(attention, rng):
    """Teacher forcing by hand: the steps' log probabilities add up to the loss."""
    model = make_model(rng, attention)
    source, target = make_pairs(rng, LENGTHS[0])
    state, total = model.initial_state(source), 0.0
    for read, right in zip(target.T, target.T[1:], strict=False):
        scores, state = model.step(state, read)
        log_probs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        total -= log_probs[np.arange(4), right][right != NULL].sum() / 4
    assert_same(total, model.loss(source, target)[0])


def test_looks_are_those_of_the_steps(rng):
    model = make_model(rng, attention=True)
    source, target = make_pairs(rng, LENGTHS[0])
    weights, state = model.look(source, target[:, 1:]), model.initial_state(source)
    for t, read in enumerate(target[:, :-1].T):
        _, state = model.step(state, read)
        assert_same(weights[:, t], state[4])


@KINDS
def test_what_is_written_is_greedy_and_a_wide_beam_is_no_less_likely(attention, rng):
    model = make_model(rng, attention)
    source, _ = make_pairs(rng, LENGTHS[0])
    state, read, ended = model.initial_state(source), np.full(4, START), np.zeros(4, bool)
    for column in model.sample(source, 6).T:
        scores, state = model.step(state, read)
        read = scores.argmax(axis=1)
        np.testing.assert_array_equal(column, np.where(ended, NULL, read))
        ended |= read == END
    wide = beam_search(model, source, START, END, NULL, 200, 3)
    for row, short in zip(source, wide, strict=True):
        rivals = (model.sample(row[np.newaxis], 3)[0], short)
        losses = [nats_of(model, row[row != NULL], rival) for rival in rivals]
        assert losses[1] <= losses[0] + 1e-12


def nats_of(model, source, written):
    """Negative log probability of what was written, an end that was not reached left out."""
    state, read, total = model.initial_state(source[np.newaxis]), START, 0.0
    for symbol in written:
        scores, state = model.step(state, np.array([read]))
        total -= (scores - np.log(np.exp(scores).sum()))[0, symbol]
        read = symbol
        if symbol == END:
            break
    return total


# Attention over some of the locations.


def masked_rows(rng, N, L):
    mask = rng.random((N, L)) < 0.6
    mask[np.arange(N), rng.integers(L, size=N)] = True
    return mask


def attention_sequence(x, h0, A, Wx, Wh, b, mask):
    """h (N, T, H), one sequence and one step at a time, over the locations that count alone."""
    rows = []
    for n in range(len(x)):
        h, c, row = h0[n], anp.zeros(h0.shape[1]), []
        seen = [A[n, location] for location in np.flatnonzero(mask[n])]
        for x_t in x[n]:
            h, c = cell(anp.concatenate([x_t, look(h, seen)]), h, c, Wx, Wh, b)
            row.append(h)
        rows.append(anp.stack(row))
    return anp.stack(rows)


SMALL = st.integers(1, 4)
SIZES = st.fixed_dictionaries({"N": SMALL, "T": SMALL, "L": SMALL, "D": SMALL, "H": SMALL})


@quick
@example(sizes={"N": 3, "T": 5, "L": 4, "D": 2, "H": 6}, seed=1)
@example(sizes={"N": 1, "T": 1, "L": 1, "D": 1, "H": 1}, seed=2)
@given(sizes=SIZES, seed=SEEDS)
def test_masked_attention_lstm_and_its_gradients(sizes, seed):
    N, T, L, D, H = sizes.values()
    rng = np.random.default_rng(seed)
    shapes = (N, T, D), (N, H), (N, L, H), (D + H, 4 * H), (H, 4 * H), (4 * H,)
    inputs, mask = [rng.standard_normal(shape) for shape in shapes], masked_rows(rng, N, L)
    h, weights, cache = attention_lstm_forward(*inputs, mask=mask)
    assert_same(h, attention_sequence(*inputs, mask))
    assert not weights.swapaxes(1, 2)[~mask].any()
    dh = rng.standard_normal(h.shape)
    right = autograd.grad(lambda a: anp.sum(attention_sequence(*a, mask) * dh))(inputs)
    for ours, gradient in zip(attention_lstm_backward(dh, cache), right, strict=True):
        assert_same(ours, gradient)


@quick
@given(sizes=SIZES, seed=SEEDS)
def test_what_is_masked_changes_no_output_and_no_gradient_to_the_last_bit(sizes, seed):
    N, T, L, D, H = sizes.values()
    rng = np.random.default_rng(seed)
    shapes = (N, D), (N, H), (N, H), (D + H, 4 * H), (H, 4 * H), (4 * H,)
    x, h, c, *weights = (rng.standard_normal(shape) for shape in shapes)
    A, mask = rng.standard_normal((N, L, H)), masked_rows(rng, N, L)
    other = A.copy()
    other[~mask] = 1e3 * rng.standard_normal((np.count_nonzero(~mask), H))
    found = []
    for memory in (A, other):
        *seen, cache = attention_forward(h, memory, mask)
        seen += attention_backward(x @ np.ones((D, H)), cache)
        *stepped, cache = attention_lstm_step_forward(x, h, c, memory, *weights, mask)
        stepped += attention_lstm_step_backward(h, c, cache)
        *run, cache = attention_lstm_forward(
            np.stack([x] * T, axis=1), h, memory, *weights, mask=mask
        )
        run += attention_lstm_backward(run[0], cache)
        found.append([*seen, *stepped, *run])
    for one, another in zip(*found, strict=True):
        np.testing.assert_array_equal(one, another)


def test_a_mask_of_ones_is_no_mask(rng):
    h, A = rng.standard_normal((3, 4)), rng.standard_normal((3, 5, 4))
    for one, another in zip(
        attention_forward(h, A)[:2], attention_forward(h, A, np.ones((3, 5), bool))[:2], strict=True
    ):
        np.testing.assert_array_equal(one, another)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.ones((3, 4), bool), r"mask is \(3, 4\); attention_forward needs \(N, L\) = \(3, 5\)"),
        (np.arange(15).reshape(3, 5) < 10, "a row of the mask is all False"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(rng, mask, message):
    with pytest.raises(ValueError, match=message):
        attention_forward(rng.standard_normal((3, 4)), rng.standard_normal((3, 5, 4)), mask)
