import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from cs231n_rnn.data.scenes.build import draw_scenes
from cs231n_rnn.data.scenes.features import conv_grid, extract_features, im2col
from instructor import train_scene_cnn as trainer

SEED = 231


def vectors(stream, count):
    """The 512-vectors of the first scenes of a split, and the scenes."""
    batches = [draw_scenes(stream, range(i, i + 50), SEED) for i in range(0, count, 50)]
    features = np.concatenate([extract_features(images)[0] for _, images, _ in batches])
    return features, [scene for scenes, _, _ in batches for scene in scenes]


@pytest.fixture(scope="module")
def splits():
    return vectors("train", 3000), vectors("val", 600)


@pytest.mark.parametrize("key", ["shape", "colour"])
def test_a_linear_probe_tells_the_main_object_on_held_out_pictures(splits, key):
    (train, train_scenes), (val, val_scenes) = splits
    probe = LogisticRegression(C=0.01, max_iter=500)
    probe.fit(train, [scene["objects"][0][key] for scene in train_scenes])
    assert probe.score(val, [scene["objects"][0][key] for scene in val_scenes]) >= 0.95


@pytest.fixture(scope="module")
def small():
    scenes, images, _ = draw_scenes("cnn", range(3), SEED)
    rng = np.random.default_rng(5)
    weights = trainer.initial_weights(rng)
    weights = {
        key: (W + 0.02 * rng.standard_normal(W.shape)).astype(np.float64)
        for key, W in weights.items()
    }
    return images, trainer.make_labels(scenes), weights, rng


def test_gradients_are_the_slopes_of_the_loss(small):
    images, labels, weights, rng = small
    _, grads = trainer.loss_and_gradients(weights, images, labels)
    assert grads.keys() == weights.keys()
    for key, W in weights.items():
        step = rng.standard_normal(W.shape)
        step *= 1e-7 / np.sqrt((step**2).sum())
        ends = [
            trainer.heads_loss({**weights, key: W + sign * step}, images, labels)
            for sign in (1, -1)
        ]
        slope = (grads[key] * step).sum()
        np.testing.assert_allclose((ends[0] - ends[1]) / 2, slope, rtol=1e-3, atol=1e-11)


@pytest.mark.parametrize("layer", trainer.LAYERS)
def test_col2im_is_the_transpose_of_im2col(layer):
    rng = np.random.default_rng(6)
    x = rng.standard_normal((2, 9, 12, layer.channels))
    columns = im2col(x, layer)
    y = rng.standard_normal(columns.shape)
    back = trainer.col2im(y.reshape(-1, y.shape[-1]), x.shape, layer)
    np.testing.assert_allclose((columns * y).sum(), (x * back).sum())


def test_cells_are_labelled_with_the_object_that_covers_their_centre():
    scenes = draw_scenes("cnn", range(40), SEED)[0]
    cells = trainer.make_labels(scenes)["cells"]
    for scene, label in zip(scenes, cells, strict=True):
        main = scene["objects"][0]
        column, row = (round(c / 8) - 1 for c in main["centre"])
        column, row = min(max(column, 0), 6), min(max(row, 0), 6)
        names, sizes = trainer.NAMES, len(trainer.SIZES)
        for k, key in enumerate(trainer.CELLS):
            kind, size = divmod(label[row, column, k], sizes)
            assert (names[key][kind], names["size"][size]) == (main[key], main["size"])
            assert (label[..., k] == sizes * len(names[key])).any()


def test_folded_weights_give_the_features_that_were_trained(small):
    images, _, weights, _ = small
    trained = trainer.trained_grid(weights, images)
    np.testing.assert_allclose(
        conv_grid(images, trainer.fold_normalisation(weights, images)), trained, atol=1e-5
    )


def test_saved_weights_are_small_and_without_heads(tmp_path, small):
    weights = trainer.fold_normalisation(trainer.initial_weights(small[3]), small[0])
    scaling = {"mean": np.zeros(512), "scale": np.ones(512)}
    trainer.save_weights(tmp_path / "w.npz", {**weights, **scaling})
    with np.load(tmp_path / "w.npz") as stored:
        assert sorted(stored.files) == sorted(
            [f"{letter}{i}" for i in range(5) for letter in "Wb"] + ["mean", "scale"]
        )
    assert (tmp_path / "w.npz").stat().st_size < 300_000
    assert [path.name for path in tmp_path.iterdir()] == ["w.npz"]
