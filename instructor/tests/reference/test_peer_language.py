"""Stacked layers, the character model and clipping against PyTorch, a second oracle.

It needs PyTorch, which no requirements file installs.
"""

import numpy as np
import pytest

from cs231n_rnn.layers.multilayer import multilayer_backward, multilayer_forward
from cs231n_rnn.models.char_lm import CharLM
from cs231n_rnn.training.clipping import clip_gradients

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.peer

SAME = 1e-10
CELLS = pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
DEPTHS = pytest.mark.parametrize("num_layers", [1, 2, 3])


def assert_same(ours, right):
    right = right.detach().numpy()
    assert ours.shape == right.shape
    np.testing.assert_allclose(ours, right, rtol=0, atol=SAME * max(1e-5, abs(right).max()))


def as_tensor(array):
    return torch.tensor(array, requires_grad=True)


def torch_gates(w, cell_type):
    """Our gates i, f, o, g in PyTorch's order i, f, g, o, as rows."""
    if cell_type == "rnn":
        return w.T
    i, f, o, g = torch.chunk(w, 4, dim=-1)
    return torch.cat([i, f, g, o], dim=-1).T


def run_torch(cell_type, x, h0, c0, weights):
    """Output and last states of nn.RNN or nn.LSTM with as many layers as there are weights."""
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM}[cell_type]
    sizes = x.shape[-1], h0.shape[-1], len(weights)
    module = kind(*sizes, batch_first=True, dtype=torch.float64)
    params = {}
    for k, (Wx, Wh, b) in enumerate(weights):
        params[f"weight_ih_l{k}"] = torch_gates(Wx, cell_type)
        params[f"weight_hh_l{k}"] = torch_gates(Wh, cell_type)
        params[f"bias_ih_l{k}"] = torch_gates(b[None], cell_type)[:, 0]
        params[f"bias_hh_l{k}"] = torch.zeros_like(b)
    state = h0 if cell_type == "rnn" else (h0, c0)
    h, last = torch.func.functional_call(module, params, (x, state))
    return h, *((last, c0) if cell_type == "rnn" else last)


@CELLS
@DEPTHS
def test_states_and_gradients_are_pytorchs(cell_type, num_layers):
    N, T, D, H = 3, 5, 4, 6
    G = {"rnn": H, "lstm": 4 * H}[cell_type]
    draw = np.random.default_rng(231).standard_normal
    weights = [(draw((H if k else D, G)), draw((H, G)), draw(G)) for k in range(num_layers)]
    x, h0, c0 = draw((N, T, D)), draw((num_layers, N, H)), draw((num_layers, N, H))
    *outputs, cache = multilayer_forward(x, h0, c0, weights, cell_type)
    dh = draw((N, T, H))
    dx, dh0, dc0, grads = multilayer_backward(dh, cache)

    inputs = [as_tensor(array) for array in (x, h0, c0)]
    tensors = [tuple(map(as_tensor, layer)) for layer in weights]
    right = run_torch(cell_type, *inputs, tensors)
    for ours, peer in zip(outputs, right, strict=True):
        assert_same(ours, peer)
    (right[0] * torch.tensor(dh)).sum().backward()
    assert_same(dx, inputs[0].grad)
    assert_same(dh0, inputs[1].grad)
    if cell_type == "lstm":
        assert_same(dc0, inputs[2].grad)
    for ours, layer in zip(grads, tensors, strict=True):
        for gradient, peer in zip(ours, layer, strict=True):
            assert_same(gradient, peer.grad)


@CELLS
@DEPTHS
def test_language_loss_and_gradients_are_pytorchs(cell_type, num_layers):
    rng = np.random.default_rng(231)
    model = CharLM({c: i for i, c in enumerate("hello!"[::-1])}, 5, num_layers, cell_type, float)
    model.params = {name: rng.standard_normal(p.shape) for name, p in model.params.items()}
    V = len(model.params["b_out"])
    x, y = rng.integers(len(model.char_to_idx), size=(2, 3, 4))
    state = tuple(rng.standard_normal((2, num_layers, 3, 5)))
    loss, grads, after = model.loss(x, y, state)

    p = {name: as_tensor(array) for name, array in model.params.items()}
    weights = [(p[f"Wx{k}"], p[f"Wh{k}"], p[f"b{k}"]) for k in range(num_layers)]
    one_hot = torch.eye(V, dtype=torch.float64)[torch.tensor(x)]
    h, hT, cT = run_torch(cell_type, one_hot, *map(torch.tensor, state), weights)
    scores = (h @ p["W_out"] + p["b_out"]).flatten(0, 1)
    right = torch.nn.functional.cross_entropy(
        scores, torch.tensor(y).flatten(), reduction="sum"
    ) / len(x)
    right.backward()
    np.testing.assert_allclose(loss, right.item(), rtol=SAME)
    assert_same(after[0], hT)
    assert_same(after[1], cT)
    for name, gradient in grads.items():
        assert_same(gradient, p[name].grad)


@pytest.mark.parametrize("bound", [0.5, 100.0])
def test_clipped_gradients_are_pytorchs(bound):
    rng = np.random.default_rng(231)
    grads = {"W": rng.standard_normal((4, 5)), "b": rng.standard_normal(5)}
    peers = {name: as_tensor(np.zeros_like(grad)) for name, grad in grads.items()}
    for name, peer in peers.items():
        peer.grad = torch.tensor(grads[name])
    right = torch.nn.utils.clip_grad_norm_(peers.values(), bound)
    clipped, norm = clip_gradients(grads, bound)
    assert norm == pytest.approx(right.item(), rel=1e-12)
    for name, peer in peers.items():
        # PyTorch adds 1e-6 to the norm before it divides.
        np.testing.assert_allclose(clipped[name], peer.grad.numpy(), rtol=1e-5)
