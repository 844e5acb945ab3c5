"""Each gate has its own slice of the weights and its own entry in dictionaries of functions."""

import numpy as np

ORDER = "ifog"


def squash(z):
    return 0.5 * np.tanh(0.5 * z) + 0.5


ACTIVATION = {"i": squash, "f": squash, "o": squash, "g": np.tanh}
SLOPE = dict.fromkeys("ifo", lambda y: y - y**2) | {"g": lambda y: 1 - y**2}


def of_gate(name, array):
    H = array.shape[-1] // 4
    k = ORDER.index(name)
    return array[..., k * H : (k + 1) * H]


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    gate = {}
    for name in "gofi":
        wx, wh, bias = (of_gate(name, weights) for weights in (Wx, Wh, b))
        gate[name] = ACTIVATION[name](x @ wx + prev_h @ wh + bias)
    next_c = gate["f"] * prev_c + gate["i"] * gate["g"]
    next_h = gate["o"] * np.tanh(next_c)
    cache = {**gate, "x": x, "h": prev_h, "c": prev_c, "Wx": Wx, "Wh": Wh, "next": next_c}
    return next_h, next_c, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    i, f, o, g, prev_c = (cache[name] for name in [*ORDER, "c"])
    tc = np.tanh(cache["next"])
    dc = dnext_c + dnext_h * o * (1 - tc**2)
    dgate = {"i": dc * g, "f": dc * prev_c, "o": dnext_h * tc, "g": dc * i}
    dx = dprev_h = 0
    dWx, dWh = np.empty_like(cache["Wx"]), np.empty_like(cache["Wh"])
    db = np.empty(4 * i.shape[1])
    for name, dvalue in dgate.items():
        da = dvalue * SLOPE[name](cache[name])
        dx = dx + da @ of_gate(name, cache["Wx"]).T
        dprev_h = dprev_h + da @ of_gate(name, cache["Wh"]).T
        of_gate(name, dWx)[...] = cache["x"].T @ da
        of_gate(name, dWh)[...] = cache["h"].T @ da
        of_gate(name, db)[...] = da.sum(axis=0)
    return dx, dprev_h, dc * f, dWx, dWh, db


def lstm_backward(dh, cache):
    back = {"x": [], "h": [0], "c": [np.zeros_like(dh[:, 0])], "Wx": [], "Wh": [], "b": []}
    for t, step_cache in reversed([*enumerate(cache)]):
        step = lstm_step_backward(dh[:, t] + back["h"][-1], back["c"][-1], step_cache)
        for gradients, gradient in zip(back.values(), step, strict=True):
            gradients.append(gradient)
    dx = np.stack(back["x"][::-1], axis=1)
    return (dx, back["h"][-1], *(sum(back[name]) for name in ("Wx", "Wh", "b")))
