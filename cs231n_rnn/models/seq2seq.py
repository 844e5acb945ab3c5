"""Sequence to sequence (Sutskever et al. 2014): one LSTM reads, another one writes.

The encoder sums up a source of any length in its last hidden state, from which the decoder begins
to write: many-to-one, then one-to-many. With attention (Bahdanau et al. 2015) the decoder also
looks at the encoder's hidden states, one for each source symbol, before each symbol that it writes.
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
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.lstm import lstm_backward, lstm_forward, lstm_step_forward
from cs231n_rnn.layers.packing import longest_first
from cs231n_rnn.layers.softmax import packed_softmax_loss, temporal_softmax_loss
from cs231n_rnn.models.beam_search import GreedyDecoder
from cs231n_rnn.models.checks import require_symbols, require_vocabulary
from cs231n_rnn.models.initialization import Initializer

State = tuple[np.ndarray, ...]


class Seq2Seq(GreedyDecoder):
    """An LSTM that reads a sequence, and an LSTM that writes another one.

    Parameters
    ----------
    source_to_idx : dict of str to int
        An index for each of the Vs symbols of the sources, ``<NULL>`` among them.
    target_to_idx : dict of str to int
        An index for each of the Vt symbols of the targets, with ``<NULL>``, ``<START>`` and
        ``<END>``.
    wordvec_dim : int
        W, numbers in the vector of a symbol.
    hidden_dim : int
        H, numbers in the hidden state of either LSTM.
    attention : bool
        Whether the decoder looks at the encoder's states.
    dtype : numpy dtype
        float32 to train, float64 to check gradients.
    rng : numpy.random.Generator, optional
        Draws the first weights. Seed 231 if not given.

    Attributes
    ----------
    params : dict of str to ndarray
        W_source (Vs, W), Wx_encoder (W, 4H), Wh_encoder (H, 4H), b_encoder (4H,);
        W_target (Vt, W), Wx_decoder (W, 4H) or, with attention, (W + H, 4H), Wh_decoder (H, 4H),
        b_decoder (4H,), W_vocab (H, Vt), b_vocab (Vt,).

    Raises
    ------
    ValueError
        If a vocabulary lacks one of these symbols.
    """

    def __init__(
        self,
        source_to_idx: dict[str, int],
        target_to_idx: dict[str, int],
        wordvec_dim: int = 64,
        hidden_dim: int = 128,
        attention: bool = False,
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ) -> None:
        require_vocabulary(source_to_idx)
        require_vocabulary(target_to_idx, "<START>", "<END>")
        self.source_to_idx, self.target_to_idx = source_to_idx, target_to_idx
        self.vocabulary = target_to_idx
        self.hidden_dim, self.attention = hidden_dim, attention
        self._null_source, self._null = source_to_idx["<NULL>"], target_to_idx["<NULL>"]
        W, H, Vt, init = wordvec_dim, hidden_dim, len(target_to_idx), Initializer(rng)
        init.embedding("W_source", len(source_to_idx), W, divisor=np.sqrt(W))
        init.recurrent(CELLS["lstm"], W, H, "_encoder")
        init.embedding("W_target", Vt, W, divisor=np.sqrt(W))
        init.recurrent(CELLS["lstm"], W + H if attention else W, H, "_decoder")
        init.affine("vocab", H, Vt)
        self.params = init.as_type(dtype)

    @property
    def decoder_weights(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Wx, Wh and b of the decoder."""
        p = self.params
        return p["Wx_decoder"], p["Wh_decoder"], p["b_decoder"]

    def encode(self, source: np.ndarray) -> tuple[np.ndarray, np.ndarray, Any]:
        """Read sequences of different lengths.

        Parameters
        ----------
        source : ndarray of shape (N, S), integers
            The symbols, padded with ``<NULL>``.

        Returns
        -------
        last : ndarray of shape (N, H)
            The hidden state at the last symbol of each sequence.
        states : ndarray of shape (N, S, H)
            All hidden states. What is in the padding is free.
        cache : values that encode_backward needs

        Raises
        ------
        ValueError
            If a sequence is empty, or holds an index outside the vocabulary or a gap.
        """
        lengths = require_symbols("Seq2Seq.encode", source, self.source_to_idx)  # (N,)
        # Embedding, then your LSTM from a hidden state of zeros. Each sequence has its own last
        # step: pick the states there with lengths. (lstm_forward can leave out the padding if
        # the longest sequence comes first; whoever sorts must undo it afterwards.)
        raise NotImplementedError("TODO: implement Seq2Seq.encode in cs231n_rnn/models/seq2seq.py")

    def encode_backward(
        self, dlast: np.ndarray, dstates: np.ndarray, cache: Any
    ) -> dict[str, np.ndarray]:
        """Gradients of the encoder's parameters.

        Parameters
        ----------
        dlast : ndarray of shape (N, H)
        dstates : ndarray of shape (N, S, H)
            From whoever looks at the states; zeros at the padding.
        cache : from encode

        Returns
        -------
        dict of str to ndarray
            For W_source, Wx_encoder, Wh_encoder and b_encoder.
        """
        # The last state has two users: it is one of the states, too.
        raise NotImplementedError(
            "TODO: implement Seq2Seq.encode_backward in cs231n_rnn/models/seq2seq.py"
        )

    def loss(self, source: np.ndarray, target: np.ndarray) -> tuple[float, dict[str, np.ndarray]]:
        """Loss and gradients on a minibatch, with teacher forcing.

        Parameters
        ----------
        source : ndarray of shape (N, S), integers
            The symbols to read, padded with ``<NULL>``.
        target : ndarray of shape (N, T + 1), integers
            ``<START>``, the symbols to write, ``<END>``, padded with ``<NULL>``.

        Returns
        -------
        loss : float, in nats per sequence
        grads : dict of str to ndarray, with the keys and shapes of ``params``

        Raises
        ------
        ValueError
            If there are not as many targets as sources, or one of them does not fit.
        """
        require_symbols("Seq2Seq.loss", source, self.source_to_idx)
        require_symbols("Seq2Seq.loss", target, self.target_to_idx, least=2, rows=len(source))
        target_in, target_out = target[:, :-1], target[:, 1:]
        mask = target_out != self._null  # (N, T), True where a symbol must be written
        counts = source != self._null_source  # (N, S), True where a symbol was read

        # 1. encode: the decoder's initial hidden state, and the states to look at
        # 2. embedding: the symbols that the decoder reads become vectors       (N, T, W)
        # 3. LSTM or, with attention, attention LSTM over the states that count   (N, T, H)
        # 4. temporal affine and temporal softmax, as in CaptioningRNN.loss
        # Then back through all four. Without attention nobody looked at the states.
        raise NotImplementedError("TODO: implement Seq2Seq.loss in cs231n_rnn/models/seq2seq.py")

    def initial_state(self, source: np.ndarray) -> State:
        """State of the decoder before the first symbol.

        Parameters
        ----------
        source : ndarray of shape (N, S), integers

        Returns
        -------
        h : ndarray of shape (N, H), the encoder's last hidden state
        c : ndarray of shape (N, H), zeros

        With attention also

        states : ndarray of shape (N, S, H), which stay as they are
        counts : ndarray of shape (N, S), boolean, True where a symbol was read; it stays, too
        weights : ndarray of shape (N, S), zeros: it has not looked yet
        """
        last, states, _ = self.encode(source)
        if not self.attention:
            return last, np.zeros_like(last)
        counts = source != self._null_source
        return last, np.zeros_like(last), states, counts, np.zeros_like(states[:, :, 0])

    def step(self, state: State, symbols: np.ndarray) -> tuple[np.ndarray, State]:
        """Read one symbol and score the next: what ``sample`` and beam search repeat.

        Parameters
        ----------
        state : tuple of ndarrays, as from ``initial_state``
        symbols : ndarray of shape (N,), integers
            The symbol that each target has reached.

        Returns
        -------
        scores : ndarray of shape (N, Vt)
        state : tuple of ndarrays
            With the weights of the look that led to these scores, if there is attention.
        """
        # As in CaptioningRNN.step, and with attention as in AttentionCaptioningLSTM.step.
        raise NotImplementedError("TODO: implement Seq2Seq.step in cs231n_rnn/models/seq2seq.py")

    def look(self, source: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Where the decoder looks before each symbol of given targets.

        Parameters
        ----------
        source : ndarray of shape (N, S), integers
        targets : ndarray of shape (N, T), integers
            Without ``<START>``, as ``sample`` and ``beam_search`` write them.

        Returns
        -------
        weights : ndarray of shape (N, T, S)
            Behind a target's end they mean nothing.

        Raises
        ------
        ValueError
            If the model has no attention, or a source or a target does not fit.
        """
        if not self.attention:
            raise ValueError("this model has no attention; Seq2Seq.look needs one that has")
        read = np.insert(targets, 0, self.target_to_idx["<START>"], axis=1)  # (N, T + 1)
        require_symbols("Seq2Seq.look", read, self.target_to_idx, least=2, rows=len(source))
        last, _, states, counts, _ = self.initial_state(source)
        x, _ = word_embedding_forward(read[:, :-1], self.params["W_target"])
        _, weights, _ = attention_lstm_forward(x, last, states, *self.decoder_weights, mask=counts)
        return weights
