import itertools

import numpy as np
import pytest

from cs231n_rnn.models.ngram import NGram


def as_indices(text):
    return np.array(["abc".index(char) for char in text])


A, B, C = range(3)


def test_one_letter_at_a_time_by_hand():
    """In aab stand a twice and b once, two kinds: (count + 2 / V) / (3 + 2)."""
    model = NGram(1, 2).fit(as_indices("aab"))
    assert model.probability(A, ()) == pytest.approx((2 + 2 / 2) / 5)
    assert model.probability(B, ()) == pytest.approx((1 + 2 / 2) / 5)


def test_pairs_by_hand():
    model = NGram(2, 3).fit(as_indices("aabab"))
    # Alone: a 3, b 2, two kinds in 5.
    alone = {A: (3 + 2 / 3) / 7, B: (2 + 2 / 3) / 7, C: (2 / 3) / 7}
    # Behind a: a once, b twice. Behind b: a once.
    behind_a = {A: (1 + 2 * alone[A]) / 5, B: (2 + 2 * alone[B]) / 5, C: 2 * alone[C] / 5}
    behind_b = {A: (1 + alone[A]) / 2, B: alone[B] / 2, C: alone[C] / 2}
    for char in (A, B, C):
        assert model.probability(char, ()) == pytest.approx(alone[char])
        assert model.probability(char, (A,)) == pytest.approx(behind_a[char])
        assert model.probability(char, (B,)) == pytest.approx(behind_b[char])
        # What has never been seen says nothing; what stands before it does not count.
        assert model.probability(char, (C,)) == pytest.approx(alone[char])
        assert model.probability(char, (C, B, A)) == pytest.approx(behind_a[char])
    bits = -np.log2([alone[A], behind_a[B], behind_b[C]])
    assert model.bits_per_character(as_indices("abc")) == pytest.approx(bits.mean())


def test_triples_by_hand():
    model = NGram(3, 2).fit(as_indices("aab"))
    behind_a = (1 + 2 * (1 + 2 / 2) / 5) / 4
    assert model.probability(B, (A, A)) == pytest.approx((1 + behind_a) / 2)
    assert model.probability(B, (A,)) == pytest.approx(behind_a)
    # a follows b nowhere, so that (b, a) has not been seen and a alone counts.
    assert model.probability(B, (B, A)) == pytest.approx(behind_a)


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_of_all_characters_sum_to_one(order):
    V = 4
    model = NGram(order, V + 1).fit(np.random.default_rng(1).integers(V, size=60))
    for length in range(4):
        for context in itertools.product(range(V + 1), repeat=length):
            p = [model.probability(char, context) for char in range(V + 1)]
            assert sum(p) == pytest.approx(1, rel=1e-12)
            assert min(p) > 0


def test_a_model_that_has_read_nothing_needs_all_bits():
    assert NGram(3, 8).bits_per_character(np.arange(8)) == pytest.approx(3)


def test_a_longer_context_tells_what_a_shorter_one_cannot():
    """In aabb, aabb, … one letter leaves the next one open, and two do not."""
    text = as_indices("aabb" * 500)
    bits = [NGram(order, 2).fit(text).bits_per_character(text) for order in (1, 2, 3)]
    np.testing.assert_allclose(bits[:2], 1, atol=0.01)
    assert bits[2] < 0.02


def test_letters_drawn_at_random_cost_their_entropy_and_no_context_helps():
    rng, p = np.random.default_rng(1), np.array([0.5, 0.3, 0.2])
    train, held_out = rng.choice(3, p=p, size=20_000), rng.choice(3, p=p, size=20_000)
    entropy = -(p * np.log2(p)).sum()
    for order in (1, 2, 4):
        bits = NGram(order, 3).fit(train).bits_per_character(held_out)
        assert bits == pytest.approx(entropy, rel=0.02)


def test_a_second_text_adds_its_counts():
    model = NGram(1, 2)
    assert model.fit(as_indices("aa")) is model
    model.fit(as_indices("b"))
    assert model.probability(A, ()) == NGram(1, 2).fit(as_indices("aab")).probability(A, ())


@pytest.mark.parametrize(("order", "V"), [(0, 5), (2, 0)])
def test_counts_below_one_are_refused(order, V):
    with pytest.raises(ValueError, match=f"order {order}, {V} characters; both must be at least"):
        NGram(order, V)
