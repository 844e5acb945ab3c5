"""The two-layer network over all pixels, against scikit-learn's with the same weights."""

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from cs231n_rnn.models.full_view import FullViewClassifier
from cs231n_rnn.models.glimpse_classifier import GlimpseClassifier

N, B, A, M, C = 7, 3, 4, 6, 5
RATE = 0.1


def example(dtype=np.float64):
    """A model, with biases that are not zero, and a minibatch that has every class."""
    rng = np.random.default_rng(3)
    model = FullViewClassifier(C, (B, A), M, dtype)
    for name in ("b1", "b2"):
        model.params[name] = rng.standard_normal(model.params[name].shape).astype(dtype)
    y = np.arange(N)[:, np.newaxis] % C
    return model, rng.standard_normal((N, B, A)).astype(dtype), y


def of_scikit_learn(params, x, y):
    """Their network with our weights; one step of it goes down the gradient times RATE."""
    options = {"learning_rate_init": RATE, "momentum": 0, "alpha": 0, "batch_size": N}
    other = MLPClassifier((M,), solver="sgd", shuffle=False, **options)
    other.partial_fit(x.reshape(N, -1), y[:, 0], classes=np.arange(C))
    # In place, since its optimiser holds these very arrays.
    for ours, theirs in zip(("W1", "W2"), other.coefs_, strict=True):
        theirs[:] = params[ours]
    for ours, theirs in zip(("b1", "b2"), other.intercepts_, strict=True):
        theirs[:] = params[ours]
    return other


def test_loss_gradients_and_answers_are_those_of_scikit_learn():
    model, x, y = example()
    other = of_scikit_learn(model.params, x, y)
    rows = x.reshape(N, -1)
    np.testing.assert_array_equal(model.predict(x)[:, 0], other.predict(rows))
    loss, grads = model.loss(x, y)
    right = other.predict_proba(rows)[np.arange(N), y[:, 0]]
    assert loss == pytest.approx(-np.log(right).mean(), abs=1e-12)
    before = {name: value.copy() for name, value in model.params.items()}
    other.partial_fit(rows, y[:, 0])
    after = dict(zip(("W1", "W2"), other.coefs_, strict=True))
    after |= dict(zip(("b1", "b2"), other.intercepts_, strict=True))
    assert grads.keys() == before.keys()
    for name, grad in grads.items():
        np.testing.assert_allclose(before[name] - RATE * grad, after[name], rtol=0, atol=1e-12)


def test_float32_stays_float32_and_inputs_stay_what_they_were():
    model, x, y = example(np.float32)
    before = x.copy(), y.copy()
    _, grads = model.loss(x, y)
    assert {grad.dtype for grad in grads.values()} == {np.dtype(np.float32)}
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_by_default_it_is_as_large_as_the_model_that_looks_around():
    sizes = [
        sum(value.size for value in model.params.values())
        for model in (FullViewClassifier(), GlimpseClassifier())
    ]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.01)


@pytest.mark.parametrize(
    ("x_shape", "y_shape", "message"),
    [
        ((N, A, B), (N, 1), r"x is \(7, 4, 3\); FullViewClassifier.loss needs images"),
        ((N, B, A), (N,), r"y is \(7,\); FullViewClassifier.loss needs \(N, D\) = \(7, 1\)"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(x_shape, y_shape, message):
    model = FullViewClassifier(C, (B, A), M)
    with pytest.raises(ValueError, match=message):
        model.loss(np.zeros(x_shape), np.zeros(y_shape, dtype=int))
