"""Numerical gradients, against which every backward pass of the kit is checked.

A centred difference ``(f(x + h) - f(x - h)) / 2h`` works for any function; a complex step
``Im f(x + ih) / h`` subtracts nothing, so it is exact to rounding, where f admits complex
arguments. Both cost one or two calls of f for each element of x.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

# Far below rounding, so that every term in its square vanishes.
COMPLEX_STEP = 1e-20


def rel_error(x: Any, y: Any) -> float:
    """The largest relative error, ``max |x - y| / max(1e-8, |x| + |y|)``.

    Parameters
    ----------
    x, y : ndarray of the same shape, or numbers

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the shapes differ: broadcasting would hide a ``db`` of shape (1, H).
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.shape != y.shape:
        raise ValueError(f"x is {x.shape} and y is {y.shape}; rel_error needs equal shapes")
    return float(np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y))))


def eval_numerical_gradient(
    f: Callable[[np.ndarray], Any], x: np.ndarray, verbose: bool = False, h: float = 1e-5
) -> np.ndarray:
    """Gradient of a scalar function at x by centred differences.

    Each element of x is changed in place, so that f may also read x from where it lies (for
    example in ``model.params``), and is put back exactly, even if f fails.

    Parameters
    ----------
    f : callable
        Takes x and returns a number.
    x : ndarray of floats, any shape
        float64, since h = 1e-5 is lost in float32's rounding.
    verbose : bool
        Print each index and its derivative.
    h : float
        Step.

    Returns
    -------
    ndarray of x's shape

    Raises
    ------
    TypeError
        If x is not an array of floats.
    """
    _require_floats("eval_numerical_gradient", x)
    gradient = eval_numerical_gradient_array(f, x, 1.0, h)
    if verbose:
        for index in np.ndindex(x.shape):
            print(index, gradient[index])
    return gradient


def eval_numerical_gradient_array(
    f: Callable[[np.ndarray], Any], x: np.ndarray, df: Any, h: float = 1e-5
) -> np.ndarray:
    """Gradient of ``sum(f(x) * df)`` at x: what a backward pass returns for the upstream df.

    Parameters
    ----------
    f : callable
        Takes x and returns an array.
    x : ndarray of floats, any shape
        float64; changed in place and put back exactly, even if f fails.
    df : ndarray of f(x)'s shape
        Upstream gradient.
    h : float
        Step.

    Returns
    -------
    ndarray of x's shape

    Raises
    ------
    TypeError
        If x is not an array of floats.
    """
    _require_floats("eval_numerical_gradient_array", x)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        old = x[index]
        try:
            x[index] = old + h
            plus = np.copy(f(x))  # f may return a buffer that its next call overwrites
            x[index] = old - h
            minus = f(x)
        finally:
            x[index] = old
        gradient[index] = np.sum((plus - minus) * df) / (2 * h)
    return gradient


def compare_gradients(
    f: Callable[[], Any],
    arrays: Mapping[str, np.ndarray],
    gradients: Mapping[str, np.ndarray] | Iterable[np.ndarray],
    *douts: Any,
    right: float = 1e-6,
) -> None:
    """Nudge every element of some arrays, and print how wrong the gradient of each array is.

    The error is the largest difference from centred differences, relative to the largest element:
    single elements may be so small that rounding hides them.

    Parameters
    ----------
    f : callable
        Without arguments; reads the arrays from where they lie. Returns a tuple of arrays or
        numbers; what comes after those that have a dout, such as a cache, is ignored.
    arrays : mapping of str to ndarray of floats
        float64; changed in place and put back exactly.
    gradients : mapping of str to ndarray, or iterable of ndarray
        Under names of arrays, or one for each array in their order.
    *douts : ndarray of the shape of each output
        Upstream gradients; 1 if there are none, for a loss.
    right : float
        The error up to which a gradient is right, as printed beside it.

    Raises
    ------
    ValueError
        If a gradient has another shape than its array.
    """
    douts = douts or (1.0,)
    if not isinstance(gradients, Mapping):
        gradients = dict(zip(arrays, gradients, strict=True))
    df = np.concatenate([np.ravel(dout) for dout in douts])
    limit = f"{right:.0e}".replace("e-0", "e-")

    def outputs(_: np.ndarray) -> np.ndarray:
        return np.concatenate([np.ravel(out) for out, _ in zip(f(), douts, strict=False)])

    for name, gradient in gradients.items():
        if np.shape(gradient) != np.shape(arrays[name]):
            raise ValueError(f"d{name} is {np.shape(gradient)}; {name} is {np.shape(arrays[name])}")
        numerical = eval_numerical_gradient_array(outputs, arrays[name], df)
        error = np.max(np.abs(numerical - gradient)) / (np.max(np.abs(numerical)) or 1.0)
        print(f"d{name:<10} error: {error:.1e} ({limit} or less is right)")


def complex_step_gradient(
    f: Callable[[np.ndarray], Any], x: np.ndarray, df: Any = 1.0
) -> np.ndarray:
    """Gradient of ``sum(f(x) * df)`` at x by complex steps, exact to rounding.

    f receives a complex copy of x and must compute from it alone. It may be used where f is
    analytic and keeps the imaginary part: NumPy arithmetic, ``exp``, ``log``, ``tanh``,
    ``@`` and ``sum``, on arrays that take their dtype from x. It may not be used with
    ``abs``, comparisons, ``max`` or ``maximum`` (a softmax that subtracts its maximum, a
    ReLU), conjugates and norms, or buffers of a forced dtype (``np.zeros((N, H))``).

    Parameters
    ----------
    f : callable
        Takes a complex array of x's shape and returns a complex number or array.
    x : ndarray of floats, any shape
    df : ndarray of f(x)'s shape
        Upstream gradient; 1 for a number.

    Returns
    -------
    ndarray of x's shape

    Raises
    ------
    TypeError
        If x is not an array of floats, or f drops the imaginary part.

    Source
    ------
    Squire and Trapp, Using complex variables to estimate derivatives of real functions,
    SIAM Review 40 (1998).
    """
    _require_floats("complex_step_gradient", x)
    gradient = np.zeros_like(x)
    z = x.astype(np.complex128)
    for index in np.ndindex(x.shape):
        z[index] += 1j * COMPLEX_STEP
        gradient[index] = np.sum(_imaginary_part(f, z.copy()) * df) / COMPLEX_STEP
        z[index] = x[index]
    return gradient


def _imaginary_part(f: Callable[[np.ndarray], Any], z: np.ndarray) -> Any:
    with warnings.catch_warnings():
        # A complex value stored in a real buffer only warns, and the gradient would be wrong.
        warnings.filterwarnings("error", message="Casting complex values")
        try:
            value = f(z)
        except RuntimeWarning as warning:
            raise TypeError(
                "f stores complex values in a real array; complex_step_gradient cannot"
            ) from warning
    if not np.iscomplexobj(value):
        raise TypeError(
            f"f returned {np.asarray(value).dtype}; complex_step_gradient needs a complex value, "
            "computed from f's argument without abs, comparisons or buffers of a real dtype"
        )
    return np.imag(value)


def _require_floats(caller: str, x: Any) -> None:
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f":
        found = f"an array of {x.dtype}" if isinstance(x, np.ndarray) else type(x).__name__
        raise TypeError(f"x is {found}; {caller} needs an array of floats, best float64")
