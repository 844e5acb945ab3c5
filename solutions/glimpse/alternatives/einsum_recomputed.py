"""einsum throughout; a cache holds no more than the inputs, and backward computes again."""

import numpy as np


def window_forward(window, K, shape):
    held = np.minimum(np.maximum(window, -12), 12)
    g, (variance, stride, intensity) = held[:, :2], np.exp(held[:, 2:]).T
    B, A = shape
    centre = np.moveaxis((g + 1) * np.array([A + 1, B + 1], dtype=g.dtype) / 2 - 1, 1, 0)
    gap = (max(shape) - 1) / (K - 1)
    return *centre, gap * stride, variance, intensity, (window, K, shape)


def window_backward(dcentre_x, dcentre_y, dstride, dvariance, dintensity, cache):
    window, _, shape = cache
    _, _, stride, variance, intensity, _ = window_forward(*cache)
    half = [np.full_like(stride, side / 2 + 0.5) for side in reversed(shape)]
    slopes = np.array([*half, variance, stride, intensity])
    gradients = np.array([dcentre_x, dcentre_y, dvariance, dstride, dintensity])
    return np.einsum("cn,cn,nc->nc", slopes, gradients, (window**2 < 144).astype(window.dtype))


def filterbank_forward(centre, stride, variance, K, size):
    # Weights relative to that of the pixel nearest to the filter.
    a, k = np.arange(size), np.linspace((1 - K) / 2, (K - 1) / 2, K)
    mu = centre[:, None] + np.einsum("n,k->nk", stride, k.astype(stride.dtype))
    nearest = np.rint(mu).clip(0, size - 1)[:, :, None]
    from_nearest = a.astype(mu.dtype) - nearest
    bend = from_nearest * (from_nearest + 2 * (nearest - mu[:, :, None]))
    weights = np.exp(np.einsum("nka,n->nka", bend, -0.5 / variance))
    F = np.einsum("nka,nk->nka", weights, 1 / np.einsum("nka->nk", weights))
    return F, (centre, stride, variance, K, size)


def filterbank_backward(dF, cache):
    centre, stride, variance, K, size = cache
    F, _ = filterbank_forward(*cache)
    a, k = np.arange(size), np.linspace((1 - K) / 2, (K - 1) / 2, K).astype(F.dtype)
    mu = centre[:, None] + np.einsum("n,k->nk", stride, k)
    nearest = np.rint(mu).clip(0, size - 1)
    d = a.astype(F.dtype) - nearest[:, :, None]

    def covariance(values):
        """With dF, of each filter's pixels."""
        mean = np.einsum("nka,nka->nk", F, values)
        return np.einsum("nka,nka,nka->nk", F, dF, values - mean[:, :, None])

    with_d, with_square = covariance(d), covariance(d * d)
    dmu = np.einsum("nk,n->nk", with_d, 1 / variance)
    dvariance = (with_square + 2 * with_d * (nearest - mu)).sum(axis=1) / variance**2 / 2
    return np.einsum("nk->n", dmu), np.einsum("nk,k->n", dmu, k), dvariance


def filters(window, K, shape):
    x, y, stride, variance, intensity, _ = window_forward(window, K, shape)
    Fy, _ = filterbank_forward(y, stride, variance, K, shape[0])
    Fx, _ = filterbank_forward(x, stride, variance, K, shape[1])
    return Fy, Fx, intensity


def back_to_window(dFy, dFx, dintensity, window, K, shape):
    x, y, stride, variance, _, cache = window_forward(window, K, shape)
    dy, *of_rows = filterbank_backward(dFy, (y, stride, variance, K, shape[0]))
    dx, *of_columns = filterbank_backward(dFx, (x, stride, variance, K, shape[1]))
    dstride, dvariance = np.add(of_rows, of_columns)
    return window_backward(dx, dy, dstride, dvariance, dintensity, cache)


def read_forward(x, window, K):
    Fy, Fx, intensity = filters(window, K, x.shape[1:])
    return np.einsum("n,nib,nba,nja->nij", intensity, Fy, x, Fx, optimize=True), (x, window, K)


def read_backward(dglimpse, cache):
    x, window, K = cache
    Fy, Fx, i = filters(window, K, x.shape[1:])
    dx = np.einsum("n,nij,nib,nja->nba", i, dglimpse, Fy, Fx, optimize=True)
    dFy = np.einsum("n,nij,nba,nja->nib", i, dglimpse, x, Fx, optimize=True)
    dFx = np.einsum("n,nij,nib,nba->nja", i, dglimpse, Fy, x, optimize=True)
    dintensity = np.einsum("nij,nib,nba,nja->n", dglimpse, Fy, x, Fx, optimize=True)
    return dx, back_to_window(dFy, dFx, dintensity, window, K, x.shape[1:])


def write_forward(patch, window, shape):
    Fy, Fx, intensity = filters(window, patch.shape[-1], shape)
    stroke = np.einsum("n,nib,nij,nja->nba", 1 / intensity, Fy, patch, Fx, optimize=True)
    return stroke, (patch, window, shape)


def write_backward(dstroke, cache):
    patch, window, shape = cache
    Fy, Fx, i = filters(window, patch.shape[-1], shape)
    dscaled = np.einsum("nba,n->nba", dstroke, 1 / i)
    dpatch = np.einsum("nba,nib,nja->nij", dscaled, Fy, Fx, optimize=True)
    dFy = np.einsum("nba,nij,nja->nib", dscaled, patch, Fx, optimize=True)
    dFx = np.einsum("nba,nib,nij->nja", dscaled, Fy, patch, optimize=True)
    dintensity = -np.einsum("nij,nij->n", dpatch, patch) / i
    return dpatch, back_to_window(dFy, dFx, dintensity, window, patch.shape[-1], shape)
