"""A glimpse and a brush: the Gaussian window of DRAW (Gregor et al. 2015, section 3.2).

A window is a grid of K x K Gaussian filters. Five numbers say where its centre is, how far apart
and how wide the filters are, and how strong it is. The filters of a row and of a column make two
matrices, Fx and Fy; reading an image x gives ``intensity * Fy x Fx^T``, and writing a patch w gives
``Fy^T w Fx / intensity``. All of it is differentiable, so a network can learn where to look.

Images are (N, B, A), B rows of A pixels. Pixels are counted from 0, from the top left corner.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.shapes import require_shapes

# The five numbers of a window are cut off here: exp(12) is 160,000, more than any image needs, and
# nothing that follows overflows, not even in float32.
LIMIT = 12.0


def window_forward(
    window: np.ndarray, K: int, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, Any]:
    """From what the network says to a window in pixels (Gregor et al. 2015, equations 21 to 24).

    With the five numbers cut off at -LIMIT and LIMIT:

    - ``centre_x = (A + 1) / 2 * (g_x + 1) - 1``, and ``centre_y`` likewise with B
    - ``variance = exp(log variance)``
    - ``stride = (max(A, B) - 1) / (K - 1) * exp(log stride)``
    - ``intensity = exp(log intensity)``

    Five zeros are a window that covers the image.

    Parameters
    ----------
    window : ndarray of shape (N, 5)
        g_x, g_y, log variance, log stride, log intensity.
    K : int
        Filters in a row, and in a column.
    shape : (int, int)
        Rows B and columns A of the image.

    Returns
    -------
    centre_x, centre_y : ndarray of shape (N,)
        In pixels; -1 and A (or B) are just outside the image.
    stride : ndarray of shape (N,)
        Pixels from one filter to the next.
    variance : ndarray of shape (N,)
        Of the Gaussians, in pixels squared.
    intensity : ndarray of shape (N,)
    cache : values that window_backward needs

    Raises
    ------
    ValueError
        If the shapes do not fit, or K is below 2.
    """
    require_shapes("window_forward", window=(window, "N 5"))
    if K < 2:
        raise ValueError(f"K is {K}; window_forward needs two filters or more in a row")
    # np.clip cuts off. What does backpropagation through exp need?
    # BEGIN SOLUTION
    B, A = shape
    g_x, g_y, log_variance, log_stride, log_intensity = np.clip(window, -LIMIT, LIMIT).T
    centre_x = (A + 1) / 2 * (g_x + 1) - 1
    centre_y = (B + 1) / 2 * (g_y + 1) - 1
    stride = (max(A, B) - 1) / (K - 1) * np.exp(log_stride)
    variance, intensity = np.exp(log_variance), np.exp(log_intensity)
    cache = (window, shape, stride, variance, intensity)
    return centre_x, centre_y, stride, variance, intensity, cache
    # END SOLUTION


def window_backward(
    dcentre_x: np.ndarray,
    dcentre_y: np.ndarray,
    dstride: np.ndarray,
    dvariance: np.ndarray,
    dintensity: np.ndarray,
    cache: Any,
) -> np.ndarray:
    """Gradient of the window's five numbers.

    Parameters
    ----------
    dcentre_x, dcentre_y, dstride, dvariance, dintensity : ndarray of shape (N,)
    cache : from window_forward

    Returns
    -------
    dwindow : ndarray of shape (N, 5)
        Zero for a number that was cut off.
    """
    # BEGIN SOLUTION
    window, (B, A), stride, variance, intensity = cache
    dnumbers = (
        (A + 1) / 2 * dcentre_x,
        (B + 1) / 2 * dcentre_y,
        variance * dvariance,
        stride * dstride,
        intensity * dintensity,
    )
    return np.where(np.abs(window) <= LIMIT, np.stack(dnumbers, axis=1), 0)
    # END SOLUTION


def filterbank_forward(
    centre: np.ndarray, stride: np.ndarray, variance: np.ndarray, K: int, size: int
) -> tuple[np.ndarray, Any]:
    """K Gaussian filters along one axis of an image (Gregor et al. 2015, equations 19, 20, 25, 26).

    Filter k is at ``mu_k = centre + (k - (K - 1) / 2) * stride`` for k = 0 to K - 1, and weighs
    pixel a with ``exp(-(a - mu_k)^2 / (2 variance))``, divided by the sum of its weights.

    Parameters
    ----------
    centre : ndarray of shape (N,)
        Middle of the filters, in pixels. It may lie outside the image.
    stride : ndarray of shape (N,)
    variance : ndarray of shape (N,)
    K : int
        Number of filters.
    size : int
        Pixels along this axis, B or A.

    Returns
    -------
    F : ndarray of shape (N, K, size)
        Each filter is 1 in sum, also where it is far outside.
    cache : values that filterbank_backward needs

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    require_shapes(
        "filterbank_forward",
        centre=(centre, "N"),
        stride=(stride, "N"),
        variance=(variance, "N"),
    )
    # A narrow filter far from every pixel: all its weights underflow to 0, and 0 / 0 is not a
    # number. Which function that you know well divides exponentials by their sum, and how does it
    # stay finite? np.arange has to be told the dtype, or float32 becomes float64.
    # BEGIN SOLUTION
    steps = np.arange(K, dtype=centre.dtype) - (K - 1) / 2  # (K,)
    mu = centre[:, np.newaxis] + steps * stride[:, np.newaxis]  # (N, K)
    offset = np.arange(size, dtype=centre.dtype) - mu[:, :, np.newaxis]  # (N, K, size)
    F = offset * offset
    F /= -2 * variance[:, np.newaxis, np.newaxis]
    F -= F.max(axis=2, keepdims=True)
    np.exp(F, out=F)
    F /= F.sum(axis=2, keepdims=True)
    return F, (F, offset, steps, variance)
    # END SOLUTION


def filterbank_backward(dF: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradient of the filters.

    Parameters
    ----------
    dF : ndarray of shape (N, K, size)
    cache : from filterbank_forward

    Returns
    -------
    dcentre : ndarray of shape (N,)
    dstride : ndarray of shape (N,)
    dvariance : ndarray of shape (N,)
    """
    # BEGIN SOLUTION
    F, offset, steps, variance = cache
    dexponent = F * (dF - (dF * F).sum(axis=2, keepdims=True))  # (N, K, size)
    dexponent *= offset
    dmu = dexponent.sum(axis=2) / variance[:, np.newaxis]  # (N, K)
    dvariance = np.einsum("nka,nka->n", dexponent, offset) / (2 * variance**2)
    return dmu.sum(axis=1), dmu @ steps, dvariance
    # END SOLUTION


def read_forward(x: np.ndarray, window: np.ndarray, K: int) -> tuple[np.ndarray, Any]:
    """Read a glimpse of K x K numbers: ``intensity * Fy x Fx^T`` (equation 27).

    Parameters
    ----------
    x : ndarray of shape (N, B, A)
        Images.
    window : ndarray of shape (N, 5)
        As in window_forward.
    K : int

    Returns
    -------
    glimpse : ndarray of shape (N, K, K)
    cache : values that read_backward needs

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    require_shapes("read_forward", x=(x, "N B A"), window=(window, "N 5"))
    # window_forward, then filterbank_forward for the rows (Fy) and for the columns (Fx). The @ of
    # arrays with three axes multiplies the matrices in the last two.
    # BEGIN SOLUTION
    Fy, Fx, intensity, cache = _filters(window, K, x.shape[1:])
    rows = Fy @ x  # (N, K, A)
    glimpse = intensity * (rows @ Fx.swapaxes(1, 2))
    return glimpse, (x, Fy, Fx, rows, intensity, cache)
    # END SOLUTION


def read_backward(dglimpse: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of reading.

    Parameters
    ----------
    dglimpse : ndarray of shape (N, K, K)
    cache : from read_forward

    Returns
    -------
    dx : ndarray of shape (N, B, A)
    dwindow : ndarray of shape (N, 5)
    """
    # Write down the gradient of Y = A X B with respect to each of the three, then put in the names.
    # BEGIN SOLUTION
    x, Fy, Fx, rows, intensity, cache = cache
    dproduct = intensity * dglimpse  # (N, K, K)
    dintensity = (dglimpse * (rows @ Fx.swapaxes(1, 2))).sum(axis=(1, 2))
    dFx = dproduct.swapaxes(1, 2) @ rows  # (N, K, A)
    drows = dproduct @ Fx  # (N, K, A)
    dFy = drows @ x.swapaxes(1, 2)  # (N, K, B)
    return Fy.swapaxes(1, 2) @ drows, _filters_backward(dFy, dFx, dintensity, cache)
    # END SOLUTION


def write_forward(
    patch: np.ndarray, window: np.ndarray, shape: tuple[int, int]
) -> tuple[np.ndarray, Any]:
    """Write a patch of K x K numbers: ``Fy^T patch Fx / intensity`` (equation 29).

    Parameters
    ----------
    patch : ndarray of shape (N, K, K)
    window : ndarray of shape (N, 5)
        As in window_forward.
    shape : (int, int)
        Rows B and columns A of the image.

    Returns
    -------
    stroke : ndarray of shape (N, B, A)
        What is to be added to the canvas.
    cache : values that write_backward needs

    Raises
    ------
    ValueError
        If the shapes do not fit.
    """
    require_shapes("write_forward", patch=(patch, "N K K"), window=(window, "N 5"))
    # BEGIN SOLUTION
    Fy, Fx, intensity, cache = _filters(window, patch.shape[1], shape)
    columns = patch @ Fx / intensity  # (N, K, A)
    stroke = Fy.swapaxes(1, 2) @ columns
    return stroke, (patch, Fy, Fx, columns, intensity, cache)
    # END SOLUTION


def write_backward(dstroke: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of writing.

    Parameters
    ----------
    dstroke : ndarray of shape (N, B, A)
    cache : from write_forward

    Returns
    -------
    dpatch : ndarray of shape (N, K, K)
    dwindow : ndarray of shape (N, 5)
    """
    # BEGIN SOLUTION
    patch, Fy, Fx, columns, intensity, cache = cache
    dFy = columns @ dstroke.swapaxes(1, 2)  # (N, K, B)
    dproduct = Fy @ dstroke / intensity  # (N, K, A), of patch @ Fx
    dpatch = dproduct @ Fx.swapaxes(1, 2)
    # A stroke is linear in its patch, so the sum of dstroke * stroke is that of dpatch * patch.
    dintensity = -(dpatch * patch).sum(axis=(1, 2)) / intensity[:, 0, 0]
    dFx = patch.swapaxes(1, 2) @ dproduct  # (N, K, A)
    return dpatch, _filters_backward(dFy, dFx, dintensity, cache)
    # END SOLUTION


# BEGIN SOLUTION
def _filters(
    window: np.ndarray, K: int, shape: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Any]:
    """Fy (N, K, B), Fx (N, K, A), the intensity (N, 1, 1), and the caches."""
    B, A = shape
    centre_x, centre_y, stride, variance, intensity, of_window = window_forward(window, K, (B, A))
    Fy, of_rows = filterbank_forward(centre_y, stride, variance, K, B)
    Fx, of_columns = filterbank_forward(centre_x, stride, variance, K, A)
    return Fy, Fx, intensity[:, np.newaxis, np.newaxis], (of_window, of_rows, of_columns)


def _filters_backward(
    dFy: np.ndarray, dFx: np.ndarray, dintensity: np.ndarray, cache: Any
) -> np.ndarray:
    """From the gradients of both filter banks to that of the window's five numbers."""
    of_window, of_rows, of_columns = cache
    dcentre_y, dstride_y, dvariance_y = filterbank_backward(dFy, of_rows)
    dcentre_x, dstride_x, dvariance_x = filterbank_backward(dFx, of_columns)
    return window_backward(
        dcentre_x,
        dcentre_y,
        dstride_y + dstride_x,
        dvariance_y + dvariance_x,
        dintensity,
        of_window,
    )


# END SOLUTION
