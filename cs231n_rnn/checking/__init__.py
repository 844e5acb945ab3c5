"""Checks of the student's functions: what ``check("rnn_step_forward")`` and pytest show.

A case is a *probe*, which runs the student's code and returns arrays; the *judge* compares
them with the answer key in ``tests/answers``; a *result* says what came of it. Cases stand in
``tests/test_*.py``, one file for each module with TODO functions.
"""

from cs231n_rnn.checking.cases import case
from cs231n_rnn.checking.probing import call, call_backward, random_arrays
from cs231n_rnn.checking.running import check

__all__ = ["call", "call_backward", "case", "check", "random_arrays"]
