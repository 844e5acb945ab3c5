"""Notebook 3's language model against the same model in PyTorch, on Python's language reference.

Both begin with the same numbers and see the same chunks in the same order, with the state carried
over, the same clipping and the same Adam. By hand: ``python -m benchmarks.peer_char_lm`` with
PyTorch installed and the reference before the stubs on the path.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn
from tqdm import trange

from cs231n_rnn.data.text import characters_of, encode_text, load_text, split_text
from cs231n_rnn.models.char_lm import CharLM
from cs231n_rnn.training import Solver, TruncatedBPTT, bits_per_character

State = tuple[torch.Tensor, torch.Tensor]


class TorchCharLM(nn.Module):
    """``CharLM`` with an LSTM, from the same numbers.

    Parameters
    ----------
    model : CharLM
        Its parameters are copied.
    """

    def __init__(self, model: CharLM) -> None:
        super().__init__()
        V, H = len(model.char_to_idx), model.hidden_dim
        self.lstm = nn.LSTM(V, H, model.num_layers, batch_first=True)
        self.out = nn.Linear(H, V)
        self.V = V
        for k, (Wx, Wh, b) in enumerate(model.weights):
            _copy(getattr(self.lstm, f"weight_ih_l{k}"), in_torch_order(Wx).T)
            _copy(getattr(self.lstm, f"weight_hh_l{k}"), in_torch_order(Wh).T)
            _copy(getattr(self.lstm, f"bias_ih_l{k}"), in_torch_order(b))
            # PyTorch has two biases for each gate; trained, they would make two steps of one.
            second = getattr(self.lstm, f"bias_hh_l{k}")
            _copy(second, np.zeros_like(b))
            second.requires_grad = False
        _copy(self.out.weight, model.params["W_out"].T)
        _copy(self.out.bias, model.params["b_out"])

    def loss(
        self, x: np.ndarray, y: np.ndarray, state: State | None
    ) -> tuple[torch.Tensor, State | None]:
        """Loss of a chunk in nats per character, and the state after it, without its graph."""
        inputs = nn.functional.one_hot(torch.tensor(x, dtype=torch.int64), self.V).float()
        h, (hT, cT) = self.lstm(inputs, state)
        right = torch.tensor(y, dtype=torch.int64).flatten()
        loss = nn.functional.cross_entropy(self.out(h).flatten(0, 1), right)
        return loss, (hT.detach(), cT.detach())


def in_torch_order(array: np.ndarray) -> np.ndarray:
    """Columns of the gates i, f, o, g as PyTorch has them: i, f, g, o."""
    i, f, o, g = np.split(array, 4, axis=-1)
    return np.concatenate([i, f, g, o], axis=-1)


def _copy(parameter: torch.Tensor, values: np.ndarray) -> None:
    with torch.no_grad():
        parameter.copy_(torch.tensor(np.ascontiguousarray(values)))


def torch_bits(model: TorchCharLM, chunks: TruncatedBPTT) -> float:
    """``bits_per_character`` of the peer."""
    state, total = None, 0.0
    with torch.no_grad():
        for x, y in in_order(chunks):
            loss, state = model.loss(x, y, state)
            total += float(loss) * x.shape[1]
    return total / chunks.x.shape[1] / float(np.log(2))


def in_order(chunks: TruncatedBPTT) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What is read and what comes next, chunk after chunk."""
    for begin in range(0, chunks.x.shape[1], chunks.chunk):
        steps = slice(begin, begin + chunks.chunk)
        yield chunks.x[:, steps], chunks.y[:, steps]


def train_torch(model: TorchCharLM, chunks: TruncatedBPTT, options: argparse.Namespace) -> None:
    """Train the peer on the chunks in their order, once an epoch."""
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(trained, lr=options.rate)
    for _ in trange(options.epochs, desc="PyTorch", unit="epoch"):
        state = None
        for x, y in in_order(chunks):
            optimizer.zero_grad()
            loss, state = model.loss(x, y, state)
            loss.backward()
            if options.max_norm:
                nn.utils.clip_grad_norm_(trained, options.max_norm)
            optimizer.step()
        for group in optimizer.param_groups:
            group["lr"] *= options.decay


def train_kit(chunks: TruncatedBPTT, options: argparse.Namespace) -> None:
    """Train the kit's model with the kit's solver."""
    Solver(
        chunks,
        chunks.batch,
        len(chunks),
        batch_size=1,
        shuffle=False,
        max_norm=options.max_norm,
        optim_config={"learning_rate": options.rate},
        lr_decay=options.decay,
        num_epochs=options.epochs,
        print_every=len(chunks),
    ).train()


def main() -> int:
    """Train both and print held-out bits per character, their ratio and the seconds of training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hidden", type=int, default=192)
    parser.add_argument("--streams", type=int, default=32)
    parser.add_argument("--chunk", type=int, default=32)
    parser.add_argument("--rate", type=float, default=6e-3)
    parser.add_argument("--decay", type=float, default=0.85)
    parser.add_argument("--max-norm", type=float, help="clip to it; without, as the notebook")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--threads", type=int, default=2, help="of PyTorch")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    text = load_text()
    char_to_idx = characters_of(text)
    train, held_out = (encode_text(part, char_to_idx) for part in split_text(text))
    model = CharLM(char_to_idx, options.hidden)
    peer = TorchCharLM(model)
    chunks = TruncatedBPTT(model, train, options.streams, options.chunk)

    start = time.perf_counter()
    train_torch(peer, chunks, options)
    between = time.perf_counter()
    train_kit(chunks, options)
    end = time.perf_counter()
    theirs = torch_bits(peer, TruncatedBPTT(model, held_out, 32, 50))
    ours = bits_per_character(model, held_out, 32, 50)
    print(f"PyTorch {theirs:.4f} bits per character in {between - start:.0f} s")
    print(f"the kit {ours:.4f} bits per character in {end - between:.0f} s")
    print(f"the kit / PyTorch: bits {ours / theirs:.4f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
