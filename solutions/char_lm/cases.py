"""Probes of cs231n_rnn/models/char_lm.py: tiny models with weights drawn for the case."""

import numpy as np

from cs231n_rnn.checking import call, case, random_arrays
from cs231n_rnn.models.char_lm import CharLM

CHARS = "abcdefghij"
RNN, LSTM = {"cell_type": "rnn"}, {"cell_type": "lstm"}


def make_model(rng, cell_type, num_layers=1, H=6, large=1.0, chars=CHARS):
    """A float64 model whose weights are large enough for every character to have its turn."""
    vocabulary = {char: index for index, char in enumerate(chars)}
    model = CharLM(vocabulary, H, num_layers, cell_type, dtype=np.float64)
    for name in sorted(model.params):
        model.params[name] = large * rng.standard_normal(model.params[name].shape)
    return model


def named(loss, grads, state):
    """All that ``loss`` returns as one dict of arrays."""
    arrays = {f"grads[{name!r}]": grads[name] for name in sorted(grads)}
    return {"loss": loss, "hidden state": state[0], "cell state": state[1], **arrays}


@case(
    "CharLM.loss",
    tolerance=1e-7,
    rnn=RNN | {"num_layers": 1, "N": 3, "T": 5},
    lstm=LSTM | {"num_layers": 1, "N": 2, "T": 4},
    lstm_two_layers=LSTM | {"num_layers": 2, "N": 2, "T": 3},
    rnn_three_layers=RNN | {"num_layers": 3, "N": 3, "T": 2},
    lstm_one_time_step=LSTM | {"num_layers": 1, "N": 3, "T": 1},
    one_of_each=LSTM | {"num_layers": 1, "N": 1, "T": 1},
)
def loss(rng, cell_type, num_layers, N, T):
    model = make_model(rng, cell_type, num_layers)
    x, y = rng.integers(len(CHARS), size=(2, N, T))
    return named(*call(model.loss, x, y, returns="loss, grads, state"))


@case("CharLM.loss", tolerance=1e-7, rnn_carried_state=RNN, lstm_carried_state=LSTM)
def second_chunk(rng, cell_type):
    N, L, H = 2, 2, 6
    model = make_model(rng, cell_type, L)
    x, y = rng.integers(len(CHARS), size=(2, N, 7))
    state = tuple(random_arrays(rng, (L, N, H), (L, N, H)))
    *_, state = call(model.loss, x[:, :3], y[:, :3], state, returns="loss, grads, state")
    return named(*call(model.loss, x[:, 3:], y[:, 3:], state, returns="loss, grads, state"))


@case("CharLM.sample", rnn=RNN | {"L": 1}, lstm=LSTM | {"L": 1}, lstm_two_layers=LSTM | {"L": 2})
def greedy(rng, cell_type, L):
    model = make_model(rng, cell_type, L, H=16, large=4.0)
    model.params["b_out"][:] = 0
    texts = [
        call(model.sample, prompt, 12, 0, np.random.default_rng(0)) for prompt in ("abc", "j", "hi")
    ]
    return {"indices": np.array([[CHARS.index(char) for char in text] for text in texts])}


# A right draw need not be the reference's: the tolerance is 5 standard deviations of the
# difference between two draws, and less than what a wrong temperature changes.
@case("CharLM.sample", tolerance=0.2, cold={"temperature": 0.5}, hot={"temperature": 2.0})
def frequencies(rng, temperature):
    """The scores are those of b_out alone: the characters are drawn with known probabilities."""
    chars = CHARS[:6]
    model = make_model(rng, "rnn", H=2, large=0.0, chars=chars)
    model.params["b_out"] = 4 * temperature * rng.permutation(np.linspace(0, 1, len(chars)))
    text = call(model.sample, "a", 1000, temperature, rng)
    return {"frequencies": np.array([text.count(char) / 1000 for char in chars])}


# BEGIN HIDDEN
# Not in the order of Unicode, since a vocabulary need not be.
HIDDEN_CHARS = "zebra\nquick: fox"


def hidden_make_model(rng, cell_type, num_layers=1, H=5, chars=HIDDEN_CHARS, large=1.0):
    """A float64 model with weights drawn at random."""
    vocabulary = {char: index for index, char in enumerate(dict.fromkeys(chars))}
    model = CharLM(vocabulary, H, num_layers, cell_type, dtype=np.float64)
    for name in sorted(model.params):
        model.params[name] = large * rng.standard_normal(model.params[name].shape)
    return model


def loss_of(model, rng, N, T, state=None):
    """Loss, gradients and state on characters drawn at random."""
    x, y = rng.integers(len(model.char_to_idx), size=(2, N, T))
    given = () if state is None else (state,)
    hidden_loss, grads, state = call(model.loss, x, y, *given, returns="loss, grads, state")
    arrays = {f"grads[{name!r}]": grads[name] for name in sorted(grads)}
    return {"loss": hidden_loss, "hidden state": state[0], "cell state": state[1], **arrays}


@case(
    "CharLM.loss",
    hidden=True,
    tolerance=1e-7,
    rnn_long_text=RNN | {"num_layers": 1, "N": 2, "T": 19},
    lstm_many_texts=LSTM | {"num_layers": 2, "N": 8, "T": 3},
    lstm_three_layers=LSTM | {"num_layers": 3, "N": 3, "T": 4},
)
def hidden_loss(rng, cell_type, num_layers, N, T):
    return loss_of(hidden_make_model(rng, cell_type, num_layers), rng, N, T)


@case("CharLM.loss", hidden=True, tolerance=1e-7, rnn_given_state=RNN, lstm_given_state=LSTM)
def from_a_given_state(rng, cell_type):
    L, N, H = 3, 2, 5
    model = hidden_make_model(rng, cell_type, L, H)
    return loss_of(model, rng, N, 4, tuple(random_arrays(rng, (L, N, H), (L, N, H))))


# Weights enough that a difference for each of them does not end in time.
@case("CharLM.loss", hidden=True, deadline=True, tolerance=1e-7, rnn_in_time=RNN, lstm_in_time=LSTM)
def in_time(rng, cell_type):
    letters = "".join(map(chr, range(33, 333)))
    return loss_of(hidden_make_model(rng, cell_type, 2, H=40, chars=letters, large=0.5), rng, 3, 4)


def texts_as_indices(model, texts):
    return np.array([[model.char_to_idx[char] for char in text] for text in texts])


@case(
    "CharLM.sample",
    hidden=True,
    rnn_two_layers=RNN | {"L": 2, "length": 10},
    lstm_three_layers=LSTM | {"L": 3, "length": 15},
    lstm_one_character=LSTM | {"L": 1, "length": 1},
)
def hidden_greedy(rng, cell_type, L, length):
    model = hidden_make_model(rng, cell_type, L, H=16, large=4.0)
    model.params["b_out"][:] = 0
    prompts = ["zebra:", "x", "fox\nfox", "quick", "a b", " ", "eq", "ox:", "aba", "ru"]
    texts = [
        call(model.sample, prompt, length, 0.0, np.random.default_rng(1)) for prompt in prompts
    ]
    return {"indices": texts_as_indices(model, texts)}


# The tolerances are 4.5 to 5 standard deviations of the difference between two right draws.
@case(
    "CharLM.sample",
    hidden=True,
    tolerance=0.2,
    cool={"temperature": 0.4},
    very_hot={"temperature": 3.0},
)
def hidden_frequencies(rng, temperature):
    model = hidden_make_model(rng, "rnn", H=1, chars="fox: ab", large=0.0)
    V = len(model.char_to_idx)
    model.params["b_out"] = 5 * temperature * rng.permutation(np.linspace(0, 1, V))
    text = call(model.sample, "fox", 1000, temperature, rng)
    return {"frequencies": np.bincount(texts_as_indices(model, [text])[0], minlength=V) / 1000}


@case("CharLM.sample", hidden=True, tolerance=0.4)
def pairs(rng):
    """Characters that depend on the one before: h is its one-hot vector, nearly."""
    model = hidden_make_model(rng, "rnn", H=6, chars="abcdef", large=0.0)
    model.params["Wx0"] = 5 * np.eye(6)
    W_out = rng.random((6, 6))
    # Most likely they follow each other round a ring, so that all of them are frequent.
    ring = rng.permutation(6)
    W_out[ring, np.roll(ring, 1)] = 3
    model.params["W_out"] = W_out
    indices = texts_as_indices(model, [call(model.sample, "b", 2000, 1.0, rng)])[0]
    return {"pairs": np.bincount(6 * indices[:-1] + indices[1:], minlength=36) / 1999}


# END HIDDEN
