"""Loading captions and features: small folders in the layout, whole and damaged."""

import http.server
import json
import threading
from pathlib import Path

import h5py
import matplotlib.image
import numpy as np
import pytest
from PIL import Image

from cs231n_rnn.data.coco import (
    load_coco_data,
    load_grid,
    load_image,
    minibatch_indices,
    sample_coco_minibatch,
)
from cs231n_rnn.data.folders import DataError

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "red", "ring"]
WORD_TO_IDX = {word: index for index, word in enumerate(WORDS)}
CAPTIONS = {
    "train": [[1, 4, 6, 2, 0, 0], [1, 5, 6, 2, 0, 0], [1, 4, 5, 6, 2, 0], [1, 6, 2, 0, 0, 0]],
    "val": [[1, 4, 5, 3, 2, 0], [1, 4, 2, 0, 0, 0], [1, 5, 2, 0, 0, 0]],
}
IMAGES = {"train": [0, 0, 1, 2], "val": [1, 0, 1]}
SIZES = {"train": 3, "val": 2}  # images


def write_h5(path, **arrays):
    with h5py.File(path, "a") as file:
        for name, array in arrays.items():
            if name in file:
                del file[name]
            file[name] = array


def write_folder(folder):
    """A whole data set; image i of a split has the features i, i + 0.25, i + 0.5, ..."""
    folder.mkdir(parents=True)
    for split, n in SIZES.items():
        write_h5(
            folder / "coco2014_captions.h5",
            **{
                f"{split}_captions": np.array(CAPTIONS[split], np.int32),
                f"{split}_image_idxs": np.array(IMAGES[split], np.int32),
            },
        )
        features = np.arange(n)[:, None] + np.arange(5) / 4
        write_h5(folder / f"{split}2014_vgg16_fc7_pca.h5", features=features.astype(np.float32))
        lines = [f"{split}/{i}.png\n" for i in range(n)]
        (folder / f"{split}2014_urls.txt").write_text("".join(lines))
    vocabulary = {"idx_to_word": WORDS, "word_to_idx": WORD_TO_IDX}
    (folder / "coco2014_vocab.json").write_text(json.dumps(vocabulary))
    return folder


@pytest.fixture
def folder(tmp_path):
    return write_folder(tmp_path / "own")


@pytest.fixture
def data(folder):
    return load_coco_data(folder)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def test_every_array_is_what_was_written(data, folder):
    assert data["idx_to_word"] == WORDS
    assert data["word_to_idx"] == WORD_TO_IDX
    assert data["base_dir"] == str(folder)
    for split, n in SIZES.items():
        np.testing.assert_array_equal(data[f"{split}_captions"], CAPTIONS[split])
        np.testing.assert_array_equal(data[f"{split}_image_idxs"], IMAGES[split])
        assert data[f"{split}_features"].dtype == np.float32
        assert data[f"{split}_features"][:, 1].tolist() == [i + 0.25 for i in range(n)]
        assert data[f"{split}_urls"].tolist() == [f"{split}/{i}.png" for i in range(n)]


def test_whole_features_are_read_on_request(folder):
    for split, n in SIZES.items():
        write_h5(folder / f"{split}2014_vgg16_fc7.h5", features=np.ones((n, 9), np.float32))
    assert load_coco_data(folder, pca_features=False)["val_features"].shape == (2, 9)


def test_missing_whole_features_point_to_the_reduced_ones(folder):
    with pytest.raises(DataError, match=r"train2014_vgg16_fc7\.h5 is missing.*pca_features=True"):
        load_coco_data(folder, pca_features=False)


@pytest.mark.parametrize("there", [["scenes"], ["coco_captioning", "scenes"]])
def test_coco_comes_before_the_scenes_and_is_named(there, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CS231N_RNN_DATASETS", str(tmp_path))
    for name in there:
        write_folder(tmp_path / name)
    assert load_coco_data()["base_dir"] == str(tmp_path / there[0])
    assert str(tmp_path / there[0]) in capsys.readouterr().out


def test_without_any_data_set_the_command_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("CS231N_RNN_DATASETS", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="python -m cs231n_rnn data scenes"):
        load_coco_data()


def test_max_train_keeps_distinct_captions_with_their_images(folder, rng):
    pairs = {(tuple(c), i) for c, i in zip(CAPTIONS["train"], IMAGES["train"], strict=True)}
    drawn = set()
    for _ in range(20):
        some = load_coco_data(folder, max_train=3, rng=rng)
        captions = map(tuple, some["train_captions"].tolist())
        kept = set(zip(captions, some["train_image_idxs"].tolist(), strict=True))
        assert len(kept) == 3
        assert kept < pairs
        drawn |= kept
        assert len(some["val_captions"]) == 3
    assert drawn == pairs


def test_max_train_draws_the_same_without_a_generator(folder):
    first, second = (load_coco_data(folder, max_train=2)["train_captions"] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_max_train_beyond_the_data_takes_all(folder):
    assert load_coco_data(folder, max_train=99)["train_captions"].tolist() == CAPTIONS["train"]


@pytest.mark.parametrize("max_train", [0, -1])
def test_max_train_below_one_is_refused(folder, max_train):
    with pytest.raises(ValueError, match=f"max_train is {max_train}"):
        load_coco_data(folder, max_train=max_train)


H5_FILES = ["coco2014_captions.h5", "train2014_vgg16_fc7_pca.h5"]


@pytest.mark.parametrize("name", [*H5_FILES, "coco2014_vocab.json", "val2014_urls.txt"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(DataError, match=rf"{name} is missing"):
        load_coco_data(folder)


@pytest.mark.parametrize("name", H5_FILES)
@pytest.mark.parametrize("keep", [0, 700, -1])
def test_a_truncated_file_is_named(folder, name, keep):
    path = folder / name
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=rf"{name} is damaged or not an HDF5 file"):
        load_coco_data(folder)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"train_captions": np.ones((4, 6))}, r'"train_captions" as float64 \(4, 6\)'),
        ({"val_captions": np.ones(3, int)}, r"it needs to be integer with 2 dimensions"),
        ({"val_captions": np.ones((0, 6), int)}, r'"val_captions" as int64 \(0, 6\)'),
        ({"train_image_idxs": np.ones(5, int)}, "4 train captions for 5 image indices"),
        ({"train_captions": np.full((4, 6), 7)}, 'has 7 in "train_captions"; it needs 0 to 6'),
        ({"val_captions": np.full((3, 6), -1)}, 'has -1 in "val_captions"'),
        ({"val_image_idxs": np.array([0, 2, 1])}, 'has 2 in "val_image_idxs"; it needs 0 to 1'),
    ],
)
def test_captions_that_do_not_fit_are_refused(folder, arrays, message):
    write_h5(folder / "coco2014_captions.h5", **arrays)
    with pytest.raises(DataError, match=rf"coco2014_captions\.h5 .*{message}"):
        load_coco_data(folder)


def test_a_file_without_its_data_set_is_refused(folder):
    path = folder / "val2014_vgg16_fc7_pca.h5"
    with h5py.File(path, "w") as file:
        file.create_group("features")
    with pytest.raises(DataError, match=r'val2014_vgg16_fc7_pca\.h5 has no data set "features"'):
        load_coco_data(folder)


def test_urls_that_do_not_match_the_features_are_refused(folder):
    (folder / "train2014_urls.txt").write_text("one\ntwo\n")
    with pytest.raises(DataError, match=r"train2014_urls\.txt has 2 lines; .* have 3 rows"):
        load_coco_data(folder)


NESTED = b'{"idx_to_word": [["a"]], "word_to_idx": {}}'


@pytest.mark.parametrize("content", [b"{", b"[1, 2]", b'{"idx_to_word": []}', NESTED, b"\xff"])
def test_a_vocabulary_of_another_form_is_refused(folder, content):
    (folder / "coco2014_vocab.json").write_bytes(content)
    with pytest.raises(DataError, match=r"coco2014_vocab\.json is not a JSON object"):
        load_coco_data(folder)


@pytest.mark.parametrize(
    ("words", "indices", "message"),
    [
        ([*WORDS[1::-1], *WORDS[2:]], None, r"begins with \['<START>', '<NULL>'"),
        ([*WORDS, "ring"], {**WORD_TO_IDX}, "has 'ring' at another place"),
        (WORDS, {**WORD_TO_IDX, "a": 5, "red": 4}, "has 'a' at another place"),
        (WORDS, {**WORD_TO_IDX, "blue": 7}, "has 'blue' at another place"),
    ],
)
def test_words_and_indices_must_be_inverse(folder, words, indices, message):
    indices = {w: i for i, w in enumerate(words)} if indices is None else indices
    vocabulary = {"idx_to_word": words, "word_to_idx": indices}
    (folder / "coco2014_vocab.json").write_text(json.dumps(vocabulary))
    with pytest.raises(DataError, match=rf"coco2014_vocab\.json {message}"):
        load_coco_data(folder)


@pytest.mark.parametrize(("name", "command"), [("scenes", "scenes"), ("coco_captioning", "coco")])
def test_the_remedy_is_the_command_that_makes_the_folder(name, command, tmp_path, monkeypatch):
    monkeypatch.setenv("CS231N_RNN_DATASETS", str(tmp_path))
    (write_folder(tmp_path / name) / "val2014_urls.txt").unlink()
    with pytest.raises(DataError, match=f"Delete .*{name} and run .*data {command}`"):
        load_coco_data()


def test_a_folder_of_ones_own_is_never_to_be_deleted(tmp_path, monkeypatch):
    monkeypatch.setenv("CS231N_RNN_DATASETS", str(tmp_path / "elsewhere"))
    (write_folder(tmp_path / "scenes") / "val2014_urls.txt").unlink()
    with pytest.raises(DataError, match=r"datasets/README\.md") as caught:
        load_coco_data(tmp_path / "scenes")
    assert "Delete" not in str(caught.value)


def test_grids_are_read_as_they_are(folder, data):
    grid = np.arange(3 * 4 * 2).reshape(3, 4, 2).astype(np.float16)
    write_h5(folder / "train2014_grid.h5", features=grid)
    loaded = load_grid(data, "train")
    assert loaded.dtype == np.float16
    np.testing.assert_array_equal(loaded, grid)


def test_a_missing_grid_points_to_the_scenes(data):
    with pytest.raises(DataError, match=r"val2014_grid\.h5 is missing\. The scenes have it"):
        load_grid(data, "val")


def test_a_grid_of_other_images_is_refused(folder, data):
    write_h5(folder / "val2014_grid.h5", features=np.ones((5, 4, 2), np.float32))
    with pytest.raises(DataError, match=r"val2014_grid\.h5 has 5 grids for 2 images"):
        load_grid(data, "val")


@pytest.mark.parametrize("load", [load_grid, lambda d, s: load_image(d, s, 0)])
def test_an_unknown_split_is_refused(data, load):
    with pytest.raises(ValueError, match="split is 'test'"):
        load(data, "test")


def test_stored_pictures_go_by_index(folder, data, rng):
    pictures = rng.integers(256, size=(3, 6, 7, 3), dtype=np.uint8)
    write_h5(folder / "train2014_images.h5", images=pictures)
    np.testing.assert_array_equal(load_image(data, "train", 2), pictures[2])


def test_stored_pictures_of_other_images_are_refused(folder, data):
    write_h5(folder / "val2014_images.h5", images=np.zeros((3, 6, 7, 3), np.uint8))
    with pytest.raises(DataError, match=r"val2014_images\.h5 has 3 pictures for 2 images"):
        load_image(data, "val", 0)


@pytest.mark.parametrize("index", [-1, 2])
def test_an_index_outside_the_split_is_refused(data, index):
    with pytest.raises(IndexError, match=f"index is {index}; the val split has images 0 to 1"):
        load_image(data, "val", index)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_local_picture_keeps_its_pixels(folder, data, rng, channels):
    pixels = rng.integers(256, size=(6, 7, channels), dtype=np.uint8)
    if channels == 4:
        pixels[..., 3] = 255
    (folder / "val").mkdir()
    squeezed = pixels[..., 0] if channels == 1 else pixels
    Image.fromarray(squeezed).save(folder / "val" / "1.png")
    expected = np.broadcast_to(pixels[..., :3], (6, 7, 3))
    loaded = load_image(data, "val", 1)
    assert loaded.dtype == np.uint8
    np.testing.assert_array_equal(loaded, expected)


def test_a_picture_that_is_not_there_or_is_none_at_all_gives_none(folder, data):
    assert load_image(data, "val", 1) is None
    (folder / "val").mkdir()
    (folder / "val" / "1.png").write_bytes(b"no picture")
    assert load_image(data, "val", 1) is None


@pytest.fixture
def web(tmp_path, monkeypatch):
    """The address of a loopback server of tmp_path/site."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    site = tmp_path / "site"
    site.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(site))

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_web_address_is_fetched(web, tmp_path, data):
    pixels = np.full((6, 7, 3), [10, 200, 30], np.uint8)
    matplotlib.image.imsave(tmp_path / "site" / "green.png", pixels)
    data["val_urls"] = np.array(["unused", f"{web}/green.png"])
    np.testing.assert_array_equal(load_image(data, "val", 1), pixels)


def test_a_web_address_without_a_picture_gives_none(web, data):
    data["val_urls"] = np.array([f"{web}/missing.png", "http://127.0.0.1:1/closed.png"])
    assert load_image(data, "val", 0) is None
    assert load_image(data, "val", 1) is None


@pytest.mark.parametrize("split", ["train", "val"])
def test_a_minibatch_pairs_each_caption_with_its_image(data, split):
    draws = (np.random.default_rng(3) for _ in range(2))
    rows = minibatch_indices(data, 40, split, rng=next(draws))
    captions, features, urls = sample_coco_minibatch(data, 40, split, rng=next(draws))
    assert set(rows) == set(range(len(CAPTIONS[split])))
    for row, caption, feature, url in zip(rows, captions, features, urls, strict=True):
        image = IMAGES[split][row]
        assert caption.tolist() == CAPTIONS[split][row]
        assert feature[0] == image
        assert url == f"{split}/{image}.png"


def test_a_minibatch_of_an_unknown_split_is_refused(data, rng):
    with pytest.raises(ValueError, match="split is 'test'"):
        sample_coco_minibatch(data, split="test", rng=rng)


def test_a_folder_named_relative_to_here_is_found_from_elsewhere(folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    assert load_coco_data(Path("own"))["base_dir"] == str(folder)
