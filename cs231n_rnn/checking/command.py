"""``python -m cs231n_rnn check [FUNCTION ...]``: how far a student has come."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from cs231n_rnn.checking.running import check


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table; 1 if something is wrong (a stub is not), 2 for an unknown name."""
    parser = argparse.ArgumentParser(
        prog="python -m cs231n_rnn check", description="Check the functions you filled in."
    )
    parser.add_argument("functions", nargs="*", metavar="FUNCTION", help="all, if none is named")
    arguments = parser.parse_args(argv)
    try:
        report = check(*arguments.functions)
    except ValueError as error:
        parser.error(str(error))
    print(report)
    return int(any(f.state == "wrong" for f in report.functions))
