"""Shape checks with one message style, for the functions that are provided.

The student's own functions stay bare equations; what is provided fails by name and says
what came and what it needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cs231n_rnn.layers.cells import find_cell


def require_shapes(function: str, **arrays: tuple[np.ndarray, str]) -> None:
    """Compare arrays with shapes written in letters, one letter or number a dimension.

    ``require_shapes("affine_forward", w=(w, "D M"), b=(b, "M"))`` accepts any D and M, as long
    as M is the same in both.

    Parameters
    ----------
    function : str
        Name of the caller, for the message.
    **arrays : tuple of (ndarray, str)
        Each array with the shape it needs.

    Raises
    ------
    ValueError
        At the first array that does not fit: its name, its shape, the shape it needs, and
        the sizes that follow from the arrays before it.
    """
    sizes: dict[str, int] = {}
    for name, (array, letters) in arrays.items():
        dims = letters.split()
        found = np.shape(array)
        new = dict(sizes)
        pairs = zip(dims, found, strict=False)
        needed = [int(dim) if dim.isdigit() else new.setdefault(dim, n) for dim, n in pairs]
        if list(found) != needed or len(dims) != len(found):
            raise ValueError(f"{name} is {found}; {function} needs {_shape(dims, sizes)}")
        sizes = new


def require_locations(prev_h: np.ndarray, A: np.ndarray, mask: np.ndarray | None) -> None:
    """Refuse locations that do not fit the hidden state or the mask, or an image without any.

    Raises
    ------
    ValueError
        Naming what came and what is needed.
    """
    require_shapes("attention_forward", prev_h=(prev_h, "N H"), A=(A, "N L H"))
    if not A.shape[1]:
        raise ValueError(f"A is {A.shape}; attention_forward needs at least one location")
    if mask is not None:
        require_shapes("attention_forward", A=(A, "N L H"), mask=(mask, "N L"))
        if not mask.any(axis=1).all():
            raise ValueError("a row of the mask is all False; attention_forward needs a location")


def require_layers(
    x: np.ndarray, h0: np.ndarray, c0: np.ndarray, weights: Sequence[Any], cell_type: str
) -> None:
    """Refuse states that do not fit the inputs or the weights, no time step, and an unknown cell.

    Raises
    ------
    ValueError
        Naming what came and what is needed.
    """
    find_cell(cell_type, "multilayer_forward")
    require_shapes("multilayer_forward", x=(x, "N T D"), h0=(h0, "L N H"), c0=(c0, "L N H"))
    if x.shape[1] < 1:
        raise ValueError(f"x is {x.shape}; multilayer_forward needs at least one time step")
    if len(h0) != len(weights) or not weights:
        raise ValueError(
            f"h0 has the states of {len(h0)} layers and weights are those of {len(weights)}; "
            "multilayer_forward needs as many of both, and at least one"
        )


def _shape(dims: list[str], sizes: dict[str, int]) -> str:
    """``(D, M) = (3, M)``: the letters, then what is known of them."""
    letters = ", ".join(dims)
    known = ", ".join(str(sizes.get(dim, dim)) for dim in dims)
    comma = "," if len(dims) == 1 else ""
    needed = f"({letters}{comma})"
    return needed if known == letters else f"{needed} = ({known}{comma})"
