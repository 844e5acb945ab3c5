"""Beam search: keep the K best beginnings of a caption in place of the single best.

Works with any model that has ``initial_state(features)``, a tuple of arrays with a row for each
image, and ``step(state, words)``, which gives the next words' scores and the next state. Greedy
decoding is the beam of width 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from cs231n_rnn.models.checks import require_vocabulary

State = tuple[np.ndarray, ...]


class Decoder(Protocol):
    """What beam search knows of a model."""

    def initial_state(self, features: np.ndarray) -> State:
        """State before the first word: arrays with a row for each image."""

    def step(self, state: Any, words: np.ndarray) -> tuple[np.ndarray, Any]:
        """Scores (rows, V) of the next words, and the next state."""


def beam_search(
    model: Decoder,
    features: np.ndarray,
    start: int,
    end: int,
    null: int = 0,
    beam_width: int = 3,
    max_length: int = 30,
    length_penalty: float = 0.0,
) -> np.ndarray:
    """Write a caption for every image: the best of those that stay in the beam.

    A caption's score is its log probability, divided by (number of words, <END> included) to
    the power of the length penalty. At 0 short captions have an advantage, at 1 none.

    Parameters
    ----------
    model : Decoder
    features : ndarray of shape (N, D)
    start, end, null : int
        Indices of ``<START>``, ``<END>`` and ``<NULL>``.
    beam_width : int
        K, beginnings that are kept for each image.
    max_length : int
        T, words after which writing stops, whether or not a caption has ended.
    length_penalty : float
        From 0 to 1 (Wu et al. 2016, equation 14, with their constant 5 left out).

    Returns
    -------
    captions : ndarray of shape (N, T), int32
        As ``CaptioningRNN.sample`` gives them: without ``<START>``, ``<NULL>`` after ``<END>``.

    Raises
    ------
    ValueError
        If beam_width or max_length is below 1, or the length penalty negative.
    """
    _require_options(beam_width, max_length, length_penalty)
    N, K = len(features), beam_width
    # An image's K beginnings stand in K neighbouring rows. At first there is only one: the others
    # are impossible, with log probability -inf.
    state: State = tuple(np.repeat(part, K, axis=0) for part in model.initial_state(features))
    words = np.full((N, K), start)
    log_probs = np.full((N, K), -np.inf)
    log_probs[:, 0] = 0
    captions = np.full((N, K, max_length), null, dtype=np.int32)
    lengths = np.zeros((N, K), dtype=int)
    ended = np.zeros((N, K), dtype=bool)
    image = np.arange(N)[:, np.newaxis]
    for t in range(max_length):
        scores, state = model.step(state, words.ravel())
        next_log_probs = _log_softmax(scores).reshape(N, K, scores.shape[1])
        # A caption that has ended goes on in one way only: with <NULL>, at no cost.
        next_log_probs[ended] = -np.inf
        next_log_probs[ended, null] = 0
        totals = log_probs[:, :, np.newaxis] + next_log_probs  # (N, K, V)
        norms = np.maximum(lengths + ~ended, 1) ** length_penalty  # (N, K)
        parents, words = _best_pairs(totals / norms[:, :, np.newaxis])
        log_probs = totals[image, parents, words]
        captions, lengths = captions[image, parents], (lengths + ~ended)[image, parents]
        ended = ended[image, parents] | (words == end)
        captions[:, :, t] = words
        state = tuple(part[(image * K + parents).ravel()] for part in state)
        if ended.all():
            break
    best = (log_probs / np.maximum(lengths, 1) ** length_penalty).argmax(axis=1)
    return captions[np.arange(N), best]


def _require_options(beam_width: int, max_length: int, length_penalty: float) -> None:
    for name, value in (("beam_width", beam_width), ("max_length", max_length)):
        if value < 1:
            raise ValueError(f"{name} is {value}; beam_search needs at least 1")
    if not length_penalty >= 0:
        raise ValueError(f"length_penalty is {length_penalty}; beam_search needs 0 or more")


def _log_softmax(scores: np.ndarray) -> np.ndarray:
    """Log probabilities (rows, V) in float64: sums of many must not lose digits."""
    shifted = scores.astype(np.float64) - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def _best_pairs(ranked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Parent and word, (N, K) each, of the K best among an image's K * V continuations."""
    N, K, V = ranked.shape
    # A stable sort: among equals the smaller word index wins, as with argmax.
    order = np.argsort(-ranked.reshape(N, K * V), axis=1, kind="stable")[:, :K]
    return order // V, order % V


class GreedyDecoder:
    """A model that writes the best symbol at each step, given its ``initial_state`` and ``step``.

    Attributes
    ----------
    vocabulary : dict of str to int
        Of what is written.
    """

    vocabulary: dict[str, int]
    initial_state: Callable[[np.ndarray], Any]
    step: Callable[[Any, np.ndarray], Any]

    def sample(self, features: np.ndarray, max_length: int = 30) -> np.ndarray:
        """Write a sequence for every input by greedy decoding, the beam of width 1.

        Parameters
        ----------
        features : ndarray with a row for each of N inputs, as ``initial_state`` takes it
        max_length : int
            T, the number of symbols after which writing stops.

        Returns
        -------
        ndarray of shape (N, T), int32
            Without ``<START>``, and with ``<NULL>`` after ``<END>``.

        Raises
        ------
        ValueError
            If the input does not fit, max_length is below 1, or the vocabulary lacks ``<START>``
            or ``<END>``.
        """
        require_vocabulary(self.vocabulary, "<START>", "<END>")
        start, end, null = (self.vocabulary[sign] for sign in ("<START>", "<END>", "<NULL>"))
        return beam_search(self, features, start, end, null, 1, max_length)
