"""Checkpoint files: named arrays in one .npz, with everything else as JSON text.

A file is either whole or absent, and it is read without pickle, so that a checkpoint from a
stranger runs no code.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cs231n_rnn.files import replacing

if TYPE_CHECKING:
    from cs231n_rnn.training.solver import Solver

FORMAT = 2
METADATA = "facts"  # what a file of this format calls the array with the JSON text
# Attributes of the solver that JSON holds as they are; floats come back bit for bit.
PLAIN = ("epoch", "position", "learning_rates", "norm_history", "score_history")
Arrays = dict[str, np.ndarray]


def write_checkpoint(path: str | os.PathLike[str], arrays: Arrays) -> None:
    """Write arrays to an .npz file in one step; its folder is made if need be.

    Parameters
    ----------
    path : path
        The file; an old one is replaced only when the new one is whole.
    arrays : dict of str to ndarray
        From :func:`snapshot`.

    Raises
    ------
    OSError
        If the file cannot be written; an old file is then as it was.
    """
    with replacing(Path(path)) as new, open(new, "wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())


def read_checkpoint(path: str | os.PathLike[str]) -> Arrays:
    """Read the arrays that :func:`write_checkpoint` wrote.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not a checkpoint, was cut short, or is of another format.
    """
    with open(path, "rb") as file:
        try:
            with np.load(file, allow_pickle=False) as archive:
                arrays = {name: archive[name] for name in archive.files}
            metadata = _metadata(arrays)
            found = metadata["format"]
            # A damaged directory of the archive may hide some of its arrays.
            if found == FORMAT and arrays.keys() != {METADATA, *metadata["arrays"]}:
                raise ValueError("arrays are missing")
        except Exception as error:  # a damaged file makes NumPy and zipfile fail in many ways
            message = f"{path} is not a checkpoint of Solver, or was cut short or damaged"
            raise ValueError(message) from error
    if found != FORMAT:
        raise ValueError(f"{path} is of format {found}; this Solver reads format {FORMAT}")
    return arrays


def snapshot(solver: Solver) -> Arrays:
    """All that training changes, as copies; :func:`restore` takes it back."""
    model: Any = solver.model
    metadata: dict[str, Any] = {"format": FORMAT, "settings": _settings(solver)}
    metadata["rng"], metadata["model_rng"] = _rng_state(solver), _rng_state(model)
    metadata["best"] = [solver.best_score, solver.best_epoch]
    metadata.update({key: getattr(solver, key) for key in PLAIN})
    metadata["optim"] = {}
    arrays = {"order": solver.order, "loss_history": np.array(solver.loss_history)}
    # Once training has ended, the model may hold the best parameters, not the last.
    for name, w in (model.params | solver.last_params).items():
        arrays[f"params/{name}"] = w
    for name, w in solver.best_params.items():
        arrays[f"best/{name}"] = w
    for number, carried in enumerate(getattr(model, "state", ())):
        arrays[f"state/{number}"] = carried
    for name, config in solver.optim_configs.items():
        state = {key: value for key, value in config.items() if isinstance(value, np.ndarray)}
        arrays.update({f"optim/{key}/{name}": value for key, value in state.items()})
        metadata["optim"][name] = {key: config[key] for key in config if key not in state}
    metadata["arrays"] = list(arrays)
    return {METADATA: np.array(json.dumps(metadata, default=_as_json)), **copies(arrays)}


def restore(solver: Solver, arrays: Arrays) -> None:
    """Put a solver and its model into the state of a snapshot, whose arrays become theirs."""
    metadata = _metadata(arrays)
    solver.model.params.update(_below("params/", arrays))
    solver.last_params, solver.best_params = {}, _below("best/", arrays)
    solver.order, solver.loss_history = arrays["order"], arrays["loss_history"].tolist()
    for key in PLAIN:
        setattr(solver, key, metadata[key])
    solver.best_score, solver.best_epoch = metadata["best"]
    solver.optim_configs = metadata["optim"]
    for key_and_name, value in _below("optim/", arrays).items():
        key, _, name = key_and_name.partition("/")
        solver.optim_configs[name][key] = value
    solver.rng.bit_generator.state = metadata["rng"]
    model: Any = solver.model
    if metadata["model_rng"] is not None:
        model.rng.bit_generator.state = metadata["model_rng"]
    if hasattr(model, "state"):
        carried = _below("state/", arrays)
        model.state = tuple(carried[str(number)] for number in range(len(carried)))


def require_fit(solver: Solver, path: str | os.PathLike[str], arrays: Arrays) -> None:
    """Raise ValueError, by name, if a checkpoint belongs to another solver or model."""
    theirs, ours = _metadata(arrays)["settings"], _settings(solver)
    for key in ours:
        if theirs[key] != ours[key]:
            raise ValueError(f"{path} is of {key} {theirs[key]!r}; this solver has {ours[key]!r}")
    saved = {name: _described(w) for name, w in _below("params/", arrays).items()}
    needed = {name: _described(w) for name, w in solver.model.params.items()}
    for name in sorted(saved.keys() | needed.keys()):
        found, need = saved.get(name, "missing"), needed.get(name, "missing")
        if found != need:
            raise ValueError(f"params[{name!r}] is {found} in {path}; in the model it is {need}")


def copies(arrays: Mapping[str, np.ndarray]) -> Arrays:
    """Copies in the same memory order, on which the last bit of a product may depend."""
    return {name: np.copy(array) for name, array in arrays.items()}


def _settings(solver: Solver) -> dict[str, Any]:
    """What a checkpoint must have in common with the solver that resumes it."""
    keys = "update_rule", "batch_size", "num_train", "max_norm", "shuffle", "best"
    settings = {key: getattr(solver, key) for key in keys}
    for key, owner in (("rng", solver), ("model.rng", solver.model)):
        state = _rng_state(owner)
        settings[key] = None if state is None else state["bit_generator"]
    return settings


def _rng_state(owner: Any) -> dict[str, Any] | None:
    rng = getattr(owner, "rng", None)
    return None if rng is None else rng.bit_generator.state


def _metadata(arrays: Arrays) -> dict[str, Any]:
    return json.loads(str(arrays[METADATA]))


def _below(prefix: str, arrays: Arrays) -> Arrays:
    return {key[len(prefix) :]: arrays[key] for key in arrays if key.startswith(prefix)}


def _described(w: np.ndarray) -> str:
    return f"{w.shape} of {w.dtype}"


def _as_json(value: Any) -> Any:
    """The states of some bit generators hold small arrays."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{value!r} has no place in a checkpoint")
