"""Probes of cs231n_rnn/models/captioning.py: tiny models with weights drawn for the case."""

import numpy as np

from cs231n_rnn.checking import call, case, random_arrays
from cs231n_rnn.models.captioning import CaptioningRNN
from cs231n_rnn.training.optim import adam

WORDS = "<NULL>", "<START>", "<END>", "<UNK>", "a", "cat", "dog", "sat"
MORE_WORDS = *WORDS, "on", "the", "mat", "by", "my", "hat"
NULL, START, END = 0, 1, 2
CELLS = {"rnn": {"cell_type": "rnn"}, "lstm": {"cell_type": "lstm"}}
BOTH_SIZES = {
    f"{cell}_{name}": {"cell_type": cell, "N": N, "T": T}
    for cell in ("rnn", "lstm")
    for name, N, T in (("unequal_sizes", 3, 5), ("one_example", 1, 4), ("one_word", 2, 1))
}


def make_model(rng, cell_type, D=4, W=3, H=6, words=WORDS):
    """A float64 model whose weights are large enough for every word to have its turn."""
    vocabulary = {word: index for index, word in enumerate(words)}
    model = CaptioningRNN(vocabulary, D, W, H, cell_type, dtype=np.float64)
    for name in sorted(model.params):
        model.params[name] = rng.standard_normal(model.params[name].shape)
    return model


def make_captions(rng, N, T):
    """<START>, up to T words and <END>, padded: every length from 0 to T has its turn."""
    captions = np.full((N, T + 2), NULL)
    captions[:, 0] = START
    for n in range(N):
        length = T - n % (T + 1)
        captions[n, 1 : length + 1] = rng.integers(3, len(WORDS), size=length)
        captions[n, length + 1] = END
    return captions


def named(loss, grads):
    """Loss and gradients as one dict of arrays."""
    return {"loss": loss, **{f"grads[{name!r}]": grads[name] for name in sorted(grads)}}


@case("CaptioningRNN.loss", **BOTH_SIZES, tolerance=1e-7)
def loss(rng, cell_type, N, T):
    model = make_model(rng, cell_type)
    (features,) = random_arrays(rng, (N, 4))
    return named(*call(model.loss, features, make_captions(rng, N, T), returns="loss, grads"))


@case(
    "CaptioningRNN.loss",
    tolerance=1e-7,
    **{f"{name}_one_time_step": value for name, value in CELLS.items()},
)
def captions_of_two_words(rng, cell_type):
    model = make_model(rng, cell_type)
    (features,) = random_arrays(rng, (3, 4))
    captions = np.array([[START, 4], [START, END], [START, 7]])
    return named(*call(model.loss, features, captions, returns="loss, grads"))


@case("CaptioningRNN.loss", all_masked=CELLS["lstm"], tolerance=1e-7)
def nothing_to_say(rng, cell_type):
    model = make_model(rng, cell_type)
    (features,) = random_arrays(rng, (2, 4))
    captions = np.full((2, 4), NULL)
    captions[:, 0] = START
    nothing, zeros = call(model.loss, features, captions, returns="loss, grads")
    # A loss that is always 0 is right here; it must also be right where there is something to say.
    captions[:, 1] = 4, 5
    something, grads = call(model.loss, features, captions, returns="loss, grads")
    return {
        **named(nothing, zeros),
        "loss with words": something,
        "grads['b'] with words": grads["b"],
    }


@case(
    "CaptioningRNN.loss",
    at_most={"final_loss": 0.1},
    tolerance=1e-6,
    overfits_rnn=CELLS["rnn"],
    overfits_lstm=CELLS["lstm"],
)
def overfits_three_captions(rng, cell_type):
    N, T, H = 3, 4, 16
    model = make_model(rng, cell_type, H=H)
    (features,) = random_arrays(rng, (N, 4))
    captions = make_captions(rng, N, T)
    for value in model.params.values():
        value /= 2  # from large weights some would not come down in so few steps
    configs = {name: {"learning_rate": 3e-2} for name in model.params}
    losses = []
    for _ in range(100):
        loss, grads = model.loss(features.copy(), captions.copy())
        losses.append(loss)
        for name, value in model.params.items():
            model.params[name], configs[name] = adam(value, grads[name], configs[name])
    return {"first_losses": np.array(losses[:5]), "final_loss": losses[-1]}


@case("CaptioningRNN.step", **CELLS)
def two_steps(rng, cell_type):
    model = make_model(rng, cell_type)
    N = 3
    (features,) = random_arrays(rng, (N, 4))
    first, state = call(
        model.step, model.initial_state(features), np.full(N, START), returns="scores, state"
    )
    second, _ = call(model.step, state, np.array([4, 7, 5]), returns="scores, state")
    return {"first_scores": first, "second_scores": second}


def make_speaker(rng, cell_type):
    """A model that says many different words, and none of the special ones."""
    model = make_model(rng, cell_type, H=16, words=MORE_WORDS)
    # Large weights: no word and no state is a resting point. No bias: no word is a favourite.
    model.params["Wx"] *= 4
    model.params["Wh"] *= 4
    model.params["b_vocab"][:] = 0
    model.params["b_vocab"][:4] = -1e6
    return model


def up_to_end(captions):
    """What comes after <END> is free: put <NULL> there."""
    captions = np.array(captions)
    ended = np.cumsum(captions == END, axis=1) - (captions == END) > 0
    return np.where(ended, NULL, captions)


@case(
    "CaptioningRNN.sample",
    rnn={"cell_type": "rnn", "N": 8},
    lstm={"cell_type": "lstm", "N": 8},
    rnn_one_image={"cell_type": "rnn", "N": 1},
    lstm_one_image={"cell_type": "lstm", "N": 1},
)
def greedy_captions(rng, cell_type, N):
    model = make_speaker(rng, cell_type)
    (features,) = random_arrays(rng, (N, 4))
    return {"captions": up_to_end(call(model.sample, features, 12))}


@case("CaptioningRNN.sample", **{f"{name}_ends_early": value for name, value in CELLS.items()})
def captions_that_end_at_different_times(rng, cell_type):
    model = make_speaker(rng, cell_type)
    model.params["b_vocab"][END] = 2
    (features,) = random_arrays(rng, (12, 4))
    return {"captions": up_to_end(call(model.sample, features, 9))}


@case("CaptioningRNN.sample", **{f"no_start_in_{name}": value for name, value in CELLS.items()})
def first_column_is_the_first_word(rng, cell_type):
    # <START> can never win, so it stands in a caption only if it was put there.
    model = make_speaker(rng, cell_type)
    (features,) = random_arrays(rng, (8, 4))
    captions = np.asarray(call(model.sample, features, 5))
    return {"holds_start": captions[:, 0] == START, "first_words": captions[:, 0]}
