import numpy as np
import pytest

from cs231n_rnn.training.truncated import TruncatedBPTT, bits_per_character


class Recorder:
    """Its state is the sum of all it has read; its loss and gradient grow with the chunk."""

    def __init__(self):
        self.params, self.calls = {"w": np.zeros(2)}, []

    def loss(self, x, y, state=None):
        self.calls.append((x, y, state))
        before = np.zeros(len(x)) if state is None else state[0]
        T = x.shape[1]
        return 3.0 * T, {"w": np.array([T, 2.0 * T])}, (before + x.sum(axis=1),)


class Constant:
    """A model that gives each character a probability of its own, whatever came before."""

    def __init__(self, p):
        self.params, self.nats = {}, -np.log(np.asarray(p))

    def loss(self, x, y, state=None):
        return float(self.nats[y].sum() / len(x)), {}, ()


def read(chunks):
    """All of an epoch: x and y of each stream, and the states that came in."""
    calls = chunks.model.calls
    calls.clear()
    for number in range(len(chunks)):
        chunks.loss(*chunks.batch(np.array([number])))
    x, y = (np.concatenate(parts, axis=1) for parts in list(zip(*calls, strict=True))[:2])
    return x, y, [state for *_, state in calls]


@pytest.mark.parametrize(("length", "N", "T"), [(25, 2, 3), (25, 3, 8), (26, 2, 4), (7, 1, 6)])
def test_each_stream_reads_its_part_of_the_text_in_order(length, N, T):
    text = np.arange(length)
    chunks = TruncatedBPTT(Recorder(), text, N, T)
    x, y, _ = read(chunks)
    steps = (length - 1) // N
    np.testing.assert_array_equal(x.ravel(), text[: N * steps])
    np.testing.assert_array_equal(y, x + 1)
    assert x.shape == (N, steps)
    sizes = [part.shape[1] for part, *_ in chunks.model.calls]
    assert sizes[:-1] == [T] * (len(chunks) - 1)
    assert 1 <= sizes[-1] <= T


def test_a_chunk_begins_from_the_state_that_the_one_before_left():
    chunks = TruncatedBPTT(Recorder(), np.arange(21), 2, 4)
    x, _, states = read(chunks)
    assert states[0] is None
    for number, (state,) in enumerate(states[1:], start=1):
        np.testing.assert_array_equal(state, x[:, : 4 * number].sum(axis=1))
    np.testing.assert_array_equal(chunks.state[0], x.sum(axis=1))


def test_every_epoch_begins_without_a_state():
    chunks = TruncatedBPTT(Recorder(), np.arange(21), 2, 4)
    first, second = read(chunks)[2], read(chunks)[2]
    assert second[0] is None
    for one, other in zip(first[1:], second[1:], strict=True):
        np.testing.assert_array_equal(one[0], other[0])


def test_loss_and_gradients_are_averaged_over_time_in_the_short_last_chunk_too():
    chunks = TruncatedBPTT(Recorder(), np.arange(22), 2, 4)
    for number in range(len(chunks)):
        loss, grads = chunks.loss(number)
        assert loss == 3
        np.testing.assert_array_equal(grads["w"], [1, 2])
    assert chunks.model.calls[-1][0].shape == (2, 2)


def test_parameters_are_the_models_own_and_the_text_is_not_copied():
    model, text = Recorder(), np.arange(100)
    chunks = TruncatedBPTT(model, text, 4, 5)
    assert chunks.params is model.params
    for array in (chunks.x, chunks.y):
        assert np.shares_memory(array, text)


def test_the_shortest_text_is_one_chunk_for_each_stream_and_one_character():
    assert len(TruncatedBPTT(Recorder(), np.arange(3 * 5 + 1), 3, 5)) == 1
    message = "the text has 15 characters; 3 streams with chunks of 5 need 16"
    with pytest.raises(ValueError, match=message):
        TruncatedBPTT(Recorder(), np.arange(15), 3, 5)


@pytest.mark.parametrize("length", [0, 1])
def test_a_text_without_a_next_character_is_refused(length):
    with pytest.raises(ValueError, match=f"the text has {length} characters; .* need 2"):
        TruncatedBPTT(Recorder(), np.arange(length), 1, 1)


@pytest.mark.parametrize(("N", "T"), [(0, 5), (3, 0), (-1, 5)])
def test_counts_below_one_are_refused(N, T):
    with pytest.raises(ValueError, match=f"{N} streams, chunks of {T}; both must be at least 1"):
        TruncatedBPTT(Recorder(), np.arange(50), N, T)


@pytest.mark.parametrize("V", [2, 8, 50])
def test_a_model_that_knows_nothing_needs_all_bits(V):
    indices = np.random.default_rng(1).integers(V, size=400)
    bits = bits_per_character(Constant(np.full(V, 1 / V)), indices, num_streams=3, chunk=7)
    assert bits == pytest.approx(np.log2(V))


@pytest.mark.parametrize(("N", "T"), [(1, 400), (1, 7), (3, 133), (5, 79), (5, 3)])
def test_bits_are_the_mean_over_all_characters_however_they_are_cut(N, T):
    """Also where the last chunk is short: each of its characters counts as much as any."""
    p = np.array([0.5, 0.25, 0.125, 0.125])
    indices = np.random.default_rng(1).permuted(np.repeat([0, 1, 2, 3], [250, 100, 30, 21]))
    used = 1 + N * (400 // N)
    right = -np.log2(p)[indices[1:used]].mean()
    assert bits_per_character(Constant(p), indices, N, T) == pytest.approx(right, rel=1e-12)


def test_scoring_leaves_the_carried_state_alone():
    model = Recorder()
    chunks = TruncatedBPTT(model, np.arange(41), 2, 5)
    chunks.loss(0)
    before = chunks.state[0].copy()
    bits_per_character(model, np.arange(41), 4, 5)
    np.testing.assert_array_equal(chunks.state[0], before)
