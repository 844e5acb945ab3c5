"""Hidden probes of cs231n_rnn/layers/embedding.py."""

import numpy as np

from cs231n_rnn.checking import call, call_backward, case, random_arrays
from cs231n_rnn.layers import embedding

SIZES = {
    "large_vocabulary": {"N": 3, "T": 2, "V": 40, "D": 5},
    "long_sequences": {"N": 2, "T": 25, "V": 6, "D": 3},
    "indices_of_32_bits": {"N": 4, "T": 3, "V": 9, "D": 2, "kind": np.int32},
    "at_scale": {"N": 64, "T": 20, "V": 500, "D": 64},
}


@case("word_embedding_forward", **SIZES)
def forward(rng, N, T, V, D, kind=np.int64):
    x = rng.integers(V, size=(N, T)).astype(kind)
    (W,) = random_arrays(rng, (V, D))
    out, _ = call(embedding.word_embedding_forward, x, W, returns="out, cache")
    return {"out": out}


def gradient(rng, N, T, V, D, kind=np.int64):
    """Gradient of the word vectors, by the student's two functions."""
    x = rng.integers(V, size=(N, T)).astype(kind)
    W, dout = random_arrays(rng, (V, D), (N, T, D))
    _, cache = call(embedding.word_embedding_forward, x, W, returns="out, cache")
    return call_backward(embedding.word_embedding_backward, dout, cache, returns="dW")


@case("word_embedding_backward", **SIZES)
def backward(rng, **sizes):
    return gradient(rng, **sizes)


# A large vocabulary: a difference for each of its numbers does not end in time.
@case("word_embedding_backward", deadline=True, in_time={"N": 16, "T": 10, "V": 4000, "D": 64})
def backward_in_time(rng, **sizes):
    return gradient(rng, **sizes)
