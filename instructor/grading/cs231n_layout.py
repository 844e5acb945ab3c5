"""Submissions in CS231n's own layout: its package around the student's files, on the kit's layers.

The kit's modules keep their stubs and take over what the submission defines, so the same probes
run on it. Nothing of the submission is imported here: the code that joins them is text, run in the
sandbox.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from cs231n_rnn.checking.manifest import Manifest

if TYPE_CHECKING:
    from instructor.grading.submission import Submission

# CS231n's students write the step inside of sample.
NOT_IN_CS231N = ("CaptioningRNN.step",)

PACKAGE = '''"""CS231n's package: what is not here can be imported, and raises when it is called."""

import importlib
import importlib.abc
import importlib.machinery
import sys

OWN = ("layers", "layer_utils", "rnn_layers")


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Asked last: for modules of CS231n that are not here, or are named without their package."""

    def find_spec(self, name, path=None, target=None):
        if name.startswith("cs231n.") or name in OWN:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def exec_module(self, module):
        last = module.__name__.rpartition(".")[2]
        if last in OWN:
            ours = vars(importlib.import_module(f"cs231n.{last}"))
            vars(module).update({k: v for k, v in ours.items() if not k.startswith("__")})
        else:
            module.__getattr__ = lambda name: missing(module.__name__, name)


def missing(module, name):
    if name.startswith("__"):
        raise AttributeError(name)

    def refuse(*arguments, **keywords):
        raise RuntimeError(f"{module}.{name} is CS231n's own; it is not here while this is graded")

    return refuse


sys.meta_path.append(Finder())
'''
LAYERS = '''"""CS231n's layers, as far as recurrent networks use them: the kit's own."""

import numpy as np

from cs231n_rnn.layers import dropout as _dropout
from cs231n_rnn.layers.affine import affine_backward, affine_forward
from cs231n_rnn.layers.softmax import softmax_loss


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def dropout_forward(x, dropout_param):
    """CS231n's p is the share that is kept; so it has been since 2018."""
    if dropout_param["mode"] == "test":
        return x, None
    rng = np.random.default_rng(dropout_param.get("seed"))
    return _dropout.dropout_forward(x, 1 - dropout_param["p"], rng)


def dropout_backward(dout, cache):
    return _dropout.dropout_backward(dout, cache)
'''
LAYER_UTILS = '''"""CS231n's pairs of layers."""

from cs231n.layers import *  # noqa: F403


def affine_relu_forward(x, w, b):
    a, affine_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (affine_cache, relu_cache)


def affine_relu_backward(dout, cache):
    affine_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), affine_cache)
'''
# What CS231n's rnn_layers.py provides, and the stubs of what it asks for.
PROVIDED = '''"""What CS231n's rnn_layers.py holds besides the student's own functions."""

from cs231n_rnn.layers import softmax as _softmax
from cs231n_rnn.layers.activations import sigmoid
from cs231n_rnn.layers.affine import temporal_affine_backward, temporal_affine_forward
{imports}

def temporal_softmax_loss(x, y, mask, verbose=False):
    return _softmax.temporal_softmax_loss(x, y, mask)
'''
FILL_UP = """

import numpy as _np
import cs231n.provided as _provided
for _name, _value in {"np": _np, **vars(_provided)}.items():
    if not _name.startswith("_"):
        globals().setdefault(_name, _value)
"""
FUNCTIONS = """

import {module} as _submission

for _name in {names}:
    globals()[_name] = vars(_submission).get(_name, globals()[_name])
"""
CLASS = """

import {module} as _submission

if "{cls}" in vars(_submission):
    # A method that the submission lacks is the stub.
    for _name, _value in list(vars({cls}).items()):
        if not _name.startswith("__") and not hasattr(_submission.{cls}, _name):
            setattr(_submission.{cls}, _name, _value)
    {cls} = _submission.{cls}
"""


def functions_of(file: str, manifest: Manifest) -> list[str]:
    """The TODO functions that a file of the manifest, ours or an alias, is graded on.

    Parameters
    ----------
    file : str
        ``"cs231n_rnn/layers/rnn.py"`` or ``"cs231n/rnn_layers.py"``.
    manifest : Manifest

    Returns
    -------
    list of str
    """
    if file in manifest.points:
        return list(manifest.points[file])
    names = [name for ours in manifest.aliases[file] for name in manifest.points[ours]]
    return [name for name in names if name not in NOT_IN_CS231N]


def gradable(submission: Submission, manifest: Manifest) -> set[str]:
    """The TODO functions that a submission is graded on.

    Parameters
    ----------
    submission : Submission
    manifest : Manifest

    Returns
    -------
    set of str
        In the kit's layout all. In CS231n's those that its files are to hold: not what CS231n does
        not ask for, nor what a missing file would hold.
    """
    if submission.layout == "kit":
        return set(manifest.functions)
    return {name for file in submission.files for name in functions_of(file, manifest)}


def lay_out(submission: Submission, manifest: Manifest, kit: Path) -> dict[str, bytes]:
    """What to lay over the kit for a submission in CS231n's layout.

    Parameters
    ----------
    submission : Submission
    manifest : Manifest
    kit : Path
        The clean kit, with its stubs.

    Returns
    -------
    dict of str to bytes
        The package ``cs231n``, and those modules of ``cs231n_rnn`` whose functions the submission
        may define: the kit's, with lines at their end that take over what is there.
    """
    texts = {str(PurePosixPath(alias).parent / "__init__.py"): "" for alias in manifest.aliases}
    texts |= {"cs231n/__init__.py": PACKAGE, "cs231n/layers.py": LAYERS}
    texts |= {"cs231n/layer_utils.py": LAYER_UTILS, "cs231n/provided.py": _provided(manifest)}
    for alias, several in manifest.aliases.items():
        for ours in several:
            # A stub names the file that the student has.
            text = (kit / ours).read_text(encoding="utf-8").replace(f' in {ours}"', f' in {alias}"')
            is_there = bool(submission.files.get(alias))
            texts[ours] = text + _take_over(alias, list(manifest.points[ours])) * is_there
    files = {name: text.encode() for name, text in texts.items()}
    for alias in manifest.aliases:
        # After the last line, so that every line keeps its number.
        end = FILL_UP if alias == "cs231n/rnn_layers.py" else ""
        files[alias] = submission.files.get(alias, b"") + end.encode()
    return files


def _module(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")


def _provided(manifest: Manifest) -> str:
    files = manifest.aliases.get("cs231n/rnn_layers.py", [])
    lines = [f"from {_module(file)} import {', '.join(manifest.points[file])}\n" for file in files]
    return PROVIDED.format(imports="".join(lines))


def _take_over(alias: str, functions: list[str]) -> str:
    """Lines for a module of ours that take what the submission's module defines."""
    module = _module(alias)
    classes = dict.fromkeys(name.split(".")[0] for name in functions if "." in name)
    names = [name for name in functions if "." not in name]
    text = FUNCTIONS.format(module=module, names=names) if names else ""
    return text + "".join(CLASS.format(module=module, cls=name) for name in classes)
