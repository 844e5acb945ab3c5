"""What a captioning model writes: the layout of its captions, and that each word is the best."""

import numpy as np
import pytest

from cs231n_rnn.layers.cells import CELLS
from cs231n_rnn.models.captioning import CaptioningRNN

NULL, START, END = 0, 1, 2
N, D, H = 4, 3, 6


def never(model, *words):
    """Make words that can never be the best."""
    model.params["b_vocab"][list(words)] = -1e6
    return model


@pytest.mark.parametrize(("images", "max_length"), [(4, 7), (1, 7), (3, 1), (1, 1)])
def test_sample_is_integers_of_shape_n_max_length(make_model, cell_type, rng, images, max_length):
    captions = make_model(cell_type, rng).sample(rng.standard_normal((images, D)), max_length)
    assert captions.shape == (images, max_length)
    assert np.issubdtype(captions.dtype, np.integer)


def test_sample_does_not_write_start(make_model, cell_type, rng):
    model = never(make_model(cell_type, rng), START)
    assert not np.any(model.sample(rng.standard_normal((20, D)), max_length=6) == START)


def test_null_stands_behind_end(make_model, cell_type, rng):
    model = make_model(cell_type, rng)
    never(model, NULL).params["b_vocab"][END] = 2
    captions = model.sample(rng.standard_normal((200, D)), max_length=8)
    lengths = [list(row).index(END) + 1 if END in row else 8 for row in captions]
    assert len(set(lengths)) > 2  # otherwise this test would show little
    for row, length in zip(captions, lengths, strict=True):
        assert np.all(row[:length] != NULL)
        assert np.all(row[length:] == NULL)


def test_where_end_comes_first_nothing_follows(make_model, cell_type, rng):
    model = make_model(cell_type, rng)
    model.params["b_vocab"][END] = 1e6
    captions = model.sample(rng.standard_normal((3, D)), max_length=4)
    np.testing.assert_array_equal(captions, [[END, NULL, NULL, NULL]] * 3)


def test_each_word_is_the_best_after_the_words_before_it(make_model, cell_type, rng):
    model = never(make_model(cell_type, rng), END)
    features = rng.standard_normal((6, D))
    captions = model.sample(features, max_length=7)
    assert len(np.unique(captions)) > 2  # otherwise this test would show little
    p = model.params
    read = np.insert(captions, 0, START, axis=1)[:, :-1]
    forward = CELLS[cell_type].forward
    h, _ = forward(
        p["W_embed"][read], features @ p["W_proj"] + p["b_proj"], p["Wx"], p["Wh"], p["b"]
    )
    np.testing.assert_array_equal(captions, (h @ p["W_vocab"] + p["b_vocab"]).argmax(axis=2))


def test_a_caption_does_not_depend_on_the_other_images(make_model, cell_type, rng):
    model, features = make_model(cell_type, rng), rng.standard_normal((8, D))
    alone = [model.sample(features[[n]], max_length=6)[0] for n in range(8)]
    np.testing.assert_array_equal(model.sample(features, max_length=6), alone)


def test_sample_is_the_same_with_and_without_dropout(make_model, cell_type, rng):
    model, features = make_model(cell_type, rng, dropout=0.5), rng.standard_normal((8, D))
    with_dropout = model.sample(features, max_length=6)
    model.dropout = 0.0
    np.testing.assert_array_equal(with_dropout, model.sample(features, max_length=6))


def test_the_vanilla_rnn_hands_the_cell_state_on(make_model, rng):
    model = make_model("rnn", rng)
    h, _ = model.initial_state(rng.standard_normal((N, D)))
    c = rng.standard_normal((N, H))
    np.testing.assert_array_equal(model.step((h, c), np.array([3, 4, 5, 4]))[1][1], c)


def test_the_cell_state_starts_at_zero(make_model, rng):
    model, features = make_model("lstm", rng), rng.standard_normal((N, D))
    h, c = model.initial_state(features)
    np.testing.assert_allclose(h, features @ model.params["W_proj"] + model.params["b_proj"])
    np.testing.assert_array_equal(c, np.zeros((N, H)))


def test_a_word_may_have_any_index(make_model, cell_type, rng):
    model, features = make_model(cell_type, rng), rng.standard_normal((N, D))
    words = list(model.word_to_idx)
    index = np.roll(np.arange(len(words)), 3)  # word n of before is word index[n] now
    other = CaptioningRNN(
        {word: int(i) for word, i in zip(words, index, strict=True)}, D, 2, H, cell_type, np.float64
    )
    other.params = {name: value.copy() for name, value in model.params.items()}
    other.params["W_embed"][index] = model.params["W_embed"]
    other.params["W_vocab"][:, index] = model.params["W_vocab"]
    other.params["b_vocab"][index] = model.params["b_vocab"]
    captions = np.array([[1, 4, 5, 2, 0], [1, 2, 0, 0, 0], [1, 6, 7, 4, 2], [1, 4, 0, 3, 2]])
    loss, _ = model.loss(features, captions)
    np.testing.assert_allclose(other.loss(features, index[captions])[0], loss, rtol=1e-12)
    sampled = model.sample(features, max_length=6)
    np.testing.assert_array_equal(other.sample(features, max_length=6), index[sampled])
