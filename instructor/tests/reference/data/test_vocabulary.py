"""Captions become word indices and words again."""

import numpy as np
import pytest

from cs231n_rnn.data import coco
from cs231n_rnn.data.vocabulary import decode_captions, encode_caption

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "ring"]
WORD_TO_IDX = {word: index for index, word in enumerate(WORDS)}


def test_cs231ns_function_is_found_where_cs231n_has_it():
    assert coco.decode_captions is decode_captions


def test_text_ends_before_the_end_word_and_leaves_out_padding():
    captions = np.array([[1, 4, 5, 6, 2, 0], [1, 4, 2, 6, 6, 6], [4, 0, 3, 6, 0, 0]])
    assert decode_captions(captions, WORDS) == ["a red ring", "a", "a <UNK> ring"]
    assert decode_captions(captions[0], WORDS) == "a red ring"


@pytest.mark.parametrize("stray", [-1, 7])
def test_decoding_an_index_outside_the_vocabulary_is_refused(stray):
    with pytest.raises(ValueError, match=f"captions holds {stray}; .* from 0 to 6"):
        decode_captions(np.array([[1, stray]]), WORDS)


@pytest.mark.parametrize("captions", [np.ones((2, 3)), np.ones((1, 2, 3), int), np.int32(4)])
def test_decoding_another_form_is_refused(captions):
    with pytest.raises(ValueError, match="decode_captions needs integers of shape"):
        decode_captions(captions, WORDS)


@pytest.mark.parametrize("caption", ["a red  ring", ["a", "red", "ring"]])
def test_a_caption_is_encoded_as_coco_has_it(caption):
    encoded = encode_caption(caption, WORD_TO_IDX, length=7)
    assert encoded.dtype == np.int32
    assert encoded.tolist() == [1, 4, 5, 6, 2, 0, 0]


def test_decoding_undoes_encoding(rng):
    for count in range(1, 16):
        text = " ".join(rng.choice(WORDS[4:], count))
        assert decode_captions(encode_caption(text, WORD_TO_IDX), WORDS) == text


def test_an_unknown_word_is_refused_or_replaced():
    with pytest.raises(ValueError, match='"blue" is not in the vocabulary'):
        encode_caption("a blue ring", WORD_TO_IDX)
    encoded = encode_caption("a blue ring", WORD_TO_IDX, length=5, unknown="<UNK>")
    assert encoded.tolist() == [1, 4, 3, 6, 2]


@pytest.mark.parametrize(("text", "count"), [("", 0), ("a a a a", 4)])
def test_an_empty_or_too_long_caption_is_refused(text, count):
    with pytest.raises(ValueError, match=f"the caption has {count} words; .* needs 1 to 3"):
        encode_caption(text, WORD_TO_IDX, length=5)
