from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from cs231n_rnn.data.folders import DataError
from cs231n_rnn.models.attention_captioning import AttentionCaptioningLSTM
from cs231n_rnn.models.captioning import CaptioningRNN
from cs231n_rnn.photos import captioner
from cs231n_rnn.photos.captioner import (
    CheckpointError,
    draw_attention,
    encode_photo,
    load_model,
    main,
)
from cs231n_rnn.plots import attention
from cs231n_rnn.training import Solver
from cs231n_rnn.training.checkpoint import snapshot, write_checkpoint

WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "dog", "runs"]
VOCABULARY = {word: index for index, word in enumerate(WORDS)}
D, W, H = 5, 3, 4
KINDS = {
    "rnn": lambda: CaptioningRNN(VOCABULARY, D, W, H, "rnn"),
    "lstm": lambda: CaptioningRNN(VOCABULARY, D, W, H, "lstm"),
    "attention": lambda: AttentionCaptioningLSTM(VOCABULARY, D, W, H),
}


def checkpoint(path, model, best=None):
    solver = Solver(model, lambda rows: (rows,), 2, batch_size=1, verbose=False)
    solver.best_params = best or {}
    write_checkpoint(path, snapshot(solver))
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_is_rebuilt_from_its_checkpoint(tmp_path, kind):
    model = KINDS[kind]()
    again = load_model(checkpoint(tmp_path / "a.npz", model), VOCABULARY)
    assert type(again) is type(model)
    assert getattr(again, "cell_type", None) == getattr(model, "cell_type", None)
    assert again.params.keys() == model.params.keys()
    for name, array in model.params.items():
        assert again.params[name].dtype == array.dtype
        np.testing.assert_array_equal(again.params[name], array)


def test_the_best_epochs_parameters_are_taken(tmp_path):
    model = KINDS["lstm"]()
    best = {name: array + 1 for name, array in model.params.items()}
    again = load_model(checkpoint(tmp_path / "a.npz", model, best), VOCABULARY)
    np.testing.assert_array_equal(again.params["Wh"], best["Wh"])


def test_a_checkpoint_that_does_not_fit_is_refused_by_name(tmp_path):
    path = checkpoint(tmp_path / "a.npz", KINDS["lstm"]())
    larger = {**VOCABULARY, "cat": len(WORDS)}
    with pytest.raises(CheckpointError, match=r"W_embed is \(7, 3\) .* 8 words .* \(8, 3\)"):
        load_model(path, larger)
    strange = SimpleNamespace(params={"W": np.zeros(2)}, loss=None)
    with pytest.raises(CheckpointError, match="no captioning model: it has no W_embed"):
        load_model(checkpoint(tmp_path / "b.npz", strange), VOCABULARY)
    (tmp_path / "c.npz").write_bytes(b"PK")
    with pytest.raises(CheckpointError, match=r"c\.npz is not a checkpoint"):
        load_model(tmp_path / "c.npz", VOCABULARY)
    encoder = SimpleNamespace(vector=lambda photo: np.zeros((1, D + 1)))
    with pytest.raises(CheckpointError, match="have 6 numbers; the checkpoint's model takes 5"):
        encode_photo(KINDS["lstm"](), encoder, tmp_path)


@pytest.mark.parametrize(("kind", "shape"), [("lstm", (1, D)), ("attention", (1, 49, D))])
def test_each_model_gets_the_features_that_it_takes(tmp_path, kind, shape):
    encoder = SimpleNamespace(
        vector=lambda photo: np.zeros((1, D)), grid=lambda photo: np.zeros((1, 49, D))
    )
    features = encode_photo(KINDS[kind](), encoder, tmp_path)
    assert features.shape == shape
    assert features.dtype == np.float32


@pytest.mark.parametrize("ends", [True, False], ids=["ended", "cut"])
def test_the_figure_has_the_words_and_what_was_looked_at_before_each(tmp_path, monkeypatch, ends):
    words = ["a", "dog", "runs", *(["<END>", "<NULL>"] if ends else [])]
    weights = np.random.default_rng(231).random((1, len(words), 9))
    monkeypatch.setattr(AttentionCaptioningLSTM, "look", lambda model, features, said: weights)
    shown = []
    monkeypatch.setattr(attention, "attention_figure", lambda *what: shown.extend(what))
    Image.new("RGB", (1300, 7), (3, 2, 1)).save(tmp_path / "a.png")
    said = np.array([VOCABULARY[word] for word in words])
    draw_attention(KINDS["attention"](), np.zeros((1, 9, D)), said, tmp_path / "a.png")
    image, drawn, looked, title = shown
    assert (drawn, title) == (["a", "dog", "runs"], "a.png")
    np.testing.assert_array_equal(looked, weights[0, :3])
    assert image.shape == (3, 434, 3)
    assert (image == [3, 2, 1]).all()


@pytest.fixture
def command(tmp_path, monkeypatch):
    """The command's options, with a plain model that says the same of every photograph."""
    model = CaptioningRNN(VOCABULARY, D, W, H)
    says = [4, 5, 6, 2, 0]
    monkeypatch.setattr(CaptioningRNN, "sample", lambda model, features, length: np.array([says]))
    monkeypatch.setattr(captioner, "load_coco_data", lambda folder: {"word_to_idx": VOCABULARY})

    def vector(photo):
        if photo.suffix == ".txt":
            raise DataError(f"{photo} cannot be read as a picture")
        return np.zeros((1, D))

    monkeypatch.setattr(captioner, "Encoder", lambda folder: SimpleNamespace(vector=vector))
    path = checkpoint(tmp_path / "a.npz", model)
    return ["--data", str(tmp_path), "--checkpoint", str(path)]


def test_the_command_prints_a_sentence_for_each_photograph_that_can_be_read(command, capsys):
    assert main(["one.jpg", "two.txt", "three.jpg", *command]) == 1
    said = capsys.readouterr()
    assert said.out == "one.jpg: a dog runs\nthree.jpg: a dog runs\n"
    assert said.err == "error: two.txt cannot be read as a picture\n"
    assert main(["one.jpg", *command]) == 0


def test_the_command_ends_with_one_line_where_something_does_not_fit(command, capsys, tmp_path):
    assert main(["one.jpg", *command, "--draw", str(tmp_path / "out.png")]) == 1
    assert capsys.readouterr().err.startswith("error: --draw needs attention")
    assert main(["one.jpg", *command[:-1], str(tmp_path / "none.npz")]) == 1
    assert "none.npz" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["one.jpg", *command, "--beam", "0"])
    assert "0 is below 1" in capsys.readouterr().err
