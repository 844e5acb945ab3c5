"""The recurrent cells by name: the one place that knows what tells them apart.

A model asks ``find_cell("lstm")`` for its cell, and calls every cell in the same way: the states
that go from step to step are a tuple, (h,) of the vanilla RNN and (h, c) of the LSTM. The functions
behind it are the student's own, from the module of the cell's name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

State = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Cell:
    """A recurrent cell.

    Attributes
    ----------
    name : str
        Its functions are ``{name}_step_forward`` and so on in ``layers/{name}.py``.
    gates : tuple of str
        The blocks of H columns side by side in Wx, Wh and b. "f" is a forget gate.
    states : tuple of str
        The arrays (N, H) that go from step to step, the hidden state "h" first.
    """

    name: str
    gates: tuple[str, ...]
    states: tuple[str, ...]

    def width(self, H: int) -> int:
        """G, the columns of Wx, Wh and b: H for each gate."""
        return len(self.gates) * H

    def first_bias(self, H: int, forget_bias: float = 0.0) -> np.ndarray:
        """First bias (G,): zeros, but ``forget_bias`` at the forget gates of a cell that has them.

        With 1 they begin open (Jozefowicz et al. 2015): what is in the cell stays.
        """
        return np.repeat([forget_bias if gate == "f" else 0.0 for gate in self.gates], H)

    def step_forward(
        self, x: np.ndarray, state: State, Wx: np.ndarray, Wh: np.ndarray, b: np.ndarray
    ) -> tuple[State, Any]:
        """One time step.

        Parameters
        ----------
        x : ndarray of shape (N, D)
            Input at this time step.
        state : tuple of ndarrays of shape (N, H)
            The states of the step before, in the order of ``states``. What follows them, such as
            a cell state where the cell has none, goes on as it came.
        Wx, Wh, b : ndarrays of shape (D, G), (H, G) and (G,)

        Returns
        -------
        state : tuple of ndarrays, as it came in
        cache : values that step_backward needs
        """
        S = len(self.states)
        *own, cache = self._call("step_forward", S + 1, x, *state[:S], Wx, Wh, b)
        return (*own, *state[S:]), cache

    def step_backward(self, dstate: State, cache: Any) -> tuple[Any, ...]:
        """Gradient of one time step.

        Parameters
        ----------
        dstate : tuple of ndarrays of shape (N, H)
            Gradient of the loss with respect to the state that step_forward returned.
        cache : from step_forward

        Returns
        -------
        dx : ndarray of shape (N, D)
        dprev_state : tuple of ndarrays of shape (N, H)
        dWx, dWh, db : ndarrays of shape (D, G), (H, G) and (G,)
        """
        S = len(self.states)
        dx, *rest = self._call("step_backward", S + 4, *dstate[:S], cache)
        return dx, (*rest[:S], *dstate[S:]), *rest[S:]

    @property
    def forward(self) -> Callable[..., Any]:
        """The sequence function, for example ``lstm_forward(x, h0, Wx, Wh, b, lengths)``."""
        return self._function("forward")

    @property
    def backward(self) -> Callable[..., Any]:
        """Its gradient, for example ``lstm_backward(dh, cache)``."""
        return self._function("backward")

    def _function(self, kind: str) -> Callable[..., Any]:
        # Looked up at each call, so that what now is in the student's module is what runs. A cell
        # that no model asks for may be unfinished, or missing.
        module = import_module(f"cs231n_rnn.layers.{self.name}")
        return getattr(module, f"{self.name}_{kind}")

    def _call(self, kind: str, needed: int, *inputs: Any) -> tuple[Any, ...]:
        """What a step function returns, if it is as many values as are needed."""
        outputs = tuple(self._function(kind)(*inputs))
        if len(outputs) != needed:
            raise ValueError(
                f"{self.name}_{kind} returned {len(outputs)} values; it needs to return {needed}"
            )
        return outputs


CELLS = {
    cell.name: cell
    for cell in (
        Cell("rnn", gates=("h",), states=("h",)),
        Cell("lstm", gates=("i", "f", "o", "g"), states=("h", "c")),
        Cell("gru", gates=("r", "z", "n"), states=("h",)),
    )
}


def find_cell(name: str, function: str) -> Cell:
    """The cell of a name.

    Parameters
    ----------
    name : str
    function : str
        Name of the caller, for the message.

    Raises
    ------
    ValueError
        If no cell has this name; the message lists those that there are.
    """
    if name not in CELLS:
        *others, last = (f'"{known}"' for known in CELLS)
        raise ValueError(f"cell_type is {name!r}; {function} needs {', '.join(others)} or {last}")
    return CELLS[name]
