"""Probes of cs231n_rnn/layers/embedding.py."""

import numpy as np

from cs231n_rnn.checking import call, call_backward, case, random_arrays
from cs231n_rnn.layers import embedding

SIZES = {
    "unequal_sizes": {"N": 2, "T": 4, "V": 7, "D": 3},
    "one_example": {"N": 1, "T": 4, "V": 7, "D": 3},
    "one_time_step": {"N": 3, "T": 1, "V": 5, "D": 2},
    "one_number_a_word": {"N": 3, "T": 4, "V": 5, "D": 1},
    "one_of_each": {"N": 1, "T": 1, "V": 1, "D": 1},
    "float32": {"N": 3, "T": 2, "V": 4, "D": 3, "dtype": "float32"},
}


@case("word_embedding_forward", **SIZES)
def forward(rng, N, T, V, D, dtype=float, kind=np.int64):
    x = rng.integers(V, size=(N, T)).astype(kind)
    (W,) = random_arrays(rng, (V, D), dtype=dtype)
    out, _ = call(embedding.word_embedding_forward, x, W, returns="out, cache")
    return {"out": out}


def gradient(x, W, dout):
    """Gradient of the word vectors, by the student's two functions."""
    _, cache = call(embedding.word_embedding_forward, x, W, returns="out, cache")
    return call_backward(embedding.word_embedding_backward, dout, cache, returns="dW")


@case(
    "word_embedding_backward",
    **SIZES,
    repeated_words={"N": 5, "T": 6, "V": 3, "D": 4},
)
def backward(rng, N, T, V, D, dtype=float, kind=np.int64):
    x = rng.integers(V, size=(N, T)).astype(kind)
    return gradient(x, *random_arrays(rng, (V, D), (N, T, D), dtype=dtype))


@case("word_embedding_backward")
def one_word_everywhere(rng):
    N, T, V, D = 3, 4, 6, 2
    return gradient(np.full((N, T), 2), *random_arrays(rng, (V, D), (N, T, D)))
