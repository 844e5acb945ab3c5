import sys

import numpy as np
import pytest

from cs231n_rnn.data.text import characters_of, encode_text, load_text, split_text


def test_the_language_reference_is_there_without_a_file():
    text = load_text()
    assert len(text) > 300_000
    assert "The Python" in text
    assert text == load_text()
    assert "\r" not in text
    assert set("abcxyz \n.") <= set(text)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("Grüße, 字 und 𝄞\n".encode(), "Grüße, 字 und 𝄞\n"),
        (b"\xef\xbb\xbfabc", "abc"),  # the mark that Windows' editor puts before a text
        (b"one\r\ntwo\rthree\n", "one\ntwo\nthree\n"),
        (b"\n", "\n"),
    ],
    ids=["utf-8", "byte_order_mark", "line_ends", "one_line_feed"],
)
def test_a_file_in_utf_8_is_read(tmp_path, content, text):
    path = tmp_path / "Täxt 1.txt"
    path.write_bytes(content)
    assert load_text(path) == load_text(str(path)) == text


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "shift_jis"])
def test_a_file_in_another_encoding_is_refused_by_name(tmp_path, encoding):
    path = tmp_path / "other.txt"
    path.write_bytes(("é" if encoding != "shift_jis" else "字").encode(encoding) + b" and more")
    with pytest.raises(ValueError, match=r"other\.txt is not UTF-8 \(byte 0\); save it as UTF-8"):
        load_text(path)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused_by_name(tmp_path, content):
    (tmp_path / "none.txt").write_bytes(content)
    with pytest.raises(ValueError, match=r"none\.txt is empty; a text needs at least one char"):
        load_text(tmp_path / "none.txt")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.txt"):
        load_text(tmp_path / "nowhere.txt")


def test_the_vocabulary_is_every_character_once_in_order():
    assert characters_of("hello\n") == {"\n": 0, "e": 1, "h": 2, "l": 3, "o": 4}
    assert characters_of("") == {}


@pytest.mark.parametrize("text", ["hello", "Grüße, 字 und 𝄞\n", "", chr(sys.maxunicode) + "a"])
def test_decoding_undoes_encoding(text):
    vocabulary = characters_of(text + "z")
    indices = encode_text(text, vocabulary)
    assert (indices.dtype, indices.shape) == (np.dtype(np.int32), (len(text),))
    chars = {index: char for char, index in vocabulary.items()}
    assert "".join(chars[index] for index in indices.tolist()) == text


def test_indices_are_those_of_the_vocabulary():
    np.testing.assert_array_equal(encode_text("abca", {"c": 0, "a": 1, "b": 2}), [1, 2, 0, 1])


@pytest.mark.parametrize(("text", "what"), [("ab!", "'!' at place 2"), ("é", "'é' at place 0")])
def test_a_character_that_the_vocabulary_lacks_is_named(text, what):
    message = f"^{what} is not among the 3 characters of the vocabulary"
    with pytest.raises(ValueError, match=message):
        encode_text(text, characters_of("abc"))


@pytest.mark.parametrize("share", [0.0, 0.25, 0.9, 1.0])
def test_both_parts_of_a_text_are_all_of_it_in_order(share):
    text = "".join(map(chr, range(33, 133)))
    train, held_out = split_text(text, share)
    assert train + held_out == text
    assert len(train) == round(100 * share)


def test_a_tenth_is_held_out_unless_said_otherwise():
    assert split_text("abcdefghij") == ("abcdefghi", "j")
