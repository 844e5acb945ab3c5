"""Gated recurrent unit as a good student writes it, blocks in the order r, z, n."""


def gru_step_forward(x, prev_h, Wx, Wh, b):
    H = prev_h.shape[1]
    Wxr, Wxz, Wxn = Wx[:, :H], Wx[:, H : 2 * H], Wx[:, 2 * H :]
    Whr, Whz, Whn = Wh[:, :H], Wh[:, H : 2 * H], Wh[:, 2 * H :]
    br, bz, bn = b[:H], b[H : 2 * H], b[2 * H :]
    r = sigmoid(x @ Wxr + prev_h @ Whr + br)
    z = sigmoid(x @ Wxz + prev_h @ Whz + bz)
    n = np.tanh(x @ Wxn + (r * prev_h) @ Whn + bn)
    next_h = z * prev_h + (1 - z) * n
    return next_h, (x, prev_h, Wx, Wh, r, z, n)


def gru_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, r, z, n = cache
    H = prev_h.shape[1]
    Whr, Whz, Whn = Wh[:, :H], Wh[:, H : 2 * H], Wh[:, 2 * H :]
    dn = dnext_h * (1 - z)
    dz = dnext_h * (prev_h - n)
    dan = dn * (1 - n**2)
    dreset = dan @ Whn.T
    dr = dreset * prev_h
    dar = dr * r * (1 - r)
    daz = dz * z * (1 - z)
    da = np.hstack([dar, daz, dan])  # (N, 3H)
    dx = da @ Wx.T
    dprev_h = dnext_h * z + dreset * r + dar @ Whr.T + daz @ Whz.T
    dWx = x.T @ da
    dWh = np.hstack([prev_h.T @ dar, prev_h.T @ daz, (r * prev_h).T @ dan])
    db = da.sum(axis=0)
    return dx, dprev_h, dWx, dWh, db


def gru_forward(x, h0, Wx, Wh, b, lengths=None):
    N, T, _ = x.shape
    H = h0.shape[1]
    h = np.zeros((N, T, H), dtype=x.dtype)
    step_caches = []
    prev_h = h0
    for t in range(T):
        next_h, step_cache = gru_step_forward(x[:, t], prev_h, Wx, Wh, b)
        h[:, t] = next_h
        step_caches.append(step_cache)
        prev_h = next_h
    return h, step_caches


def gru_backward(dh, cache):
    step_caches = cache
    N, T, H = dh.shape
    Wx, Wh = step_caches[0][2:4]
    dx = np.zeros((N, T, len(Wx)), dtype=dh.dtype)
    dWx = np.zeros_like(Wx)
    dWh = np.zeros_like(Wh)
    db = np.zeros(3 * H, dtype=dh.dtype)
    dprev_h = np.zeros((N, H), dtype=dh.dtype)
    for t in reversed(range(T)):
        dnext_h = dh[:, t] + dprev_h
        dx_t, dprev_h, dWx_t, dWh_t, db_t = gru_step_backward(dnext_h, step_caches[t])
        dx[:, t] = dx_t
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    dh0 = dprev_h
    return dx, dh0, dWx, dWh, db
