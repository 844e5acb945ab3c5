import math
from itertools import chain

import numpy as np
import pytest

from cs231n_rnn.training.captioning_solver import CaptioningSolver
from cs231n_rnn.training.solver import Solver

N, D = 11, 3  # examples, inputs


class LinearRegression:
    def __init__(self, dtype=np.float64):
        self.params = {"w": np.zeros(D, dtype), "b": np.zeros((), dtype)}

    def loss(self, x, y):
        error = x @ self.params["w"] + self.params["b"] - y
        grads = {"w": x.T @ error / len(x), "b": np.mean(error)}
        return np.mean(error**2) / 2, grads


@pytest.fixture
def data():
    rng = np.random.default_rng(231)
    return rng.standard_normal((N, D)), rng.standard_normal(N)


@pytest.fixture
def make(data):
    """Make a quiet solver of linear regression; options override."""
    x, y = data

    def make(model=None, **options):
        options = {"batch_size": 4, "num_epochs": 3, "verbose": False, **options}
        model = LinearRegression() if model is None else model
        return Solver(model, lambda indices: (x[indices], y[indices]), N, **options)

    return make


def test_full_batch_descent_follows_its_closed_form(data, make):
    x, y = data
    solver = make(
        update_rule="sgd", batch_size=100, num_epochs=8, optim_config={"learning_rate": 0.3}
    )
    solver.train()
    assert len(solver.loss_history) == 8
    design = np.column_stack([x, np.ones(N)])
    best = np.linalg.lstsq(design, y, rcond=None)[0]
    shrink = np.eye(D + 1) - 0.3 * design.T @ design / N
    expected = best - np.linalg.matrix_power(shrink, 8) @ best
    found = np.append(solver.model.params["w"], solver.model.params["b"])
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_losses_are_those_before_each_update(data, make):
    solver = make(update_rule="sgd", batch_size=N, num_epochs=2)
    solver.train()
    assert solver.loss_history[0] == pytest.approx(np.mean(data[1] ** 2) / 2)
    assert solver.loss_history[1] < solver.loss_history[0]
    assert [type(loss) for loss in solver.loss_history] == [float, float]


def test_every_example_comes_once_an_epoch_in_a_new_order():
    batches = []
    x = np.ones((N, D))

    def batch(indices):
        batches.append(indices.tolist())
        return x[indices], x[indices, 0]

    Solver(LinearRegression(), batch, N, batch_size=4, num_epochs=3, verbose=False).train()
    assert [len(indices) for indices in batches] == [4, 4, 3] * 3
    epochs = [[*chain(*batches[start : start + 3])] for start in (0, 3, 6)]
    assert [sorted(epoch) for epoch in epochs] == [list(range(N))] * 3
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_the_order_is_drawn_from_rng(make):
    histories = []
    for seed in (1, 1, 2):
        solver = make(rng=np.random.default_rng(seed))
        solver.train()
        histories.append(solver.loss_history)
    assert histories[0] == histories[1] != histories[2]


def test_the_learning_rate_decays_at_each_epochs_end(data, make):
    solver = make(update_rule="sgd", optim_config={"learning_rate": 0.5}, lr_decay=0.5)
    solver.train()
    assert solver.learning_rates == [0.5, 0.25, 0.125]
    assert solver.learning_rate == 0.0625


def test_a_decayed_learning_rate_is_the_one_that_is_used(data, make):
    solver = make(
        update_rule="sgd", batch_size=N, optim_config={"learning_rate": 0.5}, lr_decay=0.5
    )
    solver.train()
    model = LinearRegression()
    for rate in (0.5, 0.25, 0.125):
        _, grads = model.loss(*data)
        model.params = {name: w - rate * grads[name] for name, w in model.params.items()}
    np.testing.assert_allclose(solver.model.params["w"], model.params["w"], rtol=1e-12)


@pytest.mark.parametrize("rule", ["sgd", "sgd_momentum", "rmsprop", "adam"])
def test_float32_stays_float32(make, rule):
    solver = make(LinearRegression(np.float32), update_rule=rule)
    solver.train()
    assert {w.dtype for w in solver.model.params.values()} == {np.dtype(np.float32)}


def test_the_last_parameters_stay_without_a_score(make):
    seen = []
    solver = make(callbacks=[lambda solver: seen.append(solver.model.params["w"].copy())])
    solver.train()
    np.testing.assert_array_equal(solver.model.params["w"], seen[-1])
    assert (solver.best_params, solver.best_epoch, solver.score_history) == ({}, 0, [])


def scored(make, values, **options):
    """Train with these scores an epoch; the solver and its parameters after each epoch."""
    values, seen = iter(values), []

    def score(model):
        seen.append({name: w.copy() for name, w in model.params.items()})
        return {"BLEU": 0.5, "CIDEr": next(values)}

    solver = make(score=score, best="CIDEr", **options)
    solver.train()
    return solver, seen


def test_the_parameters_of_the_best_epoch_end_in_the_model(make):
    solver, seen = scored(make, [0.1, 0.7, 0.3])
    np.testing.assert_array_equal(solver.model.params["w"], seen[1]["w"])
    np.testing.assert_array_equal(solver.best_params["w"], seen[1]["w"])
    assert (solver.best_epoch, solver.best_score) == (2, 0.7)
    assert solver.score_history == [{"BLEU": 0.5, "CIDEr": value} for value in (0.1, 0.7, 0.3)]


def test_the_first_of_equally_good_epochs_is_kept(make):
    assert scored(make, [0.1, 0.7, 0.7])[0].best_epoch == 2


def test_a_score_that_is_nan_is_never_the_best(make):
    assert scored(make, [math.nan, -2.0, math.nan])[0].best_epoch == 2
    assert scored(make, [math.nan] * 3)[0].best_params == {}


def test_the_best_parameters_are_copies(make):
    def spoil(solver):
        solver.model.params["w"] += 100

    values = iter([3, 2, 1])
    solver = make(score=lambda _: {"s": next(values)}, best="s", callbacks=[spoil])
    solver.train()
    assert np.abs(solver.best_params["w"]).max() < 10
    solver.model.params["w"] += 100
    assert np.abs(solver.best_params["w"]).max() < 10


def test_training_on_continues_from_the_last_parameters_not_the_best(make):
    unbroken, _ = scored(make, [0.9, 0.2, 0.3, 0.4], num_epochs=4)
    solver, _ = scored(make, [0.9, 0.2, 0.3, 0.4], num_epochs=2)
    solver.train()  # there is nothing left to do
    assert solver.best_epoch == 1
    np.testing.assert_array_equal(solver.model.params["w"], solver.best_params["w"])
    solver.num_epochs = 4
    solver.train()
    assert solver.loss_history == unbroken.loss_history
    np.testing.assert_array_equal(solver.model.params["w"], unbroken.model.params["w"])


def test_callbacks_are_called_after_each_epoch_with_its_numbers(make):
    seen = []
    solver = make(callbacks=[lambda s: seen.append((s.epoch, len(s.loss_history)))])
    solver.train()
    assert seen == [(1, 3), (2, 6), (3, 9)]


def test_output_has_cs231n_lines_scores_and_a_progress_bar(make, capsys):
    solver = make(verbose=True, print_every=4, score=lambda _: {"BLEU": 0.25})
    solver.train()
    captured = capsys.readouterr()
    for iteration in (1, 5, 9):
        loss = solver.loss_history[iteration - 1]
        assert f"(Iteration {iteration} / 9) loss: {loss:f}" in captured.out
    assert captured.out.count("(Iteration") == 3
    assert "(Epoch 2 / 3) BLEU: 0.2500" in captured.out
    assert "9/9" in captured.out
    assert f"loss={solver.loss_history[-1]:.4f}" in captured.out
    assert captured.err == ""
    solver.num_epochs = 4
    solver.train()
    assert "12/12" in capsys.readouterr().out


def test_a_long_run_refreshes_its_bar_seldom(make, capsys):
    make(verbose=True, num_epochs=100, print_every=1000).train()
    assert len(capsys.readouterr().out) < 2000


def test_verbose_false_is_silent(make, capsys):
    make(verbose=False, print_every=1, score=lambda _: {"BLEU": 0.25}).train()
    assert capsys.readouterr() == ("", "")


class Diverging(LinearRegression):
    """Its loss, or its gradient, is spoilt at one call."""

    def __init__(self, call, loss=None, gradient=None):
        super().__init__()
        self.call, self.spoilt_loss, self.spoilt_gradient = call, loss, gradient

    def loss(self, x, y):
        loss, grads = super().loss(x, y)
        self.call -= 1
        if self.call == 0:
            loss = loss if self.spoilt_loss is None else self.spoilt_loss
            grads["b"] = grads["b"] if self.spoilt_gradient is None else self.spoilt_gradient
        return loss, grads


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_finite_stops_at_the_last_good_state(make, value, tmp_path):
    path = tmp_path / "c.npz"
    good = make(num_epochs=1)
    good.train()
    solver = make(Diverging(call=6, loss=value), checkpoint=path, optim_config=None)
    message = (
        rf"loss is {value} at iteration 6, epoch 2 \(losses before: .+, .+, .+\)\. Try a learning "
        r"rate lower than 0\.001, and check .* gradients.* again those after iteration 3\."
    )
    with pytest.raises(FloatingPointError, match=message):
        solver.train()
    np.testing.assert_array_equal(solver.model.params["w"], good.model.params["w"])
    assert solver.loss_history == good.loss_history
    other = make()
    other.resume(path)
    np.testing.assert_array_equal(other.model.params["w"], good.model.params["w"])


def test_a_loss_that_is_not_finite_at_once_leaves_the_first_parameters(make):
    solver = make(Diverging(call=1, loss=math.nan))
    with pytest.raises(FloatingPointError, match=r"iteration 1, epoch 1 \(losses before: none\)"):
        solver.train()
    np.testing.assert_array_equal(solver.model.params["w"], np.zeros(D))


@pytest.mark.parametrize("call", [5, 6])
def test_parameters_that_are_not_finite_reach_no_checkpoint_and_no_score(make, tmp_path, call):
    path, scored = tmp_path / "c.npz", []
    score = lambda model: scored.append(np.isfinite(model.params["b"])) or {}  # noqa: E731
    options = {"checkpoint": path, "checkpoint_every": 5, "score": score}
    solver = make(Diverging(call, gradient=math.nan), **options)
    message = rf"params\['b'\] is not finite after iteration {call}, epoch 2"
    with pytest.raises(FloatingPointError, match=message):
        solver.train()
    assert scored == [True]
    assert np.isfinite(solver.model.params["b"])
    other = make()
    other.resume(path)
    assert np.isfinite(other.model.params["b"])
    assert len(other.loss_history) == (3 if call == 5 else 5)


def test_training_goes_on_after_a_divergence(make):
    unbroken = make()
    unbroken.train()
    solver = make(Diverging(call=6, loss=math.nan))
    with pytest.raises(FloatingPointError):
        solver.train()
    solver.train()
    assert solver.loss_history == unbroken.loss_history


class Wrong(LinearRegression):
    def __init__(self, **wrong):
        super().__init__()
        self.wrong = wrong

    def loss(self, x, y):
        loss, grads = super().loss(x, y)
        grads.update(self.wrong.get("grads", {}))
        grads = {name: dw for name, dw in grads.items() if dw is not None}
        return self.wrong.get("loss", loss), grads


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"grads": {"w": None}}, "grads has no 'w'; it needs w, b"),
        ({"grads": {"w": np.ones((1, D))}}, r"grads\['w'\] is \(1, 3\); the parameter is \(3,\)"),
        ({"grads": {"b": np.ones(1)}}, r"grads\['b'\] is \(1,\); the parameter is \(\)"),
        ({"loss": np.ones(4)}, r"loss is \(4,\); model\.loss must return one number"),
    ],
)
def test_a_loss_or_gradient_that_does_not_fit_is_refused_by_name(make, wrong, message):
    solver = make(Wrong(**wrong))
    with pytest.raises(ValueError, match=f"^{message}$"):
        solver.train()
    np.testing.assert_array_equal(solver.model.params["w"], np.zeros(D))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"update_rule": "adm"}, "update_rule is 'adm'; known are sgd, sgd_momentum, rmsprop, ad"),
        ({"optim_config": {"lr": 1}}, "optim_config has 'lr'; adam knows learning_rate, beta1"),
        ({"batch_size": 0}, "batch_size is 0; it must be a whole number of at least 1"),
        ({"num_epochs": 0}, "num_epochs is 0; it must be a whole number of at least 1"),
        ({"num_epochs": 2.5}, "num_epochs is 2.5; it must be a whole number of at least 1"),
        ({"print_every": 0}, "print_every is 0; it must be a whole number of at least 1"),
        ({"checkpoint_every": -1}, "checkpoint_every is -1; it must be a whole number of at"),
        ({"best": "CIDEr"}, "best is 'CIDEr'; it needs a score that returns 'CIDEr'"),
        ({"checkpoint": "."}, r"checkpoint is '\.', a folder; it must be a file"),
    ],
)
def test_options_that_do_not_fit_are_refused_by_name(make, options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_a_best_that_the_score_lacks_is_refused_by_name(make):
    solver = make(score=lambda _: {"BLEU": 1.0, "CIDEr": 2.0}, best="bleu")
    with pytest.raises(ValueError, match="score returned BLEU, CIDEr; best needs 'bleu'"):
        solver.train()


def test_a_model_without_parameters_is_refused(make):
    model = LinearRegression()
    model.params = {}
    with pytest.raises(ValueError, match=r"model\.params is empty"):
        make(model)


class Recorder:
    """Keeps the minibatches of captions that it is given."""

    def __init__(self):
        self.params, self.seen = {"w": np.zeros(2)}, []

    def loss(self, features, captions):
        self.seen.append((features, captions))
        return 1.0, {"w": np.zeros(2)}


@pytest.fixture
def captions():
    rng = np.random.default_rng(0)
    images = np.array([3, 0, 2, 3, 1, 0, 2], dtype=np.int32)
    return {
        "train_captions": np.arange(7 * 5).reshape(7, 5),
        "train_image_idxs": images,
        "train_features": rng.standard_normal((4, 6)).astype(np.float32),
    }


def test_each_caption_comes_with_the_features_of_its_image(captions):
    model = Recorder()
    solver = CaptioningSolver(model, captions, num_epochs=2, batch_size=3, verbose=False)
    solver.train()
    assert solver.loss_history == [1.0] * 6
    words = np.concatenate([captions for _, captions in model.seen])
    rows = words[:, 0] // 5
    assert sorted(rows) == sorted([*range(7), *range(7)])
    images = captions["train_image_idxs"][rows]
    found = np.concatenate([features for features, _ in model.seen])
    np.testing.assert_array_equal(found, captions["train_features"][images])


@pytest.mark.parametrize(
    ("key", "change", "message"),
    [
        ("train_captions", lambda a: a * 1.0, "train_captions holds float64; it must hold integ"),
        ("train_image_idxs", lambda a: a * 1.0, "train_image_idxs holds float64; it must hold"),
        ("train_captions", lambda a: a[:, 0], r"train_captions is \(7,\) and train_image_idxs \(7"),
        (
            "train_image_idxs",
            lambda a: a[:6],
            r"train_image_idxs \(6,\); Captioning.* \(n, T\) and",
        ),
        ("train_image_idxs", lambda a: a + 1, "from 1 to 4; train_features has the images 0 to 3"),
        ("train_image_idxs", lambda a: a - 1, "from -1 to 2; train_features has the images 0 to"),
    ],
)
def test_caption_data_that_do_not_fit_are_refused_by_name(captions, key, change, message):
    captions[key] = change(captions[key])
    with pytest.raises(ValueError, match=message):
        CaptioningSolver(Recorder(), captions)


@pytest.mark.parametrize("key", ["train_captions", "train_image_idxs", "train_features"])
def test_caption_data_that_are_missing_are_refused_by_name(captions, key):
    del captions[key]
    with pytest.raises(ValueError, match=f"data has no '{key}'; CaptioningSolver needs it"):
        CaptioningSolver(Recorder(), captions)
