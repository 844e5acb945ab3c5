"""Several recurrent layers as a good student writes them: one loop over layers, one over time."""


def multilayer_forward(x, h0, c0, weights, cell_type):
    cell = find_cell(cell_type, "multilayer_forward")
    N, T, _ = x.shape
    H = h0.shape[2]
    hT = np.zeros_like(h0)
    cT = np.zeros_like(c0)
    layer_caches = []
    below = x
    for layer in range(len(weights)):
        Wx, Wh, b = weights[layer]
        h = np.zeros((N, T, H), dtype=x.dtype)
        step_caches = []
        prev_h = h0[layer]
        prev_c = c0[layer]
        for t in range(T):
            x_t = below[:, t]
            (next_h, next_c), step_cache = cell.step_forward(x_t, (prev_h, prev_c), Wx, Wh, b)
            h[:, t] = next_h
            step_caches.append(step_cache)
            prev_h = next_h
            prev_c = next_c
        hT[layer] = prev_h
        cT[layer] = prev_c
        layer_caches.append(step_caches)
        below = h
    return h, hT, cT, (layer_caches, weights, cell)


def multilayer_backward(dh, cache):
    layer_caches, weights, cell = cache
    N, T, H = dh.shape
    L = len(weights)
    dh0 = np.zeros((L, N, H), dtype=dh.dtype)
    dc0 = np.zeros((L, N, H), dtype=dh.dtype)
    grads: Weights = []
    for layer in reversed(range(L)):
        Wx, Wh, b = weights[layer]
        step_caches = layer_caches[layer]
        dx = np.zeros((N, T, len(Wx)), dtype=dh.dtype)
        dWx = np.zeros_like(Wx)
        dWh = np.zeros_like(Wh)
        db = np.zeros_like(b)
        dprev_h = np.zeros((N, H), dtype=dh.dtype)
        dprev_c = np.zeros((N, H), dtype=dh.dtype)
        for t in reversed(range(T)):
            dnext_h = dh[:, t] + dprev_h
            dx_t, (dprev_h, dprev_c), dWx_t, dWh_t, db_t = cell.step_backward(
                (dnext_h, dprev_c), step_caches[t]
            )
            dx[:, t] = dx_t
            dWx += dWx_t
            dWh += dWh_t
            db += db_t
        dh0[layer] = dprev_h
        dc0[layer] = dprev_c
        grads.insert(0, (dWx, dWh, db))
        dh = dx
    return dx, dh0, dc0, grads
