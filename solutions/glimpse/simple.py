"""Reading and writing through a Gaussian window as a good student writes it."""


def window_forward(window, K, shape):
    B, A = shape
    inside = np.abs(window) <= LIMIT
    numbers = np.clip(window, -LIMIT, LIMIT)
    g_x = numbers[:, 0]
    g_y = numbers[:, 1]
    log_variance = numbers[:, 2]
    log_stride = numbers[:, 3]
    log_intensity = numbers[:, 4]
    centre_x = (A + 1) / 2 * (g_x + 1) - 1
    centre_y = (B + 1) / 2 * (g_y + 1) - 1
    variance = np.exp(log_variance)
    stride = (max(A, B) - 1) / (K - 1) * np.exp(log_stride)
    intensity = np.exp(log_intensity)
    cache = (inside, A, B, stride, variance, intensity)
    return centre_x, centre_y, stride, variance, intensity, cache


def window_backward(dcentre_x, dcentre_y, dstride, dvariance, dintensity, cache):
    inside, A, B, stride, variance, intensity = cache
    dg_x = (A + 1) / 2 * dcentre_x
    dg_y = (B + 1) / 2 * dcentre_y
    # The derivative of exp is exp itself.
    dlog_variance = dvariance * variance
    dlog_stride = dstride * stride
    dlog_intensity = dintensity * intensity
    dwindow = np.stack([dg_x, dg_y, dlog_variance, dlog_stride, dlog_intensity], axis=1)
    dwindow = dwindow * inside
    return dwindow


def filterbank_forward(centre, stride, variance, K, size):
    k = np.arange(K, dtype=centre.dtype)
    pixels = np.arange(size, dtype=centre.dtype)
    steps = k - (K - 1) / 2
    mu = centre[:, np.newaxis] + steps * stride[:, np.newaxis]  # (N, K)
    offset = pixels - mu[:, :, np.newaxis]  # (N, K, size)
    spread = variance[:, np.newaxis, np.newaxis]
    exponent = -(offset**2) / (2 * spread)
    exponent = exponent - exponent.max(axis=2, keepdims=True)
    weights = np.exp(exponent)
    F = weights / weights.sum(axis=2, keepdims=True)
    return F, (F, offset, steps, spread)


def filterbank_backward(dF, cache):
    F, offset, steps, spread = cache
    # F is the softmax of the exponent.
    mean = (F * dF).sum(axis=2, keepdims=True)
    dexponent = F * (dF - mean)
    # The exponent is -offset^2 / (2 variance), and the offset is a - mu.
    doffset = -dexponent * offset / spread
    dspread = dexponent * offset**2 / (2 * spread**2)
    dvariance = dspread.sum(axis=(1, 2))
    dmu = -doffset.sum(axis=2)  # (N, K)
    dcentre = dmu.sum(axis=1)
    dstride = (dmu * steps).sum(axis=1)
    return dcentre, dstride, dvariance


def read_forward(x, window, K):
    N, B, A = x.shape
    centre_x, centre_y, stride, variance, intensity, window_cache = window_forward(
        window, K, (B, A)
    )
    Fy, y_cache = filterbank_forward(centre_y, stride, variance, K, B)  # (N, K, B)
    Fx, x_cache = filterbank_forward(centre_x, stride, variance, K, A)  # (N, K, A)
    product = Fy @ x @ Fx.transpose(0, 2, 1)  # (N, K, K)
    glimpse = intensity.reshape(N, 1, 1) * product
    return glimpse, (x, Fy, Fx, product, intensity, window_cache, y_cache, x_cache)


def read_backward(dglimpse, cache):
    x, Fy, Fx, product, intensity, window_cache, y_cache, x_cache = cache
    N = len(x)
    dintensity = (dglimpse * product).sum(axis=(1, 2))
    dproduct = intensity.reshape(N, 1, 1) * dglimpse
    dx = Fy.transpose(0, 2, 1) @ dproduct @ Fx
    dFy = dproduct @ Fx @ x.transpose(0, 2, 1)
    dFx = dproduct.transpose(0, 2, 1) @ Fy @ x
    dcentre_y, dstride_y, dvariance_y = filterbank_backward(dFy, y_cache)
    dcentre_x, dstride_x, dvariance_x = filterbank_backward(dFx, x_cache)
    # Both axes share the stride and the variance.
    dstride = dstride_x + dstride_y
    dvariance = dvariance_x + dvariance_y
    dwindow = window_backward(dcentre_x, dcentre_y, dstride, dvariance, dintensity, window_cache)
    return dx, dwindow


def write_forward(patch, window, shape):
    N, K, _ = patch.shape
    B, A = shape
    centre_x, centre_y, stride, variance, intensity, window_cache = window_forward(
        window, K, (B, A)
    )
    Fy, y_cache = filterbank_forward(centre_y, stride, variance, K, B)  # (N, K, B)
    Fx, x_cache = filterbank_forward(centre_x, stride, variance, K, A)  # (N, K, A)
    product = Fy.transpose(0, 2, 1) @ patch @ Fx  # (N, B, A)
    stroke = product / intensity.reshape(N, 1, 1)
    return stroke, (patch, Fy, Fx, product, intensity, window_cache, y_cache, x_cache)


def write_backward(dstroke, cache):
    patch, Fy, Fx, product, intensity, window_cache, y_cache, x_cache = cache
    N = len(patch)
    dintensity = -(dstroke * product).sum(axis=(1, 2)) / intensity**2
    dproduct = dstroke / intensity.reshape(N, 1, 1)
    dpatch = Fy @ dproduct @ Fx.transpose(0, 2, 1)
    dFy = patch @ Fx @ dproduct.transpose(0, 2, 1)
    dFx = patch.transpose(0, 2, 1) @ Fy @ dproduct
    dcentre_y, dstride_y, dvariance_y = filterbank_backward(dFy, y_cache)
    dcentre_x, dstride_x, dvariance_x = filterbank_backward(dFx, x_cache)
    # Both axes share the stride and the variance.
    dstride = dstride_x + dstride_y
    dvariance = dvariance_x + dvariance_y
    dwindow = window_backward(dcentre_x, dcentre_y, dstride, dvariance, dintensity, window_cache)
    return dpatch, dwindow
