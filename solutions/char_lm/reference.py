"""A character-level language model: read one character, score the next (Sutskever et al. 2011).

Inputs are one-hot vectors, so that the first layer's Wx holds a row for each character. The
hidden state goes in and comes out of ``loss``: a text is read in chunks that follow each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from cs231n_rnn.layers.affine import temporal_affine_backward, temporal_affine_forward
from cs231n_rnn.layers.cells import find_cell
from cs231n_rnn.layers.multilayer import Weights, multilayer_backward, multilayer_forward
from cs231n_rnn.layers.shapes import require_shapes
from cs231n_rnn.layers.softmax import temporal_softmax_loss
from cs231n_rnn.models.checks import require_prompt
from cs231n_rnn.models.initialization import Initializer

State = tuple[np.ndarray, np.ndarray]


class CharLM:
    """A character-level language model of one or more recurrent layers.

    Parameters
    ----------
    char_to_idx : dict of str to int
        An index for each of the V characters.
    hidden_dim : int
        H, numbers in a layer's hidden state.
    num_layers : int
        L.
    cell_type : str
        A name in ``layers/cells.py``: "rnn" or "lstm".
    dtype : numpy dtype
        float32 to train, float64 to check gradients.
    rng : numpy.random.Generator, optional
        Draws the first weights. Seed 231 if not given.

    Attributes
    ----------
    params : dict of str to ndarray
        For each layer l from 0: Wx{l} (V or H, G), Wh{l} (H, G) and b{l} (G,), with G = H for
        "rnn" and 4H for "lstm"; W_out (H, V) and b_out (V,).

    Raises
    ------
    ValueError
        If the cell type is unknown, there are no characters, or fewer than one layer.
    """

    def __init__(
        self,
        char_to_idx: dict[str, int],
        hidden_dim: int = 128,
        num_layers: int = 1,
        cell_type: str = "lstm",
        dtype: Any = np.float32,
        rng: np.random.Generator | None = None,
    ) -> None:
        cell = find_cell(cell_type, "CharLM")
        if not char_to_idx or num_layers < 1:
            raise ValueError(
                f"{len(char_to_idx)} characters, {num_layers} layers; CharLM needs one or more"
            )
        self.char_to_idx = char_to_idx
        self.idx_to_char = {index: char for char, index in char_to_idx.items()}
        self.cell_type, self.num_layers, self.hidden_dim = cell_type, num_layers, hidden_dim
        V, H, init = len(char_to_idx), hidden_dim, Initializer(rng)
        for layer in range(num_layers):
            # A one-hot input picks a single row of Wx, so V does not make its sum any larger.
            init.recurrent(cell, H if layer else V, H, str(layer), inputs=H)
        init.affine("out", H, V)
        self.params = init.as_type(dtype)

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
        """Indices (N, T) as one-hot vectors (N, T, V).

        Raises
        ------
        ValueError
            If an index is not one of the vocabulary.
        """
        V = len(self.char_to_idx)
        if x.dtype.kind not in "iu" or (x.size and not 0 <= x.min() <= x.max() < V):
            raise ValueError(f"x must hold indices from 0 to {V - 1}, one for each character")
        return np.eye(V, dtype=self.params["b_out"].dtype)[x]

    def loss(
        self, x: np.ndarray, y: np.ndarray, state: State | None = None
    ) -> tuple[float, dict[str, np.ndarray], State]:
        """Loss and gradients on a chunk of N texts, and the state after it.

        Parameters
        ----------
        x : ndarray of shape (N, T), integers
            The characters that are read.
        y : ndarray of shape (N, T), integers
            The characters that come next.
        state : tuple of two ndarrays of shape (L, N, H), optional
            Hidden and cell states after the chunk before; zeros if not given.

        Returns
        -------
        loss : float
            In nats, summed over time and averaged over the N texts.
        grads : dict of str to ndarray, with the keys and shapes of ``params``
            Through this chunk alone: the state that came in counts as given (truncated
            backpropagation through time).
        state : tuple of two ndarrays of shape (L, N, H)

        Raises
        ------
        ValueError
            If x and y do not fit each other or the vocabulary.
        """
        require_shapes("CharLM.loss", x=(x, "N T"), y=(y, "N T"))
        self.one_hot(y)
        h0, c0 = self.zero_state(len(x)) if state is None else state
        # Forward: one_hot, multilayer_forward from h0 and c0, temporal affine, temporal softmax.
        # Every character counts: the mask is all ones.
        # Backward: the same in reverse. Fill grads under the names of self.params.
        # BEGIN SOLUTION
        p = self.params
        h, hT, cT, cache = multilayer_forward(self.one_hot(x), h0, c0, self.weights, self.cell_type)
        scores, out_cache = temporal_affine_forward(h, p["W_out"], p["b_out"])  # (N, T, V)
        loss, dscores = temporal_softmax_loss(scores, y, np.ones(y.shape, dtype=bool))

        grads = {}
        dh, grads["W_out"], grads["b_out"] = temporal_affine_backward(dscores, out_cache)
        _, _, _, layers = multilayer_backward(dh, cache)
        for k, (dWx, dWh, db) in enumerate(layers):
            grads[f"Wx{k}"], grads[f"Wh{k}"], grads[f"b{k}"] = dWx, dWh, db
        return loss, grads, (hT, cT)
        # END SOLUTION

    def sample(self, prompt: str, length: int, temperature: float, rng: np.random.Generator) -> str:
        """Go on with a text, a character at a time.

        Parameters
        ----------
        prompt : str
            What the model reads first; at least one character.
        length : int
            Characters to write.
        temperature : float
            The scores are divided by it before the softmax. Below 1 the likely characters become
            likelier; at 0 the likeliest is always taken (greedy).
        rng : numpy.random.Generator
            Draws the characters.

        Returns
        -------
        str
            The new characters, without the prompt.

        Raises
        ------
        ValueError
            If the prompt is empty or holds an unknown character, length is below 1, or the
            temperature below 0.
        """
        require_prompt(prompt, self.char_to_idx, length, temperature)
        x = np.array([[self.char_to_idx[char] for char in prompt]])  # (1, T)
        # Read x from the state of zeros. The scores after the last character give the first new
        # one; read that from the state that you are in, and so on.
        # BEGIN SOLUTION
        h, c = self.zero_state(1)
        written = []
        for _ in range(length):
            states, h, c, _ = multilayer_forward(
                self.one_hot(x), h, c, self.weights, self.cell_type
            )
            scores = states[0, -1] @ self.params["W_out"] + self.params["b_out"]  # (V,)
            written.append(_draw(scores.astype(float), temperature, rng))
            x = np.array([[written[-1]]])
        return "".join(self.idx_to_char[index] for index in written)
        # END SOLUTION


# BEGIN SOLUTION
def _draw(scores: np.ndarray, temperature: float, rng: np.random.Generator) -> int:
    """An index with the probabilities softmax(scores / temperature)."""
    if temperature == 0:
        return int(scores.argmax())
    with np.errstate(over="ignore"):  # to minus infinity, whose exponential is 0
        probs = np.exp((scores - scores.max()) / temperature)
    return int(rng.choice(len(scores), p=probs / probs.sum()))


# END SOLUTION
