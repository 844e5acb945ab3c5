"""``python -m cs231n_rnn caption PHOTO...`` writes a sentence about each photograph.

The model comes from a checkpoint of a captioning notebook's Solver; the vocabulary and the PCA
from the folder that ``python -m cs231n_rnn photos`` made and the model was trained on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cs231n_rnn.data.coco import load_coco_data
from cs231n_rnn.data.folders import DataError
from cs231n_rnn.data.pictures import read_picture
from cs231n_rnn.data.vocabulary import decode_captions
from cs231n_rnn.models.attention_captioning import AttentionCaptioningLSTM
from cs231n_rnn.models.beam_search import beam_search
from cs231n_rnn.models.captioning import CaptioningRNN
from cs231n_rnn.training.checkpoint import read_checkpoint

from .features import Encoder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Model = CaptioningRNN | AttentionCaptioningLSTM
NAMES = ("W_embed", "W_proj", "b_proj", "Wx", "Wh", "b", "W_vocab", "b_vocab")
DRAWN = 640  # pixels on the longer side of a photograph in a figure


class CheckpointError(ValueError):
    """A checkpoint is of no captioning model, or does not fit the folder."""


def load_model(checkpoint: Path, word_to_idx: dict[str, int]) -> Model:
    """Rebuild a captioning model; its sizes are those of the checkpoint's parameters.

    Parameters
    ----------
    checkpoint : Path
        Written by Solver. The parameters of the best epoch are taken, if it kept them.
    word_to_idx : dict
        The vocabulary that the model was trained with.

    Returns
    -------
    CaptioningRNN or AttentionCaptioningLSTM
        The second where Wx takes the attended features beside the word, (W + H, 4H).

    Raises
    ------
    CheckpointError
        If the file is not the checkpoint of a captioning model, or has another vocabulary.
    OSError
        If it cannot be read.
    """
    try:
        arrays = read_checkpoint(checkpoint)
    except ValueError as error:
        raise CheckpointError(str(error)) from error
    kept = {name: arrays.get(f"best/{name}", arrays.get(f"params/{name}")) for name in NAMES}
    params = {name: array for name, array in kept.items() if array is not None}
    missing = [name for name in NAMES if name not in params]
    if missing:
        raise CheckpointError(f"{checkpoint} is of no captioning model: it has no {missing[0]}")
    model = _empty_model(params, word_to_idx)
    for name, array in params.items():
        found, needed = array.shape, model.params[name].shape
        if found != needed:
            raise CheckpointError(
                f"{name} is {found} in {checkpoint}; for a vocabulary of {len(word_to_idx)} words "
                f"it needs to be {needed}. Was the model trained on this folder?"
            )
    model.params = params
    return model


def _empty_model(params: dict[str, np.ndarray], word_to_idx: dict[str, int]) -> Model:
    """A model of the sizes and the kind that the parameters' shapes tell."""
    sizes: dict[str, Any] = {
        "word_to_idx": word_to_idx,
        "input_dim": params["W_proj"].shape[0],
        "wordvec_dim": params["W_embed"].shape[-1],
        "hidden_dim": params["Wh"].shape[0],
        "dtype": params["W_embed"].dtype,
    }
    if params["Wx"].shape[0] == sizes["wordvec_dim"] + sizes["hidden_dim"]:
        return AttentionCaptioningLSTM(**sizes)
    is_rnn = params["Wh"].shape[-1] == sizes["hidden_dim"]
    return CaptioningRNN(**sizes, cell_type="rnn" if is_rnn else "lstm")


def encode_photo(model: Model, encoder: Encoder, photo: Path) -> np.ndarray:
    """The features that the model takes, of one photograph.

    Returns
    -------
    ndarray of shape (1, D), or (1, L, C) for a model with attention

    Raises
    ------
    DataError
        If the photograph cannot be read.
    CheckpointError
        If the folder's features have another size than those that the model was trained on.
    """
    attends = isinstance(model, AttentionCaptioningLSTM)
    features = encoder.grid(photo) if attends else encoder.vector(photo)
    D = len(model.params["W_proj"])
    if features.shape[-1] != D:
        raise CheckpointError(
            f"the folder's features have {features.shape[-1]} numbers; the checkpoint's model "
            f"takes {D}. Was it trained on this folder?"
        )
    return features.astype(model.params["W_proj"].dtype)


def write_caption(
    model: Model, features: np.ndarray, beam: int = 1, max_length: int = 30
) -> np.ndarray:
    """Write a caption for one image, greedily or with a beam.

    Parameters
    ----------
    model : CaptioningRNN or AttentionCaptioningLSTM
    features : ndarray of shape (1, D) or (1, L, C)
    beam : int
        Beam width; 1 is greedy.
    max_length : int

    Returns
    -------
    ndarray of shape (T,), integers
    """
    if beam == 1:
        return model.sample(features, max_length)[0]
    start, end, null = (model.word_to_idx[word] for word in ("<START>", "<END>", "<NULL>"))
    return beam_search(model, features, start, end, null, beam, max_length)[0]


def draw_attention(
    model: AttentionCaptioningLSTM, features: np.ndarray, caption: np.ndarray, photo: Path
) -> Figure:
    """The photograph, once for each word before ``<END>``, lit where the model looked.

    Parameters
    ----------
    model : AttentionCaptioningLSTM
    features : ndarray of shape (1, L, C)
    caption : ndarray of shape (T,), integers
    photo : Path

    Raises
    ------
    ValueError
        If the caption has no word.
    """
    from cs231n_rnn.plots.attention import attention_figure

    words = [model.idx_to_word[index] for index in caption.tolist()]
    if "<END>" in words:
        words = words[: words.index("<END>")]
    weights = model.look(features, caption[np.newaxis])[0, : len(words)]
    image = read_picture(photo)
    step = -(-max(image.shape[:2]) // DRAWN)
    return attention_figure(image[::step, ::step], words, weights, photo.name)


def main(argv: Sequence[str] | None = None) -> int:
    """Read the command line and print a sentence for each photograph.

    Returns
    -------
    int
        The exit status: 1 if a photograph could not be read, or nothing could be done at all.
    """
    options = _parser().parse_args(argv)
    try:
        word_to_idx = load_coco_data(options.data)["word_to_idx"]
        model = load_model(options.checkpoint, word_to_idx)
        if options.draw and not isinstance(model, AttentionCaptioningLSTM):
            raise CheckpointError(f"--draw needs attention; {options.checkpoint} has none")
        encoder = Encoder(options.data)
        failed = [not _tell(photo, model, encoder, options) for photo in options.photos]
    except (ValueError, OSError, NotImplementedError) as error:  # a TODO names itself
        print(f"error: {error}", file=sys.stderr)
        return 1
    return int(any(failed))


def _tell(photo: Path, model: Model, encoder: Encoder, options: argparse.Namespace) -> bool:
    """Print one photograph's sentence, and draw it if that is asked for."""
    try:
        features = encode_photo(model, encoder, photo)
    except DataError as error:
        print(f"error: {error}", file=sys.stderr)
        return False
    caption = write_caption(model, features, options.beam)
    words = [model.idx_to_word[index] for index in range(len(model.idx_to_word))]
    sentence = decode_captions(caption, words)
    print(f"{photo}: {sentence}")
    if options.draw and sentence and isinstance(model, AttentionCaptioningLSTM):
        figure = draw_attention(model, features, caption, photo)
        path = options.draw
        if len(options.photos) > 1:
            number = 1 + options.photos.index(photo)
            path = path.with_name(f"{path.stem}_{number}{path.suffix}")
        figure.savefig(path, dpi=150)
        print(f"    where it looked: {path}")
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cs231n_rnn caption",
        description="Write a sentence about each photograph, with a model that you trained.",
        epilog="Licences: see `python -m cs231n_rnn photos --help`.",
    )
    parser.add_argument("photos", type=Path, nargs="+", metavar="PHOTO")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="that `python -m cs231n_rnn photos` made and the model was trained on",
    )
    parser.add_argument(
        "--checkpoint",
        type=Path,
        required=True,
        metavar="FILE",
        help="of the Solver, an .npz file",
    )
    parser.add_argument("--beam", type=_positive, default=1, metavar="K", help="beam width (1)")
    parser.add_argument(
        "--draw",
        type=Path,
        metavar="OUT.png",
        help="draw where a model with attention looked for each word; with several photographs, "
        "OUT_1.png, OUT_2.png and so on",
    )
    return parser


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is below 1")
    return number
