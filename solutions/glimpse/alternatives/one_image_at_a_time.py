"""Python's own numbers for a window; filters and matrices one image at a time."""

import math

import numpy as np


def cut(number):
    return max(-12.0, min(12.0, float(number)))


def one_window(row, K, B, A):
    x, y, variance, stride, intensity = map(cut, row)
    longest = A if A > B else B
    return (
        0.5 * (A - 1 + (A + 1) * x),
        0.5 * (B - 1 + (B + 1) * y),
        (longest - 1) * math.exp(stride) / (K - 1),
        math.exp(variance),
        math.exp(intensity),
    )


def window_forward(window, K, shape):
    rows = [one_window(row, K, *shape) for row in window.tolist()]
    columns = np.array(rows, dtype=window.dtype).T
    return [*columns, {"window": window, "K": K, "shape": shape}]


def window_backward(dcentre_x, dcentre_y, dstride, dvariance, dintensity, cache):
    window, K, (B, A) = cache["window"], cache["K"], cache["shape"]
    dwindow = np.zeros_like(window)
    gradients = zip(dcentre_x, dcentre_y, dstride, dvariance, dintensity, strict=True)
    for n, (dx, dy, ds, dv, di) in enumerate(gradients):
        numbers = window[n].tolist()
        _, _, stride, variance, intensity = one_window(numbers, K, B, A)
        row = dx * (A + 1) / 2, dy * (B + 1) / 2, dv * variance, ds * stride, di * intensity
        for k, (number, gradient) in enumerate(zip(numbers, row, strict=True)):
            if number == cut(number):
                dwindow[n, k] = gradient
    return dwindow


def filterbank_forward(centre, stride, variance, K, size):
    F = np.empty((len(centre), K, size), dtype=centre.dtype)
    a = np.arange(size).astype(centre.dtype)
    for n in range(len(F)):
        for k in range(K):
            square = np.square(a - centre[n] - (2 * k - K + 1) * stride[n] / 2)
            F[n, k] = np.exp((min(square) - square) / variance[n] / 2)
            F[n, k] /= sum(F[n, k])
    return F, (F, centre, stride, variance)


def filterbank_backward(dF, cache):
    F, centre, stride, variance = cache
    N, K, size = F.shape
    dcentre, dstride, dvariance = (np.zeros_like(array) for array in cache[1:])
    a = np.arange(size).astype(F.dtype)
    for n in range(N):
        for k in range(K):
            step = (2 * k - K + 1) / 2
            away = a - centre[n] - step * stride[n]
            de = F[n, k] * (dF[n, k] - F[n, k] @ dF[n, k])
            dmu = de @ away / variance[n]
            dcentre[n] += dmu
            dstride[n] += dmu * step
            dvariance[n] += de @ away**2 / variance[n] ** 2 / 2
    return dcentre, dstride, dvariance


def pair(window, K, shape):
    """Fy, Fx, the intensity, and a function that takes their gradients back to the window."""
    x, y, *shared, intensity, from_window = window_forward(window, K, shape)
    Fy, from_rows = filterbank_forward(y, *shared, K, shape[0])
    Fx, from_columns = filterbank_forward(x, *shared, K, shape[1])

    def back(dFy, dFx, dintensity):
        dy, *by_rows = filterbank_backward(dFy, from_rows)
        dx, *by_columns = filterbank_backward(dFx, from_columns)
        both = [one + other for one, other in zip(by_rows, by_columns, strict=True)]
        return window_backward(dx, dy, *both, dintensity, from_window)

    return Fy, Fx, intensity, back


def read_forward(x, window, K):
    Fy, Fx, intensity, back = pair(window, K, x.shape[1:])
    seen = [i * (R @ image @ C.T) for i, R, image, C in zip(intensity, Fy, x, Fx, strict=True)]
    return np.stack(seen), (x, Fy, Fx, intensity, back)


def read_backward(dglimpse, cache):
    *arrays, back = cache
    rows = [gradients_of_one(*one) for one in zip(dglimpse, *arrays, strict=True)]
    dx, dFy, dFx, di = map(np.stack, zip(*rows, strict=True))
    return dx, back(dFy, dFx, di)


def gradients_of_one(dout, X, R, C, i):
    """Of ``out = i R X C^T``, with respect to X, R, C and i."""
    dX = i * (R.T @ dout @ C)
    return dX, i * (dout @ (X @ C.T).T), i * (dout.T @ (R @ X)), np.sum(dX * X) / i


def write_forward(patch, window, shape):
    Fy, Fx, intensity, back = pair(window, patch.shape[1], shape)
    stroke = [R.T @ w @ C / i for i, R, w, C in zip(intensity, Fy, patch, Fx, strict=True)]
    return np.stack(stroke), (patch, Fy, Fx, intensity, back)


def write_backward(dstroke, cache):
    patch, Fy, Fx, intensity, back = cache
    # Writing is reading with transposed filters, and with one over the intensity.
    rows = [
        gradients_of_one(dout, w, R.T, C.T, 1 / i)
        for dout, w, R, C, i in zip(dstroke, patch, Fy, Fx, intensity, strict=True)
    ]
    dpatch, dRows, dColumns, dinverse = map(np.stack, zip(*rows, strict=True))
    dFy, dFx = dRows.swapaxes(1, 2), dColumns.swapaxes(1, 2)
    return dpatch, back(dFy, dFx, -dinverse / intensity**2)
