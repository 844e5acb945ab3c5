"""Image captioning with attention over the image's locations (Xu et al. 2015).

The image is a grid of L feature vectors in place of a single one. Before each word the network
chooses, by its hidden state, how much of every location it looks at.
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
from cs231n_rnn.layers.attention import (
    attention_lstm_backward,
    attention_lstm_forward,
    attention_lstm_step_forward,
)
from cs231n_rnn.layers.cells import CELLS
from cs231n_rnn.layers.dropout import dropout_backward, dropout_forward
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.packing import lengths_of, longest_first
from cs231n_rnn.layers.softmax import packed_softmax_loss, temporal_softmax_loss
from cs231n_rnn.models.beam_search import GreedyDecoder
from cs231n_rnn.models.checks import require_captions, require_grid, require_vocabulary
from cs231n_rnn.models.initialization import Initializer

State = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


class AttentionCaptioningLSTM(GreedyDecoder):
    """A captioning model that looks at the image before every word.

    Parameters
    ----------
    word_to_idx : dict of str to int
        The vocabulary, with an index for each of its V words. ``<NULL>`` must be in it;
        ``<START>`` and ``<END>`` where captions are sampled.
    input_dim : int
        C, numbers in the feature vector of a location.
    wordvec_dim : int
        W, numbers in a word vector.
    hidden_dim : int
        H, numbers in the hidden state.
    dtype : numpy dtype
        float32 to train, float64 to check gradients.
    dropout : float in [0, 1)
        Rate at which ``loss`` drops elements of the hidden states before the words are scored.
    rng : numpy.random.Generator, optional
        Draws the first weights and the dropout. Seed 231 if not given.

    Attributes
    ----------
    params : dict of str to ndarray
        W_embed (V, W), W_proj (C, H), b_proj (H,), Wx (W + H, 4H), Wh (H, 4H), b (4H,),
        W_vocab (H, V), b_vocab (V,).

    Raises
    ------
    ValueError
        If the vocabulary lacks ``<NULL>``.
    """

    def __init__(
        self,
        word_to_idx: dict[str, int],
        input_dim: int = 128,
        wordvec_dim: int = 128,
        hidden_dim: int = 128,
        dtype: Any = np.float32,
        dropout: float = 0.0,
        rng: np.random.Generator | None = None,
    ) -> None:
        require_vocabulary(word_to_idx)
        self.vocabulary = self.word_to_idx = word_to_idx
        self.idx_to_word = {index: word for word, index in word_to_idx.items()}
        self.dropout = dropout
        self._null = word_to_idx["<NULL>"]

        C, W, H, V = input_dim, wordvec_dim, hidden_dim, len(word_to_idx)
        init = Initializer(rng)
        init.embedding("W_embed", V, W, divisor=100)
        init.affine("proj", C, H)
        init.recurrent(CELLS["lstm"], W + H, H, forget_bias=0.0)
        init.affine("vocab", H, V)
        self.rng, self.params = init.rng, init.as_type(dtype)

    def loss(
        self, features: np.ndarray, captions: np.ndarray
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Loss and gradients on a minibatch, with teacher forcing.

        Parameters
        ----------
        features : ndarray of shape (N, L, C)
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
        features = require_grid("AttentionCaptioningLSTM.loss", features, self.params)
        require_captions("AttentionCaptioningLSTM.loss", features, captions, self.params)
        captions_in, captions_out = captions[:, :-1], captions[:, 1:]
        mask = captions_out != self._null

        # As in CaptioningRNN.loss, but:
        # 1. temporal affine: the features of every location become A             (N, L, H)
        #    and the mean of A over the locations is the initial hidden state h0    (N, H)
        # 3. attention LSTM over the word vectors, with A                         (N, T, H)
        # Going back, A has two users. How much of dh0 does each location get?
        # BEGIN SOLUTION
        p = self.params
        # Longest caption first, as in CaptioningRNN.loss.
        lengths = lengths_of(mask)
        order = longest_first(lengths)
        features, mask, words = features[order], mask[order], captions_out[order]
        A, proj_cache = temporal_affine_forward(features, p["W_proj"], p["b_proj"])  # (N, L, H)
        h0 = A.mean(axis=1)  # (N, H)
        x, embed_cache = word_embedding_forward(captions_in[order], p["W_embed"])
        h, _, rnn_cache = attention_lstm_forward(x, h0, A, p["Wx"], p["Wh"], p["b"], lengths[order])
        # From here on only the M steps that are not padding.
        dropped, drop_cache = dropout_forward(h[mask], self.dropout, self.rng)  # (M, H)
        scores, vocab_cache = affine_forward(dropped, p["W_vocab"], p["b_vocab"])  # (M, V)
        loss, dscores = packed_softmax_loss(scores, words[mask], len(captions))

        grads = {}
        ddropped, grads["W_vocab"], grads["b_vocab"] = affine_backward(dscores, vocab_cache)
        dh = np.zeros_like(h)
        dh[mask] = dropout_backward(ddropped, drop_cache)
        dx, dh0, dA, grads["Wx"], grads["Wh"], grads["b"] = attention_lstm_backward(dh, rnn_cache)
        grads["W_embed"] = word_embedding_backward(dx, embed_cache)
        dA += dh0[:, np.newaxis] / A.shape[1]
        _, grads["W_proj"], grads["b_proj"] = temporal_affine_backward(dA, proj_cache)
        return loss, grads
        # END SOLUTION

    def initial_state(self, features: np.ndarray) -> State:
        """State before the first word.

        Parameters
        ----------
        features : ndarray of shape (N, L, C)

        Returns
        -------
        h : ndarray of shape (N, H), the mean of A
        c : ndarray of shape (N, H), zeros
        A : ndarray of shape (N, L, H), the locations' vectors, which stay as they are
        weights : ndarray of shape (N, L), zeros: it has not looked yet
        """
        features = require_grid("AttentionCaptioningLSTM.initial_state", features, self.params)
        A, _ = temporal_affine_forward(features, self.params["W_proj"], self.params["b_proj"])
        h = A.mean(axis=1)
        return h, np.zeros_like(h), A, np.zeros_like(A[:, :, 0])

    def step(self, state: State, words: np.ndarray) -> tuple[np.ndarray, State]:
        """Look, read one word and score the next: what ``sample`` and beam search repeat.

        Parameters
        ----------
        state : tuple of four ndarrays
            Hidden state, cell state, A and the attention weights, as from ``initial_state``.
        words : ndarray of shape (N,), integers
            The word that each caption has reached.

        Returns
        -------
        scores : ndarray of shape (N, V)
            A score for every word of the vocabulary as the next one.
        state : tuple of four ndarrays
            With the weights of the look that led to these scores.
        """
        # As CaptioningRNN.step. A goes on as it came; the old weights are not needed.
        # BEGIN SOLUTION
        p = self.params
        h, c, A, _ = state
        x = p["W_embed"][words]  # (N, W)
        h, c, weights, _ = attention_lstm_step_forward(x, h, c, A, p["Wx"], p["Wh"], p["b"])
        scores, _ = affine_forward(h, p["W_vocab"], p["b_vocab"])
        return scores, (h, c, A, weights)
        # END SOLUTION

    def look(self, features: np.ndarray, captions: np.ndarray) -> np.ndarray:
        """Where the model looks before each word of given captions.

        Parameters
        ----------
        features : ndarray of shape (N, L, C)
        captions : ndarray of shape (N, T), integers
            Without ``<START>``, as ``sample`` and ``beam_search`` write them.

        Returns
        -------
        weights : ndarray of shape (N, T, L)
            Behind a caption's end they mean nothing.

        Raises
        ------
        ValueError
            If the features or the captions do not fit, or the vocabulary lacks ``<START>``.
        """
        require_vocabulary(self.word_to_idx, "<START>")
        read = np.insert(captions, 0, self.word_to_idx["<START>"], axis=1)  # (N, T + 1)
        features = require_grid("AttentionCaptioningLSTM.look", features, self.params)
        require_captions("AttentionCaptioningLSTM.look", features, read, self.params)
        h0, _, A, _ = self.initial_state(features)
        x, _ = word_embedding_forward(read[:, :-1], self.params["W_embed"])
        Wx, Wh, b = (self.params[name] for name in ("Wx", "Wh", "b"))
        _, weights, _ = attention_lstm_forward(x, h0, A, Wx, Wh, b)
        return weights
