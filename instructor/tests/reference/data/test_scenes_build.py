import json

import h5py
import numpy as np
import pytest

from cs231n_rnn.data import scenes
from cs231n_rnn.data.scenes import build
from cs231n_rnn.data.scenes.build import draw_scenes
from cs231n_rnn.data.scenes.language import write_captions
from cs231n_rnn.data.scenes.questions import write_questions
from cs231n_rnn.data.vocabulary import SPECIAL_WORDS

SEED = 231


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return scenes.build_scenes(tmp_path_factory.mktemp("data") / "scenes", 60, 7, SEED)


def test_the_folder_has_the_layout_of_coco(folder):
    words = json.loads((folder / "coco2014_vocab.json").read_text())
    assert words["idx_to_word"][:4] == SPECIAL_WORDS
    assert all(words["idx_to_word"][i] == word for word, i in words["word_to_idx"].items())
    with h5py.File(folder / "coco2014_captions.h5") as file:
        for split, count in (("train", 60), ("val", 7)):
            captions, owners = file[f"{split}_captions"][:], file[f"{split}_image_idxs"][:]
            assert (captions.shape, captions.dtype) == ((5 * count, 17), np.int32)
            assert (owners == np.repeat(np.arange(count), 5)).all()
    shapes = {"vgg16_fc7_pca": (512,), "grid": (49, 128), "images": (64, 64, 3)}
    for kind, shape in shapes.items():
        with h5py.File(folder / f"val2014_{kind}.h5") as file:
            assert file["images" if kind == "images" else "features"].shape == (7, *shape)
    assert (folder / "val2014_urls.txt").read_text().splitlines()[6] == "scenes/val/000006"


def test_captions_and_questions_belong_to_their_picture(folder):
    idx_to_word = json.loads((folder / "coco2014_vocab.json").read_text())["idx_to_word"]
    things = scenes.load_scenes(folder, "train")
    with h5py.File(folder / "coco2014_captions.h5") as file:
        rows = zip(file["train_captions"], file["train_image_idxs"], strict=True)
        for caption, owner in rows:
            words = [idx_to_word[i] for i in caption if idx_to_word[i] != "<NULL>"]
            assert (words[0], words[-1]) == ("<START>", "<END>")
            assert scenes.names_main_object(" ".join(words), things[owner]) == (True, True)
    _, _, rngs = draw_scenes("train", range(len(things)), SEED)
    drawn = [
        (write_captions(t, r), write_questions(t, i, r))
        for i, (t, r) in enumerate(zip(things, rngs, strict=True))
    ]
    questions = [question for _, some in drawn for question in some]
    assert json.loads((folder / "train2014_questions.json").read_text()) == questions


def contents(folder):
    """Every array and every text of a folder."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix == ".h5":
            with h5py.File(path) as file:
                found |= {f"{path.name}/{key}": file[key][:] for key in file}
        else:
            found[path.name] = path.read_bytes()
    return found


def test_two_builds_are_equal(folder, tmp_path):
    first, again = contents(folder), contents(scenes.build_scenes(tmp_path / "scenes", 60, 7, SEED))
    assert first.keys() == again.keys()
    for name in first:
        assert np.array_equal(first[name], again[name]), name


def test_a_small_build_holds_the_first_pictures_of_a_large_one(folder, tmp_path):
    small = scenes.build_scenes(tmp_path / "few", 4, 2, SEED)
    assert scenes.load_scenes(small, "train") == scenes.load_scenes(folder, "train")[:4]
    with (
        h5py.File(small / "train2014_images.h5") as few,
        h5py.File(folder / "train2014_images.h5") as many,
    ):
        assert np.array_equal(few["images"][:], many["images"][:4])


def test_a_complete_folder_is_left_alone_until_forced_or_asked_for_another(tmp_path, capsys):
    place = tmp_path / "scenes"
    scenes.build_scenes(place, 3, 2, SEED)
    (place / "mark").write_text("")
    scenes.build_scenes(place, 3, 2, SEED)
    assert "already" in capsys.readouterr().out
    assert (place / "mark").exists()
    scenes.build_scenes(place, 3, 2, SEED, force=True)
    assert not (place / "mark").exists()
    scenes.build_scenes(place, 4, 2, SEED)
    assert len(scenes.load_scenes(place, "train")) == 4
    assert [path.name for path in tmp_path.iterdir()] == ["scenes"]


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_other_files_is_refused(tmp_path, force):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="not a folder of scenes"):
        scenes.build_scenes(tmp_path, 3, 2, SEED, force=force)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_interrupted_build_leaves_the_old_folder_and_nothing_else(tmp_path, monkeypatch):
    place = scenes.build_scenes(tmp_path / "scenes", 3, 2, SEED)
    before = contents(place)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "write_questions", interrupt)
    with pytest.raises(KeyboardInterrupt):
        scenes.build_scenes(place, 5, 2, SEED)
    assert [path.name for path in tmp_path.iterdir()] == ["scenes"]
    after = contents(place)
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_missing_scenes_are_reported_with_the_command_that_makes_them(tmp_path):
    with pytest.raises(FileNotFoundError, match="python -m cs231n_rnn data scenes"):
        scenes.load_scenes(tmp_path, "val")
