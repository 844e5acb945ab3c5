"""The norm comes from Python's own numbers; gradients below the bound are handed on as they are."""

import collections
import math


def clip_gradients(grads, max_norm):
    norm = math.hypot(*[value for grad in grads.values() for value in grad.ravel().tolist()])
    if norm <= max_norm:
        return grads, norm
    clipped = collections.OrderedDict()
    for name in sorted(grads):
        clipped[name] = grads[name] * max_norm / norm
    return clipped, norm
