"""Replaces provided layers and other files' functions from within its own file."""

import numpy as np

from cs231n_rnn.layers import affine, embedding
from cs231n_rnn.training import optim


def zeros(*arguments):
    return np.zeros((2, 4, 3)), None


affine.affine_forward = zeros
embedding.word_embedding_backward = zeros
optim.adam = zeros


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    return np.zeros_like(prev_h), None
