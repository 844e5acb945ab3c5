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


# BEGIN HIDDEN
@case(
    CLIP,
    hidden=True,
    many_arrays={"shapes": [(2,), (3, 1), (1, 4), (2, 2, 2), (), (5,)], "max_norm": 1.0},
    one_array={"shapes": [(4, 3)], "max_norm": 0.3},
    just_above={"shapes": [(6, 6), (6,)], "max_norm": 0.99, "norm": 1.0},
    just_below={"shapes": [(6, 6), (6,)], "max_norm": 1.01, "norm": 1.0},
    small_numbers={"shapes": [(3, 4), (4,)], "max_norm": 1e-7, "norm": 1e-5},
    at_scale={"shapes": [(200, 160), (40, 160), (160,)], "max_norm": 5.0},
)
def hidden_clip(rng, shapes, max_norm, norm=None):
    arrays = random_arrays(rng, *shapes)
    if norm is not None:
        length = np.sqrt(sum(np.sum(a**2) for a in arrays))
        arrays = [a * (norm / length) for a in arrays]
    grads = {f"p{number}": np.array(a) for number, a in enumerate(arrays)}
    return named(*call(clipping.clip_gradients, grads, max_norm, returns="clipped, norm"))


@case(CLIP, hidden=True)
def twice(rng):
    """What has been clipped is clipped no further, and the first arrays stay as they were."""
    grads = dict(zip(("W", "b"), random_arrays(rng, (5, 2), (2,)), strict=True))
    once, norm = call(clipping.clip_gradients, grads, 0.7, returns="clipped, norm")
    twice, norm_after = call(clipping.clip_gradients, once, 0.71, returns="clipped, norm")
    found = named(twice, norm)
    return {**found, "norm after clipping": norm_after, "original": grads["W"]}


# END HIDDEN
