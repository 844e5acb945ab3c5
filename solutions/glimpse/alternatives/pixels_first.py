"""Filters kept as (N, size, K), a stack of both sides' filters, and closures as caches."""
# ruff: noqa: F821

import numpy as np
from numpy import newaxis as new


def window_forward(window, K, shape):
    sides = np.array(shape[::-1], dtype=window.dtype)
    numbers = np.where(window > LIMIT, LIMIT, np.where(window < -LIMIT, -LIMIT, window))
    numbers = numbers.astype(window.dtype)
    centres = (sides - 1) / 2 + numbers[:, :2] * (sides + 1) / 2
    positive = np.exp(numbers[:, 2:])
    positive[:, 1] *= (sides.max() - 1) / (K - 1)

    def back(by_centres, by_positive):
        slope = np.hstack([np.broadcast_to((sides + 1) / 2, centres.shape), positive])
        slope[numbers != window] = 0
        return slope * np.hstack([by_centres, by_positive])

    x, y = centres.T
    variance, stride, intensity = positive.copy().T
    return x, y, stride, variance, intensity, back


def window_backward(dcentre_x, dcentre_y, dstride, dvariance, dintensity, cache):
    return cache(
        np.column_stack((dcentre_x, dcentre_y)), np.column_stack((dvariance, dstride, dintensity))
    )


class Bank:
    def __init__(self, centre, stride, variance, K, size):
        self.variance = variance[:, new]
        self.steps = (np.arange(1 - K, K, 2) / 2).astype(centre.dtype)
        mu = np.add.outer(centre, 0 * self.steps) + np.multiply.outer(stride, self.steps)
        self.away = np.arange(size, dtype=centre.dtype)[:, new] - mu[:, new]  # (N, size, K)
        energy = self.away**2 / (2 * variance[:, new, new])
        P = np.exp(energy.min(axis=1)[:, new] - energy)
        self.P = P / P.sum(axis=1)[:, new]

    def back(self, dP):
        # The whole Jacobian of the softmax would be (N, K, size, size); here it meets dP at once.
        denergy = self.P * ((self.P * dP).sum(axis=1)[:, new] - dP)
        dmu = -(denergy * self.away).sum(axis=1) / self.variance
        dvariance = -(denergy * self.away**2).sum(axis=1) / (2 * self.variance**2)
        return dmu.sum(axis=1), np.einsum("nk,k->n", dmu, self.steps), dvariance.sum(axis=1)


def filterbank_forward(centre, stride, variance, K, size):
    bank = Bank(centre, stride, variance, K, size)
    return bank.P.transpose(0, 2, 1), bank


def filterbank_backward(dF, cache):
    return cache.back(np.ascontiguousarray(dF.transpose(0, 2, 1)))


class Brush:
    """Both banks of filters and the intensity (N, 1, 1), and the way back from them."""

    def __init__(self, window, K, shape):
        x, y, stride, variance, intensity, self.numbers = window_forward(window, K, shape)
        self.rows = Bank(y, stride, variance, K, shape[0])
        self.columns = Bank(x, stride, variance, K, shape[1])
        self.intensity = intensity[:, new, new]
        self.Py, self.Px = self.rows.P, self.columns.P

    def back(self, dPy, dPx, dintensity):
        (dy, *of_rows), (dx, *of_columns) = self.rows.back(dPy), self.columns.back(dPx)
        dstride, dvariance = map(sum, zip(of_rows, of_columns, strict=True))
        return window_backward(dx, dy, dstride, dvariance, dintensity, self.numbers)


def turned(array):
    return array.transpose(0, 2, 1)


def read_forward(x, window, K):
    brush = Brush(window, K, x.shape[1:])
    weak = turned(brush.Py) @ (x @ brush.Px)
    return weak * brush.intensity, (x, weak, brush)


def read_backward(dglimpse, cache):
    x, weak, brush = cache
    dweak = dglimpse * brush.intensity
    dPy, dPx = x @ (brush.Px @ turned(dweak)), turned(x) @ (brush.Py @ dweak)
    dwindow = brush.back(dPy, dPx, np.tensordot(dglimpse * weak, np.ones_like(weak[0])))
    return brush.Py @ dweak @ turned(brush.Px), dwindow


def write_forward(patch, window, shape):
    brush = Brush(window, patch.shape[2], shape)
    thin = patch / brush.intensity
    return brush.Py @ thin @ turned(brush.Px), (thin, brush)


def write_backward(dstroke, cache):
    thin, brush = cache
    dthin = turned(brush.Py) @ dstroke @ brush.Px
    dPy, dPx = dstroke @ (brush.Px @ turned(thin)), turned(dstroke) @ (brush.Py @ thin)
    dpatch = dthin / brush.intensity
    return dpatch, brush.back(dPy, dPx, -(dpatch * thin).sum(axis=(1, 2)))
