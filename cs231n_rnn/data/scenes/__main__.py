"""``python -m cs231n_rnn.data.scenes [FOLDER]`` makes the scenes."""

from __future__ import annotations

import argparse
import sys

from .build import build_scenes


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(
        prog="python -m cs231n_rnn.data.scenes", description="Make the generated data set."
    )
    parser.add_argument("folder", nargs="?", default="datasets/scenes")
    parser.add_argument("--num-train", type=int, default=5000, metavar="N", help="pictures")
    parser.add_argument("--num-val", type=int, default=1000, metavar="N", help="pictures")
    parser.add_argument("--seed", type=int, default=231)
    parser.add_argument("--force", action="store_true", help="make them again")
    arguments = parser.parse_args()
    try:
        build_scenes(**vars(arguments))
    except FileExistsError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
