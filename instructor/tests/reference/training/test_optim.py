import math

import numpy as np
import pytest

from cs231n_rnn.training.optim import DEFAULTS, UPDATE_RULES, adam, checked_config, rmsprop, sgd
from cs231n_rnn.training.optim import sgd_momentum as momentum

RULES = pytest.mark.parametrize("rule", list(UPDATE_RULES.values()), ids=list(UPDATE_RULES))
SHAPES = pytest.mark.parametrize("shape", [(), (5,), (3, 4), (2, 1, 3)], ids=str)
STATE = {"sgd": (), "sgd_momentum": ("velocity",), "rmsprop": ("cache",), "adam": ("m", "v")}


@pytest.fixture
def rng():
    return np.random.default_rng(231)


def scalar_steps(rule, w, gradients, learning_rate):
    """Follow one number through the update equations in Python's own arithmetic."""
    velocity = cache = m = v = 0.0
    for t, dw in enumerate(gradients, start=1):
        velocity = 0.9 * velocity - learning_rate * dw
        cache = 0.99 * cache + 0.01 * dw**2
        m, v = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        w += {
            "sgd": -learning_rate * dw,
            "sgd_momentum": velocity,
            "rmsprop": -learning_rate * dw / (math.sqrt(cache) + 1e-8),
            "adam": -learning_rate * m_hat / (math.sqrt(v_hat) + 1e-8),
        }[rule]
    return w


def steps(rule, w, gradients, **config):
    config = config or None
    for dw in gradients:
        w, config = rule(w, dw, config)
    return w


@RULES
@SHAPES
def test_each_element_follows_the_update_equations(rule, shape, rng):
    w, gradients = np.asarray(rng.standard_normal(shape)), rng.standard_normal((7, *shape))
    found = steps(rule, w, gradients, learning_rate=0.05)
    for index in np.ndindex(shape):
        trace = [float(dw[index]) for dw in gradients]
        expected = scalar_steps(rule.__name__, float(w[index]), trace, 0.05)
        assert found[index] == pytest.approx(expected, rel=1e-12)


@RULES
def test_the_default_learning_rate_is_that_of_cs231n(rule):
    rate = 1e-3 if rule is adam else 1e-2
    found = steps(rule, np.array([2.0]), np.array([[0.3], [-0.1]]))
    assert found[0] == pytest.approx(scalar_steps(rule.__name__, 2.0, [0.3, -0.1], rate), rel=1e-12)


def test_sgd_on_a_parabola_shrinks_the_error_geometrically():
    w, w_min = np.array([5.0, -1.0]), np.array([2.0, 1.0])
    next_w = w
    for _ in range(10):
        next_w, _ = sgd(next_w, next_w - w_min, {"learning_rate": 0.2})
    np.testing.assert_allclose(next_w - w_min, 0.8**10 * (w - w_min), rtol=1e-12)


def test_momentum_under_a_constant_gradient_approaches_ten_times_the_step():
    w, config = np.zeros(2), {"learning_rate": 0.1}
    for _ in range(400):
        w, config = momentum(w, np.array([1.0, -2.0]), config)
    np.testing.assert_allclose(config["velocity"], [-1, 2], rtol=1e-12)


def test_the_first_step_of_rmsprop_is_ten_times_the_learning_rate(rng):
    dw = rng.standard_normal((3, 4))
    next_w, _ = rmsprop(np.zeros((3, 4)), dw, {"learning_rate": 0.5})
    np.testing.assert_allclose(next_w, -5 * np.sign(dw), rtol=1e-5)


def test_the_first_step_of_adam_has_the_length_of_the_learning_rate(rng):
    dw = rng.standard_normal((3, 4)) * 10.0 ** rng.integers(-3, 3, (3, 4))
    next_w, _ = adam(np.zeros((3, 4)), dw, {"learning_rate": 0.5})
    np.testing.assert_allclose(next_w, -0.5 * np.sign(dw), rtol=1e-4)


def test_adam_under_a_constant_gradient_keeps_the_length_of_its_step():
    w, config = np.zeros(3), {"learning_rate": 0.5}
    for _ in range(20):
        w, config = adam(w, np.array([3.0, -1.0, 0.01]), config)
    np.testing.assert_allclose(w, [-10, 10, -10], rtol=1e-5)
    assert config["t"] == 20


def linspaces(*ends):
    return [np.linspace(start, stop, 20).reshape(4, 5) for start, stop in ends]


def test_momentum_gives_the_first_and_last_value_of_cs231n():
    # CS231n, assignment 2, FullyConnectedNets.ipynb; so the next two.
    w, dw, velocity = linspaces((-0.4, 0.6), (-0.6, 0.4), (0.6, 0.9))
    next_w, config = momentum(w, dw, {"learning_rate": 1e-3, "velocity": velocity})
    assert [next_w[0, 0], next_w[-1, -1]] == pytest.approx([0.1406, 1.4096], abs=1e-8)
    assert [config["velocity"][0, 0], config["velocity"][-1, -1]] == pytest.approx([0.5406, 0.8096])


def test_rmsprop_gives_the_last_value_of_cs231n():
    w, dw, cache = linspaces((-0.4, 0.6), (-0.6, 0.4), (0.6, 0.9))
    next_w, config = rmsprop(w, dw, {"learning_rate": 1e-2, "cache": cache})
    assert next_w[-1, -1] == pytest.approx(0.59576619, abs=1e-8)
    assert [config["cache"][0, 0], config["cache"][-1, -1]] == pytest.approx([0.5976, 0.8926])


def test_adam_gives_the_first_and_last_value_of_cs231n():
    w, dw, m, v = linspaces((-0.4, 0.6), (-0.6, 0.4), (0.6, 0.9), (0.7, 0.5))
    config = {"learning_rate": 1e-2, "m": m, "v": v, "t": 5}
    next_w, _ = adam(w, dw, config)
    assert [next_w[0, 0], next_w[-1, -1]] == pytest.approx([-0.40094747, 0.59801459], abs=1e-8)
    assert [config["m"][0, 0], config["m"][-1, -1]] == pytest.approx([0.48, 0.85])
    assert [config["v"][0, 0], config["v"][-1, -1]] == pytest.approx([0.69966, 0.49966])
    assert config["t"] == 6


@RULES
@SHAPES
@pytest.mark.parametrize("gradient_dtype", [np.float32, np.float64])
def test_float32_stays_float32_whatever_the_gradient(rule, shape, gradient_dtype):
    w, config = np.ones(shape, np.float32), {"learning_rate": np.float64(0.1)}
    for _ in range(2):
        w, config = rule(w, np.ones(shape, gradient_dtype), config)
    assert isinstance(w, np.ndarray)
    assert w.dtype == np.float32
    assert [config[key].dtype for key in STATE[rule.__name__]] == [np.float32] * (
        len(STATE[rule.__name__])
    )


@RULES
def test_w_and_dw_stay_as_they_are_and_next_w_is_new(rule, rng):
    w, dw = rng.standard_normal((2, 3, 4))
    before = w.copy(), dw.copy()
    next_w, _ = rule(w, dw)
    np.testing.assert_array_equal(w, before[0])
    np.testing.assert_array_equal(dw, before[1])
    assert not np.shares_memory(next_w, w)
    assert not np.shares_memory(next_w, dw)


@RULES
def test_the_state_does_not_share_memory_with_next_w(rule, rng):
    w, dw = rng.standard_normal((2, 3, 4))
    next_w, config = rule(w, dw)
    assert not any(np.shares_memory(next_w, config[key]) for key in STATE[rule.__name__])


@RULES
def test_the_config_that_came_is_the_one_that_goes(rule):
    config = {}
    assert rule(np.ones(2), np.ones(2), config)[1] is config
    hyperparameters = {key: config[key] for key in DEFAULTS[rule.__name__]}
    assert hyperparameters == DEFAULTS[rule.__name__]


@RULES
def test_the_memory_order_of_w_makes_no_difference(rule, rng):
    w, gradients = rng.standard_normal((4, 5)), rng.standard_normal((3, 4, 5))
    expected = steps(rule, w, gradients)
    np.testing.assert_array_equal(steps(rule, np.asfortranarray(w), gradients), expected)
    wide = np.repeat(w, 2, axis=1)[:, ::2]
    np.testing.assert_array_equal(steps(rule, wide, gradients), expected)


@RULES
def test_a_gradient_that_would_broadcast_is_refused(rule):
    name = rule.__name__
    with pytest.raises(ValueError, match=rf"dw is \(1, 4\); {name} needs the shape of w, \(4,\)"):
        rule(np.ones(4), np.ones((1, 4)))


@RULES
def test_a_parameter_of_integers_is_refused(rule):
    w = np.ones(4, np.int64)
    with pytest.raises(TypeError, match=rf"w is an array of int64; {rule.__name__} needs floats"):
        rule(w, np.ones(4))


@pytest.mark.parametrize("rule", [momentum, rmsprop, adam])
def test_a_config_shared_between_parameters_is_refused(rule):
    _, config = rule(np.ones((3, 4)), np.ones((3, 4)))
    key = STATE[rule.__name__][0]
    with pytest.raises(ValueError, match=rf"config\['{key}'\] is \(3, 4\); .*\(4,\), and a config"):
        rule(np.ones(4), np.ones(4), config)


def test_checked_config_fills_in_the_defaults_without_changing_them():
    config = checked_config("adam", {"learning_rate": np.float32(0.5)})
    assert config == {"learning_rate": 0.5, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8}
    assert DEFAULTS["adam"]["learning_rate"] == 1e-3


@pytest.mark.parametrize(
    ("rule", "config", "message"),
    [
        ("adagrad", {}, "update_rule is 'adagrad'; known are sgd, sgd_momentum, rmsprop, adam"),
        ("sgd", {"lr": 1}, "optim_config has 'lr'; sgd knows learning_rate"),
        ("rmsprop", {"beta1": 1}, "optim_config has 'beta1'; rmsprop knows learning_rate, decay_r"),
        ("adam", {"beta1": "a"}, r"optim_config\['beta1'\] is 'a'; it must be a number"),
        ("adam", {"beta1": None}, r"optim_config\['beta1'\] is None; it must be a number"),
    ],
)
def test_unknown_rules_and_hyperparameters_are_refused_by_name(rule, config, message):
    with pytest.raises(ValueError, match=message):
        checked_config(rule, config)


@pytest.mark.peer
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("rule", "optimiser", "options"),
    [
        (sgd, "SGD", {}),
        (momentum, "SGD", {"momentum": 0.9}),
        (rmsprop, "RMSprop", {}),
        (adam, "Adam", {}),
    ],
    ids=list(UPDATE_RULES),
)
def test_the_path_is_that_of_pytorch(rule, optimiser, options, dtype, rng):
    torch = pytest.importorskip("torch")
    w = rng.standard_normal((4, 3)).astype(dtype)
    gradients = rng.standard_normal((20, 4, 3)).astype(dtype)
    parameter = torch.nn.Parameter(torch.tensor(w))
    peer = getattr(torch.optim, optimiser)([parameter], lr=0.02, **options)
    for dw in gradients:
        parameter.grad = torch.tensor(dw)
        peer.step()
    found = steps(rule, w, gradients, learning_rate=0.02)
    tolerance = 1e-5 if dtype is np.float32 else 1e-13
    np.testing.assert_allclose(found, parameter.detach().numpy(), rtol=0, atol=tolerance)
