"""The attention captioning model: weights, dtypes, minibatches, decoding, refusals by name."""

import numpy as np
import pytest

from cs231n_rnn.models.attention_captioning import AttentionCaptioningLSTM
from cs231n_rnn.models.beam_search import beam_search

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "cat", "dog", "sat"]
VOCABULARY = {word: index for index, word in enumerate(WORDS)}
NULL, START, END = 0, 1, 2
N, T, L, C, W, H, V = 4, 5, 7, 3, 2, 6, len(WORDS)
CAPTIONS = np.array(
    [[1, 4, 5, 2, 0, 0], [1, 2, 0, 0, 0, 0], [1, 6, 7, 4, 5, 2], [1, 4, 0, 3, 2, 0]]
)
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def make_model(rng, dtype=np.float64, large=1.0, **options):
    model = AttentionCaptioningLSTM(VOCABULARY, C, W, H, dtype, **options)
    for name, value in model.params.items():
        model.params[name] = (large * rng.standard_normal(value.shape)).astype(dtype)
    return model


def test_weights_of_the_model_have_the_documented_shapes():
    params = AttentionCaptioningLSTM(VOCABULARY, C, W, H).params
    assert {name: value.shape for name, value in params.items()} == {
        "W_embed": (V, W),
        "W_proj": (C, H),
        "b_proj": (H,),
        "Wx": (W + H, 4 * H),
        "Wh": (H, 4 * H),
        "b": (4 * H,),
        "W_vocab": (H, V),
        "b_vocab": (V,),
    }
    assert {value.dtype for value in params.values()} == {np.dtype(np.float32)}


def test_the_same_generator_gives_the_same_weights_and_another_one_others():
    one, same, other = (
        AttentionCaptioningLSTM(VOCABULARY, C, W, H, rng=np.random.default_rng(seed)).params
        for seed in (1, 1, 2)
    )
    for name in one:
        np.testing.assert_array_equal(one[name], same[name])
    assert np.any(one["Wx"] != other["Wx"])


@DTYPES
@pytest.mark.parametrize("grid", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_the_model_keeps_its_dtype_whatever_that_of_the_grid(rng, dtype, grid, dropout):
    model = make_model(rng, dtype, dropout=dropout)
    features = rng.standard_normal((N, L, C)).astype(grid)
    loss, grads = model.loss(features, CAPTIONS)
    state = model.initial_state(features)
    scores, after = model.step(state, CAPTIONS[:, 1])
    weights = model.look(features, CAPTIONS[:, 1:])
    assert type(loss) is float
    arrays = [*grads.values(), *state, scores, *after, weights]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_a_grid_of_float16_is_summed_up_in_the_dtype_of_the_model(rng):
    model = make_model(rng)
    coarse = (100 * rng.standard_normal((N, L, C))).astype(np.float16)
    loss, grads = model.loss(coarse, CAPTIONS)
    fine_loss, fine = model.loss(coarse.astype(np.float64), CAPTIONS)
    assert loss == fine_loss
    for name, gradient in grads.items():
        np.testing.assert_array_equal(gradient, fine[name])


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_the_model_leaves_its_weights_and_the_minibatch_unchanged(rng, dropout):
    model = make_model(rng, dropout=dropout)
    features, captions = rng.standard_normal((N, L, C)), CAPTIONS.copy()
    state = model.initial_state(features)
    arrays = [*model.params.values(), features, captions, *state]
    before = [array.copy() for array in arrays]
    _, grads = model.loss(features, captions)
    model.step(state, captions[:, 1])
    model.sample(features, 4)
    model.look(features, captions)
    for array, kept in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, kept)
    for gradient in grads.values():
        assert not any(np.shares_memory(gradient, p) for p in model.params.values())


def test_order_of_the_minibatch_and_padding_change_nothing(rng):
    model, features = make_model(rng), rng.standard_normal((N, L, C))
    loss, grads = model.loss(features, CAPTIONS)
    order = [1, 3, 0, 2]
    padded = np.pad(CAPTIONS, ((0, 0), (0, 3)), constant_values=NULL)
    others = model.loss(features[order], CAPTIONS[order]), model.loss(features, padded)
    for other_loss, other in others:
        np.testing.assert_allclose(other_loss, loss, rtol=1e-13)
        for name, gradient in grads.items():
            np.testing.assert_allclose(other[name], gradient, rtol=1e-10, atol=1e-13)


def test_permuted_locations_change_neither_loss_nor_gradients(rng):
    model, features = make_model(rng), rng.standard_normal((N, L, C))
    loss, grads = model.loss(features, CAPTIONS)
    other_loss, other = model.loss(features[:, rng.permutation(L)], CAPTIONS)
    np.testing.assert_allclose(other_loss, loss, rtol=1e-13)
    for name, gradient in grads.items():
        np.testing.assert_allclose(other[name], gradient, rtol=1e-10, atol=1e-13)


# Decoding.


def speaker(rng, end):
    """A model that says many words, and <END> the sooner the larger its bias is."""
    model = make_model(rng, large=3.0)
    model.params["b_vocab"][:] = 0
    model.params["b_vocab"][[NULL, START, END]] = -1e6, -1e6, end
    return model


def likeliest_words(model, features, max_length):
    """Greedy decoding of each image alone, one step after the other."""
    captions = np.full((len(features), max_length), NULL)
    for n in range(len(features)):
        state, word = model.initial_state(features[[n]]), START
        for t in range(max_length):
            scores, state = model.step(state, np.array([word]))
            word = captions[n, t] = scores[0].argmax()
            if word == END:
                break
    return captions


@pytest.mark.parametrize("end", [-1e6, 0.0, 2.0])
def test_greedy_captions_are_the_likeliest_words_and_the_beam_of_width_1(rng, end):
    model, features = speaker(rng, end), rng.standard_normal((12, L, C))
    captions = model.sample(features, 9)
    assert captions.dtype == np.int32
    np.testing.assert_array_equal(captions, likeliest_words(model, features, 9))
    beam = beam_search(model, features, START, END, NULL, beam_width=1, max_length=9)
    np.testing.assert_array_equal(captions, beam)


@pytest.mark.parametrize("width", [2, 3])
def test_the_beam_takes_a_grid_of_features(rng, width):
    model, features = speaker(rng, 0.0), rng.standard_normal((3, L, C))
    together = beam_search(model, features, START, END, beam_width=width, max_length=6)
    for n in range(3):
        alone = beam_search(model, features[[n]], START, END, beam_width=width, max_length=6)
        np.testing.assert_array_equal(together[[n]], alone)


def test_where_it_looks_is_what_the_steps_saw(rng):
    model, features = speaker(rng, 0.0), rng.standard_normal((20, L, C))
    captions = model.sample(features, 9)
    weights = model.look(features, captions)
    state, words = model.initial_state(features), np.full(20, START)
    np.testing.assert_array_equal(state[3], np.zeros((20, L)))
    for t in range(9):
        _, state = model.step(state, words)
        np.testing.assert_allclose(weights[:, t], state[3], rtol=0, atol=1e-11)
        words = captions[:, t]


def test_a_word_moves_where_it_looks_two_words_later(rng):
    # It looks before it reads: with the state that knows all words but the last.
    model, features = make_model(rng), rng.standard_normal((N, L, C))
    captions = rng.integers(3, V, size=(N, 5))
    weights = model.look(features, captions)
    np.testing.assert_allclose(weights.sum(axis=2), np.ones((N, 5)), rtol=1e-14)
    captions[:, 2] = 3 + (captions[:, 2] - 2) % (V - 3)
    other = model.look(features, captions)
    np.testing.assert_array_equal(other[:, :4], weights[:, :4])
    assert np.all(np.abs(other[:, 4] - weights[:, 4]).max(axis=1) > 1e-9)


# Refusals.


@pytest.mark.parametrize("shape", [(N, C), (N, L, C + 1), (N, C, L), (N, 0, C), (N, L, C, 1)])
@pytest.mark.parametrize("name", ["loss", "look", "sample", "initial_state"])
def test_the_model_refuses_features_by_name(rng, shape, name):
    model = make_model(rng)
    arguments = [np.zeros(shape), CAPTIONS][: 1 + (name in ("loss", "look"))]
    called = name.replace("sample", "initial_state")
    with pytest.raises(ValueError, match=rf"{called} needs a grid \(N, L, C\) = \(N, L, 3\)") as no:
        getattr(model, name)(*arguments)
    assert f"features is {shape}" in str(no.value)


@pytest.mark.parametrize(
    ("captions", "message"),
    [
        (np.ones((N + 1, T), int), r"captions is \(5, 5\); AttentionCaptioningLSTM.loss needs"),
        (np.ones((N, 1), int), r"captions is \(4, 1\); .*two columns"),
        (np.full((N, T), V), r"captions runs from 8 to 8; .*from 0 to 7"),
        (np.ones((N, T)), "captions is float64; .*needs integers"),
    ],
)
def test_loss_refuses_captions_by_name(rng, captions, message):
    with pytest.raises(ValueError, match=message):
        make_model(rng).loss(np.zeros((N, L, C)), captions)


@pytest.mark.parametrize(
    ("captions", "message"),
    [
        (np.ones((N + 1, T), int), r"captions is \(5, 6\); AttentionCaptioningLSTM.look needs"),
        (np.ones((N, 0), int), r"captions is \(4, 1\); .*two columns"),
        (np.full((N, T), V), r"captions runs from 1 to 8; .*from 0 to 7"),
        (np.ones((N, T)), "captions is float64; .*needs integers"),
    ],
)
def test_look_refuses_captions_by_name(rng, captions, message):
    with pytest.raises(ValueError, match=message):
        make_model(rng).look(np.zeros((N, L, C)), captions)


@pytest.mark.parametrize("token", ["<START>", "<END>"])
def test_sample_refuses_a_vocabulary_without_a_token(token):
    words = {word: index for word, index in VOCABULARY.items() if word != token}
    model = AttentionCaptioningLSTM(words, C, W, H)
    with pytest.raises(ValueError, match=f"word_to_idx lacks {token};"):
        model.sample(np.zeros((N, L, C)))


@pytest.mark.parametrize("max_length", [0, -3])
def test_sample_refuses_to_write_nothing(rng, max_length):
    with pytest.raises(ValueError, match=f"max_length is {max_length}; .*at least 1"):
        make_model(rng).sample(np.zeros((N, L, C)), max_length)


def test_a_model_refuses_a_vocabulary_without_null():
    with pytest.raises(ValueError, match="word_to_idx lacks <NULL>;"):
        AttentionCaptioningLSTM({"<START>": 0, "<END>": 1}, C, W, H)
