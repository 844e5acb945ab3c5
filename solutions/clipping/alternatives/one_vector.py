"""All gradients become one long vector, which is clipped and cut up again; float64 comes out."""

import numpy as np


def clip_gradients(grads, max_norm):
    arrays = [np.asarray(grad, dtype=np.float64) for grad in grads.values()]
    vector = np.concatenate([np.reshape(a, -1) for a in arrays])
    norm = np.linalg.norm(vector)
    if norm > max_norm:
        vector = vector / norm * max_norm
    parts = np.split(vector, np.cumsum([a.size for a in arrays])[:-1])
    shaped = (part.reshape(a.shape) for part, a in zip(parts, arrays, strict=True))
    return dict(zip(grads, shaped, strict=True)), norm
