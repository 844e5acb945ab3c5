"""Probes of cs231n_rnn/models/attention_captioning.py: tiny models, weights drawn for the case."""

import numpy as np

from cs231n_rnn.checking import call, case, random_arrays
from cs231n_rnn.models.attention_captioning import AttentionCaptioningLSTM
from cs231n_rnn.training.optim import adam

WORDS = "<NULL>", "<START>", "<END>", "<UNK>", "a", "cat", "dog", "sat"
NULL, START, END = 0, 1, 2
LOSS = {
    "unequal_sizes": {"N": 3, "T": 5, "L": 2, "C": 4},
    "one_example": {"N": 1, "T": 4, "L": 3},
    "one_word": {"N": 2, "T": 1, "L": 5, "C": 5},
    "one_location": {"N": 2, "T": 3, "L": 1},
    # As many of each: what stands in the wrong place fits, and shows in the numbers.
    "cube": {"N": 3, "T": 3, "L": 4, "C": 4, "W": 4, "H": 4},
}


def make_model(rng, C=6, W=3, H=6):
    """A float64 model whose weights are large enough for every word to have its turn."""
    vocabulary = {word: index for index, word in enumerate(WORDS)}
    model = AttentionCaptioningLSTM(vocabulary, C, W, H, dtype=np.float64)
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


@case("AttentionCaptioningLSTM.loss", **LOSS, tolerance=1e-7)
def loss(rng, N, T, L, C=6, **sizes):
    model = make_model(rng, C, **sizes)
    (features,) = random_arrays(rng, (N, L, C))
    return named(*call(model.loss, features, make_captions(rng, N, T), returns="loss, grads"))


@case("AttentionCaptioningLSTM.loss", tolerance=1e-7)
def one_time_step(rng):
    model = make_model(rng)
    (features,) = random_arrays(rng, (3, 2, 6))
    captions = np.array([[START, 4], [START, END], [START, 7]])
    return named(*call(model.loss, features, captions, returns="loss, grads"))


@case("AttentionCaptioningLSTM.loss", tolerance=1e-7)
def all_masked(rng):
    model = make_model(rng)
    (features,) = random_arrays(rng, (2, 3, 6))
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


@case("AttentionCaptioningLSTM.loss", at_most={"final_loss": 0.1}, tolerance=1e-6)
def overfits_three_captions(rng):
    N, T, L = 3, 4, 5
    model = make_model(rng, C=16, H=16)
    (features,) = random_arrays(rng, (N, L, 16))
    captions = make_captions(rng, N, T)
    for value in model.params.values():
        value /= 2  # from large weights some would not come down in so few steps
    configs = {name: {"learning_rate": 3e-2} for name in model.params}
    losses = []
    for _ in range(200):
        loss, grads = model.loss(features.copy(), captions.copy())
        losses.append(loss)
        for name, value in model.params.items():
            model.params[name], configs[name] = adam(value, grads[name], configs[name])
    return {"first_losses": np.array(losses[:5]), "final_loss": losses[-1]}


def next_state(state):
    """Named so that the message about a wrong number of arrays says of what."""
    return state


@case(
    "AttentionCaptioningLSTM.step",
    unequal_sizes={"N": 3, "L": 5, "C": 4},
    one_image={"N": 1, "L": 4},
    one_location={"N": 2, "L": 1},
    square={"N": 2, "L": 4, "C": 4, "W": 4, "H": 4},
)
def two_steps(rng, N, L, C=6, **sizes):
    model = make_model(rng, C, **sizes)
    (features,) = random_arrays(rng, (N, L, C))
    state, words = model.initial_state(features), np.full(N, START)
    found = {}
    for step in ("first", "second"):
        scores, state = call(model.step, state, words, returns="scores, state")
        _, _, A, weights = call(next_state, state, returns="h, c, A, weights")
        found |= {f"{step}_scores": scores, f"{step}_weights": weights}
        words = 4 + np.arange(N)
    return {**found, "A": A}


@case("AttentionCaptioningLSTM.step")
def greedy_captions(rng):
    """What is provided around the step: greedy decoding."""
    model = make_model(rng, H=16)
    # Large weights: no word and no state is a resting point. No bias: no word is a favourite.
    model.params["Wx"] *= 4
    model.params["Wh"] *= 4
    model.params["b_vocab"][:] = 0
    model.params["b_vocab"][:4] = -1e6
    (features,) = random_arrays(rng, (6, 3, 6))
    return {"captions": call(model.sample, features, 9)}
