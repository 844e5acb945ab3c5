"""Clipping of gradients as a good student writes it."""


def clip_gradients(grads, max_norm):
    squares = 0.0
    for grad in grads.values():
        squares += float(np.sum(grad.astype(float) ** 2))
    norm = float(np.sqrt(squares))
    scale = 1.0
    if norm > max_norm:
        scale = max_norm / norm
    clipped = {}
    for name in grads:
        grad = grads[name]
        clipped[name] = (scale * grad).astype(grad.dtype)
    return clipped, norm
