"""The training loop: minibatches, an update rule, validation scores and checkpoints.

``Solver`` trains anything that follows :class:`Model`. It stops cleanly at Ctrl-C and goes on from
a checkpoint with the same losses, bit for bit, as an unbroken run on the same machine.
"""

from __future__ import annotations

import math
import numbers
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from tqdm import tqdm

from cs231n_rnn.training.checkpoint import (
    Arrays,
    copies,
    read_checkpoint,
    require_fit,
    restore,
    snapshot,
    write_checkpoint,
)
from cs231n_rnn.training.clipping import clip_gradients
from cs231n_rnn.training.interrupt import Interrupt
from cs231n_rnn.training.optim import UPDATE_RULES, checked_config

INTERRUPTED = "interrupted.npz"


class Model(Protocol):
    """What the solver knows of a model.

    One with dropout also has ``rng``, a Generator; one that carries something from minibatch to
    minibatch has it as ``state``, a tuple of ndarrays.
    """

    params: dict[str, np.ndarray]

    def loss(self, *args: Any, **kwargs: Any) -> tuple[Any, dict[str, np.ndarray]]:
        """Loss of a minibatch, and its gradients under the keys of ``params``."""


class Solver:
    """Trains a model by stochastic gradient descent on minibatches.

    Each epoch goes once over all examples, in a new random order unless ``shuffle`` is False; the
    last minibatch may be smaller. At its end the learning rate is multiplied by ``lr_decay`` and
    the model scored.

    Parameters
    ----------
    model : Model
    batch : callable
        Takes the indices of a minibatch, an int ndarray of shape (N,), and returns the
        arguments of ``model.loss`` as a tuple.
    num_train : int
        Number of training examples.
    update_rule : str
        ``sgd``, ``sgd_momentum``, ``rmsprop`` or ``adam``.
    num_epochs, batch_size : int
    optim_config : mapping of str to number, optional
        Hyperparameters of the update rule, such as ``learning_rate``.
    lr_decay : float
    max_norm : float, optional
        Clip the gradients to this global norm, with ``clip_gradients``.
    shuffle : bool
        False: take the examples as they come, the chunks of a text for instance.
    rng : Generator, optional
        Draws each epoch's order; without it ``np.random.default_rng(0)``.
    score : callable, optional
        Takes the model after each epoch and returns its validation scores by name.
    best : str, optional
        Name of the score to maximise. ``train()`` then ends with the parameters of the best
        epoch in the model; without it the last ones stay.
    checkpoint : path, optional
        File to write after each epoch, and at Ctrl-C (``interrupted.npz`` without it).
    checkpoint_every : int, optional
        Number of iterations after which to write it as well; 0 or None for never.
    callbacks : sequence of callables
        Each is called with the solver after each epoch, for example to draw a live curve.
    verbose : bool
        Show a progress bar and a line every ``print_every`` iterations.
    print_every : int

    Attributes
    ----------
    loss_history : list of float
        Loss of each iteration.
    score_history : list of dict of str to float
        Scores of each epoch, if there is a ``score``.
    learning_rates : list of float
        Learning rate of each epoch.
    norm_history : list of float
        Global norm of the gradients of each iteration before clipping, if there is a max_norm.
    epoch : int
        Number of epochs completed.
    best_params : dict of str to ndarray
        Copies of the parameters of the best epoch, empty without ``best``.
    best_score, best_epoch : float, int
        Its score and its number, from 1; -inf and 0 before there is one.
    optim_configs : dict of str to dict
        The update rule's hyperparameters and state for each parameter.
    order : ndarray of shape (num_train,)
        The permutation of the epoch under way, empty between epochs.
    position : int
        How many examples of it are done.
    last_params : dict of str to ndarray
        The last parameters, while the best ones are in the model.

    Raises
    ------
    ValueError
        If an argument does not fit; the message names it.
    """

    def __init__(
        self,
        model: Model,
        batch: Callable[[np.ndarray], tuple[Any, ...]],
        num_train: int,
        *,
        update_rule: str = "adam",
        num_epochs: int = 10,
        batch_size: int = 100,
        optim_config: Mapping[str, float] | None = None,
        lr_decay: float = 1.0,
        max_norm: float | None = None,
        shuffle: bool = True,
        rng: np.random.Generator | None = None,
        score: Callable[[Any], dict[str, float]] | None = None,
        best: str | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: int | None = None,
        callbacks: Sequence[Callable[[Solver], object]] = (),
        verbose: bool = True,
        print_every: int = 10,
    ) -> None:
        config = checked_config(update_rule, optim_config)
        _require_counts(num_train=num_train, num_epochs=num_epochs, batch_size=batch_size)
        _require_counts(print_every=print_every, checkpoint_every=checkpoint_every or 1)
        if not model.params:
            raise ValueError("model.params is empty; there is nothing to train")
        if best is not None and score is None:
            raise ValueError(f"best is {best!r}; it needs a score that returns {best!r}")
        if checkpoint is not None and Path(checkpoint).is_dir():
            raise ValueError(f"checkpoint is {str(checkpoint)!r}, a folder; it must be a file")
        self.model, self.batch, self.num_train = model, batch, int(num_train)
        self.num_epochs, self.batch_size, self.shuffle = num_epochs, int(batch_size), shuffle
        self.update_rule, self.lr_decay, self.max_norm = update_rule, lr_decay, max_norm
        self.rng = np.random.default_rng(0) if rng is None else rng
        self.score, self.best, self.callbacks = score, best, callbacks
        self.checkpoint, self.checkpoint_every = checkpoint, checkpoint_every
        self.verbose, self.print_every = verbose, print_every
        self._begin(config)

    def _begin(self, config: dict[str, float]) -> None:
        self._interrupt = Interrupt()
        self.loss_history: list[float] = []
        self.score_history: list[dict[str, float]] = []
        self.learning_rates: list[float] = []
        self.norm_history: list[float] = []
        self.epoch = 0
        self.best_params: dict[str, np.ndarray] = {}
        self.best_score, self.best_epoch = -math.inf, 0
        self.optim_configs: dict[str, dict[str, Any]] = {
            name: dict(config) for name in self.model.params
        }
        self.order, self.position = np.empty(0, dtype=np.int64), 0
        self.last_params: dict[str, np.ndarray] = {}
        self._last_snapshot: Arrays = {}

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next iteration."""
        return next(iter(self.optim_configs.values()))["learning_rate"]

    @property
    def num_iterations(self) -> int:
        """Number of iterations in all epochs."""
        return self.num_epochs * math.ceil(self.num_train / self.batch_size)

    def train(self) -> None:
        """Train up to ``num_epochs``, from where the last call or the checkpoint ended.

        The first Ctrl-C ends the minibatch, writes the checkpoint and names it; a second one
        stops at once. After either, ``train()`` goes on, exactly so after the first. With a
        larger ``num_epochs`` a finished solver trains on from its last parameters.

        Raises
        ------
        KeyboardInterrupt
            After Ctrl-C.
        FloatingPointError
            If the loss or a parameter is not finite. The solver and ``model.params`` are then
            back at the last good state: the start of ``train()``, the last epoch's end or the
            last checkpoint.
        ValueError
            If the loss or a gradient of the model does not fit; the message names it.
        """
        self.model.params.update(self.last_params)
        self.last_params = {}
        self._last_snapshot = snapshot(self)
        with self._interrupt, self._progress_bar() as bar:
            while self.epoch < self.num_epochs:
                if self.order.size == 0:
                    every = np.arange(self.num_train)
                    self.order = self.rng.permutation(every) if self.shuffle else every
                if self.position < self.num_train:
                    self._step(bar)
                if self.position == self.num_train and not self._interrupt.asked:
                    self._end_epoch()
                if self._interrupt.asked:
                    self._save_and_stop()
        if self.best_params:
            self.last_params = dict(self.model.params)
            self.model.params.update(copies(self.best_params))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a checkpoint, from which :meth:`resume` goes on."""
        write_checkpoint(path, snapshot(self))

    def resume(self, path: str | os.PathLike[str]) -> None:
        """Take over a checkpoint; ``train()`` then goes on from it.

        The solver must be built as the one that wrote the file; only ``num_epochs`` may
        differ. The optimiser's settings, the learning rate among them, come from the file.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not a checkpoint, was cut short or belongs to another model or solver;
            nothing is changed then.
        """
        arrays = read_checkpoint(path)
        require_fit(self, path, arrays)
        restore(self, arrays)

    def _step(self, bar: Any) -> None:
        indices = self.order[self.position : self.position + self.batch_size]
        loss, grads = self.model.loss(*self.batch(indices))
        self._require_loss_and_grads(loss, grads)
        if not math.isfinite(loss):
            self._diverged(f"the loss is {loss} at iteration {len(self.loss_history) + 1}")
        norm_before = None
        if self.max_norm is not None:
            grads, norm_before = clip_gradients(grads, self.max_norm)
        with self._interrupt.shield():
            self._update(grads)
            self.norm_history += [] if norm_before is None else [float(norm_before)]
            self.loss_history.append(float(loss))
            self.position += len(indices)
        self._report(bar)
        if self.checkpoint_every and len(self.loss_history) % self.checkpoint_every == 0:
            self._keep(self.checkpoint)

    def _update(self, grads: dict[str, np.ndarray]) -> None:
        rule = UPDATE_RULES[self.update_rule]
        next_params, configs = {}, self.optim_configs
        for name, w in self.model.params.items():
            next_params[name], configs[name] = rule(w, grads[name], configs[name])
        self.model.params.update(next_params)

    def _end_epoch(self) -> None:
        self._require_finite_params()
        scores = self._scores()
        with self._interrupt.shield():
            self.epoch += 1
            self.order, self.position = np.empty(0, dtype=np.int64), 0
            self.learning_rates.append(self.learning_rate)
            for config in self.optim_configs.values():
                config["learning_rate"] *= self.lr_decay
            if scores:
                self.score_history.append(scores)
            if self.best is not None and scores[self.best] > self.best_score:
                self.best_score, self.best_epoch = scores[self.best], self.epoch
                self.best_params = copies(self.model.params)
        if self.verbose and scores:
            shown = ", ".join(f"{name}: {value:.4f}" for name, value in scores.items())
            tqdm.write(f"(Epoch {self.epoch} / {self.num_epochs}) {shown}", file=sys.stdout)
        for callback in self.callbacks:
            callback(self)
        self._keep(self.checkpoint)

    def _scores(self) -> dict[str, float]:
        if self.score is None:
            return {}
        scores = {name: float(value) for name, value in self.score(self.model).items()}
        if self.best is not None and self.best not in scores:
            raise ValueError(f"score returned {', '.join(scores)}; best needs {self.best!r}")
        return scores

    def _progress_bar(self) -> Any:
        return tqdm(
            total=self.num_iterations,
            initial=len(self.loss_history),
            file=sys.stdout,
            mininterval=1.0,  # an executed notebook keeps every refresh
            disable=not self.verbose,
        )

    def _report(self, bar: Any) -> None:
        if not self.verbose:
            return
        iteration, loss = len(self.loss_history), self.loss_history[-1]
        bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
        bar.update()
        if (iteration - 1) % self.print_every == 0:
            place = f"(Iteration {iteration} / {self.num_iterations})"
            tqdm.write(f"{place} loss: {loss:f}", file=sys.stdout)

    def _keep(self, path: str | os.PathLike[str] | None) -> None:
        """Make this the last good state, in memory and, where there is a path, in the file."""
        self._require_finite_params()
        with self._interrupt.shield():
            self._last_snapshot = snapshot(self)
            if path is not None:
                write_checkpoint(path, self._last_snapshot)

    def _save_and_stop(self) -> None:
        path = INTERRUPTED if self.checkpoint is None else self.checkpoint
        self._keep(path)
        tqdm.write(
            f"Interrupted after iteration {len(self.loss_history)} and saved to {path}. Go on "
            f"with solver.train(), or in a new session with solver.resume({str(path)!r}) and "
            "solver.train().",
            file=sys.stdout,
        )
        raise KeyboardInterrupt

    def _require_finite_params(self) -> None:
        for name, w in self.model.params.items():
            if not np.isfinite(w).all():
                iteration = len(self.loss_history)
                self._diverged(f"params[{name!r}] is not finite after iteration {iteration}")

    def _diverged(self, what: str) -> None:
        rate, epoch = self.learning_rate, self.epoch + 1
        before = ", ".join(f"{loss:g}" for loss in self.loss_history[-3:]) or "none"
        restore(self, self._last_snapshot)
        raise FloatingPointError(
            f"{what}, epoch {epoch} (losses before: {before}). Try a learning rate lower than "
            f"{rate:g}, and check the model's gradients. The parameters are again those after "
            f"iteration {len(self.loss_history)}."
        )

    def _require_loss_and_grads(self, loss: Any, grads: Any) -> None:
        if np.ndim(loss) != 0:
            raise ValueError(f"loss is {np.shape(loss)}; model.loss must return one number")
        for name, w in self.model.params.items():
            if name not in grads:
                raise ValueError(f"grads has no {name!r}; it needs {', '.join(self.model.params)}")
            if np.shape(grads[name]) != w.shape:
                raise ValueError(
                    f"grads[{name!r}] is {np.shape(grads[name])}; the parameter is {w.shape}"
                )


def _require_counts(**counts: Any) -> None:
    for name, count in counts.items():
        if not isinstance(count, numbers.Integral) or int(count) < 1:
            raise ValueError(f"{name} is {count!r}; it must be a whole number of at least 1")
