"""Cases: probes with a name, the function they are about, and how exact the answer must be.

A probe takes a Generator, makes its inputs, calls the student's code and returns named arrays.
It holds no answer: that is what the reference returned for the same seed.
"""

from __future__ import annotations

import importlib.util
import sys
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from cs231n_rnn.checking.manifest import Manifest
from cs231n_rnn.files import ROOT

Probe = Callable[..., dict[str, Any]]


# float32 has seven digits, and a sequence loses some of them.
FLOAT32_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Case:
    """One probe with the sizes it runs on.

    Attributes
    ----------
    id : str
        ``function-variant``, for instance ``rnn_step_forward-one_example``.
    function : str
        The TODO function that it is about.
    probe : callable
        ``probe(rng, **sizes)`` returns a dict of named arrays.
    sizes : mapping
        Keyword arguments of the probe.
    tolerance : float
        Largest relative error at which an array still equals the answer.
    at_most : mapping of str to float
        Arrays that need not equal anything, but must not exceed a number, for example a final loss.
    deadline : bool
        Whether the whole function earns nothing if this case does not end in time, or is wrong
        while half of the others are right.
    hidden : bool
        Whether the grader alone runs it: students do not have it.
    variant : str
        Its name among the cases of the function, for instance ``one_example``.
    at_scale : bool
        Whether its arrays are large enough to compare its time with the reference's.
    """

    id: str
    function: str
    probe: Probe
    sizes: Mapping[str, Any] = field(default_factory=dict)
    tolerance: float = 1e-8
    at_most: Mapping[str, float] = field(default_factory=dict)
    deadline: bool = False
    hidden: bool = False
    variant: str = ""
    at_scale: bool = False

    def rng(self, seed: int) -> np.random.Generator:
        """Generator of this case alone: cases do not share a stream, so their order is free."""
        return np.random.default_rng([seed, zlib.crc32(self.id.encode())])


def case(
    function: str,
    *,
    tolerance: float = 1e-8,
    at_most: Mapping[str, float] | None = None,
    deadline: bool = False,
    hidden: bool = False,
    **variants: Mapping[str, Any],
) -> Callable[[Probe | list[Case]], list[Case]]:
    """Turn a probe into cases, one for each variant of its sizes.

    ``@case("rnn_step_forward", one_example={"N": 1, "D": 5, "H": 4})`` above a probe makes the
    case ``rnn_step_forward-one_example``. Without variants the probe's name is the variant.

    Parameters
    ----------
    function : str
        The TODO function, as the manifest names it.
    tolerance : float
        Largest relative error at which an array still equals the answer; 1e-4 or more where a
        variant's sizes hold ``"dtype": "float32"``.
    at_most : mapping of str to float, optional
        Upper bounds in place of answers.
    deadline : bool
        Whether the whole function earns nothing if this case does not end in time, or is wrong
        while half of the others are right.
    hidden : bool
        Whether the grader alone runs them.
    **variants : mapping
        Keyword arguments for the probe.

    Returns
    -------
    callable
        A decorator that gives a list of Case; above another one, it adds to that one's list.
    """

    def decorate(probed: Probe | list[Case]) -> list[Case]:
        before = probed if isinstance(probed, list) else []
        probe = before[0].probe if isinstance(probed, list) else probed
        named = variants or {probe.__name__: {}}
        return before + [
            Case(
                id=f"{function}-{name}",
                function=function,
                probe=probe,
                sizes=sizes,
                tolerance=max(tolerance, FLOAT32_TOLERANCE * (sizes.get("dtype") == "float32")),
                at_most=at_most or {},
                deadline=deadline,
                hidden=hidden,
                variant=name,
                at_scale=name == "at_scale",
            )
            for name, sizes in named.items()
        ]

    return decorate


def load_cases(manifest: Manifest, root: Path = ROOT) -> list[Case]:
    """All cases in ``tests``, in the manifest's order of functions.

    Parameters
    ----------
    manifest : Manifest
    root : Path
        Folder that holds ``tests``: a clone with the public cases, or a tree of the grader's with
        all of them.

    Returns
    -------
    list of Case

    Raises
    ------
    FileNotFoundError
        If an exercise has no file of probes.
    """
    found = [case for name in manifest.exercises for case in cases_of(name, root)]
    order = list(manifest.functions)
    return sorted(found, key=lambda case: order.index(case.function))


def cases_of(exercise: str, root: Path = ROOT) -> list[Case]:
    """Cases of one exercise by its name, for instance ``rnn``."""
    path = root / "tests" / f"test_{exercise}.py"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing; it holds the checks of {exercise}")
    return import_cases(path)


def import_cases(path: Path) -> list[Case]:
    """Cases that a file defines, in their order there."""
    return cases_in(_import_file(path))


def cases_from(source: str, name: str) -> list[Case]:
    """Cases that a source text defines, in their order there."""
    module = ModuleType(f"cs231n_rnn_cases_{name}")
    exec(compile(source, f"<cases of {name}>", "exec"), vars(module))
    return cases_in(module)


def cases_in(module: ModuleType) -> list[Case]:
    """Cases that a module defines, in their order there."""
    return [case for value in vars(module).values() for case in as_cases(value)]


def as_cases(value: Any) -> list[Case]:
    """The value itself where ``@case`` made it, an empty list where not."""
    is_cases = isinstance(value, list) and value and all(isinstance(v, Case) for v in value)
    return value if is_cases else []


def _import_file(path: Path) -> ModuleType:
    name = f"cs231n_rnn_probes_{path.parent.name}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported; it must be a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
