"""Visual question answering: an image and a question in, an answer out (Antol et al. 2015).

An LSTM reads the question; its state q after the last word looks at the image's locations. What
it sees there decides where it looks a second time (stacked attention, Yang et al. 2016). The
answer is one of a fixed list, so that the last layers are those of a classifier.
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
from cs231n_rnn.layers.attention import attention_backward, attention_forward
from cs231n_rnn.layers.cells import CELLS
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.lstm import lstm_backward, lstm_forward
from cs231n_rnn.layers.softmax import softmax_loss
from cs231n_rnn.models.checks import (
    require_answers,
    require_grid,
    require_symbols,
    require_vocabulary,
)
from cs231n_rnn.models.initialization import Initializer


class VQAModel:
    """A model that answers questions about images.

    Parameters
    ----------
    word_to_idx : dict of str to int
        The words of the questions, with an index for each of the V words; ``<NULL>`` among them.
    num_answers : int
        K, answers to choose from.
    input_dim : int
        C, numbers in the feature vector of a location.
    wordvec_dim : int
        W, numbers in a word vector.
    hidden_dim : int
        H, numbers in the hidden state.
    dtype : numpy dtype
        float32 to train, float64 to check gradients.
    rng : numpy.random.Generator, optional
        Draws the first weights. Seed 231 if not given.

    Attributes
    ----------
    params : dict of str to ndarray
        W_embed (V, W), Wx (W, 4H), Wh (H, 4H), b (4H,), W_proj (C, H), b_proj (H,),
        W_look (2H, H), b_look (H,), W_hidden (6H, 2H), b_hidden (2H,), W_answer (2H, K),
        b_answer (K,).

    Raises
    ------
    ValueError
        If the vocabulary lacks ``<NULL>`` or there is no answer.
    """

    def __init__(
        self,
        word_to_idx: dict[str, int],
        num_answers: int,
        input_dim: int = 130,
        wordvec_dim: int = 64,
        hidden_dim: int = 128,
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ) -> None:
        require_vocabulary(word_to_idx)
        if num_answers < 1:
            raise ValueError(f"num_answers is {num_answers}; VQAModel needs at least 1")
        self.word_to_idx = word_to_idx
        self._null = word_to_idx["<NULL>"]
        H, init = hidden_dim, Initializer(rng)
        init.embedding("W_embed", len(word_to_idx), wordvec_dim, divisor=10)
        init.recurrent(CELLS["lstm"], wordvec_dim, H)
        init.affine("proj", input_dim, H)
        init.affine("look", 2 * H, H)
        init.affine("hidden", 6 * H, 2 * H)
        init.affine("answer", 2 * H, num_answers)
        self.params = init.as_type(dtype)

    def scores(
        self, questions: np.ndarray, features: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, Any]:
        """Read the questions, look at the images twice and score the answers.

        Parameters
        ----------
        questions : ndarray of shape (N, T), integers
            Word indices of each question, padded after its end with ``<NULL>``.
        features : ndarray of shape (N, L, C)

        Returns
        -------
        scores : ndarray of shape (N, K)
            A score for every answer.
        weights : ndarray of shape (N, 2, L)
            Of the first look and of the second.
        cache : values that loss needs

        Raises
        ------
        ValueError
            If the shapes do not fit, or a question is empty, has padding before its end, or
            holds an index outside the vocabulary.
        """
        features = require_grid("VQAModel.scores", features, self.params)
        require_symbols(
            "VQAModel.scores", questions, self.word_to_idx, rows=len(features), name="questions"
        )
        # 1. word vectors, LSTM from a state of zeros; q is the state after the last word (N, H)
        # 2. temporal affine: the features become A (N, L, H); its mean over the locations is v
        # 3. first look: q over A gives s1; second look: u = affine of [q, s1], over A, gives s2
        # 4. affine of [q, v, s1, s2, q * s1, u * s2] (N, 6H), ReLU, affine to the answers
        raise NotImplementedError("TODO: implement VQAModel.scores in cs231n_rnn/models/vqa.py")

    def loss(
        self, questions: np.ndarray, features: np.ndarray, answers: np.ndarray
    ) -> tuple[float, dict[str, np.ndarray]]:
        """Loss and gradients on a minibatch.

        Parameters
        ----------
        questions : ndarray of shape (N, T), integers
        features : ndarray of shape (N, L, C)
        answers : ndarray of shape (N,), integers
            Indices of the right answers.

        Returns
        -------
        loss : float, in nats per question
        grads : dict of str to ndarray, with the keys and shapes of ``params``

        Raises
        ------
        ValueError
            As ``scores``, or if the answers do not fit.
        """
        require_answers("VQAModel.loss", answers, questions, self.params)
        # scores, softmax_loss, and then back through each line of scores. How many users has q,
        # and how many has A? Which steps of h get a gradient?
        raise NotImplementedError("TODO: implement VQAModel.loss in cs231n_rnn/models/vqa.py")

    def answer(self, questions: np.ndarray, features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The best answer to each question, and where the model looked for it.

        Parameters
        ----------
        questions : ndarray of shape (N, T), integers
        features : ndarray of shape (N, L, C)

        Returns
        -------
        answers : ndarray of shape (N,), integers
        weights : ndarray of shape (N, 2, L)

        Raises
        ------
        ValueError
            As ``scores``.
        """
        raise NotImplementedError("TODO: implement VQAModel.answer in cs231n_rnn/models/vqa.py")
