"""Cases as pytest items, so that ``pytest tests`` and ``check(...)`` show the same results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cs231n_rnn.checking.cases import Case, as_cases
from cs231n_rnn.checking.manifest import ROOT, read_manifest
from cs231n_rnn.checking.report import HIDDEN
from cs231n_rnn.checking.running import Checker
from cs231n_rnn.checking.wording import say, say_result

CHECKER = pytest.StashKey[Checker]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--no-stubs``: on the reference a stub is a failure, not a skip."""
    parser.addoption("--no-stubs", action="store_true", help="fail where a function is still TODO")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to test another copy of the package than the one beside the tests."""
    if config.rootpath.resolve() != ROOT:
        raise pytest.UsageError(
            f"the tests in {config.rootpath} would run on the package in {ROOT}; "
            f"run `python -m pytest` inside {config.rootpath}"
        )


def pytest_pycollect_makeitem(collector: Any, name: str, obj: Any) -> list[pytest.Item] | None:
    """Collect what ``@case`` made."""
    cases = as_cases(obj)
    return [CaseItem.from_parent(collector, name=c.id, case=c) for c in cases] or None


class CaseItem(pytest.Item):
    """One case as a pytest item: skipped by name where the function is still TODO."""

    def __init__(self, *, case: Case, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.case = case

    def runtest(self) -> None:
        """Say in pytest's words what the judge says of this case."""
        if CHECKER not in self.session.stash:
            self.session.stash[CHECKER] = Checker(read_manifest())
        # A function's cases are judged together, since a misconception shows in all of them.
        results = self.session.stash[CHECKER].results(self.case.function)
        result = next(r for r in results if r.id == self.case.id)
        if result.status == "not implemented" and not self.config.getoption("--no-stubs"):
            pytest.skip(say_result(result))
        if result.status != "passed":
            hint = f"hint: {say(result.hint)}" if result.hint else ""
            raise CaseFailed("\n".join(filter(None, [say_result(result), hint])))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """A wrong answer is one sentence; anything else is a fault of ours and keeps its trace."""
        if isinstance(excinfo.value, CaseFailed):
            return f"{self.case.id}: {excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the probe stands."""
        line = self.case.probe.__code__.co_firstlineno
        return self.path, line - 1, self.case.id


class CaseFailed(Exception):
    """The judge's message."""


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say that the hidden cases have not been run."""
    terminalreporter.write_line(HIDDEN)
