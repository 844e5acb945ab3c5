"""Generated reviews and what their labels rest on; real sentences from a file of the same form."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from cs231n_rnn.data.folders import DataError
from cs231n_rnn.data.reviews import (
    BAD,
    GOOD,
    PATTERNS,
    REVIEWS_FILE,
    Review,
    encode_texts,
    generated_reviews,
    load_reviews,
    vocabulary_of,
    words_of,
)


@pytest.fixture(scope="module")
def reviews():
    return generated_reviews(3001, np.random.default_rng(7))


def test_labels_are_balanced_and_no_text_stands_twice(reviews):
    assert sum(review.positive for review in reviews) == 1501
    assert len({review.text for review in reviews}) == len(reviews) == 3001
    assert {review.kind for review in reviews} == set(PATTERNS)


def test_the_same_seed_gives_the_same_reviews_and_another_one_others():
    one, same, other = (generated_reviews(20, np.random.default_rng(s)) for s in (1, 1, 2))
    assert one == same != other


def test_plain_reviews_say_what_their_words_say(reviews):
    plain = [review for review in reviews if review.kind == "plain"]
    for review in plain:
        words = set(words_of(review.text))
        assert bool(words & set(GOOD)) == review.positive
        assert bool(words & set(BAD)) != review.positive


def test_negated_reviews_say_the_opposite_of_their_words(reviews):
    for review in reviews:
        words = set(words_of(review.text))
        if review.kind == "negation":
            assert bool(words & set(BAD)) == review.positive
        if review.kind == "double negation":
            assert bool(words & set(GOOD)) == review.positive


@pytest.fixture(scope="module")
def many():
    return generated_reviews(20_000, np.random.default_rng(3))


@pytest.mark.parametrize(
    ("phrase", "positive"),
    [
        ("is not as bad as they say", True),
        ("is not as good as they say", False),
        ("is as bad as they say", False),
        ("is anything but dull", True),
        ("is nothing but dull", False),
        ("is never anything but funny", True),
    ],
)
def test_a_known_phrase_has_its_meaning(phrase, positive, many):
    found = [review.positive for review in many if f" {phrase}." in review.text]
    assert found
    assert set(found) == {positive}


def test_what_stands_behind_but_decides(reviews):
    for review in reviews:
        if review.kind == "contrast" and " but " in review.text and " not " not in review.text:
            verdict = set(words_of(review.text.split(" but ")[1]))
            assert bool(verdict & set(GOOD)) == review.positive


def test_counting_words_is_right_in_at_most_four_of_five(reviews):
    texts, labels = [r.text for r in reviews], [r.positive for r in reviews]
    bag = make_pipeline(CountVectorizer(analyzer=words_of), LogisticRegression(max_iter=2000))
    bag.fit(texts[:2000], labels[:2000])
    assert 0.5 < bag.score(texts[2000:], labels[2000:]) < 0.8


def test_sentences_begin_large_and_nothing_is_left_to_fill_in(reviews):
    for review in reviews:
        assert review.text[0].isupper()
        assert review.text.endswith(".")
        assert not set("{}+-") & set(review.text)


def test_no_reviews_is_refused():
    with pytest.raises(ValueError, match="n is 0; generated_reviews needs 1 or more"):
        generated_reviews(0, np.random.default_rng(1))


def test_words_are_small_and_keep_their_apostrophes():
    assert words_of("It's GOOD, isn’t it?!") == ["it's", "good", ",", "isn’t", "it", "?", "!"]
    assert words_of("café -- 12") == ["café", "12"]


def test_a_vocabulary_keeps_what_is_frequent():
    assert vocabulary_of(["b a", "a"]) == {"<NULL>": 0, "<UNK>": 1, "a": 2, "b": 3}
    assert vocabulary_of(["b a", "a"], min_count=2) == {"<NULL>": 0, "<UNK>": 1, "a": 2}


def test_texts_become_rows_with_their_lengths():
    x, lengths = encode_texts(["a b a", "c"], vocabulary_of(["b a"]))
    np.testing.assert_array_equal(x, [[2, 3, 2], [1, 0, 0]])
    np.testing.assert_array_equal(lengths, [3, 1])


@pytest.mark.parametrize(
    ("texts", "message"), [([], "there are no texts"), (["a", "--"], "text 1 of 2 has no words")]
)
def test_what_has_no_words_is_refused(texts, message):
    with pytest.raises(ValueError, match=message):
        encode_texts(texts, vocabulary_of(["a"]))


# Real sentences.


def write(folder, lines):
    (folder / REVIEWS_FILE).write_text("\n".join(lines), encoding="utf-8")


def test_ratings_become_labels_and_zero_is_left_out(tmp_path):
    write(tmp_path, ["1\t2.5\tGood one.", "2\t-0.1\tBad – one.", "3\t0\tOne.", "4\t1\tA third."])
    train, val = load_reviews(tmp_path, val_share=0.34)
    assert len(train) == 2
    assert len(val) == 1
    assert {*train, *val} == {
        Review("Good one.", True),
        Review("Bad – one.", False),
        Review("A third.", True),
    }


def test_the_same_words_are_never_in_both_parts(tmp_path):
    write(tmp_path, [f"{n}\t1\tSentence {n // 2}" for n in range(200)])
    train, val = load_reviews(tmp_path)
    assert (len(train), len(val)) == (160, 40)
    assert not {r.text for r in train} & {r.text for r in val}
    assert load_reviews(tmp_path) == (train, val)


@pytest.mark.parametrize("line", ["2\tgood\tA film.", "2\t1.5", "", "2\t9\tA film.", "2\tnan\tA"])
def test_a_line_that_is_not_a_sentence_is_named(line, tmp_path):
    write(tmp_path, ["1\t1\tA film.", line, "3\t1\tA film."])
    with pytest.raises(DataError, match=r"line 2: .* is not a number, a rating"):
        load_reviews(tmp_path)


def test_a_file_that_is_not_there_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("CS231N_RNN_DATASETS", str(tmp_path))
    with pytest.raises(DataError, match="python -m cs231n_rnn data reviews"):
        load_reviews()


def test_a_file_in_another_encoding_is_refused(tmp_path):
    (tmp_path / REVIEWS_FILE).write_bytes(b"1\t1\tCaf\xe9")
    with pytest.raises(DataError, match="is not UTF-8"):
        load_reviews(tmp_path)


@pytest.mark.parametrize("share", [0, 1, -0.5, np.nan])
def test_a_share_that_leaves_nothing_is_refused(share, tmp_path):
    with pytest.raises(ValueError, match="between 0 and 1"):
        load_reviews(tmp_path, share)
