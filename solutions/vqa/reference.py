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
        # BEGIN SOLUTION
        p = self.params
        q, question_cache = _read(p, questions, (questions != self._null).sum(axis=1) - 1)
        A, proj_cache = temporal_affine_forward(features, p["W_proj"], p["b_proj"])  # (N, L, H)
        s1, u, s2, weights, look_cache = _look_twice(p, q, A)
        z = np.concatenate([q, A.mean(axis=1), s1, s2, q * s1, u * s2], axis=1)  # (N, 6H)
        a, hidden_cache = affine_forward(z, p["W_hidden"], p["b_hidden"])
        scores, answer_cache = affine_forward(np.maximum(a, 0), p["W_answer"], p["b_answer"])
        caches = question_cache, proj_cache, look_cache, hidden_cache, answer_cache
        return scores, weights, (A, q, s1, u, s2, a, caches)
        # END SOLUTION

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
        # BEGIN SOLUTION
        scores, _, cache = self.scores(questions, features)
        A, q, s1, u, s2, a, caches = cache
        question_cache, proj_cache, look_cache, hidden_cache, answer_cache = caches
        loss, dscores = softmax_loss(scores, answers)

        grads = {}
        da, grads["W_answer"], grads["b_answer"] = affine_backward(dscores, answer_cache)
        dz, grads["W_hidden"], grads["b_hidden"] = affine_backward(da * (a > 0), hidden_cache)
        dq, dv, ds1, ds2, dqs1, dus2 = np.split(dz, 6, axis=1)
        dq_look, dA, grads["W_look"], grads["b_look"] = _look_twice_backward(
            ds1 + dqs1 * q, dus2 * s2, ds2 + dus2 * u, look_cache
        )
        dA = dA + dv[:, np.newaxis] / A.shape[1]
        _, grads["W_proj"], grads["b_proj"] = temporal_affine_backward(dA, proj_cache)
        return loss, grads | _read_backward(dq + dqs1 * s1 + dq_look, question_cache)
        # END SOLUTION

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
        # BEGIN SOLUTION
        scores, weights, _ = self.scores(questions, features)
        return scores.argmax(axis=1), weights
        # END SOLUTION


# BEGIN SOLUTION
def _read(
    p: dict[str, np.ndarray], questions: np.ndarray, last: np.ndarray
) -> tuple[np.ndarray, Any]:
    """The hidden state (N, H) at the last word of each question."""
    x, embed_cache = word_embedding_forward(questions, p["W_embed"])
    h0 = np.zeros((len(x), len(p["Wh"])), dtype=x.dtype)
    h, lstm_cache = lstm_forward(x, h0, p["Wx"], p["Wh"], p["b"])
    words = np.arange(len(x)), last
    return h[words], (h.shape, words, embed_cache, lstm_cache)


def _read_backward(dq: np.ndarray, cache: Any) -> dict[str, np.ndarray]:
    """Gradients of the LSTM and of the word vectors."""
    shape, words, embed_cache, lstm_cache = cache
    dh = np.zeros(shape, dq.dtype)
    dh[words] = dq
    dx, _, dWx, dWh, db = lstm_backward(dh, lstm_cache)
    return {"Wx": dWx, "Wh": dWh, "b": db, "W_embed": word_embedding_backward(dx, embed_cache)}


def _look_twice(p: dict[str, np.ndarray], q: np.ndarray, A: np.ndarray) -> tuple[Any, ...]:
    """What is seen first (s1), what is looked for then (u), what is seen (s2); both weights."""
    s1, weights1, first = attention_forward(q, A)
    u, between = affine_forward(np.concatenate([q, s1], axis=1), p["W_look"], p["b_look"])
    s2, weights2, second = attention_forward(u, A)
    return s1, u, s2, np.stack([weights1, weights2], axis=1), (first, between, second)


def _look_twice_backward(
    ds1: np.ndarray, du: np.ndarray, ds2: np.ndarray, cache: Any
) -> tuple[np.ndarray, ...]:
    """Gradients of q, A, W_look and b_look."""
    first, between, second = cache
    du_second, dA_second = attention_backward(ds2, second)
    djoined, dW_look, db_look = affine_backward(du + du_second, between)
    dq, ds1_joined = np.split(djoined, 2, axis=1)
    dq_first, dA_first = attention_backward(ds1 + ds1_joined, first)
    return dq + dq_first, dA_first + dA_second, dW_look, db_look


# END SOLUTION
