"""Words: the one place where messages become sentences.

A template has its message's values in braces. Where a message speaks of one or of several things,
there are two templates, and the value ``count`` chooses between them.
"""

from __future__ import annotations

import functools
import string
from collections import ChainMap
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

from cs231n_rnn.checking.messages import Message, message
from cs231n_rnn.checking.misconceptions import MISCONCEPTION, read_misconceptions
from cs231n_rnn.checking.results import Result
from cs231n_rnn.files import ROOT

Template = str | tuple[str, str]
# How a list is joined, by what stands after its name in a template.
JOINTS = {"": ", ", "and": " and ", "or": " or ", "sentences": " "}

TEMPLATES: dict[str, Template] = {
    # What is wrong with an array.
    "missing": "{name} was not returned",
    "no_number": "{name} is not a number: is it None, or does the function end without a return?",
    "shape": "{name} has shape {shape:shape}; {expected:shape} is needed",
    "dtype": "{name} holds {dtype}; numbers are needed",
    "not_finite": "{name} of shape {shape:shape} is {value} at {position:index}",
    "places": (
        "{name} differs in {wrong} of {size} places, first at {position:index}: "
        "{value}; {expected} is right"
    ),
    "differs": (
        "{name} of shape {shape:shape} has a largest relative error of {error:.2g}, "
        "at {position:index}: {value:.8g}; {expected:.8g} is right"
    ),
    "above": "{name} is {value:.6g}; at most {bound:g} is needed",
    "unbounded": "{name} is {value}; a number of at most {bound:g} is needed",
    # Why there are no arrays.
    "todo": "{text}",
    "todo_unsaid": "it is not written yet",
    "raised": "{type}: {text}",
    "raised_at": "{type}: {text} ({file}, line {line}: {source})",
    "raised_unsaid": "{type}; in a hidden case its text is not shown",
    "raised_unsaid_at": (
        "{type} ({file}, line {line}: {source}); in a hidden case its text is not shown"
    ),
    "not_importable": "{file} cannot be imported: {cause}",
    "late": "it did not end within {seconds:g} s of its own time",
    "late_beside_reference": "it took more than {ratio} times as long as the reference",
    "all_late": "all cases together took more than {seconds:g} s of their own time",
    "starved": (
        "it did not end within {seconds} s by the clock: the machine was busy, or the code waits "
        "for something"
    ),
    "memory": "it and what it started took more than {megabytes} MB of memory",
    "not_run": "not run, since two cases of this function hung or died: {cause}",
    "mixed_up": (
        "what came back is not a result: the code, or a process of it, wrote into the grader's pipe"
    ),
    "no_shape": "it returned an array of no shape",
    "too_much": "it returned more than a case may",
    "closed_pipe": "it closed the grader's pipe",
    "killed": "it ended the process (killed by signal {signal})",
    "exited": "it ended the process (exit status {status})",
    # Points taken back.
    "too_slow": (
        "earns nothing: on large arrays this function did not end in time. A backward pass takes "
        "about as long as its forward pass; numerical differences do not."
    ),
    "small_only": (
        "earns nothing: right on small arrays and wrong on large ones. A backward pass does not "
        "care; is this one computed by differences?"
    ),
    # Where to look first.
    "fix_first": (
        "{names:and} fails; fix it, then look here.",
        "{names:and} fail; fix them, then look here.",
    ),
    # What can be seen in an array.
    "other_array": "{name} holds {other}: in which order are they returned?",
    "infinite": "{name} is not finite: is something divided by 0, or exp taken of a large number?",
    "whole_numbers": (
        "{name} holds whole numbers: of which dtype is the array that it is written into?"
    ),
    "zero": "{name} is zero everywhere: is it computed and returned at all?",
    "axes": "{name} is right, but its axes are in another order.",
    "dimensions": ("{name} has the right numbers in another shape: was a dimension kept, or lost?"),
    "sum_needed": "{name} still needs a sum over axis {axis}.",
    "summed": "{name} is summed over everything; over which axes does it belong?",
    "wrong_sign": "{name} has the wrong sign.",
    "too_small_by": "{name} is too small by the factor {size}: is it a mean where a sum is needed?",
    "too_large_by": "{name} is too large by the factor {size}: is something counted {size} times?",
    "factor": "{name} is right but for the factor {factor:.4g}.",
    "transposed": "{name} is right but transposed.",
    "step_late": "{name} is one time step late.",
    "step_early": "{name} is one time step early.",
    "backwards": "{name} runs backwards in time.",
    "first_step_zero": (
        "{name} is zero at time step 0 and right at the others: does the loop reach it?"
    ),
    "last_step_only": (
        "{name} is right at the last time step alone: what does an earlier step get back "
        "from the one after it?"
    ),
    "steps_up_to": "{name} is right up to time step {step} (from 0), and wrong after it.",
    "steps_only": "{name} is right at time steps {steps} (from 0) alone.",
    "gate_order": "{name} has the gates in the order {gates}; it must be {expected}.",
    "gate_columns": "{name} is wrong in the columns of {gates:and} alone.",
    "examples_only": "{name} is right for example {examples} (from 0) alone.",
    # What costs no points.
    "changed_in_place": "{name} is changed in place, though whoever called still needs it",
    "cache_changed": "a second backward pass on the same cache fails: the first one changes it",
    "float64_out": "float32 in gives float64 out in {names}, at twice the memory",
    "slow": (
        "takes {ratio:.0f} times as long as the reference on large arrays; could one matrix "
        "product replace a loop?"
    ),
    "advice": "{function}: {advice}",
}


class Wording(string.Formatter):
    """Messages in the words of some tables.

    It formats messages inside of messages, lists, and numbers that are not finite, which are
    texts.

    Parameters
    ----------
    *tables : mapping of str to str or pair of str
        Codes to templates.
    """

    def __init__(self, *tables: MutableMapping[str, Template]) -> None:
        self.templates = ChainMap(*tables)

    def say(self, told: Message) -> str:
        """A message in words."""
        if told.code == MISCONCEPTION:
            return _hints().get(told.values["name"], told.values["name"])
        template = self.templates[told.code]
        if not isinstance(template, str):
            template = template[told.values["count"] != 1]
        return self.vformat(template, (), told.values)

    def format_field(self, value: Any, format_spec: str) -> str:
        """A value in words."""
        if isinstance(value, Message):
            return self.say(value)
        if not isinstance(value, list):
            return value if isinstance(value, str) else format(value, format_spec)
        if format_spec == "shape":
            return str(tuple(value))
        if format_spec == "index":
            return str(value)
        return JOINTS[format_spec].join(self.format_field(v, "") for v in value)


say = Wording(TEMPLATES).say


def say_causes(causes: tuple[str, ...]) -> str:
    """What is to be fixed before a function; empty if nothing is."""
    return say(message("fix_first", names=list(causes), count=len(causes))) if causes else ""


def say_result(result: Result, say: Callable[[Message], str] = say) -> str:
    """What is wrong in a case, and what is to be fixed first; empty if it passed."""
    fault = say(result.fault) if result.fault else ""
    return " ".join(filter(None, [say_causes(result.causes), fault]))


def say_variant(variant: str) -> str:
    """A case's name as words."""
    return variant.replace("_", " ")


@functools.cache
def _hints() -> Mapping[str, str]:
    known = read_misconceptions(ROOT / "tests" / "misconceptions.json")
    return {misconception.name: misconception.hint for misconception in known}
