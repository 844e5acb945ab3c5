"""Probes of cs231n_rnn/models/seq2seq.py: tiny models, weights drawn for the case."""

import numpy as np

from cs231n_rnn.checking import call, case, random_arrays
from cs231n_rnn.models.seq2seq import Seq2Seq
from cs231n_rnn.training.optim import adam

NULL, START, END = 0, 1, 2
SOURCES = {"<NULL>": NULL, **{char: index for index, char in enumerate("abcdef", start=1)}}
TARGETS = {"<NULL>": NULL, "<START>": START, "<END>": END, "x": 3, "y": 4, "z": 5, "w": 6}
LSTM, ATTENTION = {"decoder": "lstm"}, {"decoder": "attention_lstm"}
# No two sequences of a length, and neither the longest nor the shortest first.
READ = {
    "lengths_all_different": {"lengths": (2, 5, 1, 3)},
    "one_sequence": {"lengths": (4,)},
    "one_symbol": {"lengths": (1, 1)},
    # As many sequences as steps: a wrong axis fits, and shows in the numbers.
    "square": {"lengths": (1, 4, 3, 2), "W": 4, "H": 4},
}
READ_RETURNS = "last, states, cache"


def make_model(rng, decoder, W=3, H=5, large=1.0):
    """A float64 model whose weights are large enough for every symbol to have its turn."""
    attention = decoder == "attention_lstm"
    model = Seq2Seq(SOURCES, TARGETS, W, H, attention, dtype=np.float64)
    for name in sorted(model.params):
        model.params[name] = large * rng.standard_normal(model.params[name].shape)
    return model


def make_sources(rng, lengths):
    """Symbols of given lengths, padded."""
    source = np.full((len(lengths), max(lengths)), NULL)
    for row, length in zip(source, lengths, strict=True):
        row[:length] = rng.integers(1, len(SOURCES), size=length)
    return source


def make_targets(rng, lengths):
    """<START>, symbols and <END>, padded."""
    target = np.full((len(lengths), max(lengths) + 2), NULL)
    target[:, 0] = START
    for row, length in zip(target, lengths, strict=True):
        row[1 : length + 1] = rng.integers(3, len(TARGETS), size=length)
        row[length + 1] = END
    return target


def without_padding(states, source):
    """What is in the padding is free."""
    return np.where((source != NULL)[:, :, np.newaxis], states, 0)


def named(grads):
    """Gradients as a dict of arrays under their names."""
    return {f"grads[{name!r}]": grads[name] for name in sorted(grads)}


@case("Seq2Seq.encode", **READ)
def encode(rng, lengths, **sizes):
    model, source = make_model(rng, "lstm", **sizes), make_sources(rng, lengths)
    last, states, _ = call(model.encode, source, returns=READ_RETURNS)
    return {"last": last, "states": without_padding(states, source)}


@case("Seq2Seq.encode")
def more_padding_changes_nothing(rng):
    model, source = make_model(rng, "lstm"), make_sources(rng, (3, 1, 2))
    padded = np.pad(source, ((0, 0), (0, 4)))
    last, states, _ = call(model.encode, padded, returns=READ_RETURNS)
    return {"last": last, "states": without_padding(states, padded)}


@case("Seq2Seq.encode_backward", **READ, tolerance=1e-7)
def encode_backward(rng, lengths, **sizes):
    return backward_of_reading(rng, lengths, 1, 1, **sizes)


@case(
    "Seq2Seq.encode_backward",
    through_the_last_state={"last": 1, "all_states": 0},
    through_all_states={"last": 0, "all_states": 1},
    tolerance=1e-7,
)
def one_path_only(rng, last, all_states):
    return backward_of_reading(rng, (2, 4, 1), last, all_states)


def backward_of_reading(rng, lengths, last, all_states, **sizes):
    """Gradients, where the loss uses the last states, all states, or both."""
    model, source = make_model(rng, "lstm", **sizes), make_sources(rng, lengths)
    h, states, cache = call(model.encode, source, returns=READ_RETURNS)
    dlast, dstates = random_arrays(rng, h.shape, states.shape)
    dstates = without_padding(all_states * dstates, source)
    return named(call(model.encode_backward, last * dlast, dstates, cache))


# Lengths of the targets, symbols alone: longest and shortest in other rows than in the sources.
LENGTHS = {
    "lengths_all_different": {"read": (2, 5, 1, 3), "written": (4, 1, 3, 0)},
    "one_pair": {"read": (4,), "written": (3,)},
    "one_symbol": {"read": (1, 1), "written": (1, 1)},
    "one_time_step": {"read": (1, 1, 1), "written": (0, 0, 0)},
    "square": {"read": (1, 4, 3, 2), "written": (2, 1, 2, 0), "W": 4, "H": 4},
}
LOSS = {f"lstm_{name}": LSTM | sizes for name, sizes in LENGTHS.items()}
LOSS |= {f"attention_{name}": ATTENTION | sizes for name, sizes in LENGTHS.items()}


@case("Seq2Seq.loss", **LOSS, tolerance=1e-7)
def loss(rng, decoder, read, written, **sizes):
    model = make_model(rng, decoder, **sizes)
    source, target = make_sources(rng, read), make_targets(rng, written)
    loss, grads = call(model.loss, source, target, returns="loss, grads")
    return {"loss": loss, **named(grads)}


@case("Seq2Seq.loss", lstm_padded=LSTM, attention_padded=ATTENTION, tolerance=1e-7)
def padding_counts_nowhere(rng, decoder):
    """More padding on both sides, and other vectors for <NULL>."""
    model = make_model(rng, decoder)
    source, target = make_sources(rng, (3, 1, 2)), make_targets(rng, (1, 2, 3))
    model.params["W_source"][NULL] += 1
    model.params["W_target"][NULL] -= 1
    source, target = np.pad(source, ((0, 0), (0, 3))), np.pad(target, ((0, 0), (0, 2)))
    loss, grads = call(model.loss, source, target, returns="loss, grads")
    return {"loss": loss, **named(grads)}


@case(
    "Seq2Seq.loss",
    at_most={"final_loss": 0.1},
    tolerance=1e-6,
    lstm_overfits=LSTM,
    attention_overfits=ATTENTION,
)
def overfits_three_pairs(rng, decoder):
    model = make_model(rng, decoder, W=8, H=16, large=0.5)
    source, target = make_sources(rng, (2, 4, 3)), make_targets(rng, (3, 1, 2))
    source[:, 0] = 1, 2, 3  # no two of them the same
    configs = {name: {"learning_rate": 3e-2} for name in model.params}
    losses = []
    for _ in range(100):
        loss, grads = model.loss(source.copy(), target.copy())
        losses.append(loss)
        for name, value in model.params.items():
            model.params[name], configs[name] = adam(value, grads[name], configs[name])
    return {"first_losses": np.array(losses[:5]), "final_loss": losses[-1]}


STEP = {
    "lengths_all_different": {"lengths": (2, 5, 1, 3)},
    "one_sequence": {"lengths": (4,)},
    "square": {"lengths": (1, 4, 3, 2), "W": 4, "H": 4},
}
STEPS = {f"lstm_{name}": LSTM | sizes for name, sizes in STEP.items()}
STEPS |= {f"attention_{name}": ATTENTION | sizes for name, sizes in STEP.items()}


def next_state(state):
    """Named so that the message about a wrong number of arrays says of what."""
    return state


@case("Seq2Seq.step", **STEPS)
def two_steps(rng, decoder, lengths, **sizes):
    model, source = make_model(rng, decoder, **sizes), make_sources(rng, lengths)
    state, symbols = model.initial_state(source), np.full(len(lengths), START)
    parts = "h, c, states, counts, weights" if model.attention else "h, c"
    found = {}
    for step in ("first", "second"):
        scores, state = call(model.step, state, symbols, returns="scores, state")
        h, c, *seen = call(next_state, tuple(state), returns=parts)
        found |= {f"{step}_scores": scores, f"{step}_h": h, f"{step}_c": c}
        if seen:
            found[f"{step}_weights"] = seen[2]
        symbols = 3 + np.arange(len(lengths)) % 4
    if seen:
        found |= {"states": without_padding(seen[0], source), "counts": seen[1]}
    return found


@case("Seq2Seq.step", lstm_greedy=LSTM, attention_greedy=ATTENTION)
def what_is_written(rng, decoder):
    """What is provided around the step: greedy decoding."""
    model = make_model(rng, decoder, H=16, large=2.0)
    # No bias: no symbol is a favourite; and none ends the sequence.
    model.params["b_vocab"][:] = 0
    model.params["b_vocab"][:3] = -1e6
    source = make_sources(rng, (3, 1, 5, 2, 4))
    return {"written": call(model.sample, source, 9)}


# BEGIN HIDDEN
BOTH = {"lstm": LSTM, "attention": ATTENTION}
SPECIAL = (
    "<END>",
    "<UNK>",
    "<NULL>",
    "<START>",
)  # nobody said that <NULL> is 0
HIDDEN_END, HIDDEN_NULL, HIDDEN_START = 0, 2, 3


def hidden_make_model(rng, decoder, V=9, W=7, H=4, large=1.0):
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
    sequences = np.full((len(lengths), max(lengths) + 2 * ends + more), HIDDEN_NULL)
    for row, length in zip(sequences, lengths, strict=True):
        row[ends : ends + length] = rng.integers(len(SPECIAL), V, size=length)
        if ends:
            row[0], row[length + 1] = HIDDEN_START, HIDDEN_END
    return sequences


def read(model, source):
    return call(model.encode, source, returns="last, states, cache")


def hidden_named(grads):
    return {f"grads[{name!r}]": grads[name] for name in sorted(grads)}


HIDDEN_READ = {
    "many_sequences": {"lengths": (1, 2, 3, 2, 6, 1, 4)},
    "long": {"lengths": (17, 5)},
    "padded": {"lengths": (2, 3, 1), "more": 2},
}


@case("Seq2Seq.encode", hidden=True, **HIDDEN_READ)
def hidden_encode(rng, lengths, **options):
    model, source = hidden_make_model(rng, "lstm"), make_sequences(rng, lengths, **options)
    last, states, _ = read(model, source)
    return {"last": last, "states": np.where((source != HIDDEN_NULL)[:, :, np.newaxis], states, 0)}


def gradients_of_reading(rng, model, source):
    last, states, cache = read(model, source)
    dlast, dstates = random_arrays(rng, last.shape, states.shape)
    dstates = np.where((source != HIDDEN_NULL)[:, :, np.newaxis], dstates, 0)
    return hidden_named(call(model.encode_backward, dlast, dstates, cache))


@case("Seq2Seq.encode_backward", hidden=True, **HIDDEN_READ, tolerance=1e-7)
def hidden_encode_backward(rng, lengths, **options):
    model, source = hidden_make_model(rng, "lstm"), make_sequences(rng, lengths, **options)
    return gradients_of_reading(rng, model, source)


# Weights enough that a difference for each of them does not end in time.
@case("Seq2Seq.encode_backward", hidden=True, deadline=True, tolerance=1e-7)
def encode_backward_in_time(rng):
    model = hidden_make_model(rng, "lstm", V=300, W=48, H=32, large=0.5)
    return gradients_of_reading(rng, model, make_sequences(rng, (3, 5, 2), V=300))


HIDDEN_LENGTHS = {
    "many_pairs": {"reads": (1, 2, 3, 2, 6, 1, 4), "writes": (3, 0, 2, 5, 1, 2, 4)},
    "long": {"reads": (12, 5), "writes": (4, 13)},
    "equal_lengths": {"reads": (3, 3, 3), "writes": (2, 2, 2)},
}
HIDDEN_LOSS = {
    f"{which}_{name}": decoder | lengths
    for which, decoder in BOTH.items()
    for name, lengths in HIDDEN_LENGTHS.items()
}


def loss_of(rng, model, reads, writes, V=9, more=0):
    source = make_sequences(rng, reads, V, more=more)
    target = make_sequences(rng, writes, V, ends=True, more=more)
    hidden_loss, grads = call(model.loss, source, target, returns="loss, grads")
    return {"loss": hidden_loss, **hidden_named(grads)}


@case("Seq2Seq.loss", hidden=True, **HIDDEN_LOSS, tolerance=1e-7)
def hidden_loss(rng, decoder, reads, writes):
    return loss_of(rng, hidden_make_model(rng, decoder), reads, writes)


@case(
    "Seq2Seq.loss",
    hidden=True,
    tolerance=1e-7,
    lstm_more_padding=LSTM,
    attention_more_padding=ATTENTION,
)
def padded(rng, decoder):
    return loss_of(rng, hidden_make_model(rng, decoder), (2, 4, 1), (3, 2, 1), more=3)


@case(
    "Seq2Seq.loss",
    hidden=True,
    deadline=True,
    tolerance=1e-7,
    lstm_in_time=LSTM,
    attention_in_time=ATTENTION,
)
def in_time(rng, decoder):
    model = hidden_make_model(rng, decoder, V=300, W=48, H=32, large=0.5)
    return loss_of(rng, model, (3, 5, 2), (2, 1, 4), V=300)


@case("Seq2Seq.step", hidden=True, lstm_three=LSTM, attention_three=ATTENTION)
def three_steps(rng, decoder):
    model, source = hidden_make_model(rng, decoder), make_sequences(rng, (3, 1, 4))
    state = model.initial_state(source)
    found = {}
    for t, symbols in enumerate(([HIDDEN_START] * 3, [5, 8, 4], [4, 4, 7])):
        scores, state = call(model.step, state, np.array(symbols), returns="scores, state")
        found |= {f"scores {t}": scores, f"h {t}": state[0], f"c {t}": state[1]}
        if model.attention:
            found[f"weights {t}"] = state[4]
    return found


@case("Seq2Seq.step", hidden=True, lstm_written=LSTM, attention_written=ATTENTION)
def hidden_what_is_written(rng, decoder):
    model = hidden_make_model(rng, decoder, H=14, large=2.0)
    model.params["b_vocab"][:] = 0
    model.params["b_vocab"][: len(SPECIAL)] = -1e6
    source = make_sequences(rng, (3, 1, 5, 2, 4, 2, 7), more=1)
    return {"written": call(model.sample, source, 12)}


# END HIDDEN
