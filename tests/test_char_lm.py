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
