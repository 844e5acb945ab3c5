"""Hidden probes of cs231n_rnn/models/attention_captioning.py."""

import numpy as np

from cs231n_rnn.checking import call, case, random_arrays
from cs231n_rnn.models.attention_captioning import AttentionCaptioningLSTM

NULL, START, END = 0, 1, 2
VOCABULARY = {"<NULL>": NULL, "<START>": START, "<END>": END, "<UNK>": 3}


def make_model(rng, V=11, C=3, W=7, H=5):
    """A float64 model with as many words more as the vocabulary is to have."""
    vocabulary = VOCABULARY | {f"word{v}": v for v in range(len(VOCABULARY), V)}
    model = AttentionCaptioningLSTM(vocabulary, C, W, H, dtype=np.float64)
    for name in sorted(model.params):
        model.params[name] = rng.standard_normal(model.params[name].shape) / 2
    return model


def loss_of(model, rng, lengths, T, L):
    """Loss and gradients on captions of given lengths."""
    N = len(lengths)
    (features,) = random_arrays(rng, (N, L, len(model.params["W_proj"])))
    captions = np.full((N, T + 2), NULL)
    captions[:, 0] = START
    for n, length in enumerate(lengths):
        captions[n, 1 : length + 1] = rng.integers(3, 11, size=length)
        captions[n, length + 1] = END
    loss, grads = call(model.loss, features, captions, returns="loss, grads")
    return {"loss": loss, **{f"grads[{name!r}]": grads[name] for name in sorted(grads)}}


@case("AttentionCaptioningLSTM.loss", tolerance=1e-7)
def long_captions(rng):
    return loss_of(make_model(rng), rng, [3, 12, 7, 12, 0], T=12, L=6)


@case("AttentionCaptioningLSTM.loss", tolerance=1e-7)
def no_padding(rng):
    return loss_of(make_model(rng), rng, [4, 4], T=4, L=9)


@case("AttentionCaptioningLSTM.loss", tolerance=1e-7)
def seen_as_one_vector(rng):
    return loss_of(make_model(rng, C=5), rng, [2, 3, 0], T=3, L=1)


# Weights enough that a difference for each of them does not end in time.
@case("AttentionCaptioningLSTM.loss", deadline=True, tolerance=1e-7)
def in_time(rng):
    return loss_of(make_model(rng, V=400, W=64, H=32), rng, [3, 2, 1], T=3, L=4)


@case("AttentionCaptioningLSTM.step")
def three_steps(rng):
    model = make_model(rng)
    (features,) = random_arrays(rng, (1, 7, 3))
    state = model.initial_state(features)
    found = {}
    for t, word in enumerate((START, 5, 9)):
        found[f"scores {t}"], state = call(
            model.step, state, np.array([word]), returns="scores, state"
        )
        found[f"weights {t}"] = state[3]
    return found


@case("AttentionCaptioningLSTM.step", one_word={"T": 1}, many_words={"T": 12})
def greedy_captions(rng, T):
    model = make_model(rng, H=14)
    # Words alone can win, so that no caption ends; and large weights let them change.
    model.params["b_vocab"][:] = 0
    model.params["b_vocab"][:4] = -1e6
    model.params["Wx"] *= 8
    model.params["Wh"] *= 8
    (features,) = random_arrays(rng, (20, 4, 3))
    return {"captions": call(model.sample, features, T)}
