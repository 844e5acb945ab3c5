"""Clipping, the order of examples and a state that is carried, with toy models."""

import math
import signal

import numpy as np
import pytest

from cs231n_rnn.training import solver as solver_module
from cs231n_rnn.training.checkpoint import read_checkpoint
from cs231n_rnn.training.solver import Solver
from cs231n_rnn.training.truncated import TruncatedBPTT, bits_per_character

D = 3
# A text for 2 streams: 5 chunks of 4 characters, then one of 3.
TEXT = np.random.default_rng(231).integers(5, size=2 * 23 + 1)


class Leaky:
    """Guesses the next number from a leaky sum of those before it: its state."""

    def __init__(self):
        self.params = {"w": np.zeros(2), "b": np.zeros(())}

    def loss(self, x, y, state=None):
        (s,) = (np.zeros(len(x)),) if state is None else state
        w, b = self.params["w"], self.params["b"]
        total, dw, db = 0.0, np.zeros(2), np.zeros(())
        for x_t, y_t in zip(x.T, y.T, strict=True):
            s = 0.9 * s + x_t
            error = w[0] * x_t + w[1] * s + b - y_t
            total += np.mean(error**2) / 2
            dw += np.mean(error * x_t), np.mean(error * s)
            db = db + np.mean(error)
        return total, {"w": dw, "b": db}, (s,)


def make(at=None, **options):
    """A quiet solver on the chunks of the text; ``at`` maps an iteration to what happens in it."""
    chunks = TruncatedBPTT(Leaky(), TEXT, 2, 4)
    iterations = iter(range(1, 1000))

    def batch(indices):
        (at or {}).get(next(iterations), lambda: None)()
        return chunks.batch(indices)

    options = {"batch_size": 1, "num_epochs": 4, "shuffle": False, "verbose": False, **options}
    options.setdefault("optim_config", {"learning_rate": 0.01})
    return Solver(chunks, batch, len(chunks), **options)


def train(solver):
    solver.train()
    return solver


@pytest.fixture(autouse=True)
def usual_ctrl_c():
    old = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, old)


def ctrl_c():
    signal.raise_signal(signal.SIGINT)


@pytest.fixture
def clipping(monkeypatch):
    """Stands for the student's function: shrinks to a tenth. What it was called with."""
    calls = []

    def shrink(grads, max_norm):
        calls.append((grads, max_norm))
        norm = math.sqrt(sum(float(np.sum(g**2)) for g in grads.values()))
        return {name: grad / 10 for name, grad in grads.items()}, norm

    monkeypatch.setattr(solver_module, "clip_gradients", shrink)
    return calls


@pytest.fixture
def no_clipping(monkeypatch):
    def refuse(grads, max_norm):
        raise AssertionError("clip_gradients was called")

    monkeypatch.setattr(solver_module, "clip_gradients", refuse)


# The order.


def orders(**options):
    """Examples in the order in which they came."""
    seen = []

    class Recorder:
        params = {"w": np.zeros(D)}  # noqa: RUF012

        def loss(self, indices):
            seen.append(indices.tolist())
            return 1.0, {"w": np.zeros(D)}

    batch = lambda indices: (indices,)  # noqa: E731
    Solver(Recorder(), batch, 7, batch_size=3, num_epochs=2, verbose=False, **options).train()
    return seen


def test_examples_come_as_they_stand_in_every_epoch():
    assert orders(shuffle=False) == [[0, 1, 2], [3, 4, 5], [6]] * 2


def test_examples_are_shuffled_unless_said_otherwise():
    assert orders() == orders(shuffle=True) != orders(shuffle=False)


def test_without_shuffling_nothing_is_drawn():
    rng = np.random.default_rng(5)
    orders(shuffle=False, rng=rng)
    assert rng.random() == np.random.default_rng(5).random()


# Clipping.


def test_the_update_takes_the_clipped_gradients_and_the_norm_before_is_kept(clipping):
    rule = {"update_rule": "sgd", "num_epochs": 1}
    solver = train(make(max_norm=2.5, **rule))
    chunks = TruncatedBPTT(Leaky(), TEXT, 2, 4)
    for number, (grads, max_norm) in enumerate(clipping):
        _, right = chunks.loss(number)
        assert max_norm == 2.5
        for name, grad in right.items():
            np.testing.assert_allclose(grads[name], grad)
            chunks.params[name] = chunks.params[name] - 0.01 * grad / 10
        norm = math.sqrt(sum(float(np.sum(g**2)) for g in right.values()))
        assert solver.norm_history[number] == pytest.approx(norm)
    assert len(clipping) == len(solver.norm_history) == 6
    np.testing.assert_allclose(solver.model.params["w"], chunks.params["w"])
    assert {type(norm) for norm in solver.norm_history} == {float}


def test_without_a_bound_nothing_is_clipped(no_clipping):
    assert train(make()).norm_history == []


def test_a_stub_says_what_to_fill_in(monkeypatch):
    def stub(grads, max_norm):
        raise NotImplementedError("TODO: implement clip_gradients")

    monkeypatch.setattr(solver_module, "clip_gradients", stub)
    solver = make(max_norm=1.0)
    with pytest.raises(NotImplementedError, match="TODO: implement clip_gradients"):
        solver.train()
    np.testing.assert_array_equal(solver.model.params["w"], np.zeros(2))
    assert solver.loss_history == solver.norm_history == []


# The carried state.


def assert_same(found, expected):
    for key in ("loss_history", "norm_history", "learning_rates", "epoch"):
        assert getattr(found, key) == getattr(expected, key), key
    for key in ("w", "b"):
        np.testing.assert_array_equal(found.model.params[key], expected.model.params[key])
    for one, other in zip(found.model.state, expected.model.state, strict=True):
        np.testing.assert_array_equal(one, other)


def test_training_goes_through_the_text_as_the_equations_do(no_clipping):
    solver = train(make(update_rule="sgd", num_epochs=2))
    model, losses = Leaky(), []
    for _ in range(2):
        state = None
        x, y = TEXT[:46].reshape(2, 23), TEXT[1:].reshape(2, 23)
        for begin in range(0, 23, 4):
            steps = slice(begin, begin + 4)
            T = x[:, steps].shape[1]
            loss, grads, state = model.loss(x[:, steps], y[:, steps], state)
            losses.append(loss / T)
            for name, grad in grads.items():
                model.params[name] = model.params[name] - 0.01 * grad / T
    np.testing.assert_allclose(solver.loss_history, losses, rtol=1e-12)
    np.testing.assert_allclose(solver.model.params["w"], model.params["w"], rtol=1e-12)


@pytest.mark.parametrize("iteration", [1, 3, 6, 7, 16])
def test_a_resumed_run_is_the_unbroken_one_to_the_last_bit(clipping, tmp_path, iteration):
    path = tmp_path / "c.npz"
    stopped = make(at={iteration: ctrl_c}, checkpoint=path, max_norm=1.0)
    with pytest.raises(KeyboardInterrupt):
        stopped.train()
    assert len(stopped.norm_history) == iteration
    resumed = make(max_norm=1.0)
    resumed.resume(path)
    for one, other in zip(resumed.model.state, stopped.model.state, strict=True):
        np.testing.assert_array_equal(one, other)
    unbroken = train(make(max_norm=1.0))
    assert_same(train(resumed), unbroken)
    assert_same(train(stopped), unbroken)


def test_the_state_makes_a_difference(no_clipping, tmp_path):
    """Otherwise the test above would show little."""
    path = tmp_path / "c.npz"
    stopped = make(at={9: ctrl_c}, checkpoint=path)
    with pytest.raises(KeyboardInterrupt):
        stopped.train()
    resumed = make()
    resumed.resume(path)
    resumed.model.state = ()
    assert train(resumed).loss_history != train(make()).loss_history


def test_a_checkpoint_before_the_first_chunk_carries_nothing(no_clipping, tmp_path):
    make().save(tmp_path / "c.npz")
    resumed = make()
    resumed.resume(tmp_path / "c.npz")
    assert resumed.model.state == ()
    assert_same(train(resumed), train(make()))


def test_a_saved_state_is_a_copy(no_clipping, tmp_path):
    solver = train(make(num_epochs=1, checkpoint=tmp_path / "c.npz"))
    kept = solver.model.state[0].copy()
    solver.model.state[0][:] = 99
    np.testing.assert_array_equal(read_checkpoint(tmp_path / "c.npz")["state/0"], kept)


def test_a_divergence_takes_the_state_back_too(no_clipping):
    def spoil():
        solver.model.params["w"][0] = math.nan

    solver = make(at={9: spoil})
    with pytest.raises(FloatingPointError, match="iteration 9"):
        solver.train()
    assert_same(solver, train(make(num_epochs=1)))
    assert_same(train(solver), train(make()))


def test_scoring_between_epochs_does_not_disturb_the_state(no_clipping):
    def score(chunks):
        return {"bits": -bits_per_character(chunks.model, TEXT, 3, 5)}

    assert_same(train(make(score=score)), train(make()))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_norm": 2.0}, "is of max_norm 1.0; this solver has 2.0"),
        ({"max_norm": None}, "is of max_norm 1.0; this solver has None"),
        ({"shuffle": True}, "is of shuffle False; this solver has True"),
    ],
)
def test_a_checkpoint_of_another_bound_or_order_is_refused(clipping, tmp_path, options, message):
    train(make(max_norm=1.0, num_epochs=1)).save(tmp_path / "c.npz")
    with pytest.raises(ValueError, match=message):
        make(**{"max_norm": 1.0, **options}).resume(tmp_path / "c.npz")
