"""Sequences in, classes out: one for a whole sequence (many-to-one) or one for each step.

A sentence of words, or a film of frames, goes through an LSTM. Many-to-one scores the hidden state
at each sequence's own last step, or the mean of its states; many-to-many scores every state.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.affine import (
    affine_backward,
    affine_forward,
    temporal_affine_backward,
    temporal_affine_forward,
)
from cs231n_rnn.layers.cells import CELLS
from cs231n_rnn.layers.dropout import dropout_backward, dropout_forward
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.lstm import lstm_backward, lstm_forward
from cs231n_rnn.layers.packing import longest_first
from cs231n_rnn.layers.softmax import packed_softmax_loss, softmax_loss, temporal_softmax_loss
from cs231n_rnn.models.checks import require_classes, require_sequences
from cs231n_rnn.models.initialization import Initializer

READ = ("last", "mean", "every")


def read_out_forward(h: np.ndarray, lengths: np.ndarray, read: str) -> tuple[np.ndarray, Any]:
    """What of the hidden states is scored.

    Parameters
    ----------
    h : ndarray of shape (N, T, H)
        Hidden states. What comes after a sequence's length may be anything.
    lengths : ndarray of shape (N,), integers from 1 to T
        Steps of each sequence, in any order.
    read : {"last", "mean", "every"}
        The state at each sequence's own last step, the mean of its states, or all of them.

    Returns
    -------
    out : ndarray of shape (N, H); for "every" (N, T, H), with zeros after the lengths
    cache : values that read_out_backward needs
    """
    # Never a loop over the minibatch: index with (np.arange(N), lengths - 1), and mask with
    # np.arange(T) < lengths[:, np.newaxis]. Multiplying by a mask does not remove nan or inf.
    # BEGIN SOLUTION
    N, T, _ = h.shape
    cache = h.shape, lengths, read
    if read == "last":
        return h[np.arange(N), lengths - 1], cache
    valid = np.arange(T) < lengths[:, np.newaxis]  # (N, T)
    out = np.where(valid[:, :, np.newaxis], h, 0)
    if read == "mean":
        out = out.sum(axis=1) / lengths[:, np.newaxis].astype(h.dtype)
    return out, cache
    # END SOLUTION


def read_out_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Gradient of the read-out.

    Parameters
    ----------
    dout : ndarray of shape (N, H); for "every" (N, T, H)
    cache : from read_out_forward

    Returns
    -------
    dh : ndarray of shape (N, T, H)
        Zero after each sequence's length.
    """
    # BEGIN SOLUTION
    (_, T, _), lengths, read = cache
    left = lengths[:, np.newaxis] - np.arange(T)  # (N, T), 1 at the last step of a sequence
    used = left == 1 if read == "last" else left > 0
    if read == "mean":
        dout = dout / lengths[:, np.newaxis].astype(dout.dtype)
    if read != "every":
        dout = dout[:, np.newaxis]  # (N, 1, H)
    return np.where(used[:, :, np.newaxis], dout, 0)
    # END SOLUTION


class SequenceClassifier:
    """An LSTM that classifies sequences, or their steps.

    Parameters
    ----------
    num_classes : int
        C.
    input_dim : int
        D, numbers in the vector of a step: a frame's, or a word's.
    hidden_dim : int
        H, numbers in the hidden state.
    read : {"last", "mean", "every"}
        What is scored: see ``read_out_forward``. "every" is many-to-many.
    vocabulary_size : int, optional
        V: the inputs are word indices, and D is the length of a word vector. Without it they
        are vectors.
    dtype : numpy dtype
        float32 to train, float64 to check gradients.
    dropout : float in [0, 1)
        Rate at which ``loss`` drops elements of what is scored. ``scores`` never drops any.
    rng : numpy.random.Generator, optional
        Draws the first weights and the dropout. Seed 231 if not given.

    Attributes
    ----------
    params : dict of str to ndarray
        With a vocabulary W_embed (V, D); Wx (D, 4H), Wh (H, 4H), b (4H,), W_out (H, C), b_out (C,).

    Raises
    ------
    ValueError
        If the read-out is unknown.
    """

    def __init__(
        self,
        num_classes: int,
        input_dim: int,
        hidden_dim: int = 128,
        read: str = "last",
        vocabulary_size: int | None = None,
        dtype: Any = np.float32,
        dropout: float = 0.0,
        rng: np.random.Generator | None = None,
    ) -> None:
        if read not in READ:
            raise ValueError(f"read is {read!r}; SequenceClassifier needs one of {READ}")
        self.read, self.dropout = read, dropout
        init = Initializer(rng)
        if vocabulary_size is not None:
            init.embedding("W_embed", vocabulary_size, input_dim, divisor=10)
        init.recurrent(CELLS["lstm"], input_dim, hidden_dim)
        init.affine("out", hidden_dim, num_classes)
        self.rng, self.params = init.rng, init.as_type(dtype)

    def scores(self, x: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Scores of the classes, (N, C), or of every step (N, T, C).

        Parameters
        ----------
        x : ndarray of shape (N, T), word indices, or (N, T, D), vectors
        lengths : ndarray of shape (N,), integers from 1 to T

        Raises
        ------
        ValueError
            If an input does not fit.
        """
        x = require_sequences("SequenceClassifier.scores", x, lengths, self.params)
        # BEGIN SOLUTION
        h, _ = _states(self.params, x, lengths)
        out, _ = read_out_forward(h, lengths, self.read)
        return out @ self.params["W_out"] + self.params["b_out"]
        # END SOLUTION

    def loss(
        self, x: np.ndarray, lengths: np.ndarray, y: np.ndarray
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Loss and gradients on a minibatch.

        Parameters
        ----------
        x : ndarray of shape (N, T), word indices, or (N, T, D), vectors
            What comes after a sequence's length changes nothing.
        lengths : ndarray of shape (N,), integers from 1 to T
        y : ndarray of shape (N,), integers from 0 to C - 1; for "every" (N, T)

        Returns
        -------
        loss : float
            In nats, averaged over the minibatch; for "every" summed over the steps.
        grads : dict of str to ndarray, with the keys and shapes of ``params``

        Raises
        ------
        ValueError
            If an input does not fit.
        """
        x = require_sequences("SequenceClassifier.loss", x, lengths, self.params)
        require_classes("SequenceClassifier.loss", y, x, lengths, self.params, self.read == "every")
        # x now has zeros after the lengths. Forward: word embedding if there is W_embed, LSTM from
        # a hidden state of zeros, read_out_forward, dropout_forward on what counts, affine,
        # softmax. Backward: the same in reverse.
        # BEGIN SOLUTION
        p = self.params
        h, states_cache = _states(p, x, lengths)
        out, read_cache = read_out_forward(h, lengths, self.read)
        scored = slice(None)
        if self.read == "every":
            scored = np.arange(x.shape[1]) < lengths[:, np.newaxis]  # (N, T), M of them true
        dropped, drop_cache = dropout_forward(out[scored], self.dropout, self.rng)  # (M, H)
        scores, out_cache = affine_forward(dropped, p["W_out"], p["b_out"])  # (M, C)
        loss, dscores = packed_softmax_loss(scores, y[scored], len(x))

        grads = {}
        ddropped, grads["W_out"], grads["b_out"] = affine_backward(dscores, out_cache)
        dout = np.zeros_like(out)
        dout[scored] = dropout_backward(ddropped, drop_cache)
        return loss, grads | _states_backward(read_out_backward(dout, read_cache), states_cache)
        # END SOLUTION


# BEGIN SOLUTION
def _states(p: dict[str, np.ndarray], x: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, Any]:
    """Hidden states (N, T, H) of the sequences, and a cache."""
    order = longest_first(lengths)  # no step of padding is run
    x, embed_cache = x[order], None
    if "W_embed" in p:
        x, embed_cache = word_embedding_forward(x, p["W_embed"])
    start = np.zeros((len(x), len(p["Wh"])), dtype=p["Wh"].dtype)
    h, lstm_cache = lstm_forward(x, start, p["Wx"], p["Wh"], p["b"], lengths[order])
    return h[np.argsort(order)], (embed_cache, lstm_cache, order)


def _states_backward(dh: np.ndarray, cache: Any) -> dict[str, np.ndarray]:
    """Gradients of the LSTM and of the word vectors, where there are any."""
    embed_cache, lstm_cache, order = cache
    dx, _, dWx, dWh, db = lstm_backward(dh[order], lstm_cache)
    grads = {"Wx": dWx, "Wh": dWh, "b": db}
    if embed_cache is not None:
        grads["W_embed"] = word_embedding_backward(dx, embed_cache)
    return grads


# END SOLUTION
