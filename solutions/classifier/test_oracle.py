"""The sequence classifier against HIPS autograd, from equations of their own; padding; refusals.

The equations run one sequence and one time step at a time, over the steps that count alone.
"""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cs231n_rnn.models.classifier import (
    READ,
    SequenceClassifier,
    read_out_backward,
    read_out_forward,
)

SAME = 1e-10
C, V, D, H = 3, 7, 4, 5
READS = pytest.mark.parametrize("read", READ)
INPUTS = pytest.mark.parametrize("words", [False, True], ids=["vectors", "words"])
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
quick = settings(max_examples=20, deadline=None, derandomize=True, database=None)
LENGTHS = st.lists(st.integers(1, 6), min_size=1, max_size=5)
SEEDS = st.integers(0, 2**32 - 1)


def assert_same(ours, right):
    """Equal shapes, and values to SAME of the largest one."""
    assert np.shape(ours) == np.shape(right)
    np.testing.assert_allclose(ours, right, rtol=0, atol=SAME * np.abs(right).max(initial=1e-5))


def make_model(rng, read, words, dtype=np.float64, dropout=0.0):
    """A model whose weights all count, biases among them."""
    model = SequenceClassifier(C, D, H, read, V if words else None, dtype, dropout)
    for name, p in model.params.items():
        model.params[name] = rng.standard_normal(p.shape).astype(dtype)
    return model


def draw_batch(rng, model, lengths, T=None, padding=None):
    """x, lengths, y; after the lengths comes what is given, or what must not be touched."""
    lengths = np.array(lengths)
    N, T = len(lengths), T or lengths.max()
    words, every = "W_embed" in model.params, model.read == "every"
    behind = np.arange(T) >= lengths[:, np.newaxis]
    x = np.zeros((N, T), int) if words else np.zeros((N, T, D), model.params["Wx"].dtype)
    y = np.zeros((N, T), int)
    for n, length in enumerate(lengths):
        steps = rng.integers(V, size=length) if words else rng.standard_normal((length, D))
        x[n, :length], y[n, :length] = steps, rng.integers(C, size=length)
    x[behind] = padding if padding is not None else -1 if words else np.nan
    y[behind] = -1
    return x, lengths, y if every else np.ascontiguousarray(y[:, 0])


def sigmoid(x):
    return 1 / (1 + anp.exp(-x))


def states(p, steps):
    """Hidden states of one sequence, a list."""
    h = c = anp.zeros(H)
    found = []
    for step in steps:
        x = p["W_embed"][step] if "W_embed" in p else step
        a = anp.dot(x, p["Wx"]) + anp.dot(h, p["Wh"]) + p["b"]
        i, f, o, g = (a[k * H : (k + 1) * H] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * anp.tanh(g)
        h = sigmoid(o) * anp.tanh(c)
        found.append(h)
    return found


def scores_of(p, read, steps):
    """Scores of one sequence, a list with one row, or one for each step."""
    h = states(p, steps)
    rows = {"last": h[-1:], "mean": [sum(h) / len(h)], "every": h}[read]
    return [anp.dot(row, p["W_out"]) + p["b_out"] for row in rows]


def right_loss(p, read, x, lengths, y):
    """Nats of the right classes, summed over a sequence's labels, averaged over the minibatch."""
    total = 0.0
    for n, length in enumerate(lengths):
        labels = y[n, :length] if read == "every" else [y[n]]
        for scores, label in zip(scores_of(p, read, x[n, :length]), labels, strict=True):
            total = total + anp.log(anp.sum(anp.exp(scores))) - scores[label]
    return total / len(lengths)


@READS
@INPUTS
@quick
@example(lengths=[3, 1, 6, 2, 5], seed=1)
@example(lengths=[4], seed=2)
@example(lengths=[1], seed=3)
@example(lengths=[1, 1, 1], seed=4)
@given(lengths=LENGTHS, seed=SEEDS)
def test_loss_and_gradients(read, words, lengths, seed):
    rng = np.random.default_rng(seed)
    model = make_model(rng, read, words)
    x, lengths, y = draw_batch(rng, model, lengths)
    loss, grads = model.loss(x, lengths, y)
    assert_same(loss, right_loss(model.params, read, x, lengths, y))
    right = autograd.grad(right_loss)(model.params, read, x, lengths, y)
    assert grads.keys() == model.params.keys()
    for name, grad in grads.items():
        assert_same(grad, right[name])


@READS
@INPUTS
@quick
@example(lengths=[1, 4, 2], seed=1)
@given(lengths=LENGTHS, seed=SEEDS)
def test_scores(read, words, lengths, seed):
    rng = np.random.default_rng(seed)
    model = make_model(rng, read, words, dropout=0.5)
    x, lengths, _ = draw_batch(rng, model, lengths)
    found = model.scores(x, lengths)
    for n, length in enumerate(lengths):
        right = np.array(scores_of(model.params, read, x[n, :length]))
        assert_same(found[n, :length] if read == "every" else found[[n]], right)


@READS
@quick
@given(lengths=LENGTHS, seed=SEEDS)
def test_read_outs(read, lengths, seed):
    rng, lengths = np.random.default_rng(seed), np.array(lengths)
    N, T = len(lengths), lengths.max() + 2
    h = rng.standard_normal((N, T, H))

    def right(h):
        rows = [h[n, :length] for n, length in enumerate(lengths)]
        if read == "every":
            return anp.stack([anp.concatenate([r, anp.zeros((T - len(r), H))]) for r in rows])
        return anp.stack([r[-1] if read == "last" else anp.mean(r, axis=0) for r in rows])

    out, cache = read_out_forward(h, lengths, read)
    assert_same(out, right(h))
    dout = rng.standard_normal(out.shape)
    assert_same(
        read_out_backward(dout, cache), autograd.grad(lambda h: anp.sum(right(h) * dout))(h)
    )


# What padding may do: nothing.


@READS
@INPUTS
@quick
@example(lengths=[2, 5, 1], more=3, dropout=0.4, seed=1)
@given(lengths=LENGTHS, more=st.integers(0, 4), dropout=st.sampled_from([0.0, 0.4]), seed=SEEDS)
def test_padding_changes_nothing(read, words, lengths, more, dropout, seed):
    results = []
    fills = [(0, 0), (more, -1 if words else np.nan), (more, V + 9 if words else np.inf)]
    for wider, padding in fills:
        rng = np.random.default_rng(seed)
        model = make_model(rng, read, words, dropout=dropout)
        T = max(lengths) + wider
        x, sizes, y = draw_batch(rng, model, lengths, T, padding)
        scores = model.scores(x, sizes)
        results.append((*model.loss(x, sizes, y), scores[:, : max(lengths)]))
    (loss, grads, scores), *others = results
    for other_loss, other_grads, other_scores in others:
        np.testing.assert_allclose(other_loss, loss, rtol=1e-13)
        np.testing.assert_allclose(other_scores, scores, rtol=1e-12, atol=1e-13)
        for name, grad in grads.items():
            np.testing.assert_allclose(other_grads[name], grad, rtol=1e-11, atol=1e-13)


@READS
@INPUTS
def test_the_order_of_the_sequences_changes_nothing(read, words, rng):
    model = make_model(rng, read, words)
    x, lengths, y = draw_batch(rng, model, [2, 5, 1, 5, 3])
    order = np.array([3, 0, 4, 2, 1])
    loss, grads = model.loss(x, lengths, y)
    other_loss, other_grads = model.loss(x[order], lengths[order], y[order])
    np.testing.assert_allclose(other_loss, loss, rtol=1e-13)
    for name, grad in grads.items():
        np.testing.assert_allclose(other_grads[name], grad, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(
        model.scores(x[order], lengths[order]), model.scores(x, lengths)[order], atol=1e-13
    )


# Contracts.


@READS
@INPUTS
@DTYPES
def test_dtype_inputs_and_weights_are_kept(read, words, dtype, rng):
    model = make_model(rng, read, words, dtype, dropout=0.2)
    batch = draw_batch(rng, model, [3, 1, 4])
    before = [array.copy() for array in (*batch, *model.params.values())]
    loss, grads = model.loss(*batch)
    scores = model.scores(*batch[:2])
    assert type(loss) is float
    assert {a.dtype for a in (scores, *grads.values())} == {np.dtype(dtype)}
    for array, kept in zip((*batch, *model.params.values()), before, strict=True):
        np.testing.assert_array_equal(array, kept)
    for name, p in model.params.items():
        assert not np.shares_memory(grads[name], p)


@READS
def test_vectors_of_another_dtype_are_taken_in_that_of_the_weights(read, rng):
    model = make_model(rng, read, words=False, dtype=np.float32)
    x, lengths, y = draw_batch(rng, model, [2, 3])
    loss, grads = model.loss(x.astype(np.float64), lengths, y)
    assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float32)}
    assert loss == model.loss(x, lengths, y)[0]


@READS
@DTYPES
def test_read_outs_keep_dtype_and_inputs_and_go_back_twice(read, dtype, rng):
    h, lengths = rng.standard_normal((3, 4, 2)).astype(dtype), np.array([2, 4, 1])
    kept = h.copy()
    out, cache = read_out_forward(h, lengths, read)
    dout = np.ones_like(out)
    once, again = (read_out_backward(dout, cache) for _ in range(2))
    assert {a.dtype for a in (out, once)} == {np.dtype(dtype)}
    np.testing.assert_array_equal(h, kept)
    np.testing.assert_array_equal(once, again)
    np.testing.assert_array_equal(dout, np.ones_like(out))


def test_weights_have_the_documented_shapes_and_forget_gates_begin_open():
    params = SequenceClassifier(C, D, H, vocabulary_size=V).params
    assert {name: p.shape for name, p in params.items()} == {
        "W_embed": (V, D),
        "Wx": (D, 4 * H),
        "Wh": (H, 4 * H),
        "b": (4 * H,),
        "W_out": (H, C),
        "b_out": (C,),
    }
    np.testing.assert_array_equal(params["b"], [0] * H + [1] * H + [0] * 2 * H)
    assert "W_embed" not in SequenceClassifier(C, D, H).params


@READS
def test_weights_of_zero_leave_every_class_equally_likely(read, rng):
    model = make_model(rng, read, words=True)
    model.params = {name: 0 * p for name, p in model.params.items()}
    loss, _ = model.loss(*draw_batch(rng, model, [2, 3, 1]))
    assert loss == pytest.approx(np.log(C) * (2 if read == "every" else 1))


@READS
def test_dropout_is_in_the_loss_alone_and_right_on_average(read):
    rng = np.random.default_rng(1)
    model = make_model(rng, read, words=False, dropout=0.5)
    batch = draw_batch(rng, model, [3, 5, 1, 2])
    np.testing.assert_array_equal(model.scores(*batch[:2]), model.scores(*batch[:2]))
    assert len({model.loss(*batch)[0] for _ in range(5)}) == 5
    model.params["W_out"] *= 1e-4  # nearly linear
    means = np.mean([model.loss(*batch)[1]["W_out"] for _ in range(3000)], axis=0)
    model.dropout = 0
    right = model.loss(*batch)[1]["W_out"]
    assert abs(means - right).max() < 0.1 * abs(right).max()


def test_an_unknown_read_out_is_refused():
    with pytest.raises(ValueError, match=r"read is 'first'; .*'last', 'mean', 'every'"):
        SequenceClassifier(C, D, H, "first")


GOOD = {"x": np.zeros((2, 3), int), "lengths": np.array([3, 1]), "y": np.array([0, 2])}
VECTORS = {"x": np.zeros((2, 3, D))}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.zeros((2, 0), int)}, r"x is \(2, 0\); .* one sequence and one step"),
        ({"x": np.zeros((0, 3), int), "lengths": np.zeros(0, int)}, r"x is \(0, 3\); .* one seq"),
        ({"x": np.zeros(3, int)}, r"x is \(3,\); .* needs \(N, T\)"),
        ({"x": np.zeros((2, 3))}, "x is float64; .* needs integers"),
        ({"lengths": np.array([3])}, r"lengths is \(1,\); .* needs \(N,\) = \(2,\)"),
        ({"lengths": np.array([3, 0])}, "lengths run from 0 to 3; .* needs 1 to 3, for T = 3"),
        ({"lengths": np.array([4, 1])}, "lengths run from 1 to 4; .* needs 1 to 3, for T = 3"),
        ({"lengths": np.array([3.0, 1.0])}, "lengths is float64; .* needs integers"),
        ({"x": np.full((2, 3), V)}, "x runs from 7 to 7; .* word indices from 0 to 6, for V = 7"),
        ({"x": np.full((2, 3), -1)}, "x runs from -1 to -1; .* word indices from 0 to 6"),
        ({"y": np.array([0, C])}, "y runs from 0 to 3; .* classes from 0 to 2, for C = 3"),
        ({"y": np.array([0, -1])}, "y runs from -1 to 0; .* classes from 0 to 2"),
        ({"y": np.array([0.0, 1.0])}, "y is float64; .* needs integers"),
        ({"y": np.zeros((2, 3), int)}, r"y is \(2, 3\); .* needs \(N,\) = \(2,\)"),
    ],
)
def test_loss_refuses_by_name(change, message, rng):
    with pytest.raises(ValueError, match=f"{message}") as refusal:
        make_model(rng, "last", words=True).loss(**GOOD | change)
    assert "SequenceClassifier.loss" in str(refusal.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.zeros((2, 3, D + 1))}, r"x is \(2, 3, 5\); .* needs \(N, T, 4\)"),
        ({"x": np.zeros((2, 3), int)}, r"x is \(2, 3\); .* needs \(N, T, 4\)"),
        ({"y": np.array([0, 2])}, r"y is \(2,\); .* needs \(N, T\) = \(2, 3\)"),
        ({"y": np.full((2, 3), C)}, "y runs from 3 to 3; .* classes from 0 to 2"),
    ],
)
def test_loss_of_every_vector_refuses_by_name(change, message, rng):
    inputs = GOOD | VECTORS | {"y": np.zeros((2, 3), int)} | change
    with pytest.raises(ValueError, match=message):
        make_model(rng, "every", words=False).loss(**inputs)


def test_scores_refuse_by_their_own_name(rng):
    with pytest.raises(ValueError, match=r"SequenceClassifier.scores needs 1 to 3"):
        make_model(rng, "last", words=True).scores(GOOD["x"], np.array([9, 1]))
