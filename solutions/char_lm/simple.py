"""A character-level language model as a good student writes it.

The misconceptions are written against this text, not against the reference.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.affine import temporal_affine_backward, temporal_affine_forward
from cs231n_rnn.layers.multilayer import Weights, multilayer_backward, multilayer_forward
from cs231n_rnn.layers.shapes import require_shapes
from cs231n_rnn.layers.softmax import temporal_softmax_loss

State = tuple[np.ndarray, np.ndarray]


class CharLM:
    """A character-level language model of one or more recurrent layers."""

    def __init__(
        self,
        char_to_idx: dict[str, int],
        hidden_dim: int = 128,
        num_layers: int = 1,
        cell_type: str = "lstm",
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ) -> None:
        if cell_type not in ("rnn", "lstm"):
            raise ValueError(f'cell_type is {cell_type!r}; CharLM needs "rnn" or "lstm"')
        if not char_to_idx or num_layers < 1:
            raise ValueError(
                f"{len(char_to_idx)} characters, {num_layers} layers; CharLM needs one or more"
            )
        self.char_to_idx = char_to_idx
        self.idx_to_char = {index: char for char, index in char_to_idx.items()}
        self.cell_type, self.num_layers, self.hidden_dim = cell_type, num_layers, hidden_dim
        rng = np.random.default_rng(231) if rng is None else rng
        V, H, G = len(char_to_idx), hidden_dim, {"rnn": 1, "lstm": 4}[cell_type] * hidden_dim
        params = {}
        for layer in range(num_layers):
            D = H if layer else V
            # A one-hot input picks a single row of Wx, so V does not make its sum any larger.
            params[f"Wx{layer}"] = rng.standard_normal((D, G)) / np.sqrt(H)
            params[f"Wh{layer}"] = rng.standard_normal((H, G)) / np.sqrt(H)
            params[f"b{layer}"] = np.zeros(G)
            if cell_type == "lstm":
                # Forget gates begin open (Jozefowicz et al. 2015): what is in the cell stays.
                params[f"b{layer}"][H : 2 * H] = 1
        params["W_out"] = rng.standard_normal((H, V)) / np.sqrt(H)
        params["b_out"] = np.zeros(V)
        self.params = {name: value.astype(dtype) for name, value in params.items()}

    @property
    def weights(self) -> Weights:
        """Wx, Wh and b of each layer, the lowest first, as ``multilayer_forward`` takes them."""
        p = self.params
        return [(p[f"Wx{k}"], p[f"Wh{k}"], p[f"b{k}"]) for k in range(self.num_layers)]

    def zero_state(self, N: int) -> State:
        """Hidden and cell states (L, N, H) of zeros, before the first character."""
        shape = (self.num_layers, N, self.hidden_dim)
        zeros = np.zeros(shape, self.params["b_out"].dtype)
        return zeros, zeros.copy()

    def one_hot(self, x: np.ndarray) -> np.ndarray:
        """Indices (N, T) as one-hot vectors (N, T, V)."""
        V = len(self.char_to_idx)
        if x.dtype.kind not in "iu" or (x.size and not 0 <= x.min() <= x.max() < V):
            raise ValueError(f"x must hold indices from 0 to {V - 1}, one for each character")
        return np.eye(V, dtype=self.params["b_out"].dtype)[x]

    def loss(
        self, x: np.ndarray, y: np.ndarray, state: State | None = None
    ) -> tuple[float, dict[str, np.ndarray], State]:
        """Loss and gradients on a chunk of N texts, and the state behind it."""
        require_shapes("CharLM.loss", x=(x, "N T"), y=(y, "N T"))
        self.one_hot(y)
        h0, c0 = self.zero_state(len(x)) if state is None else state
        # BEGIN SOLUTION
        p = self.params
        h, hT, cT, h_cache = multilayer_forward(
            self.one_hot(x), h0, c0, self.weights, self.cell_type
        )
        scores, out_cache = temporal_affine_forward(h, p["W_out"], p["b_out"])
        mask = np.ones(y.shape, dtype=bool)
        loss, dscores = temporal_softmax_loss(scores, y, mask)

        grads = {}
        dh, grads["W_out"], grads["b_out"] = temporal_affine_backward(dscores, out_cache)
        _, _, _, layers = multilayer_backward(dh, h_cache)
        for k in range(self.num_layers):
            grads[f"Wx{k}"], grads[f"Wh{k}"], grads[f"b{k}"] = layers[k]
        return loss, grads, (hT, cT)
        # END SOLUTION

    def sample(self, prompt: str, length: int, temperature: float, rng: np.random.Generator) -> str:
        """Go on with a text, a character at a time."""
        unknown = sorted(set(prompt) - set(self.char_to_idx))
        if not prompt or unknown:
            what = f"holds {unknown}, which the model does not know" if unknown else "is empty"
            raise ValueError(f"the prompt {what}; CharLM.sample needs at least one known character")
        if length < 1 or not temperature >= 0:
            raise ValueError(
                f"length is {length} and temperature {temperature}; CharLM.sample needs a length "
                "of at least 1 and a temperature of at least 0"
            )
        x = np.array([[self.char_to_idx[char] for char in prompt]])
        # BEGIN SOLUTION
        p = self.params
        h, c = self.zero_state(1)
        written = ""
        for _ in range(length):
            states, h, c, _ = multilayer_forward(
                self.one_hot(x), h, c, self.weights, self.cell_type
            )
            scores = states[0, -1] @ p["W_out"] + p["b_out"]
            if temperature == 0:
                index = int(scores.argmax())
            else:
                scores = scores.astype(float)
                exp = np.exp((scores - scores.max()) / temperature)
                probs = exp / exp.sum()
                index = int(rng.choice(len(probs), p=probs))
            written += self.idx_to_char[index]
            x = np.array([[index]])
        return written
        # END SOLUTION
