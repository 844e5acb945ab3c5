import sys

import numpy as np
import pytest

from cs231n_rnn.data.pairs import (
    cut_padding,
    decode_sequences,
    encode_sequences,
    load_pairs,
    split_pairs,
    split_words,
    vocabulary_of,
)

SIGNS = "<NULL>", "<START>", "<END>"


def write(folder, content, name="Sätze 1.tsv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_each_line_is_a_pair_of_lists_of_words(tmp_path):
    path = write(tmp_path, "I am here.\tJe suis là.\nGo!\tVa !\n")
    right = [(["i", "am", "here", "."], ["Je", "suis", "là", "."]), (["go", "!"], ["Va", "!"])]
    assert load_pairs(path) == load_pairs(str(path)) == right


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfa\tb\nc\td",
        b"a\tb\r\nc\td\r\n",
        b"a\tb\rc\td\r",
        "a\tb\nc\u2028\td\n".encode(),
    ],
    ids=["byte_order_mark", "windows", "old_mac", "line_separator_inside"],
)
def test_line_ends_of_any_system_are_read(tmp_path, content):
    assert load_pairs(write(tmp_path, content)) == [(["a"], ["b"]), (["c"], ["d"])]


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        ("no tab here", "it has 0 tabs; source, tab, target has one$"),
        ("", "it has 0 tabs"),
        ("a\tb\tc", r"it has 2 tabs; source, tab, target has one; with columns=\(0, 1\)"),
        ("\tb", "its source is empty"),
        ("a\t", "its target is empty"),
        (" \u00a0\tb", "its source is empty"),
        ("a\t \t ", "it has 2 tabs"),
    ],
)
def test_a_line_that_is_not_a_pair_is_refused_by_its_number(tmp_path, bad, what):
    path = write(tmp_path, f"a\tb\nc\td\n{bad}\ne\tf\n")
    with pytest.raises(ValueError, match=rf"^line 3 of .*Sätze 1\.tsv is not a pair: {what}"):
        load_pairs(path)


def test_columns_are_chosen_from_more(tmp_path):
    path = write(tmp_path, "Go.\tVa !\tCC-BY\nHi.\tSalut.\tCC-BY\n")
    assert load_pairs(path, (0, 1))[1] == (["hi", "."], ["Salut", "."])
    assert load_pairs(path, columns=(1, 0))[0] == (["va", "!"], ["Go", "."])
    for columns in ((0, 3), (-1, 0)):
        with pytest.raises(ValueError, match=r"line 1 of .* has 3 columns, counted from 0; not"):
            load_pairs(path, columns)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "shift_jis", "euc_kr"])
def test_another_encoding_is_refused_with_its_place(tmp_path, encoding):
    text = {"shift_jis": "字", "euc_kr": "한"}.get(encoding, "é")
    content = f"a\tb\nc\t{text} and more\n".encode(encoding)
    with pytest.raises(
        ValueError, match=r"Sätze 1\.tsv is not UTF-8 \(byte 6, in line 2\); save it"
    ):
        load_pairs(write(tmp_path, content))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_refused_by_name(tmp_path, encoding):
    with pytest.raises(ValueError, match=r"Sätze 1\.tsv .*UTF-16"):
        load_pairs(write(tmp_path, "a\tb\n".encode(encoding)))


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(tmp_path, content):
    with pytest.raises(ValueError, match=r"Sätze 1\.tsv is empty; a file of pairs needs"):
        load_pairs(write(tmp_path, content))


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.tsv"):
        load_pairs(tmp_path / "nowhere.tsv")


@pytest.mark.parametrize(
    ("sentence", "words"),
    [
        ("I'm here.", ["I'm", "here", "."]),
        ("¿Dónde está?", ["¿", "Dónde", "está", "?"]),
        ("«Oui», dit-il...", ["«", "Oui", "»", ",", "dit-il", ".", ".", "."]),
        ("나는 학생입니다.", ["나는", "학생입니다", "."]),
        ("यह किताब है।", ["यह", "किताब", "है", "।"]),
        ("e\u0301te\u0301", ["été"]),
        ("  --  ", ["-", "-"]),
        ("3.14 5%", ["3.14", "5", "%"]),
        ("", []),
    ],
)
def test_words_and_marks_are_told_apart(sentence, words):
    assert split_words(sentence) == words


def test_held_out_sources_never_occur_in_training():
    pairs = [([f"s{k % 20}"], [f"t{k}"]) for k in range(100)]
    train, held_out = split_pairs(pairs, 0.25, np.random.default_rng(1))
    assert sorted(train + held_out) == sorted(pairs)
    sources = [{source[0] for source, _ in part} for part in (train, held_out)]
    assert not sources[0] & sources[1]
    assert len(sources[1]) == 5
    assert split_pairs(pairs, 0.25, np.random.default_rng(1)) == (train, held_out)
    assert split_pairs(pairs, 0.25, np.random.default_rng(2)) != (train, held_out)


@pytest.mark.parametrize("share", [0, 1, -0.5, 2, float("nan")])
def test_a_share_that_is_none_is_refused(share):
    pairs = [(["a"], ["b"]), (["c"], ["d"])]
    with pytest.raises(ValueError, match=r"share is .* between 0 and 1"):
        split_pairs(pairs, share, np.random.default_rng(1))


def test_a_split_with_an_empty_part_is_refused():
    with pytest.raises(ValueError, match=r"1 different sources and a share of 0\.5 leave one part"):
        split_pairs([(["a"], ["b"])] * 5, 0.5, np.random.default_rng(1))


def test_the_vocabulary_has_the_signs_first_and_leaves_out_rare_symbols():
    sequences = [["b", "a"], ["a", "<NULL>"], ["c"]]
    assert vocabulary_of(sequences) == {"<NULL>": 0, "a": 1, "b": 2, "c": 3}
    assert vocabulary_of(sequences, (*SIGNS, "<UNK>"), min_count=2) == {
        **{sign: k for k, sign in enumerate((*SIGNS, "<UNK>"))},
        "a": 4,
    }


def test_sequences_are_padded_and_targets_have_a_start_and_an_end():
    sequences = [["a", "b"], ["c"]]
    sources = encode_sequences(sequences, vocabulary_of(sequences))
    np.testing.assert_array_equal(sources, [[1, 2], [3, 0]])
    assert sources.dtype == np.int32
    targets = encode_sequences(sequences, vocabulary_of(sequences, SIGNS))
    np.testing.assert_array_equal(targets, [[1, 3, 4, 2], [1, 5, 2, 0]])


@pytest.mark.parametrize("signs", [SIGNS[:1], SIGNS])
def test_decoding_undoes_encoding(signs):
    sequences = [["2021", "년", " "], [chr(sys.maxunicode)], ["a"] * 7]
    vocabulary = vocabulary_of(sequences, signs)
    assert decode_sequences(encode_sequences(sequences, vocabulary), vocabulary) == sequences


def test_what_stands_behind_the_end_is_left_out():
    vocabulary = {"<NULL>": 0, "<START>": 1, "<END>": 2, "a": 3, "b": 4}
    rows = np.array([[3, 2, 4, 4], [2, 3, 3, 3], [3, 4, 3, 0]])
    assert decode_sequences(rows, vocabulary) == [["a"], [], ["a", "b", "a"]]


def test_an_unknown_symbol_is_refused_by_name_or_becomes_unknown():
    with pytest.raises(ValueError, match="'é' in sequence 1 is not among the 2 symbols"):
        encode_sequences([["a"], ["a", "é"]], {"<NULL>": 0, "a": 1})
    encoded = encode_sequences([["a", "é"]], {"<NULL>": 0, "a": 1, "<UNK>": 2})
    np.testing.assert_array_equal(encoded, [[1, 2]])


def test_empty_sequences_are_refused():
    with pytest.raises(ValueError, match="sequence 1 is empty"):
        encode_sequences([["a"], []], {"<NULL>": 0, "a": 1})
    with pytest.raises(ValueError, match="there is no sequence"):
        encode_sequences([], {"<NULL>": 0})


def test_a_minibatch_is_as_wide_as_its_longest_row():
    rows = np.array([[1, 2, 0, 0, 0], [1, 0, 0, 0, 0], [1, 2, 3, 0, 0]])
    np.testing.assert_array_equal(cut_padding(rows), rows[:, :3])
    np.testing.assert_array_equal(cut_padding(rows[1:2]), [[1]])
    np.testing.assert_array_equal(cut_padding(rows + 4, null=4), rows[:, :3] + 4)
    assert cut_padding(np.zeros((2, 3), int)).shape == (2, 0)
