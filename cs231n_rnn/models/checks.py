"""What a model refuses, by name, before it computes anything."""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.shapes import require_shapes


def require_vocabulary(word_to_idx: dict[str, int], *tokens: str) -> None:
    """Refuse a vocabulary that lacks ``<NULL>`` or another of the tokens.

    Raises
    ------
    ValueError
        Naming the tokens that are missing.
    """
    missing = [token for token in ("<NULL>", *tokens) if token not in word_to_idx]
    if missing:
        raise ValueError(f"word_to_idx lacks {', '.join(missing)}; captions cannot do without")


def require_features(function: str, features: np.ndarray, params: dict[str, np.ndarray]) -> None:
    """Refuse features that are not (N, D), D being what the projection takes.

    Raises
    ------
    ValueError
        Naming the shape that came and the one needed.
    """
    D = len(params["W_proj"])
    if np.ndim(features) != 2 or features.shape[1] != D:
        raise ValueError(f"features is {np.shape(features)}; {function} needs (N, D) = (N, {D})")


def require_grid(function: str, features: np.ndarray, params: dict[str, np.ndarray]) -> np.ndarray:
    """Refuse features that are not (N, L, C), C being what the projection takes, and L >= 1.

    Returns
    -------
    ndarray of shape (N, L, C)
        In the dtype of the parameters: grids are stored as float16, too coarse to sum up.

    Raises
    ------
    ValueError
        Naming the shape that came and the one needed.
    """
    C = len(params["W_proj"])
    if np.ndim(features) != 3 or features.shape[2] != C or not features.shape[1]:
        raise ValueError(
            f"features is {np.shape(features)}; {function} needs a grid (N, L, C) = (N, L, {C}) "
            "of one location or more"
        )
    return features.astype(params["W_proj"].dtype, copy=False)


def require_captions(
    function: str, features: np.ndarray, captions: np.ndarray, params: dict[str, np.ndarray]
) -> None:
    """Refuse captions that are not (N, T + 1) indices of the vocabulary, with T at least 1.

    Raises
    ------
    ValueError
        Naming what came and what is needed.
    """
    one_image = "N D" if np.ndim(features) == 2 else "N L C"
    require_shapes(function, features=(features, one_image), captions=(captions, "N T+1"))
    if len(captions) < 1 or captions.shape[1] < 2:
        raise ValueError(
            f"captions is {captions.shape}; {function} needs a row and two columns, or more"
        )
    _require_indices(function, "captions", captions, len(params["W_embed"]), "word indices", "V")


def require_answers(
    function: str, answers: np.ndarray, questions: np.ndarray, params: dict[str, np.ndarray]
) -> None:
    """Refuse answers that are not (N,) indices, one for each question.

    Raises
    ------
    ValueError
        Naming what came and what is needed.
    """
    require_shapes(function, questions=(questions, "N T"), answers=(answers, "N"))
    _require_indices(function, "answers", answers, len(params["b_answer"]), "indices", "K")


def require_symbols(
    function: str,
    sequences: np.ndarray,
    symbol_to_idx: dict[str, int],
    *,
    least: int = 1,
    rows: int | None = None,
    name: str = "sequences",
) -> np.ndarray:
    """Refuse sequences that are not padded rows (N, T) of indices, none of them empty.

    Parameters
    ----------
    function : str
        Name of the caller, for the message.
    sequences : ndarray of shape (N, T), integers
        ``<NULL>`` may stand at the end of a row alone.
    symbol_to_idx : dict of str to int
        The vocabulary, with ``<NULL>``.
    least : int
        T must be at least so large.
    rows : int, optional
        N, where another array says how many rows there must be.
    name : str
        What the sequences are, for the message.

    Returns
    -------
    ndarray of shape (N,), integers
        Length of each sequence without the padding.

    Raises
    ------
    ValueError
        Naming what came and what is needed, and the first row that does not fit.
    """
    shape, wanted = np.shape(sequences), "N" if rows is None else rows
    if len(shape) != 2 or shape[0] != (rows or max(shape[0], 1)) or shape[1] < least:
        raise ValueError(
            f"{name} is {shape}; {function} needs ({wanted}, T) with a row or more and T of at "
            f"least {least}"
        )
    _require_indices(function, name, sequences, len(symbol_to_idx), "indices", "V")
    counts = sequences != symbol_to_idx["<NULL>"]  # (N, T)
    lengths = counts.sum(axis=1)
    if not lengths.all():
        raise ValueError(f"{name}[{lengths.argmin()}] is empty; {function} needs a symbol in each")
    gaps = counts[:, 1:] > counts[:, :-1]  # a symbol behind <NULL>
    if gaps.any():
        raise ValueError(
            f"{name}[{gaps.any(axis=1).argmax()}] has <NULL> before a symbol; {function} needs the "
            "padding at the end"
        )
    return lengths


def require_sequences(
    function: str, x: np.ndarray, lengths: np.ndarray, params: dict[str, np.ndarray]
) -> np.ndarray:
    """Refuse sequences, or lengths of them, that a classifier cannot read.

    Parameters
    ----------
    function : str
        Name of the caller, for the message.
    x : ndarray of shape (N, T), word indices, if params has W_embed; else (N, T, D)
    lengths : ndarray of shape (N,), integers from 1 to T
    params : dict of str to ndarray
        With Wx (D, 4H), and W_embed (V, D) or not.

    Returns
    -------
    ndarray of the shape of x
        With word 0, or zeros, after each sequence's length, whatever stood there; vectors in the
        dtype of the parameters.

    Raises
    ------
    ValueError
        Naming what came and what is needed.
    """
    words = "W_embed" in params
    D = len(params["Wx"])
    require_shapes(function, x=(x, "N T" if words else f"N T {D}"), lengths=(lengths, "N"))
    _require_integers(function, "lengths", lengths)
    N, T = x.shape[:2]
    if N < 1 or T < 1:
        raise ValueError(f"x is {x.shape}; {function} needs one sequence and one step, or more")
    if lengths.min() < 1 or lengths.max() > T:
        raise ValueError(
            f"lengths run from {lengths.min()} to {lengths.max()}; {function} needs 1 to {T}, for "
            f"T = {T}"
        )
    padding = np.arange(T) >= lengths[:, np.newaxis]  # (N, T)
    if not words:
        return np.where(padding[:, :, np.newaxis], 0, x).astype(params["Wx"].dtype, copy=False)
    _require_indices(function, "x", x, len(params["W_embed"]), "word indices", "V", ~padding)
    return np.where(padding, 0, x)


def require_classes(
    function: str,
    y: np.ndarray,
    x: np.ndarray,
    lengths: np.ndarray,
    params: dict[str, np.ndarray],
    every: bool,
) -> None:
    """Refuse labels that are not (N,), or (N, T) where every step has one, integers below C.

    Parameters
    ----------
    function : str
        Name of the caller, for the message.
    y : ndarray of shape (N,), or (N, T); after a sequence's length anything
    x, lengths : ndarrays
        As ``require_sequences`` takes them.
    params : dict of str to ndarray
        With b_out (C,).
    every : bool
        Whether every step has a label.

    Raises
    ------
    ValueError
        Naming what came and what is needed.
    """
    N, T = x.shape[:2]
    needed = (N, T) if every else (N,)
    if np.shape(y) != needed:
        letters = "(N, T)" if every else "(N,)"
        raise ValueError(f"y is {np.shape(y)}; {function} needs {letters} = {needed}")
    counted = np.arange(T) < lengths[:, np.newaxis] if every else ...
    _require_indices(function, "y", y, len(params["b_out"]), "classes", "C", counted)


def require_images(
    function: str, x: np.ndarray, shape: tuple[int, int], params: dict[str, np.ndarray]
) -> np.ndarray:
    """Refuse images that are not (N, B, A), N at least 1, B and A being what the model takes.

    Returns
    -------
    ndarray of shape (N, B, A)
        In the dtype of the parameters.

    Raises
    ------
    ValueError
        Naming the shape that came and the one needed, or that a number is not finite.
    """
    if np.ndim(x) != 3 or x.shape[1:] != shape or not len(x):
        needed = f"(N, {shape[0]}, {shape[1]})"
        raise ValueError(f"x is {np.shape(x)}; {function} needs images (N, B, A) = {needed}")
    if not np.isfinite(x).all():
        raise ValueError(f"x has a number that is not finite; {function} needs finite images")
    return x.astype(next(iter(params.values())).dtype, copy=False)


def require_labels(function: str, y: np.ndarray, N: int, D: int, C: int) -> None:
    """Refuse labels that are not (N, D) integers below C: D answers for each of N images.

    Raises
    ------
    ValueError
        Naming what came and what is needed.
    """
    if np.shape(y) != (N, D):
        raise ValueError(f"y is {np.shape(y)}; {function} needs (N, D) = ({N}, {D})")
    _require_indices(function, "y", y, C, "classes", "C")


def require_prompt(
    prompt: str, char_to_idx: dict[str, int], length: int, temperature: float
) -> None:
    """Refuse a prompt that cannot be read, and what cannot be sampled.

    Raises
    ------
    ValueError
        Naming what came and what is needed.
    """
    unknown = sorted(set(prompt) - set(char_to_idx))
    if not prompt or unknown:
        what = f"holds {unknown}, which the model does not know" if unknown else "is empty"
        raise ValueError(f"the prompt {what}; CharLM.sample needs at least one known character")
    if length < 1 or not temperature >= 0:
        raise ValueError(
            f"length is {length} and temperature {temperature}; CharLM.sample needs a length "
            "of at least 1 and a temperature of at least 0"
        )


def _require_integers(function: str, name: str, array: np.ndarray) -> None:
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} is {array.dtype}; {function} needs integers")


def _require_indices(
    function: str,
    name: str,
    array: np.ndarray,
    size: int,
    what: str,
    letter: str,
    counted: Any = ...,
) -> None:
    """Refuse what is no array of integers, or holds one where it counts that is not below size."""
    _require_integers(function, name, array)
    values = array[counted]
    if values.size and not 0 <= values.min() <= values.max() < size:
        raise ValueError(
            f"{name} runs from {values.min()} to {values.max()}; {function} needs {what} from 0 to "
            f"{size - 1}, for {letter} = {size}"
        )
