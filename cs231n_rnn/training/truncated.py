"""Truncated backpropagation through time (Williams and Peng 1990), for the solver.

A long text is read in N places at once. Each minibatch is the next chunk of all N; the hidden
state after it is carried to the chunk that follows, but no gradient comes back from there.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

State = tuple[np.ndarray, ...]


class StatefulModel(Protocol):
    """What truncated backpropagation knows of a model."""

    params: dict[str, np.ndarray]

    def loss(self, x: np.ndarray, y: np.ndarray, state: Any = None) -> tuple[Any, Any, Any]:
        """Loss, gradients, and the state after the chunk."""


class TruncatedBPTT:
    """A model on consecutive chunks of a text, as the solver wants it.

    ``Solver(chunks, chunks.batch, len(chunks), batch_size=1, shuffle=False)`` trains on it.

    Parameters
    ----------
    model : StatefulModel
        For example CharLM.
    indices : ndarray of shape (length,), integers
        The text.
    num_streams : int
        N, places at which the text is read at once.
    chunk : int
        T, time steps that a gradient goes back at most.

    Attributes
    ----------
    params : dict of str to ndarray
        The model's.
    state : tuple of ndarray
        What is carried to the next chunk; empty at the beginning of the text.

    Raises
    ------
    ValueError
        If the text is shorter than one chunk for each stream and one character more.
    """

    def __init__(self, model: StatefulModel, indices: np.ndarray, num_streams: int, chunk: int):
        if num_streams < 1 or chunk < 1:
            raise ValueError(f"{num_streams} streams, chunks of {chunk}; both must be at least 1")
        length = (len(indices) - 1) // num_streams
        if length < chunk:
            raise ValueError(
                f"the text has {len(indices)} characters; {num_streams} streams with chunks of "
                f"{chunk} need {num_streams * chunk + 1}"
            )
        self.model, self.params, self.chunk = model, model.params, chunk
        # y is x one character on; both stay views of the text, however long it is.
        used = num_streams * length
        self.x = np.asarray(indices)[:used].reshape(num_streams, length)
        self.y = np.asarray(indices)[1 : used + 1].reshape(num_streams, length)
        self.state: State = ()

    def __len__(self) -> int:
        """Number of chunks; the last one may be shorter."""
        return -(-self.x.shape[1] // self.chunk)

    def batch(self, indices: np.ndarray) -> tuple[int]:
        """The solver's minibatch of one: the number of the chunk."""
        return (int(indices[0]),)

    def loss(self, number: int) -> tuple[float, dict[str, np.ndarray]]:
        """Loss and gradients of a chunk, from the state that the one before it left.

        Parameters
        ----------
        number : int
            From 0; at 0 the text begins again, from a state of zeros.

        Returns
        -------
        loss : float
            In nats, averaged over the streams and over the chunk's time steps.
        grads : dict of str to ndarray
        """
        steps = slice(number * self.chunk, (number + 1) * self.chunk)
        x, y = self.x[:, steps], self.y[:, steps]
        state = self.state if number and self.state else None
        loss, grads, self.state = self.model.loss(x, y, state)
        T = x.shape[1]
        return loss / T, {name: grad / T for name, grad in grads.items()}


def bits_per_character(
    model: StatefulModel, indices: np.ndarray, num_streams: int = 32, chunk: int = 100
) -> float:
    """Cross entropy of a text under a model, in bits per character; lower is better.

    Parameters
    ----------
    model : StatefulModel
    indices : ndarray of shape (length,), integers
    num_streams : int
        Places at which it is read at once. Each begins without context.
    chunk : int

    Returns
    -------
    float
    """
    chunks = TruncatedBPTT(model, indices, num_streams, chunk)
    total = 0.0
    for number in range(len(chunks)):
        begin = number * chunk
        total += chunks.loss(number)[0] * (min(begin + chunk, chunks.x.shape[1]) - begin)
    return total / chunks.x.shape[1] / float(np.log(2))
