"""Probes of cs231n_rnn/layers/embedding.py."""

import numpy as np

from cs231n_rnn.checking import case, draw
from cs231n_rnn.layers import embedding

SIZES = {
    "unequal_sizes": {"N": 2, "T": 4, "V": 7, "D": 3},
    "one_example": {"N": 1, "T": 4, "V": 7, "D": 3},
    "one_time_step": {"N": 3, "T": 1, "V": 5, "D": 2},
    "one_of_each": {"N": 1, "T": 1, "V": 1, "D": 1},
}


@case("word_embedding_forward", **SIZES)
def forward(rng, N, T, V, D):
    x = rng.integers(V, size=(N, T))
    (W,) = draw(rng, (V, D))
    out, _ = embedding.word_embedding_forward(x, W)
    return {"out": out}


@case(
    "word_embedding_backward",
    **SIZES,
    repeated_words={"N": 5, "T": 6, "V": 3, "D": 4},
)
def backward(rng, N, T, V, D):
    x = rng.integers(V, size=(N, T))
    W, dout = draw(rng, (V, D), (N, T, D))
    _, cache = embedding.word_embedding_forward(x, W)
    return {"dW": embedding.word_embedding_backward(dout, cache)}


@case("word_embedding_backward")
def one_word_everywhere(rng):
    N, T, V, D = 3, 4, 6, 2
    W, dout = draw(rng, (V, D), (N, T, D))
    _, cache = embedding.word_embedding_forward(np.full((N, T), 2), W)
    return {"dW": embedding.word_embedding_backward(dout, cache)}
