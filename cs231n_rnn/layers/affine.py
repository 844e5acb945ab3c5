"""The affine layer, out = x w + b, for a minibatch and for every step of a sequence."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cs231n_rnn.layers.shapes import require_shapes


def affine_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Any]:
    """Affine layer, out = x w + b.

    Parameters
    ----------
    x : ndarray of shape (N, d_1, ..., d_k)
        A minibatch; each example is flattened to D = d_1 * ... * d_k numbers.
    w : ndarray of shape (D, M)
    b : ndarray of shape (M,)

    Returns
    -------
    out : ndarray of shape (N, M)
    cache : values that affine_backward needs

    Raises
    ------
    ValueError
        If the shapes do not fit together.
    """
    rows = x.reshape(len(x), math.prod(x.shape[1:]))  # (N, D)
    require_shapes("affine_forward", x=(rows, "N D"), w=(w, "D M"), b=(b, "M"))
    out = rows @ w + b  # (N, M)
    return out, (x, w)


def affine_backward(dout: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradient of the affine layer.

    Parameters
    ----------
    dout : ndarray of shape (N, M)
        Gradient of the loss with respect to out.
    cache : from affine_forward

    Returns
    -------
    dx : ndarray of shape (N, d_1, ..., d_k)
    dw : ndarray of shape (D, M)
    db : ndarray of shape (M,)

    Raises
    ------
    ValueError
        If dout has another shape than out.
    """
    x, w = cache
    rows = x.reshape(len(x), math.prod(x.shape[1:]))  # (N, D)
    require_shapes("affine_backward", x=(rows, "N D"), w=(w, "D M"), dout=(dout, "N M"))
    dx = (dout @ w.T).reshape(x.shape)
    dw = rows.T @ dout  # (D, M)
    db = dout.sum(axis=0)  # (M,)
    return dx, dw, db


def temporal_affine_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Any]:
    """Affine layer at every time step, with the same weights.

    Parameters
    ----------
    x : ndarray of shape (N, T, D)
    w : ndarray of shape (D, M)
    b : ndarray of shape (M,)

    Returns
    -------
    out : ndarray of shape (N, T, M)
    cache : values that temporal_affine_backward needs

    Raises
    ------
    ValueError
        If the shapes do not fit together.
    """
    require_shapes("temporal_affine_forward", x=(x, "N T D"), w=(w, "D M"), b=(b, "M"))
    N, T, D = x.shape
    # A time step is one more example here: one product serves all N * T of them.
    out, cache = affine_forward(x.reshape(N * T, D), w, b)
    return out.reshape(N, T, len(b)), (x, cache)


def temporal_affine_backward(
    dout: np.ndarray, cache: Any
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradient of the affine layer at every time step.

    Parameters
    ----------
    dout : ndarray of shape (N, T, M)
    cache : from temporal_affine_forward

    Returns
    -------
    dx : ndarray of shape (N, T, D)
    dw : ndarray of shape (D, M), summed over minibatch and time
    db : ndarray of shape (M,)

    Raises
    ------
    ValueError
        If dout has another shape than out.
    """
    x, rows_cache = cache
    require_shapes("temporal_affine_backward", x=(x, "N T D"), dout=(dout, "N T M"))
    N, T, M = dout.shape
    dx, dw, db = affine_backward(dout.reshape(N * T, M), rows_cache)
    return dx.reshape(x.shape), dw, db
