"""Update rules, with CS231n's signature ``next_w, config = rule(w, dw, config)``.

Each rule returns a new array and leaves w and dw alone. ``config`` holds the rule's
hyperparameters and its own state (moments, step count) for one parameter; the state is
updated in place there, for speed. Missing entries are filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

Config = dict[str, Any]
UpdateRule = Callable[..., tuple[np.ndarray, Config]]

DEFAULTS: dict[str, dict[str, float]] = {
    "sgd": {"learning_rate": 1e-2},
    "sgd_momentum": {"learning_rate": 1e-2, "momentum": 0.9},
    "rmsprop": {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8},
    "adam": {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
}


def sgd(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
    """Stochastic gradient descent, ``next_w = w - learning_rate * dw``.

    Parameters
    ----------
    w, dw : ndarray of floats, any one shape
        Parameter and the gradient of the loss by it.
    config : dict, optional
        ``learning_rate`` (1e-2).

    Returns
    -------
    next_w : ndarray of w's shape and dtype
    config : dict
        The same dict, for the next step.

    Raises
    ------
    TypeError
        If w does not hold floats.
    ValueError
        If dw has another shape than w.
    """
    config = _prepared("sgd", w, dw, config)
    next_w = w - config["learning_rate"] * dw
    return _like(w, next_w), config


def sgd_momentum(
    w: np.ndarray, dw: np.ndarray, config: Config | None = None
) -> tuple[np.ndarray, Config]:
    """Momentum, ``velocity = momentum * velocity - learning_rate * dw``, ``next_w = w + velocity``.

    Parameters
    ----------
    w, dw : ndarray of floats, any one shape
        Parameter and the gradient of the loss by it.
    config : dict, optional
        ``learning_rate`` (1e-2), ``momentum`` (0.9); state: ``velocity``, of w's shape.

    Returns
    -------
    next_w : ndarray of w's shape and dtype
    config : dict
        The same dict, its state updated in place.

    Raises
    ------
    TypeError
        If w does not hold floats.
    ValueError
        If dw or the state has another shape than w.

    Source
    ------
    CS231n, lecture on optimisation; Sutskever et al., ICML 2013.
    """
    config = _prepared("sgd_momentum", w, dw, config, "velocity")
    velocity = config["velocity"]
    velocity *= config["momentum"]
    velocity -= config["learning_rate"] * dw
    next_w = w + velocity
    return _like(w, next_w), config


def rmsprop(
    w: np.ndarray, dw: np.ndarray, config: Config | None = None
) -> tuple[np.ndarray, Config]:
    """RMSProp: each element's step is divided by the root of a running mean of its squares.

    Parameters
    ----------
    w, dw : ndarray of floats, any one shape
        Parameter and the gradient of the loss by it.
    config : dict, optional
        ``learning_rate`` (1e-2), ``decay_rate`` (0.99), ``epsilon`` (1e-8); state: ``cache``,
        of w's shape.

    Returns
    -------
    next_w : ndarray of w's shape and dtype
    config : dict
        The same dict, its state updated in place.

    Raises
    ------
    TypeError
        If w does not hold floats.
    ValueError
        If dw or the state has another shape than w.

    Source
    ------
    Tieleman and Hinton, Neural Networks for Machine Learning, lecture 6.5 (2012).
    """
    config = _prepared("rmsprop", w, dw, config, "cache")
    decay_rate, cache = config["decay_rate"], config["cache"]
    cache *= decay_rate
    cache += (1 - decay_rate) * dw**2
    next_w = w - config["learning_rate"] * dw / (np.sqrt(cache) + config["epsilon"])
    return _like(w, next_w), config


def adam(w: np.ndarray, dw: np.ndarray, config: Config | None = None) -> tuple[np.ndarray, Config]:
    """Adam: RMSProp with momentum, both moments corrected for their start at zero.

    Parameters
    ----------
    w, dw : ndarray of floats, any one shape
        Parameter and the gradient of the loss by it.
    config : dict, optional
        ``learning_rate`` (1e-3), ``beta1`` (0.9), ``beta2`` (0.999), ``epsilon`` (1e-8);
        state: first moment ``m`` and second moment ``v``, of w's shape, and the number of
        steps taken ``t`` (0).

    Returns
    -------
    next_w : ndarray of w's shape and dtype
    config : dict
        The same dict, its state updated in place.

    Raises
    ------
    TypeError
        If w does not hold floats.
    ValueError
        If dw or the state has another shape than w.

    Source
    ------
    Kingma and Ba, Adam: a method for stochastic optimization, ICLR 2015, algorithm 1.
    """
    config = _prepared("adam", w, dw, config, "m", "v")
    beta1, beta2, m, v = config["beta1"], config["beta2"], config["m"], config["v"]
    t = config["t"] = config.get("t", 0) + 1
    m *= beta1
    m += (1 - beta1) * dw
    v *= beta2
    v += (1 - beta2) * dw**2
    # m's correction goes to the scalar factor, which saves a pass over the array.
    rate = config["learning_rate"] / (1 - beta1**t)
    next_w = w - rate * m / (np.sqrt(v / (1 - beta2**t)) + config["epsilon"])
    return _like(w, next_w), config


UPDATE_RULES: dict[str, UpdateRule] = {
    "sgd": sgd,
    "sgd_momentum": sgd_momentum,
    "rmsprop": rmsprop,
    "adam": adam,
}


def checked_config(rule: str, optim_config: Mapping[str, float] | None) -> dict[str, float]:
    """The hyperparameters of a rule, by name, with the defaults filled in.

    Parameters
    ----------
    rule : str
        Name of an update rule.
    optim_config : mapping of str to number, or None
        The hyperparameters that differ from the default.

    Returns
    -------
    dict of str to float

    Raises
    ------
    ValueError
        If the rule or a hyperparameter is unknown, or a value is not a number.
    """
    if rule not in UPDATE_RULES:
        raise ValueError(f"update_rule is {rule!r}; known are {', '.join(UPDATE_RULES)}")
    config = dict(DEFAULTS[rule])
    for key, value in (optim_config or {}).items():
        if key not in config:
            raise ValueError(f"optim_config has {key!r}; {rule} knows {', '.join(config)}")
        try:
            config[key] = float(value)
        except (TypeError, ValueError):
            raise ValueError(f"optim_config[{key!r}] is {value!r}; it must be a number") from None
    return config


def _prepared(rule: str, w: Any, dw: Any, config: Config | None, *state: str) -> Config:
    """``config`` with defaults and zero state filled in, once w, dw and the state fit."""
    if np.asarray(w).dtype.kind != "f":
        raise TypeError(f"w is an array of {np.asarray(w).dtype}; {rule} needs floats")
    if np.shape(dw) != np.shape(w):
        raise ValueError(f"dw is {np.shape(dw)}; {rule} needs the shape of w, {np.shape(w)}")
    config = {} if config is None else config
    for key, value in DEFAULTS[rule].items():
        config.setdefault(key, value)
    for key in state:
        if key not in config:
            config[key] = np.zeros_like(w)
        if np.shape(config[key]) != np.shape(w):
            raise ValueError(
                f"config[{key!r}] is {np.shape(config[key])}; {rule} needs the shape of w, "
                f"{np.shape(w)}, and a config of its own for each parameter"
            )
    return config


def _like(w: np.ndarray, next_w: Any) -> np.ndarray:
    # NumPy turns results of 0-d arrays into scalars, and a float64 gradient would widen w.
    return np.asarray(next_w, dtype=w.dtype)
