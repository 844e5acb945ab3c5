"""Sequence to sequence: dtypes, what is learnt, refusals."""

import numpy as np
import pytest

from cs231n_rnn.models.seq2seq import Seq2Seq
from cs231n_rnn.training.solver import Solver

SPECIAL = "<UNK>", "<START>", "<NULL>", "<END>"  # in an order of no one's choice
START, NULL, END = 1, 2, 3
Vs, Vt = 7, 9
KINDS = pytest.mark.parametrize("attention", [False, True], ids=["lstm", "attention"])
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
GOOD = np.array([[4, 5, NULL], [4, NULL, NULL]])
GOOD_TARGET = np.array([[START, 4, END], [START, END, NULL]])


def vocabulary(V):
    words = [*SPECIAL, *(f"word{v}" for v in range(len(SPECIAL), V))]
    return {word: index for index, word in enumerate(words)}


def make_model(rng, attention, dtype=np.float64):
    """A model in which every number counts, biases among them."""
    model = Seq2Seq(vocabulary(Vs), vocabulary(Vt), 3, 4, attention, dtype)
    for name, p in model.params.items():
        model.params[name] = rng.standard_normal(p.shape).astype(dtype)
    return model


@KINDS
@DTYPES
def test_dtypes_are_kept_and_inputs_unchanged(attention, dtype, rng):
    model = make_model(rng, attention, dtype=dtype)
    source, target = GOOD.copy(), GOOD_TARGET.copy()
    kept = [source.copy(), target.copy(), *(p.copy() for p in model.params.values())]
    loss, grads = model.loss(source, target)
    scores, state = model.step(model.initial_state(source), np.full(2, START))
    assert isinstance(loss, float)
    arrays = [*grads.values(), scores, *state[:3], *state[4:]]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}
    for before, after in zip(kept, [source, target, *model.params.values()], strict=True):
        np.testing.assert_array_equal(before, after)


@KINDS
def test_it_learns_to_turn_sequences_round(attention, rng):
    source = rng.integers(len(SPECIAL), Vs, size=(60, 3))
    target = np.column_stack([np.full(60, START), source[:, ::-1], np.full(60, END)])
    model = Seq2Seq(vocabulary(Vs), vocabulary(Vt), 16, 48, attention)
    Solver(
        model,
        lambda rows: (source[rows], target[rows]),
        60,
        num_epochs=60,
        batch_size=20,
        optim_config={"learning_rate": 1e-2},
        verbose=False,
    ).train()
    assert (model.sample(source, 4) == target[:, 1:]).all()


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        (
            np.array([[4, 5], [NULL, NULL]]),
            GOOD_TARGET,
            r"sequences\[1\] is empty; .* a symbol in each",
        ),
        (
            np.array([[4, NULL, 5], [4, 5, 6]]),
            GOOD_TARGET,
            r"sequences\[0\] has <NULL> before a symbol",
        ),
        (np.array([[4, Vs], [4, 5]]), GOOD_TARGET, "from 4 to 7; .* from 0 to 6, for V = 7"),
        (np.array([[4, -1], [4, 5]]), GOOD_TARGET, "from -1 to 5"),
        (GOOD.astype(float), GOOD_TARGET, "float64; Seq2Seq.loss needs integers"),
        (GOOD[0], GOOD_TARGET, r"sequences is \(3,\); Seq2Seq.loss needs \(N, T\)"),
        (GOOD[:, :0], GOOD_TARGET, r"sequences is \(2, 0\)"),
        (GOOD[:0], GOOD_TARGET, r"sequences is \(0, 3\)"),
        (GOOD, GOOD_TARGET[:1], r"sequences is \(1, 3\); Seq2Seq.loss needs \(2, T\)"),
        (GOOD, GOOD_TARGET[:, :1], r"sequences is \(2, 1\); .* at least 2"),
        (GOOD, np.array([[START, Vt, END]] * 2), "from 1 to 9; .* from 0 to 8, for V = 9"),
        (GOOD, np.array([[START, NULL, END]] * 2), r"sequences\[0\] has <NULL> before a symbol"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(source, target, message, rng):
    model = make_model(rng, attention=True)
    with pytest.raises(ValueError, match=message):
        model.loss(source, target)


def test_sampling_and_looking_refuse_what_does_not_fit(rng):
    model = make_model(rng, attention=True)
    with pytest.raises(ValueError, match="this model has no attention"):
        make_model(rng, attention=False).look(GOOD, GOOD_TARGET[:, 1:])
    with pytest.raises(
        ValueError, match=r"sequences\[0\] has <NULL> before a symbol; Seq2Seq\.look"
    ):
        model.look(GOOD, np.array([[NULL, END], [4, END]]))
    with pytest.raises(ValueError, match="max_length is 0"):
        model.sample(GOOD, 0)
    with pytest.raises(ValueError, match=r"sequences\[0\] is empty"):
        model.sample(np.array([[NULL]]))


def test_a_vocabulary_without_its_signs_is_refused_by_name():
    with pytest.raises(ValueError, match="lacks <NULL>"):
        Seq2Seq({"a": 0}, vocabulary(Vt))
    with pytest.raises(ValueError, match="lacks <START>, <END>"):
        Seq2Seq(vocabulary(Vs), {"<NULL>": 0})
