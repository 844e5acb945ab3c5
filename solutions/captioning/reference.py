"""Image captioning (Karpathy and Fei-Fei 2015, Vinyals et al. 2015): one image in, many words out.

The image's features become the first hidden state; the recurrent network then reads the caption
word by word and scores, at every step, the word that comes next.
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
from cs231n_rnn.layers.cells import find_cell
from cs231n_rnn.layers.dropout import dropout_backward, dropout_forward
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.lstm import lstm_backward, lstm_forward, lstm_step_forward
from cs231n_rnn.layers.packing import lengths_of, longest_first
from cs231n_rnn.layers.rnn import rnn_backward, rnn_forward, rnn_step_forward
from cs231n_rnn.layers.softmax import packed_softmax_loss, temporal_softmax_loss
from cs231n_rnn.models.checks import require_captions, require_features, require_vocabulary
from cs231n_rnn.models.initialization import Initializer


class CaptioningRNN:
    """A captioning model with a vanilla RNN, an LSTM or another cell.

    Parameters
    ----------
    word_to_idx : dict of str to int
        The vocabulary, with an index for each of its V words. ``<NULL>`` must be in it;
        ``<START>`` and ``<END>`` where captions are sampled.
    input_dim : int
        D, numbers in an image's feature vector.
    wordvec_dim : int
        W, numbers in a word vector.
    hidden_dim : int
        H, numbers in the hidden state.
    cell_type : str
        A name in ``layers/cells.py``: "rnn" or "lstm".
    dtype : numpy dtype
        float32 to train, float64 to check gradients.
    dropout : float in [0, 1)
        Rate at which ``loss`` drops elements of the hidden states before the words are scored.
        ``sample`` never drops any.
    rng : numpy.random.Generator, optional
        Draws the first weights and the dropout. Seed 231 if not given.

    Attributes
    ----------
    params : dict of str to ndarray
        W_embed (V, W), W_proj (D, H), b_proj (H,), Wx (W, G), Wh (H, G), b (G,),
        W_vocab (H, V), b_vocab (V,), with G = H for "rnn" and 4H for "lstm".

    Raises
    ------
    ValueError
        If the cell type is unknown or the vocabulary lacks ``<NULL>``.
    """

    def __init__(
        self,
        word_to_idx: dict[str, int],
        input_dim: int = 512,
        wordvec_dim: int = 128,
        hidden_dim: int = 128,
        cell_type: str = "rnn",
        dtype: Any = np.float32,
        dropout: float = 0.0,
        rng: np.random.Generator | None = None,
    ) -> None:
        self.cell = find_cell(cell_type, "CaptioningRNN")
        require_vocabulary(word_to_idx)
        self.cell_type = cell_type
        self.word_to_idx = word_to_idx
        self.idx_to_word = {index: word for word, index in word_to_idx.items()}
        self.dropout = dropout
        self._null = word_to_idx["<NULL>"]
        self._start = word_to_idx.get("<START>")
        self._end = word_to_idx.get("<END>")

        D, W, H, V = input_dim, wordvec_dim, hidden_dim, len(word_to_idx)
        init = Initializer(rng)
        init.embedding("W_embed", V, W, divisor=100)
        init.affine("proj", D, H)
        init.recurrent(self.cell, W, H, forget_bias=0.0)
        init.affine("vocab", H, V)
        self.rng, self.params = init.rng, init.as_type(dtype)

    def loss(
        self, features: np.ndarray, captions: np.ndarray
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Loss and gradients on a minibatch, with teacher forcing.

        Parameters
        ----------
        features : ndarray of shape (N, D)
        captions : ndarray of shape (N, T + 1), integers
            ``<START>``, the words, ``<END>``, padded with ``<NULL>``.

        Returns
        -------
        loss : float, in nats per caption
        grads : dict of str to ndarray, with the keys and shapes of ``params``

        Raises
        ------
        ValueError
            If the shapes do not fit or a caption holds an index outside the vocabulary.
        """
        require_features("CaptioningRNN.loss", features, self.params)
        require_captions("CaptioningRNN.loss", features, captions, self.params)
        # The network reads all words but the last and must say all words but the first.
        captions_in, captions_out = captions[:, :-1], captions[:, 1:]
        mask = captions_out != self._null

        # Forward:
        # 1. affine: the features become the initial hidden state h0            (N, H)
        # 2. word embedding: captions_in become word vectors                    (N, T, W)
        # 3. RNN or LSTM over the word vectors: hidden states                   (N, T, H)
        #    self.cell.forward is rnn_forward or lstm_forward, as cell_type says
        # 4. dropout_forward(h, self.dropout, self.rng), provided; the identity at rate 0
        # 5. temporal affine: a score for every word of the vocabulary          (N, T, V)
        # 6. temporal softmax: loss against captions_out, padding masked
        # Backward: the same six in reverse. Fill grads under the names of self.params.
        # BEGIN SOLUTION
        p = self.params
        # The order of a minibatch is free: longest first, the recurrent layer leaves out padding.
        lengths = lengths_of(mask)
        order = longest_first(lengths)
        features, mask, words = features[order], mask[order], captions_out[order]
        h0, proj_cache = affine_forward(features, p["W_proj"], p["b_proj"])
        x, embed_cache = word_embedding_forward(captions_in[order], p["W_embed"])
        h, rnn_cache = self.cell.forward(x, h0, p["Wx"], p["Wh"], p["b"], lengths[order])
        # From here on only the M steps that are not padding.
        dropped, drop_cache = dropout_forward(h[mask], self.dropout, self.rng)  # (M, H)
        scores, vocab_cache = affine_forward(dropped, p["W_vocab"], p["b_vocab"])  # (M, V)
        loss, dscores = packed_softmax_loss(scores, words[mask], len(captions))

        grads = {}
        ddropped, grads["W_vocab"], grads["b_vocab"] = affine_backward(dscores, vocab_cache)
        dh = np.zeros_like(h)
        dh[mask] = dropout_backward(ddropped, drop_cache)
        dx, dh0, grads["Wx"], grads["Wh"], grads["b"] = self.cell.backward(dh, rnn_cache)
        grads["W_embed"] = word_embedding_backward(dx, embed_cache)
        _, grads["W_proj"], grads["b_proj"] = affine_backward(dh0, proj_cache)
        return loss, grads
        # END SOLUTION

    def initial_state(self, features: np.ndarray) -> tuple[np.ndarray, ...]:
        """Hidden state and cell state before the first word.

        Parameters
        ----------
        features : ndarray of shape (N, D)

        Returns
        -------
        h : ndarray of shape (N, H), the projected features
        c : ndarray of shape (N, H), zeros; only a cell with a cell state uses it
        """
        require_features("CaptioningRNN.initial_state", features, self.params)
        start, _ = affine_forward(features, self.params["W_proj"], self.params["b_proj"])
        return start, np.zeros_like(start)

    def step(
        self, state: tuple[np.ndarray, ...], words: np.ndarray
    ) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
        """Read one word and score the next: what ``sample`` and beam search repeat.

        Parameters
        ----------
        state : tuple of two ndarrays of shape (N, H)
            Hidden state and cell state, from ``initial_state`` or the step before.
        words : ndarray of shape (N,), integers
            The word that each caption has reached.

        Returns
        -------
        scores : ndarray of shape (N, V)
            A score for every word of the vocabulary as the next one.
        state : tuple of two ndarrays of shape (N, H)
            A cell without a cell state hands it on as it came.
        """
        # Embed the words, take one step of the RNN or the LSTM, score the vocabulary.
        # state, cache = self.cell.step_forward(x, state, Wx, Wh, b) calls rnn_step_forward or
        # lstm_step_forward with what of the state (h, c) the cell takes.
        # BEGIN SOLUTION
        p = self.params
        x = p["W_embed"][words]  # (N, W)
        state, _ = self.cell.step_forward(x, state, p["Wx"], p["Wh"], p["b"])
        scores, _ = affine_forward(state[0], p["W_vocab"], p["b_vocab"])
        return scores, state
        # END SOLUTION

    def sample(self, features: np.ndarray, max_length: int = 30) -> np.ndarray:
        """Write a caption for every image by greedy decoding: always the best-scored word.

        Parameters
        ----------
        features : ndarray of shape (N, D)
        max_length : int
            T, the number of words after which writing stops.

        Returns
        -------
        captions : ndarray of shape (N, T), integers
            Column 0 holds the first word *after* ``<START>``, which itself is not part of it.
            After an ``<END>`` comes ``<NULL>``.

        Raises
        ------
        ValueError
            If the features do not fit, max_length is below 1, or the vocabulary lacks
            ``<START>`` or ``<END>``.
        """
        require_features("CaptioningRNN.sample", features, self.params)
        require_vocabulary(self.word_to_idx, "<START>", "<END>")
        if max_length < 1:
            raise ValueError(f"max_length is {max_length}; CaptioningRNN.sample needs at least 1")
        captions = np.full((len(features), max_length), self._null, dtype=np.int32)

        # Start from initial_state and the word <START>. At each step call step, write the word of
        # highest score into captions, and feed that word to the next step.
        # What comes after <END> is not looked at: you may stop there, or go on.
        # BEGIN SOLUTION
        state = self.initial_state(features)
        words = np.full(len(features), self._start)
        ended = np.zeros(len(features), dtype=bool)
        for t in range(max_length):
            scores, state = self.step(state, words)
            words = scores.argmax(axis=1)
            captions[~ended, t] = words[~ended]
            ended |= words == self._end
            if ended.all():
                break
        return captions
        # END SOLUTION
