"""Stacked layers and the character model: dtypes, chunks, memory, what is sampled, refusals."""

import tracemalloc

import numpy as np
import pytest

from cs231n_rnn.layers.multilayer import multilayer_backward, multilayer_forward
from cs231n_rnn.models.char_lm import CharLM
from cs231n_rnn.training.solver import Solver
from cs231n_rnn.training.truncated import TruncatedBPTT

CHARS = "abcdefg"
VOCABULARY = {char: index for index, char in enumerate(CHARS)}
V, H = len(CHARS), 6
CELLS = pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
DEPTHS = pytest.mark.parametrize("num_layers", [1, 2, 3])


def draw_inputs(rng, cell_type, L=2, N=3, T=4, D=5, H=H, dtype=np.float64):
    """x, h0, c0, weights, cell_type."""
    G = {"rnn": 1, "lstm": 4}[cell_type] * H

    def draw(*shape):
        return rng.standard_normal(shape).astype(dtype)

    weights = [(draw(H if k else D, G), draw(H, G), draw(G)) for k in range(L)]
    return draw(N, T, D), draw(L, N, H), draw(L, N, H), weights, cell_type


def make_model(cell_type, num_layers=2, dtype=np.float64, large=1.0, rng=None):
    rng = np.random.default_rng(231) if rng is None else rng
    model = CharLM(VOCABULARY, H, num_layers, cell_type, dtype)
    for name, p in model.params.items():
        model.params[name] = (large * rng.standard_normal(p.shape)).astype(dtype)
    return model


def flat(dx, dh0, dc0, grads):
    return [dx, dh0, dc0, *(array for layer in grads for array in layer)]


# Stacked layers.


@DTYPES
def test_stacked_layers_keep_the_dtype(cell_type, rng, dtype):
    *outputs, cache = multilayer_forward(*draw_inputs(rng, cell_type, dtype=dtype))
    arrays = [*outputs, *flat(*multilayer_backward(np.ones_like(outputs[0]), cache))]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_stacked_layers_leave_inputs_unchanged_and_go_back_twice(cell_type, rng):
    x, h0, c0, weights, _ = draw_inputs(rng, cell_type)
    inputs = [x, h0, c0, *(array for layer in weights for array in layer)]
    before = [array.copy() for array in inputs]
    *_, cache = multilayer_forward(x, h0, c0, weights, cell_type)
    dh = rng.standard_normal((*x.shape[:2], H))
    kept = dh.copy()
    once, again = (flat(*multilayer_backward(dh, cache)) for _ in range(2))
    for one, other in zip([*inputs, dh, *once], [*before, kept, *again], strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_a_caller_writes_into_the_states_leaves_the_gradient_alone(cell_type, rng):
    inputs = draw_inputs(rng, cell_type, L=3)
    dh = rng.standard_normal((3, 4, H))
    right = flat(*multilayer_backward(dh, multilayer_forward(*inputs)[3]))
    *outputs, cache = multilayer_forward(*inputs)
    for array in outputs:
        array *= 2
    for ours, other in zip(flat(*multilayer_backward(dh, cache)), right, strict=True):
        np.testing.assert_array_equal(ours, other)


def test_last_states_are_those_of_the_last_step(cell_type, rng):
    h, hT, _, _ = multilayer_forward(*draw_inputs(rng, cell_type))
    np.testing.assert_array_equal(hT[-1], h[:, -1])


def test_the_vanilla_rnn_hands_cell_states_on_and_gives_them_no_gradient(rng):
    inputs = draw_inputs(rng, "rnn")
    h, _, cT, cache = multilayer_forward(*inputs)
    np.testing.assert_array_equal(cT, inputs[2])
    assert not np.shares_memory(cT, inputs[2])
    np.testing.assert_array_equal(multilayer_backward(h, cache)[2], np.zeros_like(cT))


@pytest.mark.parametrize("cut", [1, 3, 5])
def test_chunks_in_turn_are_one_sequence(cell_type, rng, cut):
    x, h0, c0, weights, _ = draw_inputs(rng, cell_type, T=6)
    whole = multilayer_forward(x, h0, c0, weights, cell_type)
    first, h, c, _ = multilayer_forward(x[:, :cut], h0, c0, weights, cell_type)
    second, h, c, _ = multilayer_forward(x[:, cut:], h, c, weights, cell_type)
    for ours, right in zip((np.hstack([first, second]), h, c), whole[:3], strict=True):
        np.testing.assert_allclose(ours, right, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cell_type": "elman"}, 'cell_type is \'elman\'.*"rnn".*"lstm"'),
        ({"h0": (3, 3, H), "c0": (3, 3, H)}, "states of 3 layers and weights are those of 2"),
        ({"h0": (1, 3, H), "c0": (1, 3, H)}, "states of 1 layers and weights are those of 2"),
        ({"h0": (0, 3, H), "c0": (0, 3, H), "weights": []}, "at least one"),
        ({"c0": (1, 3, H)}, r"c0 is \(1, 3, 6\); .*needs \(L, N, H\) = \(2, 3, 6\)"),
        ({"h0": (3, H)}, r"h0 is \(3, 6\); .*needs \(L, N, H\)"),
        ({"h0": (2, 4, H), "c0": (2, 4, H)}, r"h0 is \(2, 4, 6\); .*\(L, N, H\) = \(L, 3, H\)"),
        ({"x": (3, 0, 5)}, r"x is \(3, 0, 5\); .*needs at least one time step"),
        ({"x": (3, 5)}, r"x is \(3, 5\); .*needs \(N, T, D\)"),
    ],
)
def test_stacked_layers_refuse_by_name(rng, change, message):
    names = "x", "h0", "c0", "weights", "cell_type"
    inputs = dict(zip(names, draw_inputs(rng, "lstm"), strict=True))
    for name, value in change.items():
        inputs[name] = np.zeros(value) if isinstance(value, tuple) else value
    with pytest.raises(ValueError, match=message):
        multilayer_forward(**inputs)


# The character model.


@DEPTHS
def test_weights_have_the_documented_shapes(cell_type, num_layers):
    G = {"rnn": H, "lstm": 4 * H}[cell_type]
    right = {"W_out": (H, V), "b_out": (V,)}
    for k in range(num_layers):
        right |= {f"Wx{k}": (H if k else V, G), f"Wh{k}": (H, G), f"b{k}": (G,)}
    params = CharLM(VOCABULARY, H, num_layers, cell_type).params
    assert {name: p.shape for name, p in params.items()} == right
    assert {p.dtype for p in params.values()} == {np.dtype(np.float32)}


def test_the_same_generator_gives_the_same_weights_and_another_one_others():
    one, same, other = (
        CharLM(VOCABULARY, H, rng=np.random.default_rng(seed)).params for seed in (1, 1, 2)
    )
    for name in one:
        np.testing.assert_array_equal(one[name], same[name])
    assert np.any(one["Wx0"] != other["Wx0"])


@DTYPES
def test_the_model_keeps_the_dtype_and_its_weights(cell_type, rng, dtype):
    model = make_model(cell_type, dtype=dtype)
    before = {name: p.copy() for name, p in model.params.items()}
    x, y = rng.integers(V, size=(2, 3, 4))
    loss, grads, state = model.loss(x, y)
    loss, grads, after = model.loss(x, y, state)
    assert type(loss) is float
    assert {a.dtype for a in [*grads.values(), *state, *after]} == {np.dtype(dtype)}
    model.sample("ab", 3, 1.0, rng)
    for name, p in model.params.items():
        np.testing.assert_array_equal(p, before[name])
        assert not np.shares_memory(grads[name], p)


def test_loss_is_the_mean_over_texts_and_the_sum_over_time(cell_type, rng):
    model = make_model(cell_type)
    x, y = rng.integers(V, size=(2, 3, 4))
    alone = [model.loss(x[[n]], y[[n]])[0] for n in range(3)]
    np.testing.assert_allclose(model.loss(x, y)[0], np.mean(alone), rtol=1e-13)
    *_, state = model.loss(x[:, :1], y[:, :1])
    parts = [model.loss(x[:, :1], y[:, :1])[0], model.loss(x[:, 1:], y[:, 1:], state)[0]]
    np.testing.assert_allclose(model.loss(x, y)[0], sum(parts), rtol=1e-13)


def test_weights_of_zero_leave_every_character_equally_likely(cell_type, rng):
    x, y = rng.integers(V, size=(2, 3, 4))
    assert make_model(cell_type, large=0).loss(x, y)[0] == pytest.approx(4 * np.log(V))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell_type": "elman"}, "cell_type is 'elman'; CharLM needs"),
        ({"num_layers": 0}, "7 characters, 0 layers; CharLM needs one or more"),
        ({"char_to_idx": {}}, "0 characters, 1 layers"),
    ],
)
def test_a_model_that_cannot_be_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        CharLM(**{"char_to_idx": VOCABULARY, **options})


@pytest.mark.parametrize(
    ("x", "y", "layers", "message"),
    [
        (np.zeros((2, 3), int), np.zeros((2, 4), int), 2, r"y is \(2, 4\); CharLM.loss needs"),
        (np.zeros(3, int), np.zeros(3, int), 2, r"x is \(3,\); CharLM.loss needs \(N, T\)"),
        (np.full((2, 3), V), np.zeros((2, 3), int), 2, "indices from 0 to 6"),
        (np.zeros((2, 3), int), np.full((2, 3), V), 2, "indices from 0 to 6"),
        (np.zeros((2, 3), int), np.full((2, 3), -1), 2, "indices from 0 to 6"),
        (np.zeros((2, 3)), np.zeros((2, 3), int), 2, "indices from 0 to 6"),
        (np.zeros((2, 3), int), np.zeros((2, 3), int), 3, "states of 3 layers and weights"),
        (np.zeros((4, 3), int), np.zeros((4, 3), int), 2, r"h0 is \(2, 2, 6\); .*\(L, 4, H\)"),
        (np.zeros((2, 0), int), np.zeros((2, 0), int), 2, "needs at least one time step"),
    ],
)
def test_loss_refuses_by_name(x, y, layers, message):
    state = tuple(np.zeros((2, layers, 2, H)))
    with pytest.raises(ValueError, match=message):
        make_model("lstm", num_layers=2).loss(x, y, state)


# Memory.


def peak_of(function):
    """Most bytes that a call holds at once, beside what was there before."""
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_of_an_epoch_does_not_grow_with_the_length_of_the_text(cell_type):
    rng, N = np.random.default_rng(231), 16

    def epoch(indices, chunk):
        model = make_model(cell_type, large=0.1)
        chunks = TruncatedBPTT(model, indices, N, chunk)
        options = {"batch_size": 1, "num_epochs": 1, "shuffle": False, "verbose": False}
        return Solver(chunks, chunks.batch, len(chunks), **options).train

    short, long = (rng.integers(V, size=N * T + 1) for T in (100, 800))
    # Not 20 steps or fewer: Python keeps the memory of tuples that short.
    peak_of(epoch(short, 25))  # what is made once
    truncated = [peak_of(epoch(text, 25)) for text in (short, long)]
    full = [peak_of(epoch(text, len(text) // N)) for text in (short, long)]
    assert truncated[1] < 1.1 * truncated[0]
    assert full[1] > 6 * full[0]


# Sampling.


def scores_behind(model, text):
    """Scores of what follows a text, which is read again from its beginning."""
    x = np.eye(V)[[[VOCABULARY[char] for char in text]]]
    state = np.zeros((2, model.num_layers, 1, H))
    h, *_ = multilayer_forward(x, *state, model.weights, model.cell_type)
    return h[0, -1] @ model.params["W_out"] + model.params["b_out"]


@DEPTHS
@pytest.mark.parametrize("prompt", ["a", "gfedcba"])
def test_at_temperature_0_the_likeliest_character_is_taken(cell_type, num_layers, prompt):
    model = make_model(cell_type, num_layers, large=3.0)
    rng = np.random.default_rng(1)
    text = model.sample(prompt, 20, 0, rng)
    for place, char in enumerate(text):
        assert char == CHARS[scores_behind(model, prompt + text[:place]).argmax()]
    assert rng.random() == np.random.default_rng(1).random()  # nothing was drawn
    for nearly in (1e-6, 1e-310):
        assert model.sample(prompt, 20, nearly, rng) == text


def chi_square(model, prompt, temperature, draws, rng):
    """Of the first character after a prompt, against softmax(scores / temperature)."""
    texts = [model.sample(prompt, 1, temperature, rng) for _ in range(draws)]
    counts = np.array([texts.count(char) for char in CHARS])
    p = np.exp(scores_behind(model, prompt) / temperature)
    expected = draws * p / p.sum()
    return float(((counts - expected) ** 2 / expected).sum())


@pytest.mark.parametrize("temperature", [0.7, 1.0, 2.5])
def test_frequencies_are_softmax_of_scores_over_temperature(cell_type, temperature, rng):
    model = make_model(cell_type, large=0.5)
    # With V - 1 = 6 degrees of freedom, one right draw in 100,000 comes above 33.
    assert chi_square(model, "cafe", temperature, 2000, rng) < 33


def test_a_temperature_that_is_off_by_a_third_is_seen(cell_type, rng, monkeypatch):
    """What the test above would say of a wrong one."""
    model, right = make_model(cell_type, large=0.5), CharLM.sample
    monkeypatch.setattr(CharLM, "sample", lambda *a: right(*a[:3], 1.5 * a[3], a[4]))
    assert chi_square(model, "cafe", 0.7, 2000, rng) > 33


def test_a_longer_text_from_the_same_generator_begins_with_the_shorter_one(cell_type):
    model = make_model(cell_type)
    short, long, other = (
        model.sample("bad", length, 1.0, np.random.default_rng(seed))
        for length, seed in ((10, 1), (30, 1), (30, 2))
    )
    assert (len(short), len(long)) == (10, 30)
    assert long.startswith(short)
    assert long != other


def test_an_index_need_not_follow_the_order_of_unicode(cell_type, rng):
    model = make_model(cell_type, large=3.0)
    index = rng.permutation(V)  # of what was character k
    other = CharLM({char: int(index[k]) for char, k in VOCABULARY.items()}, H, 2, cell_type)
    other.params = {name: p.copy() for name, p in model.params.items()}
    for name in ("Wx0", "b_out"):
        other.params[name][index] = model.params[name]
    other.params["W_out"][:, index] = model.params["W_out"]
    assert other.sample("face", 15, 0, rng) == model.sample("face", 15, 0, rng)


@DTYPES
@pytest.mark.parametrize("temperature", [5e-324, 1e-6, 1.0, 1e6, np.inf])
def test_huge_scores_can_be_sampled(cell_type, dtype, temperature, rng):
    text = make_model(cell_type, large=1e4, dtype=dtype).sample("a", 5, temperature, rng)
    assert set(text) <= set(CHARS)
    assert len(text) == 5


@pytest.mark.parametrize(
    ("prompt", "length", "temperature", "message"),
    [
        ("", 5, 1.0, "the prompt is empty; .*at least one known character"),
        ("a?b!", 5, 1.0, r"the prompt holds \['!', '\?'\], which the model does not know"),
        ("a", 0, 1.0, "length is 0"),
        ("a", -3, 1.0, "length is -3"),
        ("a", 5, -0.5, "temperature -0.5; .*temperature of at least 0"),
        ("a", 5, -np.inf, "temperature -inf"),
        ("a", 5, np.nan, "temperature nan"),
    ],
)
def test_sample_refuses_by_name(prompt, length, temperature, message, rng):
    with pytest.raises(ValueError, match=message):
        make_model("rnn").sample(prompt, length, temperature, rng)
