import json

import numpy as np
import pytest

from cs231n_rnn.data.folders import DataError
from cs231n_rnn.data.questions import (
    add_coordinates,
    decode_question,
    encode_question,
    load_questions,
)
from cs231n_rnn.data.scenes import build_scenes

WORDS = {"<NULL>": 0, "is": 1, "it": 2, "red": 3}


def asked(question, answer, image_idx=0, kind="colour"):
    return {"image_idx": image_idx, "kind": kind, "question": question, "answer": answer}


def write(folder, train, val):
    for split, questions in (("train", train), ("val", val)):
        text = questions if isinstance(questions, str) else json.dumps(questions)
        (folder / f"{split}2014_questions.json").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def folder(tmp_path):
    train = [asked("is it red", "yes", 1), asked("what is it", "star", 0, "shape")]
    return write(tmp_path, train, [asked("what is red", "star", 3, "shape")])


def test_questions_answers_images_and_kinds_stay_together(folder):
    data = load_questions(folder)
    assert [decode_question(row, data["question_words"]) for row in data["train_questions"]] == [
        "is it red",
        "what is it",
    ]
    assert [data["answer_words"][i] for i in data["train_answers"]] == ["yes", "star"]
    assert data["train_image_idxs"].tolist() == [1, 0]
    assert data["train_kinds"].tolist() == ["colour", "shape"]
    assert decode_question(data["val_questions"][0], data["question_words"]) == "what is red"
    assert data["val_answers"].tolist() == [data["answer_to_idx"]["star"]]


def test_the_vocabularies_are_those_of_the_training_questions(folder):
    data = load_questions({"base_dir": str(folder)})
    assert data["question_words"] == ["<NULL>", "is", "it", "red", "what"]
    assert data["answer_words"] == ["star", "yes"]
    assert all(data["word_to_idx"][word] == i for i, word in enumerate(data["question_words"]))


def test_all_rows_are_as_long_as_the_longest_question_of_both_splits(tmp_path):
    write(tmp_path, [asked("is it red", "yes")], [asked("it is red is it red", "yes")])
    data = load_questions(tmp_path)
    assert data["train_questions"].shape == (1, 6)
    assert data["train_questions"][0, 3:].tolist() == [0, 0, 0]
    assert data["train_questions"].dtype == data["val_answers"].dtype == np.int32


def test_every_question_of_the_scenes_is_read_back_as_it_was_written(tmp_path):
    place = build_scenes(tmp_path / "scenes", 40, 6, seed=231)
    written = json.loads((place / "train2014_questions.json").read_text(encoding="utf-8"))
    # So few pictures need not show every word in training.
    write(place, written, written[:9])
    data = load_questions(place)
    texts = [decode_question(row, data["question_words"]) for row in data["train_questions"]]
    assert texts == [one["question"] for one in written]
    assert data["train_image_idxs"].max() == 39


@pytest.mark.parametrize(
    ("val", "message"),
    [
        ([asked("is it green", "yes")], '"green" is in no training question'),
        ([asked("is it red", "no")], '"no" answers no training question'),
        ([asked("", "yes")], "has 0 words"),
        ([asked("<NULL> is it", "yes")], '"<null>" is in no training question'),
    ],
)
def test_questions_outside_the_training_questions_are_refused_with_the_file(tmp_path, val, message):
    write(tmp_path, [asked("is it red", "yes")], val)
    with pytest.raises(DataError, match=r"val2014_questions\.json") as error:
        load_questions(tmp_path)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "train", ["[{", "[]", "{}", '["is it red"]', json.dumps([{"question": "is it red"}])]
)
def test_a_file_that_holds_no_questions_is_refused_by_name(tmp_path, train):
    write(tmp_path, train, [asked("is it red", "yes")])
    with pytest.raises(DataError, match=r"train2014_questions\.json"):
        load_questions(tmp_path)


def test_a_folder_without_questions_is_told_the_file_and_the_command(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"train2014_questions\.json is missing") as error:
        load_questions(tmp_path)
    assert "python -m cs231n_rnn data scenes" in str(error.value)


def test_a_question_is_a_row_of_its_words_and_padding():
    row = encode_question("is it red", WORDS, 5)
    assert row.tolist() == [1, 2, 3, 0, 0]
    assert row.dtype == np.int32
    assert encode_question(["is", "it", "red"], WORDS, 3).tolist() == [1, 2, 3]


def test_a_question_mark_and_capitals_do_not_count():
    assert encode_question("Is it red?", WORDS, 3).tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has 0 words"),
        ("?", "has 0 words"),
        ("is it red is", "has 4 words; it needs 1 to 3"),
        ("is it blue", '"blue" is in no training question; the words are: is, it, red'),
    ],
)
def test_a_question_that_cannot_be_encoded_is_refused(text, message):
    with pytest.raises(ValueError, match=message):
        encode_question(text, WORDS, 3)


def test_coordinates_are_rows_and_columns_of_a_grid_from_edge_to_edge():
    grid = np.arange(18, dtype=np.float16).reshape(1, 9, 2)
    out = add_coordinates(grid)
    assert (out.shape, out.dtype) == ((1, 9, 4), np.float32)
    np.testing.assert_array_equal(out[:, :, :2], grid)
    np.testing.assert_array_equal(out[0, :, 2].reshape(3, 3), [[-5] * 3, [0] * 3, [5] * 3])
    np.testing.assert_array_equal(out[0, :, 3].reshape(3, 3), [[-5, 0, 5]] * 3)


def test_a_single_location_lies_in_the_middle_and_a_row_of_two_is_refused():
    np.testing.assert_array_equal(add_coordinates(np.ones((2, 1, 1))), [[[1, 0, 0]]] * 2)
    with pytest.raises(ValueError, match="a square of locations"):
        add_coordinates(np.ones((2, 2, 1)))
