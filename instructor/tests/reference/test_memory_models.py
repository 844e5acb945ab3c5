"""The models for tasks of memory, against equations of their own and HIPS autograd's gradients."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from cs231n_rnn.models.memory_models import EveryStepClassifier, LastStepRegressor

SAME = 1e-10
N, T, D, H, M = 3, 4, 2, 5, 6


def assert_same(ours, right):
    """Equal shapes, and values to SAME of the largest one."""
    assert np.shape(ours) == np.shape(right)
    np.testing.assert_allclose(ours, right, rtol=0, atol=SAME * np.abs(right).max())


def sigmoid(x):
    return 1 / (1 + anp.exp(-x))


def states(p, cell_type, x):
    """Hidden states of one sequence (T, D), a step at a time."""
    h, c, found = np.zeros(H), np.zeros(H), []
    for x_t in x:
        a = anp.dot(x_t, p["Wx"]) + anp.dot(h, p["Wh"]) + p["b"]
        if cell_type == "rnn":
            h = anp.tanh(a)
        else:
            i, f, o, g = a[:H], a[H : 2 * H], a[2 * H : 3 * H], a[3 * H :]
            c = sigmoid(f) * c + sigmoid(i) * anp.tanh(g)
            h = sigmoid(o) * anp.tanh(c)
        found.append(h)
    return found


def squared_error(p, cell_type, x, y):
    total = 0.0
    for sequence, right in zip(x, y, strict=True):
        answer = anp.dot(states(p, cell_type, sequence)[-1], p["W_out"])[0] + p["b_out"][0]
        total = total + (answer - right) ** 2
    return total / len(x)


def cross_entropy(p, cell_type, x, y, mask):
    total = 0.0
    for n, sequence in enumerate(x):
        for t, h in enumerate(states(p, cell_type, sequence)):
            if mask[n, t]:
                scores = anp.dot(h, p["W_out"]) + p["b_out"]
                total = total + anp.log(anp.sum(anp.exp(scores))) - scores[y[n, t]]
    return total / mask.sum()


def draw_all(model, rng):
    """Weights of which every one counts, all biases among them."""
    model.params = {name: rng.standard_normal(p.shape) for name, p in model.params.items()}


def assert_right(model, equations, *batch):
    loss, grads = model.loss(*batch)
    assert_same(loss, equations(model.params, model.cell_type, *batch))
    right = autograd.grad(equations)(model.params, model.cell_type, *batch)
    assert grads.keys() == model.params.keys()
    for name, gradient in grads.items():
        assert_same(gradient, right[name])


def test_one_answer_a_sequence(cell_type, rng):
    model = LastStepRegressor(D, H, cell_type=cell_type, dtype=np.float64)
    draw_all(model, rng)
    x, y = rng.standard_normal((N, T, D)), rng.standard_normal(N)
    assert_right(model, squared_error, x, y)
    assert model.loss(x, model.predict(x))[0] == 0


@pytest.mark.parametrize("counted", [0.3, 1])
def test_classes_at_every_step_that_counts(cell_type, rng, counted):
    model = EveryStepClassifier(D, H, M, cell_type=cell_type, dtype=np.float64)
    draw_all(model, rng)
    mask = rng.random((N, T)) < counted
    mask[0, 0] = True
    # What does not count may hold anything.
    y = np.where(mask, rng.integers(M, size=(N, T)), -1)
    assert_right(model, cross_entropy, rng.standard_normal((N, T, D)), y, mask)


def test_the_dtype_of_the_weights_is_that_of_the_gradients(cell_type, rng):
    x, y = rng.standard_normal((N, T, D)), rng.integers(M, size=(N, T))
    for model, batch in (
        (LastStepRegressor(D, H, cell_type=cell_type), (x, y[:, 0].astype(float))),
        (EveryStepClassifier(D, H, M, cell_type=cell_type), (x, y, y > 1)),
    ):
        _, grads = model.loss(*batch)
        assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float32)}


def test_the_forget_gates_alone_begin_with_the_bias():
    b = LastStepRegressor(D, H, forget_bias=3).params["b"]
    np.testing.assert_array_equal(b, np.repeat([0, 3, 0, 0], H))
    np.testing.assert_array_equal(LastStepRegressor(D, H, cell_type="rnn").params["b"], np.zeros(H))


def test_a_gain_multiplies_the_recurrent_weights_alone(cell_type):
    plain, twice = (LastStepRegressor(D, H, cell_type=cell_type, gain=g).params for g in (1, 2))
    for name, value in plain.items():
        np.testing.assert_array_equal(twice[name], value * (2 if name == "Wh" else 1))


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (
            lambda: LastStepRegressor(D, H, cell_type="elman"),
            "cell_type is 'elman'; LastStepRegressor",
        ),
        (
            lambda: LastStepRegressor(D, H).loss(np.zeros((N, T, D + 1)), np.zeros(N)),
            r"x is \(3, 4, 3\); LastStepRegressor needs \(N, T, D\) = \(N, T, 2\)",
        ),
        (
            lambda: LastStepRegressor(D, H).loss(np.zeros((N, T, D)), np.zeros((N, 1))),
            r"y is \(3, 1\); LastStepRegressor needs \(N,\) = \(3,\)",
        ),
        (
            lambda: EveryStepClassifier(D, H, M).loss(
                np.zeros((N, T, D)), np.zeros((N, T), int), np.ones((N, T + 1), bool)
            ),
            r"mask is \(3, 5\); EveryStepClassifier needs",
        ),
        (
            lambda: EveryStepClassifier(D, H, M).loss(
                np.zeros((N, T, D)), np.full((N, T), M), np.ones((N, T), bool)
            ),
            "y runs from 6 to 6",
        ),
    ],
)
def test_what_does_not_fit_is_refused_by_name(use, message):
    with pytest.raises(ValueError, match=message):
        use()
