"""Training: update rules, the solver with its checkpoints, and numerical gradients.

A model is anything with ``params`` and ``loss(*batch) -> (loss, grads)``; nothing here knows
of layers or captions beyond that.
"""

from cs231n_rnn.training.captioning_solver import CaptioningSolver
from cs231n_rnn.training.clipping import clip_gradients
from cs231n_rnn.training.gradient_check import (
    compare_gradients,
    complex_step_gradient,
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    rel_error,
)
from cs231n_rnn.training.optim import adam, rmsprop, sgd, sgd_momentum
from cs231n_rnn.training.solver import Model, Solver
from cs231n_rnn.training.truncated import TruncatedBPTT, bits_per_character

__all__ = [
    "CaptioningSolver",
    "Model",
    "Solver",
    "TruncatedBPTT",
    "adam",
    "bits_per_character",
    "clip_gradients",
    "compare_gradients",
    "complex_step_gradient",
    "eval_numerical_gradient",
    "eval_numerical_gradient_array",
    "rel_error",
    "rmsprop",
    "sgd",
    "sgd_momentum",
]
