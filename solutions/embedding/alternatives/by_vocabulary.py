"""A loop over the vocabulary with a mask for each word, both ways; the cache is an object."""

import numpy as np


class Memory:
    def __init__(self, **things):
        self.__dict__.update(things)


def word_embedding_forward(x, W):
    assert x.ndim == 2, "une ligne par phrase"
    out = np.empty((*x.shape, W.shape[1]), dtype=W.dtype, order="F")
    for word, vector in enumerate(W):
        out[x == word] = vector  # chaque mot reçoit son vecteur
    memory = Memory(x=x, V=len(W))
    return out, memory


def word_embedding_backward(dout, memory):
    # mots absents : la somme d'un ensemble vide est zéro
    return np.array([dout[memory.x == word].sum(axis=0) for word in range(memory.V)])
