"""Word embedding as a good student writes it: out[n, t] = W[x[n, t]]."""


def word_embedding_forward(x, W):
    out = W[x]  # (N, T, D)
    return out, (x, W)


def word_embedding_backward(dout, cache):
    x, W = cache
    dW = np.zeros_like(W)
    np.add.at(dW, x, dout)
    return dW
