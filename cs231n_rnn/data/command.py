"""``python -m cs231n_rnn data [NAME]`` lists the data sets, makes or fetches one."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cs231n_rnn.data.download import COCO, REVIEWS, DownloadError, fetch
from cs231n_rnn.data.folders import datasets_dir
from cs231n_rnn.data.scenes import build_scenes


class Entry(NamedTuple):
    """What the list says of a data set: its folder in ``datasets``, its contents, its size."""

    folder: str
    contents: str
    size: str


ENTRIES = {
    "scenes": Entry("scenes", "drawn pictures with captions and questions", "100 MB, made in 20 s"),
    "coco": Entry(COCO.folder, "CS231n's captions and features of COCO 2014", "2.3 GB, optional"),
    "reviews": Entry(REVIEWS.folder, "rated sentences of film reviews", "1.4 MB, optional"),
}
FETCHED = {"coco": COCO, "reviews": REVIEWS}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; without a name, list the data sets.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; without them, those of the process.

    Returns
    -------
    int
        The exit status. For "all" the scenes are enough for 0.
    """
    options = _parser().parse_args(argv)
    try:
        return int(options.run(options))
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again: a download goes on.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cs231n_rnn data",
        description="Make or fetch a data set; without a name, list them.",
        epilog="They go to `datasets`, or to the folder that CS231N_RNN_DATASETS names.",
    )
    parser.set_defaults(run=_list)
    commands = parser.add_subparsers(metavar="NAME")
    scenes = commands.add_parser("scenes", help=ENTRIES["scenes"].contents)
    scenes.add_argument("folder", nargs="?", type=Path, default=datasets_dir() / "scenes")
    scenes.add_argument("--num-train", type=int, default=5000, metavar="N", help="pictures")
    scenes.add_argument("--num-val", type=int, default=1000, metavar="N", help="pictures")
    scenes.add_argument("--seed", type=int, default=231)
    scenes.add_argument("--force", action="store_true", help="make them again")
    scenes.set_defaults(run=_scenes)
    for name, dataset in FETCHED.items():
        fetched = commands.add_parser(name, help=ENTRIES[name].contents)
        fetched.add_argument("--url", help=f"of the archive; also ${dataset.url_variable}")
        fetched.set_defaults(run=_fetch, dataset=dataset)
    both = commands.add_parser("all", help="the scenes, then coco if it can be had")
    both.add_argument("--url", help=f"of coco's archive; also ${COCO.url_variable}")
    both.set_defaults(run=_scenes_then_coco, dataset=FETCHED["coco"])
    return parser


def _list(options: argparse.Namespace) -> int:
    print(f"The data sets in {datasets_dir()}:")
    for name, entry in ENTRIES.items():
        state = "there" if (datasets_dir() / entry.folder).is_dir() else "not there"
        print(f"  {name:<8} {state:<10} {entry.contents} ({entry.size})")
    print("`python -m cs231n_rnn data NAME` makes or fetches one, `data all` the first two.")
    return 0


def _scenes(options: argparse.Namespace) -> int:
    build_scenes(options.folder, options.num_train, options.num_val, options.seed, options.force)
    return 0


def _fetch(options: argparse.Namespace) -> int:
    dataset = options.dataset
    try:
        fetch(dataset, datasets_dir(), options.url or os.environ.get(dataset.url_variable))
    except DownloadError as error:
        print(error, dataset.without, sep="\n", file=sys.stderr)
        return 1
    return 0


def _scenes_then_coco(options: argparse.Namespace) -> int:
    build_scenes(datasets_dir() / "scenes")
    _fetch(options)  # what it could not fetch, it has told
    return 0
