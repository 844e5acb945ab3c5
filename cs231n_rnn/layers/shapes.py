"""Shape checks with one message style, for the functions that are provided.

The student's own functions stay bare equations; what is provided fails by name and says
what came and what it needs.
"""

from __future__ import annotations

import numpy as np


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


def _shape(dims: list[str], sizes: dict[str, int]) -> str:
    """``(D, M) = (3, M)``: the letters, then what is known of them."""
    letters = ", ".join(dims)
    known = ", ".join(str(sizes.get(dim, dim)) for dim in dims)
    comma = "," if len(dims) == 1 else ""
    needed = f"({letters}{comma})"
    return needed if known == letters else f"{needed} = ({known}{comma})"
