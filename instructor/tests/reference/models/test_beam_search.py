import itertools

import numpy as np
import pytest

from cs231n_rnn.models.beam_search import beam_search

NULL, START, END, V = 0, 1, 2, 5


class Table:
    """A model whose next word depends on the image, the step and the two words before."""

    def __init__(self, seed, images=3, steps=6):
        rng = np.random.default_rng(seed)
        self.scores = 2 * rng.standard_normal((images, steps, V, V, V))

    def initial_state(self, features):
        before = np.full((len(features), 2), START)
        return features[:, 0].astype(int), np.zeros(len(features), dtype=int), before

    def step(self, state, words):
        image, t, before = state
        scores = self.scores[image, t, before[:, 1], words]
        return scores, (image, t + 1, np.column_stack([before[:, 1], words]))

    def log_prob(self, image, caption):
        """Log probability of a caption, from the definition."""
        total, before, word = 0.0, START, START
        for t, following in enumerate(caption):
            scores = self.scores[image, t, before, word]
            total += scores[following] - np.log(np.exp(scores).sum())
            before, word = word, following
        return total


def all_captions(max_length):
    """Every caption that ends with <END>, or fills max_length without one."""
    others = [word for word in range(V) if word != END]
    for length in range(max_length):
        for words in itertools.product(others, repeat=length):
            yield (*words, END)
    yield from itertools.product(others, repeat=max_length)


def features(images=3):
    return np.arange(images, dtype=float)[:, np.newaxis]


def greedy(model, max_length):
    """Always the best word, one image after the other."""
    rows = []
    for image in range(3):
        before, word, row = START, START, []
        for t in range(max_length):
            before, word = word, int(model.scores[image, t, before, word].argmax())
            row.append(word)
            if word == END:
                break
        rows.append(row + [NULL] * (max_length - len(row)))
    return np.array(rows)


@pytest.mark.parametrize("seed", range(5))
def test_width_one_is_greedy_decoding(seed):
    model = Table(seed)
    found = beam_search(model, features(), START, END, NULL, beam_width=1, max_length=6)
    np.testing.assert_array_equal(found, greedy(model, 6))


@pytest.mark.parametrize("penalty", [0.0, 0.7, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_a_beam_wide_enough_finds_the_best_of_all_captions(seed, penalty):
    model = Table(seed)
    found = beam_search(model, features(), START, END, NULL, 400, 4, length_penalty=penalty)
    for image in range(3):
        best = max(all_captions(4), key=lambda c: model.log_prob(image, c) / len(c) ** penalty)
        assert found[image].tolist() == [*best, *[NULL] * (4 - len(best))]


@pytest.mark.parametrize("seed", range(5))
def test_no_image_looks_at_another(seed):
    model = Table(seed)
    together = beam_search(model, features(), START, END, NULL, 3, 5)
    for image in range(3):
        alone = beam_search(model, features()[image : image + 1], START, END, NULL, 3, 5)
        np.testing.assert_array_equal(alone[0], together[image])


def test_a_wider_beam_can_be_better_than_greedy():
    def total(model, captions):
        cut = [row[: row.index(END) + 1] if END in row else row for row in captions.tolist()]
        return sum(model.log_prob(image, row) for image, row in enumerate(cut))

    gains = []
    for seed in range(20):
        model = Table(seed)
        wide = beam_search(model, features(), START, END, NULL, 4, 5)
        narrow = beam_search(model, features(), START, END, NULL, 1, 5)
        gains.append(total(model, wide) - total(model, narrow))
    assert np.mean(gains) > 0.1


def test_a_caption_is_laid_out_as_sample_lays_it_out():
    captions = beam_search(Table(0), features(), START, END, NULL, 3, 6)
    assert (captions.shape, captions.dtype) == ((3, 6), np.int32)
    for row in captions.tolist():
        if END in row:
            assert set(row[row.index(END) + 1 :]) <= {NULL}


def test_a_penalty_makes_captions_longer_on_the_whole():
    lengths = {
        penalty: sum(
            (beam_search(Table(s), features(), START, END, NULL, 4, 6, penalty) != NULL).sum()
            for s in range(20)
        )
        for penalty in (0.0, 1.0)
    }
    assert lengths[1.0] > lengths[0.0]


def test_a_minibatch_without_images_gives_no_captions():
    assert beam_search(Table(0), np.zeros((0, 1)), START, END, NULL, 2, 4).shape == (0, 4)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beam_width": 0}, "beam_width is 0"),
        ({"max_length": 0}, "max_length is 0"),
        ({"length_penalty": -0.5}, r"length_penalty is -0\.5"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(options, message):
    with pytest.raises(ValueError, match=message):
        beam_search(Table(0), features(), START, END, **options)
