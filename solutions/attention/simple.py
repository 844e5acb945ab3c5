"""Attention of a hidden state over image locations as a good student writes it."""


def attention_forward(prev_h, A, mask=None):
    H = A.shape[2]
    scores = np.einsum("nh,nlh->nl", prev_h, A)
    scores = scores / H**0.5
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    scores = scores - scores.max(axis=1, keepdims=True)
    weights = np.exp(scores)
    weights = weights / weights.sum(axis=1, keepdims=True)
    attn = np.einsum("nl,nlh->nh", weights, A)
    return attn, weights, (prev_h, A, weights)


def attention_backward(dattn, cache):
    prev_h, A, weights = cache
    H = A.shape[2]
    # attn is the weighted sum of the locations' vectors.
    dweights = np.einsum("nh,nlh->nl", dattn, A)
    dA_summed = np.einsum("nl,nh->nlh", weights, dattn)
    # weights are the softmax of the scores.
    mean = (weights * dweights).sum(axis=1, keepdims=True)
    dscores = weights * (dweights - mean)
    # scores are scaled dot products.
    dscores = dscores / H**0.5
    dprev_h = np.einsum("nl,nlh->nh", dscores, A)
    dA_scored = np.einsum("nl,nh->nlh", dscores, prev_h)
    dA = dA_summed + dA_scored
    return dprev_h, dA


def attention_lstm_step_forward(x, prev_h, prev_c, A, Wx, Wh, b, mask=None):
    attn, weights, attention_cache = attention_forward(prev_h, A, mask)
    inputs = np.hstack([x, attn])  # (N, D + H)
    next_h, next_c, lstm_cache = lstm_step_forward(inputs, prev_h, prev_c, Wx, Wh, b)
    return next_h, next_c, weights, (attention_cache, lstm_cache, x.shape[1])


def attention_lstm_step_backward(dnext_h, dnext_c, cache):
    attention_cache, lstm_cache, D = cache
    dinputs, dprev_h_gates, dprev_c, dWx, dWh, db = lstm_step_backward(dnext_h, dnext_c, lstm_cache)
    dx = dinputs[:, :D]
    dattn = dinputs[:, D:]
    dprev_h_look, dA = attention_backward(dattn, attention_cache)
    dprev_h = dprev_h_gates + dprev_h_look
    return dx, dprev_h, dprev_c, dA, dWx, dWh, db


def attention_lstm_forward(x, h0, A, Wx, Wh, b, lengths=None, mask=None):
    N, T, _ = x.shape
    L, H = A.shape[1:]
    h = np.zeros((N, T, H), dtype=x.dtype)
    weights = np.zeros((N, T, L), dtype=x.dtype)
    step_caches = []
    prev_h = h0
    prev_c = np.zeros_like(h0)
    for t in range(T):
        next_h, next_c, weights_t, step_cache = attention_lstm_step_forward(
            x[:, t], prev_h, prev_c, A, Wx, Wh, b, mask
        )
        h[:, t] = next_h
        weights[:, t] = weights_t
        step_caches.append(step_cache)
        prev_h = next_h
        prev_c = next_c
    return h, weights, (step_caches, x, A, Wx, Wh)


def attention_lstm_backward(dh, cache):
    step_caches, x, A, Wx, Wh = cache
    N, T, H = dh.shape
    dx = np.zeros_like(x)
    dA = np.zeros_like(A)
    dWx = np.zeros_like(Wx)
    dWh = np.zeros_like(Wh)
    db = np.zeros(4 * H, dtype=dh.dtype)
    dprev_h = np.zeros((N, H), dtype=dh.dtype)
    dprev_c = np.zeros((N, H), dtype=dh.dtype)
    for t in reversed(range(T)):
        dnext_h = dh[:, t] + dprev_h
        dnext_c = dprev_c
        dx_t, dprev_h, dprev_c, dA_t, dWx_t, dWh_t, db_t = attention_lstm_step_backward(
            dnext_h, dnext_c, step_caches[t]
        )
        dx[:, t] = dx_t
        dA += dA_t
        dWx += dWx_t
        dWh += dWh_t
        db += db_t
    dh0 = dprev_h
    return dx, dh0, dA, dWx, dWh, db
