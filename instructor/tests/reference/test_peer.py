"""The recurrent layers and the captioning loss against PyTorch, a second oracle.

It needs PyTorch, which no requirements file installs.
"""

import numpy as np
import pytest

from cs231n_rnn.layers.lstm import lstm_backward, lstm_forward
from cs231n_rnn.layers.rnn import rnn_backward, rnn_forward
from cs231n_rnn.models.captioning import CaptioningRNN

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.peer

SAME = 1e-10
CELLS = pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
LAYERS = {"rnn": (rnn_forward, rnn_backward), "lstm": (lstm_forward, lstm_backward)}
LENGTHS = {
    "full": [5, 5, 5],
    "ragged": [5, 3, 1],
    "one_sequence": [5],
}


def assert_same(ours, right):
    assert ours.shape == right.shape
    np.testing.assert_allclose(ours, right, rtol=0, atol=SAME * max(1e-5, abs(right).max()))


def tensors(**arrays):
    return {name: torch.tensor(a, requires_grad=True) for name, a in arrays.items()}


def torch_gates(w, cell_type):
    """Our gates i, f, o, g in PyTorch's order i, f, g, o, as rows."""
    if cell_type == "rnn":
        return w.T
    i, f, o, g = torch.chunk(w, 4, dim=-1)
    return torch.cat([i, f, g, o], dim=-1).T


def run_torch(cell_type, x, h0, Wx, Wh, b, lengths):
    """PyTorch's own RNN or LSTM over packed sequences; zeros after each length."""
    D, H = x.shape[-1], h0.shape[-1]
    kind = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM}[cell_type]
    module = kind(D, H, batch_first=True, dtype=torch.float64)
    weights = {
        "weight_ih_l0": torch_gates(Wx, cell_type),
        "weight_hh_l0": torch_gates(Wh, cell_type),
        "bias_ih_l0": torch_gates(b[None], cell_type)[:, 0],
        "bias_hh_l0": torch.zeros_like(b),
    }
    state = h0[None] if cell_type == "rnn" else (h0[None], torch.zeros_like(h0[None]))
    packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
    out, _ = torch.func.functional_call(module, weights, (packed, state))
    h, _ = torch.nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
    return h


@CELLS
@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
def test_states_and_gradients_are_pytorchs(cell_type, lengths):
    N, T, D, H = len(lengths), 5, 4, 6
    G = {"rnn": H, "lstm": 4 * H}[cell_type]
    rng = np.random.default_rng(231)
    shapes = {"x": (N, T, D), "h0": (N, H), "Wx": (D, G), "Wh": (H, G), "b": (G,)}
    inputs = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
    dh = rng.standard_normal((N, T, H))
    dh[np.arange(T) >= np.array(lengths)[:, np.newaxis]] = 0

    forward, backward = LAYERS[cell_type]
    h, cache = forward(*inputs.values(), lengths=np.array(lengths))
    gradients = backward(dh, cache)

    peers = tensors(**inputs)
    right = run_torch(cell_type, **peers, lengths=lengths)
    (right * torch.tensor(dh)).sum().backward()
    assert_same(h, right.detach().numpy())
    for gradient, peer in zip(gradients, peers.values(), strict=True):
        assert_same(gradient, peer.grad.numpy())


@CELLS
def test_captioning_loss_and_gradients_are_pytorchs(cell_type):
    rng = np.random.default_rng(231)
    vocabulary = {word: n for n, word in enumerate(["<NULL>", "<START>", "<END>", "a", "cat"])}
    model = CaptioningRNN(vocabulary, 4, 3, 6, cell_type, np.float64)
    model.params = {name: rng.standard_normal(p.shape) for name, p in model.params.items()}
    features = rng.standard_normal((3, 4))
    captions = np.array([[1, 3, 2, 0, 0], [1, 3, 4, 4, 2], [1, 0, 4, 2, 0]])
    loss, grads = model.loss(features, captions)

    p = tensors(**model.params)
    words, T = torch.tensor(captions), captions.shape[1] - 1
    h0 = torch.tensor(features) @ p["W_proj"] + p["b_proj"]
    x = torch.nn.functional.embedding(words[:, :-1], p["W_embed"])
    h = run_torch(cell_type, x, h0, p["Wx"], p["Wh"], p["b"], [T, T, T])
    scores = h @ p["W_vocab"] + p["b_vocab"]
    right = torch.nn.functional.cross_entropy(
        scores.flatten(0, 1), words[:, 1:].flatten(), ignore_index=0, reduction="sum"
    ) / len(captions)
    right.backward()
    np.testing.assert_allclose(loss, right.item(), rtol=SAME)
    for name, gradient in grads.items():
        assert_same(gradient, p[name].grad.numpy())
