"""Make cases pytest items; see cs231n_rnn/checking."""

from cs231n_rnn.checking.pytest_plugin import (  # noqa: F401  pytest finds hooks by name
    pytest_addoption,
    pytest_configure,
    pytest_pycollect_makeitem,
    pytest_terminal_summary,
)
