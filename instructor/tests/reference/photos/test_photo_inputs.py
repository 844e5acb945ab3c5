import json

import numpy as np
import pytest

from cs231n_rnn.data.folders import DataError
from cs231n_rnn.photos.captions import make_vocabulary, read_captions, split_words
from cs231n_rnn.photos.features import fit_pca

FORMATS = {
    "flickr.txt": "a.jpg#0\tOne dog, two\na.jpg#1\tThree\n\nb #1.jpg#0\tFour\n",
    "kaggle.csv": 'image,caption\r\na.jpg,"One dog, two"\r\na.jpg,Three\r\nb #1.jpg,Four\r\n',
    "coco.json": json.dumps(
        {
            "images": [{"id": 7, "file_name": "a.jpg"}, {"id": 3, "file_name": "b #1.jpg"}],
            "annotations": [
                {"image_id": 7, "caption": "One dog, two"},
                {"image_id": 7, "caption": "Three"},
                {"image_id": 3, "caption": "Four"},
            ],
        }
    ),
}


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte_order_mark"])
@pytest.mark.parametrize("name", FORMATS)
def test_the_three_formats_hold_the_same(tmp_path, name, mark):
    path = tmp_path / name
    path.write_bytes((mark + FORMATS[name]).encode())
    assert read_captions(path) == {"a.jpg": ["One dog, two", "Three"], "b #1.jpg": ["Four"]}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"a.jpg#0\tOne\na.jpg Two\n", "line 2 has no tab"),
        (b"image,caption\na.jpg,One, two\n", "line 2 has 3 fields"),
        (b"name;text\n", "begins with"),
        (b'{"images": []}', "annotations"),
        (b'{"images": [], "annotations": [{"image_id": 1, "caption": "x"}]}', "KeyError"),
        (b"{", "is not COCO's JSON"),
        (b"image,caption\n", "holds no captions"),
        (b"", "begins with"),
        (b"a.jpg#0\t\xff\xfe\n", "UTF-8"),
        (None, "captions.txt cannot be read"),
    ],
)
def test_a_file_in_no_format_is_refused_by_name(tmp_path, content, what):
    path = tmp_path / "captions.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=what):
        read_captions(path)


def test_words_are_in_lower_case_and_without_punctuation():
    assert split_words("A  dog's BALL, (red-and-white)!") == [
        "a",
        "dogs",
        "ball",
        "red",
        "and",
        "white",
    ]
    assert split_words("U\u0308ber 2 Brücken") == ["über", "2", "brücken"]
    assert split_words("लड़की दौड़ती है।") == ["लड़की", "दौड़ती", "है"]
    assert split_words("<NULL> ... $ _") == ["null"]


def test_the_vocabulary_has_the_words_that_occur_often_enough():
    texts = [["a", "dog", "and", "a", "cat"], ["a", "dog"], ["cat", "x"]]
    special = ["<NULL>", "<START>", "<END>", "<UNK>"]
    assert make_vocabulary(texts, 2) == [*special, "a", "cat", "dog"]
    assert make_vocabulary(texts, 1) == [*special, "a", "cat", "dog", "and", "x"]


def test_pca_is_that_of_the_singular_values():
    x = np.random.default_rng(231).standard_normal((40, 5)) @ np.diag([3, 2, 1, 0.5, 0.1]) + 7
    pca = fit_pca(np.split(x.astype(np.float32), [3, 3, 25]), 3)
    axes = np.linalg.svd(x - x.mean(axis=0))[2][:3].T
    np.testing.assert_allclose(pca.mean, x.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(np.abs((pca.axes * axes).sum(axis=0)), 1, rtol=1e-4)
    ours = pca.project(x)
    np.testing.assert_allclose(
        np.abs(ours), np.abs((x - x.mean(axis=0)) @ axes) * pca.scale, atol=1e-3
    )
    np.testing.assert_allclose(np.square(ours).mean(), 1, rtol=1e-3)


@pytest.mark.parametrize(("rows", "kept"), [(1, 1), (2, 2), (9, 4)])
def test_pca_has_no_more_axes_than_there_are_rows_or_numbers(rows, kept):
    x = np.random.default_rng(231).standard_normal((rows, 4)).astype(np.float32)
    pca = fit_pca([x], 512)
    assert pca.axes.shape == (4, kept)
    assert np.isfinite(pca.project(x)).all()
