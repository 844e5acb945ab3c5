import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from cs231n_rnn.training import checkpoint as checkpoint_module
from cs231n_rnn.training.optim import UPDATE_RULES
from cs231n_rnn.training.solver import Solver

N, D, C = 11, 3, 4  # examples, inputs, classes; 4 iterations an epoch


class Softmax:
    """With dropout on its input, so that each call draws from the model's own generator."""

    def __init__(self, rng=None, dtype=np.float32):
        self.rng = np.random.default_rng(9) if rng is None else rng
        W = 0.1 * np.random.default_rng(5).standard_normal((D, C))
        self.params = {"W": W.astype(dtype, order="F"), "b": np.zeros(C, dtype)}

    def loss(self, x, y):
        x = x * (self.rng.random(x.shape) < 0.8) / np.float32(0.8)
        exp = np.exp(x @ self.params["W"] + self.params["b"])
        probs = exp / exp.sum(axis=1, keepdims=True)  # (N, C)
        loss = -np.mean(np.log(probs[np.arange(len(y)), y]))
        dscores = (probs - np.eye(C, dtype=x.dtype)[y]) / len(y)
        return loss, {"W": x.T @ dscores, "b": dscores.sum(axis=0)}


def make(model=None, at=None, **options):
    """Make a quiet solver; ``at`` maps an iteration to what happens in it."""
    rng = np.random.default_rng(231)
    x, y = rng.standard_normal((N, D)).astype(np.float32), rng.integers(0, C, N)
    iterations = iter(range(1, 1000))

    def batch(indices):
        (at or {}).get(next(iterations), lambda: None)()
        return x[indices], y[indices]

    options = {"batch_size": 3, "num_epochs": 5, "lr_decay": 0.9, "verbose": False, **options}
    options.setdefault("optim_config", {"learning_rate": 0.05})
    return Solver(Softmax() if model is None else model, batch, N, **options)


def train(solver):
    solver.train()
    return solver


def assert_same(found, expected):
    """Equal bit for bit in all that training yields."""
    for key in ("loss_history", "learning_rates", "score_history", "epoch", "best_epoch"):
        assert getattr(found, key) == getattr(expected, key), key
    for key in ("W", "b"):
        np.testing.assert_array_equal(found.model.params[key], expected.model.params[key])
        assert found.model.params[key].dtype == expected.model.params[key].dtype
    assert found.rng.bit_generator.state == expected.rng.bit_generator.state
    assert found.model.rng.random() == expected.model.rng.random()


def ctrl_c():
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def usual_ctrl_c():
    old = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, old)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "c.npz"


def interrupted(iteration, path, **options):
    solver = make(at={iteration: ctrl_c}, checkpoint=path, **options)
    with pytest.raises(KeyboardInterrupt):
        solver.train()
    return solver


@pytest.mark.parametrize("rule", list(UPDATE_RULES))
@pytest.mark.parametrize("iteration", [1, 6, 8, 20])
def test_ctrl_c_finishes_the_minibatch_and_a_new_solver_goes_on_exactly(rule, iteration, path):
    stopped = interrupted(iteration, path, update_rule=rule)
    # The score, which may take long, is not waited for.
    assert (len(stopped.loss_history), stopped.epoch) == (iteration, (iteration - 1) // 4)
    resumed = make(checkpoint=path, update_rule=rule)
    resumed.resume(path)
    assert resumed.loss_history == stopped.loss_history
    assert_same(train(resumed), train(make(update_rule=rule)))


@pytest.mark.parametrize("iteration", [1, 6, 8, 20])
def test_the_interrupted_solver_goes_on_exactly(iteration, path):
    assert_same(train(interrupted(iteration, path)), train(make()))


def test_a_checkpoint_of_each_epoch_goes_on_exactly(path):
    train(make(checkpoint=path, num_epochs=2))
    resumed = make()
    resumed.resume(str(path))
    assert (resumed.epoch, len(resumed.loss_history)) == (2, 8)
    assert_same(train(resumed), train(make()))


def test_checkpoint_every_writes_within_the_epoch(path):
    class Crash(Exception):
        pass

    def crash():
        raise Crash

    solver = make(at={7: crash}, checkpoint=path, checkpoint_every=3)
    with pytest.raises(Crash):
        solver.train()
    resumed = make()
    resumed.resume(path)
    assert len(resumed.loss_history) == 6
    assert_same(train(resumed), train(make()))


@pytest.mark.parametrize("kind", ["MT19937", "PCG64DXSM", "Philox", "SFC64"])
def test_the_state_of_every_bit_generator_is_kept(kind, path):
    def solver(**options):
        rngs = [np.random.Generator(getattr(np.random, kind)(seed)) for seed in (1, 2)]
        return make(Softmax(rngs[0]), rng=rngs[1], **options)

    stopped = solver(at={6: ctrl_c}, checkpoint=path)
    with pytest.raises(KeyboardInterrupt):
        stopped.train()
    resumed, unbroken = solver(), train(solver())
    resumed.resume(path)
    assert train(resumed).loss_history == unbroken.loss_history


def test_the_best_parameters_and_scores_are_kept(path):
    def solver(**options):
        score = lambda model: {"s": -abs(float(model.params["W"][0, 0]) - 0.1)}  # noqa: E731
        return make(score=score, best="s", **options)

    stopped = solver(at={15: ctrl_c}, checkpoint=path)
    with pytest.raises(KeyboardInterrupt):
        stopped.train()
    resumed = solver()
    resumed.resume(path)
    assert resumed.best_score == stopped.best_score > -np.inf
    np.testing.assert_array_equal(resumed.best_params["W"], stopped.best_params["W"])
    assert_same(train(resumed), train(solver()))


def test_a_finished_checkpoint_trains_on_with_more_epochs(path):
    values = [0.9, 0.2, 0.3, 0.4, 0.1]

    def solver(**options):
        return make(score=lambda _: {"s": values[made.epoch]}, best="s", **options)

    made = unbroken = solver()
    unbroken.train()
    made = short = solver(num_epochs=2)
    short.train()
    short.save(path)
    made = resumed = solver()
    resumed.resume(path)
    assert_same(train(resumed), unbroken)


def test_the_file_is_named_with_how_to_resume(path, capsys):
    interrupted(6, path)
    out = capsys.readouterr().out
    assert out == (
        f"Interrupted after iteration 6 and saved to {path}. Go on with solver.train(), or in a "
        f"new session with solver.resume({str(path)!r}) and solver.train().\n"
    )


def test_without_a_checkpoint_ctrl_c_writes_interrupted_npz(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    interrupted(6, None)
    assert "saved to interrupted.npz" in capsys.readouterr().out
    assert np.load("interrupted.npz")["loss_history"].size == 6


def test_ctrl_c_twice_within_an_update_leaves_no_parameter_behind(path, monkeypatch):
    def sgd_with_ctrl_c(w, dw, config):
        if config.setdefault("t", 0) == 5:
            ctrl_c()
            ctrl_c()
        config["t"] += 1
        return UPDATE_RULES["sgd_momentum"](w, dw, config)

    unbroken = train(make(update_rule="sgd_momentum"))
    monkeypatch.setitem(UPDATE_RULES, "sgd", sgd_with_ctrl_c)
    config = {"learning_rate": 0.05}
    solver = make(update_rule="sgd", optim_config=config, checkpoint=path)
    with pytest.raises(KeyboardInterrupt):
        solver.train()
    assert len(solver.loss_history) == 6
    assert_same(train(solver), unbroken)


CHILD = """
import signal, sys, time
sys.path[:0] = {sys_path!r}
import importlib.util
spec = importlib.util.spec_from_file_location("test_checkpoint", {file!r})
tests = importlib.util.module_from_spec(spec)
spec.loader.exec_module(tests)
signal.signal(signal.SIGINT, signal.default_int_handler)
"""


needs_posix = pytest.mark.skipif(os.name == "nt", reason="sends POSIX signals")


def child(code, **options):
    code = CHILD.format(sys_path=sys.path, file=__file__) + code
    return subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, **options
    )


@needs_posix
def test_a_real_ctrl_c_in_another_process_resumes_in_a_third(tmp_path):
    slow = """
def pause():
    time.sleep(0.01)
at = {i: pause for i in range(1, 400)}
at[6] = lambda: print("ready", flush=True)
solver = tests.make(at=at, num_epochs=100, checkpoint="c.npz")
try:
    solver.train()
except KeyboardInterrupt:
    print("stopped", len(solver.loss_history))
"""
    process = child(slow, cwd=tmp_path)
    assert process.stdout.readline() == "ready\n"
    os.kill(process.pid, signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    message, stopped = out.splitlines()
    assert message.startswith("Interrupted after iteration")
    iteration = int(stopped.removeprefix("stopped "))
    assert 6 <= iteration < 400

    rest = """
import json
solver = tests.make(num_epochs=100)
solver.resume("c.npz")
print(len(solver.loss_history))
solver.train()
print(json.dumps(solver.loss_history))
"""
    process = child(rest, cwd=tmp_path)
    start, losses = process.communicate(timeout=60)[0].splitlines()
    assert int(start) == iteration
    assert json.loads(losses) == train(make(num_epochs=100)).loss_history


@needs_posix
def test_a_process_killed_while_it_writes_leaves_the_old_checkpoint_whole(tmp_path):
    code = """
import os
solver = tests.make(checkpoint="c.npz", num_epochs=5)
def kill(solver):
    if solver.epoch == 3:
        os.fsync = lambda number: os.kill(os.getpid(), signal.SIGKILL)
solver.callbacks = [kill]
solver.train()
"""
    process = child(code, cwd=tmp_path)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 2  # the checkpoint, and the part that was cut short
    resumed = make()
    resumed.resume(tmp_path / "c.npz")
    assert resumed.epoch == 2
    assert_same(train(resumed), train(make()))


@pytest.mark.parametrize("failing", ["savez", "replace"])
def test_a_failed_write_leaves_the_old_checkpoint_and_nothing_else(failing, path, monkeypatch):
    solver = train(make(num_epochs=2, checkpoint=path))
    before = path.read_bytes()

    def fail(file, *args, **arrays):
        if failing == "savez":
            file.write(b"half")
        raise OSError("No space left on device")

    owner = np if failing == "savez" else checkpoint_module.os
    monkeypatch.setattr(owner, failing, fail)
    solver.num_epochs = 3
    with pytest.raises(OSError, match="No space left"):
        solver.train()
    assert [file.name for file in path.parent.iterdir()] == ["c.npz"]
    assert path.read_bytes() == before


def test_a_checkpoint_holds_no_pickle_and_keeps_dtype_and_memory_order(path):
    train(make(checkpoint=path))
    with np.load(path, allow_pickle=False) as archive:
        assert not any(archive[name].dtype.hasobject for name in archive.files)
        assert archive["params/W"].dtype == np.float32
        assert archive["params/W"].flags.f_contiguous


def state_of(solver):
    return {name: array.tolist() for name, array in checkpoint_module.snapshot(solver).items()}


def assert_refused(solver, path, message):
    before = state_of(solver)
    with pytest.raises(ValueError, match=message):
        solver.resume(path)
    assert state_of(solver) == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"update_rule": "sgd"}, "c.npz is of update_rule 'adam'; this solver has 'sgd'"),
        ({"batch_size": 4}, "c.npz is of batch_size 3; this solver has 4"),
        ({"score": lambda _: {"s": 1.0}, "best": "s"}, "is of best None; this solver has 's'"),
        ({"rng": np.random.Generator(np.random.SFC64(1))}, "is of rng 'PCG64'; .* has 'SFC64'"),
        (
            {"model": Softmax(np.random.Generator(np.random.SFC64(1)))},
            r"is of model\.rng 'PCG64'; this solver has 'SFC64'",
        ),
    ],
)
def test_a_checkpoint_of_another_solver_is_refused_by_name(options, message, path):
    train(make(checkpoint=path))
    assert_refused(make(**options), path, message)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"W": np.zeros((C, D), np.float32)},
            r"W'\] is \(3, 4\) of float32 in .* it is \(4, 3\) of",
        ),
        ({"b": np.zeros(C)}, r"params\['b'\] is \(4,\) of float32 in .* it is \(4,\) of float64"),
        ({"z": np.zeros(2)}, r"params\['z'\] is missing in .*; in the model it is \(2,\) of"),
        ({"b": None}, r"params\['b'\] is \(4,\) of float32 in .*; in the model it is missing"),
    ],
)
def test_a_checkpoint_of_another_model_is_refused_by_name(change, message, path):
    train(make(checkpoint=path))
    model = Softmax()
    model.params = {k: w for k, w in {**model.params, **change}.items() if w is not None}
    assert_refused(make(model), path, message)


def test_a_checkpoint_of_other_data_is_refused_by_name(path):
    train(make(checkpoint=path))
    solver = make()
    solver.num_train = 12
    assert_refused(solver, path, "is of num_train 11; this solver has 12")


def test_a_checkpoint_of_a_later_format_is_refused_by_name(path, monkeypatch):
    monkeypatch.setattr(checkpoint_module, "FORMAT", 3)
    train(make(checkpoint=path))
    monkeypatch.undo()
    assert_refused(make(), path, "is of format 3; this Solver reads format 2")


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_checkpoint_that_was_cut_short_is_refused(part, path):
    train(make(checkpoint=path))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(part * len(whole))])
    assert_refused(make(), path, r"c\.npz is not a checkpoint of Solver, or was cut short")


def test_a_checkpoint_that_lacks_an_array_is_refused(path):
    arrays = checkpoint_module.snapshot(train(make()))
    del arrays["optim/m/W"]
    checkpoint_module.write_checkpoint(path, arrays)
    assert_refused(make(), path, "is not a checkpoint of Solver, or was cut short or damaged")


def test_files_that_are_no_checkpoint_or_absent_are_refused(path):
    path.parent.mkdir()
    np.savez(path, a=np.zeros(3))
    assert_refused(make(), path, "is not a checkpoint of Solver")
    np.save(path.with_suffix(".npy"), np.zeros(3))
    assert_refused(make(), path.with_suffix(".npy"), "is not a checkpoint of Solver")
    path.write_text("hello")
    assert_refused(make(), path, "is not a checkpoint of Solver")
    with pytest.raises(FileNotFoundError, match=r"none\.npz"):
        make().resume(path.with_name("none.npz"))
