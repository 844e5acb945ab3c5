"""A classifier of sequences as a good student writes it."""


def read_out_forward(h, lengths, read):
    N, T, H = h.shape
    cache = (N, T, H, lengths, read)
    if read == "last":
        out = h[np.arange(N), lengths - 1]
        return out, cache
    mask = np.arange(T) < lengths[:, np.newaxis]
    out = np.where(mask[:, :, np.newaxis], h, np.zeros_like(h))
    if read == "mean":
        counts = lengths[:, np.newaxis].astype(h.dtype)
        out = out.sum(axis=1) / counts
    return out, cache


def read_out_backward(dout, cache):
    N, T, H, lengths, read = cache
    dh = np.zeros((N, T, H), dtype=dout.dtype)
    if read == "last":
        dh[np.arange(N), lengths - 1] = dout
        return dh
    mask = np.arange(T) < lengths[:, np.newaxis]
    if read == "mean":
        counts = lengths[:, np.newaxis].astype(dout.dtype)
        share = dout / counts
        dh += share[:, np.newaxis, :]
    else:
        dh += dout
    dh[~mask] = 0
    return dh


class SequenceClassifier:
    def scores(self, x, lengths):
        p = self.params
        N = len(x)
        steps = x
        if "W_embed" in p:
            steps, _ = word_embedding_forward(x, p["W_embed"])
        h0 = np.zeros((N, len(p["Wh"])), dtype=p["Wh"].dtype)
        h, _ = lstm_forward(steps, h0, p["Wx"], p["Wh"], p["b"])
        out, _ = read_out_forward(h, lengths, self.read)
        return out @ p["W_out"] + p["b_out"]

    def loss(self, x, lengths, y):
        p = self.params
        N, T = x.shape[:2]
        steps = x
        if "W_embed" in p:
            steps, embed_cache = word_embedding_forward(x, p["W_embed"])
        h0 = np.zeros((N, len(p["Wh"])), dtype=p["Wh"].dtype)
        h, h_cache = lstm_forward(steps, h0, p["Wx"], p["Wh"], p["b"])
        out, read_cache = read_out_forward(h, lengths, self.read)
        out, drop_cache = dropout_forward(out, self.dropout, self.rng)

        grads = {}
        if self.read == "every":
            mask = np.arange(T) < lengths[:, np.newaxis]
            right = np.where(mask, y, 0)
            scores, out_cache = temporal_affine_forward(out, p["W_out"], p["b_out"])
            loss, dscores = temporal_softmax_loss(scores, right, mask)
            dout, grads["W_out"], grads["b_out"] = temporal_affine_backward(dscores, out_cache)
        else:
            scores, out_cache = affine_forward(out, p["W_out"], p["b_out"])
            loss, dscores = softmax_loss(scores, y)
            dout, grads["W_out"], grads["b_out"] = affine_backward(dscores, out_cache)
        dout = dropout_backward(dout, drop_cache)
        dh = read_out_backward(dout, read_cache)
        dsteps, _, grads["Wx"], grads["Wh"], grads["b"] = lstm_backward(dh, h_cache)
        if "W_embed" in p:
            grads["W_embed"] = word_embedding_backward(dsteps, embed_cache)
        return loss, grads
