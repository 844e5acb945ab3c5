"""Probes of cs231n_rnn/training/clipping.py."""

import numpy as np

from cs231n_rnn.checking import call, case, random_arrays
from cs231n_rnn.training import clipping

CLIP = "clip_gradients"


def named(clipped, norm):
    """Clipped gradients and norm as one dict of arrays."""
    return {"norm": norm, **{f"clipped[{name!r}]": array for name, array in clipped.items()}}


@case(
    CLIP,
    above_the_bound={"max_norm": 2.0},
    below_the_bound={"max_norm": 100.0},
    far_above_the_bound={"max_norm": 1e-3, "scale": 1e6},
    float32={"max_norm": 1.5, "dtype": "float32"},
)
def clip(rng, max_norm, scale=1.0, dtype=float):
    Wx, Wh, b = random_arrays(rng, (3, 5), (5, 5), (5,), dtype=dtype)
    grads = {"Wx": scale * Wx, "Wh": scale * Wh, "b": scale * b}
    return named(*call(clipping.clip_gradients, grads, max_norm, returns="clipped, norm"))


@case(CLIP)
def one_number(rng):
    grads = {"loss": rng.standard_normal(())}
    return named(*call(clipping.clip_gradients, grads, 1e-2, returns="clipped, norm"))


@case(CLIP)
def zeros_beside_others(rng):
    """A gradient of zeros stays one; the others are clipped as ever."""
    grads = {"none": np.zeros(3), "some": rng.standard_normal((2, 4))}
    return named(*call(clipping.clip_gradients, grads, 0.5, returns="clipped, norm"))


@case(CLIP)
def gradients_stay_as_they_were(rng):
    (W,) = random_arrays(rng, (4, 3))
    grads = {"W": W.copy()}
    found = named(*call(clipping.clip_gradients, grads, 0.1, returns="clipped, norm"))
    return {**found, "original": grads["W"]}
