import math

import numpy as np
import pytest

from cs231n_rnn.metrics import reference_captions, score_captions, score_texts

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "circle", "blue", "star"]
NULL, START, END, UNK, A, RED, CIRCLE, BLUE, STAR = range(9)


@pytest.fixture
def data():
    """Images 1 and 3 of four have captions, image 3 has two, and not side by side."""
    captions = [
        [START, A, BLUE, STAR, END],
        [START, A, RED, CIRCLE, END],
        [START, RED, CIRCLE, END, NULL],
    ]
    return {
        "val_captions": np.array(captions, dtype=np.int32),
        "val_image_idxs": np.array([3, 1, 3]),
        "val_features": np.arange(8.0).reshape(4, 2),
        "idx_to_word": WORDS,
    }


class Recorder:
    """A model that always writes "a red circle" and remembers what it was given."""

    def __init__(self):
        self.seen, self.lengths = [], []

    def sample(self, features, max_length):
        self.seen.append(features)
        self.lengths.append(max_length)
        # What comes after <END> is free.
        return np.tile([A, RED, CIRCLE, END, STAR], (len(features), 1))


def test_a_sentence_among_its_references_scores_one():
    scores = score_texts(["a red circle above a star"], [["no", "a red circle above a star"]])
    assert list(scores) == ["BLEU-1", "BLEU-2", "BLEU-3", "BLEU-4", "ROUGE-L", "CIDEr"]
    assert all(type(value) is float for value in scores.values())
    assert list(scores.values())[:-1] == pytest.approx([1] * 5, rel=1e-8)


def test_bleu_is_the_geometric_mean_of_the_precisions():
    scores = score_texts(
        ["the cat sat on the red mat"], [["the cat is on the red mat", "a cat sat"]]
    )
    # All 7 words, 5 of 6 pairs (not "sat on"), "on the red" and "the red mat", "on the red mat".
    precisions = [7 / 7, 5 / 6, 2 / 5, 1 / 4]
    for n in range(1, 5):
        expected = math.prod(precisions[:n]) ** (1 / n)
        assert scores[f"BLEU-{n}"] == pytest.approx(expected, rel=1e-6)


def test_bleu_counts_a_word_as_often_as_one_reference_has_it():
    scores = score_texts(["the the the the"], [["the cat on the mat sat", "the dog ran"]])
    # Two of four; of the lengths 6 and 3, the second is closer.
    assert scores["BLEU-1"] == pytest.approx(2 / 4, rel=1e-6)


def test_bleu_punishes_a_short_caption():
    scores = score_texts(["a red"], [["a red circle above the star"]])
    assert scores["BLEU-2"] == pytest.approx(math.exp(1 - 6 / 2), rel=1e-6)


def test_bleu_pools_the_counts_of_all_images():
    scores = score_texts(["a b c", "d"], [["a b c"], ["e"]])
    assert scores["BLEU-1"] == pytest.approx(3 / 4, rel=1e-6)


def test_rouge_takes_the_longest_common_subsequence():
    # "a circle a star", 4 words of 5 and of 7.
    scores = score_texts(["a circle with a star"], [["a red circle above a blue star"]])
    precision, recall, beta = 4 / 5, 4 / 7, 1.2
    expected = (1 + beta**2) * precision * recall / (recall + beta**2 * precision)
    assert scores["ROUGE-L"] == pytest.approx(expected, rel=1e-12)


def test_rouge_is_the_mean_over_images():
    scores = score_texts(["a star", "x"], [["a star"], ["y"]])
    assert scores["ROUGE-L"] == pytest.approx(1 / 2)


def test_cider_by_hand():
    # "a" is in every image's references and weighs log(2 / 2) = 0; "x" and "a x" weigh log 2.
    # Image 0 agrees in words and pairs, and has no triples and quadruples: 10 (1 + 1) / 4.
    scores = score_texts({"one": "a x", "two": "a x"}, {"one": ["a x"], "two": ["a y"]})
    assert scores["CIDEr"] == pytest.approx((5 + 0) / 2)


def test_cider_is_ten_for_a_perfect_caption():
    texts = ["a red circle above a star", "two blue stars lie here"]
    assert score_texts(texts, [[text] for text in texts])["CIDEr"] == pytest.approx(10)


def test_cider_weighs_rare_words_more():
    references = [["a red circle"], ["a red star"], ["a red moon"], ["a blue square"]]
    common = score_texts(["red", "", "", ""], references)["CIDEr"]
    rare = score_texts(["circle", "", "", ""], references)["CIDEr"]
    assert rare > common > 0


def test_scores_depend_neither_on_the_order_of_images_nor_on_spaces():
    candidates = {1: "a red star", 2: "the blue circle"}
    references = {1: ["a big red star", "the star"], 2: ["a blue circle"]}
    again = score_texts(
        {2: " the  blue circle ", 1: "a red star"}, {2: ["a  blue circle"], 1: references[1]}
    )
    assert again == pytest.approx(score_texts(candidates, references))


def test_empty_candidates_score_zero():
    scores = score_texts(["", " "], [["a star"], ["a circle"]])
    assert list(scores.values()) == [0] * 6


def test_scoring_prints_nothing(capsys):
    score_texts(["a star", "a circle"], [["a star"], ["one circle"]])
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("candidates", "references", "message"),
    [
        ([], [], "candidates is empty"),
        ({7: "a star"}, {8: ["a star"]}, "image 7 has a candidate but no reference"),
        (["a", "b"], [["a"]], "image 1 has a candidate but no reference"),
        (["a"], [["", " "]], "image 0 has a candidate but no reference"),
        (["a"], [["a"], ["b"]], "image 1 has references but no candidate"),
    ],
)
def test_unpaired_captions_are_refused(candidates, references, message):
    with pytest.raises(ValueError, match=message):
        score_texts(candidates, references)


def test_one_string_is_refused_as_references():
    with pytest.raises(TypeError, match="references of image 0 are one str"):
        score_texts(["a star"], ["a star"])


def test_references_are_gathered_by_image(data):
    found = reference_captions(data)
    assert found == {1: ["a red circle"], 3: ["a blue star", "red circle"]}
    assert reference_captions(data, num_images=1) == {1: ["a red circle"]}


@pytest.mark.parametrize("batch_size", [1, 2, 100])
def test_each_image_is_captioned_once_in_minibatches(data, batch_size):
    model = Recorder()
    scores = score_captions(model, data, max_length=5, batch_size=batch_size)
    seen = np.concatenate(model.seen)
    np.testing.assert_array_equal(seen, data["val_features"][[1, 3]])
    assert max(len(features) for features in model.seen) <= batch_size
    assert set(model.lengths) == {5}
    expected = score_texts(["a red circle"] * 2, [["a red circle"], ["a blue star", "red circle"]])
    assert scores == expected


def test_another_sampler_replaces_the_models(data):
    def sample(features):
        return np.tile([BLUE, END], (len(features), 1))

    scores = score_captions(None, data, sample=sample, num_images=2)
    expected = score_texts(["blue"] * 2, [["a red circle"], ["a blue star", "red circle"]])
    assert scores == expected


@pytest.mark.parametrize("option", ["num_images", "batch_size"])
def test_counts_below_one_are_refused(data, option):
    with pytest.raises(ValueError, match=f"{option} is 0"):
        score_captions(Recorder(), data, **{option: 0})


def test_a_split_without_captions_is_refused(data):
    data["val_captions"], data["val_image_idxs"] = np.zeros((0, 5), int), np.zeros(0, int)
    with pytest.raises(ValueError, match="candidates is empty"):
        score_captions(Recorder(), data)
