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
