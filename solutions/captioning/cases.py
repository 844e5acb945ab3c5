"""Hidden probes of cs231n_rnn/models/captioning.py."""

import numpy as np

from cs231n_rnn.checking import call, case, random_arrays
from cs231n_rnn.models.captioning import CaptioningRNN

NULL, START, END = 0, 1, 2
VOCABULARY = {"<NULL>": NULL, "<START>": START, "<END>": END, "<UNK>": 3}
CELLS = {"rnn": {"cell_type": "rnn"}, "lstm": {"cell_type": "lstm"}}


def make_model(rng, cell_type, V=11, D=3, W=7, H=5):
    """A float64 model with as many words more as the vocabulary is to have."""
    vocabulary = VOCABULARY | {f"word{v}": v for v in range(len(VOCABULARY), V)}
    model = CaptioningRNN(vocabulary, D, W, H, cell_type, dtype=np.float64)
    for name in sorted(model.params):
        model.params[name] = rng.standard_normal(model.params[name].shape) / 2
    return model


def loss_of(model, rng, lengths, T):
    """Loss and gradients on captions of given lengths."""
    N = len(lengths)
    (features,) = random_arrays(rng, (N, 3))
    captions = np.full((N, T + 2), NULL)
    captions[:, 0] = START
    for n, length in enumerate(lengths):
        captions[n, 1 : length + 1] = rng.integers(3, 11, size=length)
        captions[n, length + 1] = END
    loss, grads = call(model.loss, features, captions, returns="loss, grads")
    return {"loss": loss, **{f"grads[{name!r}]": grads[name] for name in sorted(grads)}}


@case("CaptioningRNN.loss", tolerance=1e-7, **{f"{c}_long_captions": s for c, s in CELLS.items()})
def long_captions(rng, cell_type):
    return loss_of(make_model(rng, cell_type), rng, [3, 12, 7, 12, 0], T=12)


@case("CaptioningRNN.loss", tolerance=1e-7, **{f"{c}_no_padding": s for c, s in CELLS.items()})
def no_padding(rng, cell_type):
    return loss_of(make_model(rng, cell_type), rng, [4, 4], T=4)


# Weights enough that a difference for each of them does not end in time.
@case(
    "CaptioningRNN.loss",
    deadline=True,
    tolerance=1e-7,
    **{f"{c}_in_time": s for c, s in CELLS.items()},
)
def in_time(rng, cell_type):
    return loss_of(make_model(rng, cell_type, V=400, W=64, H=32), rng, [3, 2, 1], T=3)


@case("CaptioningRNN.step", **{f"{c}_three_steps": s for c, s in CELLS.items()})
def three_steps(rng, cell_type):
    model = make_model(rng, cell_type)
    (features,) = random_arrays(rng, (1, 3))
    state = model.initial_state(features)
    found = {}
    for t, word in enumerate((START, 5, 9)):
        found[f"scores {t}"], state = call(
            model.step, state, np.array([word]), returns="scores, state"
        )
    return found


@case(
    "CaptioningRNN.sample",
    **{f"{c}_one_word": s | {"T": 1} for c, s in CELLS.items()},
    **{f"{c}_many_words": s | {"T": 12} for c, s in CELLS.items()},
)
def greedy_captions(rng, cell_type, T):
    model = make_model(rng, cell_type, H=14)
    # Words alone can win, so that no caption ends; and large weights let them change.
    model.params["b_vocab"][:] = 0
    model.params["b_vocab"][:4] = -1e6
    model.params["Wx"] *= 8
    model.params["Wh"] *= 8
    (features,) = random_arrays(rng, (20, 3))
    return {"captions": np.asarray(call(model.sample, 3 * features, T))}
