"""Probes of cs231n_rnn/layers/multilayer.py."""

import numpy as np

from cs231n_rnn.checking import call, call_backward, case, random_arrays
from cs231n_rnn.layers import multilayer
from cs231n_rnn.layers.cells import CELLS

SIZES = {
    "rnn_two_layers": {"cell_type": "rnn", "L": 2, "N": 2, "T": 4, "D": 3, "H": 5},
    "lstm_two_layers": {"cell_type": "lstm", "L": 2, "N": 2, "T": 4, "D": 3, "H": 5},
    "lstm_three_layers": {"cell_type": "lstm", "L": 3, "N": 3, "T": 3, "D": 2, "H": 4},
    # As many inputs as hidden units: what is taken from the wrong layer fits, and shows in numbers.
    "lstm_square": {"cell_type": "lstm", "L": 2, "N": 2, "T": 3, "D": 4, "H": 4},
    "rnn_one_layer": {"cell_type": "rnn", "L": 1, "N": 3, "T": 4, "D": 5, "H": 2},
    "lstm_one_example": {"cell_type": "lstm", "L": 2, "N": 1, "T": 3, "D": 4, "H": 3},
    "lstm_one_time_step": {"cell_type": "lstm", "L": 2, "N": 3, "T": 1, "D": 2, "H": 4},
    "lstm_one_input": {"cell_type": "lstm", "L": 2, "N": 3, "T": 4, "D": 1, "H": 2},
    "rnn_one_of_each": {"cell_type": "rnn", "L": 1, "N": 1, "T": 1, "D": 1, "H": 1},
    "lstm_float32": {"cell_type": "lstm", "L": 2, "N": 2, "T": 3, "D": 4, "H": 3}
    | {"dtype": "float32"},
}
# BEGIN HIDDEN
RNN = {"cell_type": "rnn", "small_weights": True}
LSTM = {"cell_type": "lstm", "small_weights": True}
HIDDEN_SIZES = {
    "rnn_four_layers": RNN | {"L": 4, "N": 3, "T": 2, "D": 5, "H": 4},
    "lstm_many_steps": LSTM | {"L": 2, "N": 2, "T": 13, "D": 3, "H": 4},
    "rnn_many_examples": RNN | {"L": 2, "N": 9, "T": 3, "D": 2, "H": 5},
    "lstm_one_hidden_unit": LSTM | {"L": 3, "N": 2, "T": 4, "D": 3, "H": 1},
    "rnn_as_wide_as_its_input": RNN | {"L": 3, "N": 2, "T": 4, "D": 5, "H": 5},
    "lstm_at_scale": LSTM | {"L": 2, "N": 16, "T": 8, "D": 24, "H": 20},
}
# Wide, for few examples: a loop over single numbers still ends in time, a difference for each
# weight does not.
WIDE = LSTM | {"L": 2, "N": 3, "T": 6, "D": 64, "H": 48}
# END HIDDEN


def inputs(rng, cell_type, L, N, T, D, H, dtype=float, small_weights=False):
    """x, h0, c0, weights; small weights keep the states away from their ends."""
    G = CELLS[cell_type].width(H)
    x, h0, c0 = random_arrays(rng, (N, T, D), (L, N, H), (L, N, H), dtype=dtype)
    weights = []
    for layer in range(L):
        below = H if layer else D
        Wx, Wh, b = random_arrays(rng, (below, G), (H, G), (G,), dtype=dtype)
        if small_weights:
            Wx, Wh = Wx / np.sqrt(below), Wh / np.sqrt(H)
        weights.append((Wx, Wh, b))
    return x, h0, c0, weights


# BEGIN HIDDEN
@case("multilayer_forward", hidden=True, **HIDDEN_SIZES)
# END HIDDEN
@case("multilayer_forward", **SIZES)
def forward(rng, cell_type, **sizes):
    arguments = inputs(rng, cell_type, **sizes)
    returns = "h, hT, cT, cache"
    h, hT, cT, _ = call(multilayer.multilayer_forward, *arguments, cell_type, returns=returns)
    return {"h": h, "hT": hT, "cT": cT}


@case("multilayer_forward", lstm_in_two_chunks={"cell_type": "lstm"})
def the_state_is_carried_from_chunk_to_chunk(rng, cell_type):
    x, h0, c0, weights = inputs(rng, cell_type, L=2, N=2, T=5, D=3, H=4)
    returns = "h, hT, cT, cache"
    first, hT, cT, _ = call(
        multilayer.multilayer_forward, x[:, :2], h0, c0, weights, cell_type, returns=returns
    )
    second, hT, cT, _ = call(
        multilayer.multilayer_forward, x[:, 2:], hT, cT, weights, cell_type, returns=returns
    )
    return {"h": np.concatenate([first, second], axis=1), "hT": hT, "cT": cT}


# BEGIN HIDDEN
@case("multilayer_forward", hidden=True, rnn_step_by_step=RNN, lstm_step_by_step=LSTM)
def a_chunk_for_each_step(rng, **cell):
    x, h, c, weights = inputs(rng, **cell, L=3, N=2, T=4, D=3, H=5)
    returns, found = "h, hT, cT, cache", {}
    for t in range(4):
        chunk = x[:, t : t + 1], h, c, weights, cell["cell_type"]
        _, h, c, _ = call(multilayer.multilayer_forward, *chunk, returns=returns)
        found[f"hT {t}"] = h
    return {**found, "cT": c}


@case(
    "multilayer_backward",
    hidden=True,
    tolerance=1e-7,
    rnn_gradient_at_the_last_step_only=RNN,
    lstm_gradient_at_the_last_step_only=LSTM,
)
def gradient_at_the_last_step_only(rng, **cell):
    return gradients(rng, slice(-1, None), **cell, L=2, N=3, T=5, D=2, H=4)


# END HIDDEN


# BEGIN HIDDEN
@case("multilayer_backward", hidden=True, tolerance=1e-7, **HIDDEN_SIZES)
@case("multilayer_backward", hidden=True, deadline=True, tolerance=1e-7, in_time=WIDE)
# END HIDDEN
@case("multilayer_backward", tolerance=1e-7, **SIZES)
def backward(rng, **sizes):
    return gradients(rng, slice(None), **sizes)


def gradients(rng, steps, cell_type, **sizes):
    """Gradients in a row, where the layer above uses the hidden states of some steps."""
    x, h0, c0, weights = inputs(rng, cell_type, **sizes)
    *_, cache = call(
        multilayer.multilayer_forward, x, h0, c0, weights, cell_type, returns="h, hT, cT, cache"
    )
    (full,) = random_arrays(rng, (*x.shape[:2], h0.shape[2]), dtype=x.dtype)
    dh = np.zeros_like(full)
    dh[:, steps] = full[:, steps]
    names = [f"{name} of layer {k}" for k in range(len(weights)) for name in ("dWx", "dWh", "db")]
    return call_backward(flat_backward, dh, cache, returns=", ".join(["dx", "dh0", "dc0", *names]))


def flat_backward(dh, cache):
    """All gradients in a row, those of the lowest layer's weights first."""
    dx, dh0, dc0, grads = call(
        multilayer.multilayer_backward, dh, cache, returns="dx, dh0, dc0, grads"
    )
    return dx, dh0, dc0, *(array for layer in grads for array in layer)
