"""Hidden probes of cs231n_rnn/models/seq2seq.py: other vocabularies, sizes and lengths."""

import numpy as np

from cs231n_rnn.checking import call, case, random_arrays
from cs231n_rnn.models.seq2seq import Seq2Seq

LSTM, ATTENTION = {"decoder": "lstm"}, {"decoder": "attention_lstm"}
BOTH = {"lstm": LSTM, "attention": ATTENTION}
SPECIAL = "<END>", "<UNK>", "<NULL>", "<START>"  # nobody said that <NULL> is 0
END, NULL, START = 0, 2, 3


def make_model(rng, decoder, V=9, W=7, H=4, large=1.0):
    """A float64 model, with as many symbols on both sides."""
    vocabulary = {symbol: index for index, symbol in enumerate(SPECIAL)}
    vocabulary |= {f"word{v}": v for v in range(len(SPECIAL), V)}
    attention = decoder == "attention_lstm"
    model = Seq2Seq(vocabulary, dict(vocabulary), W, H, attention, dtype=np.float64)
    for name in sorted(model.params):
        model.params[name] = large * rng.standard_normal(model.params[name].shape)
    return model


def make_sequences(rng, lengths, V=9, ends=False, more=0):
    """Words of given lengths, padded, between <START> and <END> where they are targets."""
    sequences = np.full((len(lengths), max(lengths) + 2 * ends + more), NULL)
    for row, length in zip(sequences, lengths, strict=True):
        row[ends : ends + length] = rng.integers(len(SPECIAL), V, size=length)
        if ends:
            row[0], row[length + 1] = START, END
    return sequences


def read(model, source):
    return call(model.encode, source, returns="last, states, cache")


def named(grads):
    return {f"grads[{name!r}]": grads[name] for name in sorted(grads)}


READ = {
    "many_sequences": {"lengths": (1, 2, 3, 2, 6, 1, 4)},
    "long": {"lengths": (17, 5)},
    "padded": {"lengths": (2, 3, 1), "more": 2},
}


@case("Seq2Seq.encode", **READ)
def encode(rng, lengths, **options):
    model, source = make_model(rng, "lstm"), make_sequences(rng, lengths, **options)
    last, states, _ = read(model, source)
    return {"last": last, "states": np.where((source != NULL)[:, :, np.newaxis], states, 0)}


def gradients_of_reading(rng, model, source):
    last, states, cache = read(model, source)
    dlast, dstates = random_arrays(rng, last.shape, states.shape)
    dstates = np.where((source != NULL)[:, :, np.newaxis], dstates, 0)
    return named(call(model.encode_backward, dlast, dstates, cache))


@case("Seq2Seq.encode_backward", **READ, tolerance=1e-7)
def encode_backward(rng, lengths, **options):
    model, source = make_model(rng, "lstm"), make_sequences(rng, lengths, **options)
    return gradients_of_reading(rng, model, source)


# Weights enough that a difference for each of them does not end in time.
@case("Seq2Seq.encode_backward", deadline=True, tolerance=1e-7)
def encode_backward_in_time(rng):
    model = make_model(rng, "lstm", V=300, W=48, H=32, large=0.5)
    return gradients_of_reading(rng, model, make_sequences(rng, (3, 5, 2), V=300))


LENGTHS = {
    "many_pairs": {"reads": (1, 2, 3, 2, 6, 1, 4), "writes": (3, 0, 2, 5, 1, 2, 4)},
    "long": {"reads": (12, 5), "writes": (4, 13)},
    "equal_lengths": {"reads": (3, 3, 3), "writes": (2, 2, 2)},
}
LOSS = {
    f"{which}_{name}": decoder | lengths
    for which, decoder in BOTH.items()
    for name, lengths in LENGTHS.items()
}


def loss_of(rng, model, reads, writes, V=9, more=0):
    source = make_sequences(rng, reads, V, more=more)
    target = make_sequences(rng, writes, V, ends=True, more=more)
    loss, grads = call(model.loss, source, target, returns="loss, grads")
    return {"loss": loss, **named(grads)}


@case("Seq2Seq.loss", **LOSS, tolerance=1e-7)
def loss(rng, decoder, reads, writes):
    return loss_of(rng, make_model(rng, decoder), reads, writes)


@case("Seq2Seq.loss", tolerance=1e-7, lstm_more_padding=LSTM, attention_more_padding=ATTENTION)
def padded(rng, decoder):
    return loss_of(rng, make_model(rng, decoder), (2, 4, 1), (3, 2, 1), more=3)


@case("Seq2Seq.loss", deadline=True, tolerance=1e-7, lstm_in_time=LSTM, attention_in_time=ATTENTION)
def in_time(rng, decoder):
    model = make_model(rng, decoder, V=300, W=48, H=32, large=0.5)
    return loss_of(rng, model, (3, 5, 2), (2, 1, 4), V=300)


@case("Seq2Seq.step", lstm_three=LSTM, attention_three=ATTENTION)
def three_steps(rng, decoder):
    model, source = make_model(rng, decoder), make_sequences(rng, (3, 1, 4))
    state = model.initial_state(source)
    found = {}
    for t, symbols in enumerate(([START] * 3, [5, 8, 4], [4, 4, 7])):
        scores, state = call(model.step, state, np.array(symbols), returns="scores, state")
        found |= {f"scores {t}": scores, f"h {t}": state[0], f"c {t}": state[1]}
        if model.attention:
            found[f"weights {t}"] = state[4]
    return found


@case("Seq2Seq.step", lstm_written=LSTM, attention_written=ATTENTION)
def what_is_written(rng, decoder):
    model = make_model(rng, decoder, H=14, large=2.0)
    model.params["b_vocab"][:] = 0
    model.params["b_vocab"][: len(SPECIAL)] = -1e6
    source = make_sequences(rng, (3, 1, 5, 2, 4, 2, 7), more=1)
    return {"written": call(model.sample, source, 12)}
