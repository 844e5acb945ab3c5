"""Fill the datasets folder: make the scenes, download CS231n's COCO captioning archive.

``python -m cs231n_rnn.data.download [scenes|coco|reviews]`` is what ``get_datasets.sh`` runs. A
broken download goes on where it stopped, every file is compared with the sizes and SHA-256
sums in ``datasets/coco_captioning.toml``, and a folder appears only when it is complete.
"""

from __future__ import annotations

import argparse
import errno
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Sequence
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, BinaryIO
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tqdm import tqdm

from cs231n_rnn.data.folders import DataError, datasets_dir
from cs231n_rnn.data.review_download import get_reviews
from cs231n_rnn.files import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FACTS = ROOT / "datasets" / "coco_captioning.toml"
URL_VARIABLE = "COCO_CAPTIONING_URL"
BLOCK = 1 << 16  # bytes; what a broken connection may lose
TIMEOUT = 30.0  # seconds without a byte
# What zipfile raises on bytes that are no archive, or one with wrong bytes in it.
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, LookupError, RuntimeError, ValueError)


class DownloadError(Exception):
    """A data set could not be had; the message says what to do."""


def main(argv: Sequence[str] | None = None, facts: Path = FACTS) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; without them, those of the process.
    facts : Path
        The TOML file with the archive's URL and its files' sizes and sums.

    Returns
    -------
    int
        The exit status. Without an argument the scenes are enough for 0.
    """
    parser = argparse.ArgumentParser(prog="get_datasets.sh", description=__doc__)
    parser.add_argument(
        "name", nargs="?", choices=["scenes", "coco", "reviews"], help="default: scenes, then coco"
    )
    parser.add_argument("--url", help=f"of coco_captioning.zip; also ${URL_VARIABLE}")
    args = parser.parse_args(argv)
    try:
        if args.name == "reviews":
            get_reviews(datasets_dir())
            return 0
        if args.name != "coco":
            make_scenes(datasets_dir() / "scenes")
        if args.name != "scenes":
            return _coco(args.url, facts, needed=args.name == "coco")
    except (DownloadError, DataError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Run the same command again: a download goes on.", file=sys.stderr)
        return 130
    return 0


def _coco(url: str | None, facts: Path, needed: bool) -> int:
    """Fetch COCO; where it is not needed, a failure is only told."""
    try:
        get_coco(datasets_dir(), facts, url or os.environ.get(URL_VARIABLE))
    except DownloadError as error:
        if needed:
            raise
        print(f"COCO is not there: {error}", file=sys.stderr)
        print("The notebooks run without it, on the scenes.", file=sys.stderr)
    return 0


def make_scenes(folder: Path) -> None:
    """Make the scenes with ``python -m cs231n_rnn.data.scenes``, unless they are there.

    Raises
    ------
    DownloadError
        If that command fails.
    """
    command = [sys.executable, "-m", "cs231n_rnn.data.scenes", str(folder)]
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise DownloadError("The scenes could not be made; the lines above say why.")


def get_coco(datasets: Path, facts: Path = FACTS, url: str | None = None) -> None:
    """Download, check and unpack COCO captioning, unless it is there and right.

    Parameters
    ----------
    datasets : Path
        Where the folder ``coco_captioning`` goes.
    facts : Path
        The TOML file with ``url`` and ``files``.
    url : str, optional
        Another place than that file names; ``file:///...`` works too.

    Raises
    ------
    DownloadError
        If the archive cannot be reached, breaks off, is damaged, or finds no space; or if
        there is a folder ``coco_captioning`` with other files.
    """
    known = _read_facts(facts)
    target = datasets / "coco_captioning"
    if target.exists():
        return _check_folder(target, known["files"])
    part = datasets / "coco_captioning.zip.part"
    try:
        datasets.mkdir(parents=True, exist_ok=True)
        unpacked = sum(fact["size"] for fact in known["files"].values())
        _download(url or known["url"], part, unpacked)
        _unpack(part, target, known["files"])
    except OSError as error:
        raise DownloadError(f"{datasets} could not be written: {error}.") from error
    _forget(part)
    print(f"COCO captioning is in {target}")
    return None


def _read_facts(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _check_folder(folder: Path, files: dict[str, Any]) -> None:
    """Say that the folder is right, or raise: it may be somebody's own work, so it stays."""
    for name, fact in files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != fact["size"]:
            break
        with path.open("rb") as source:
            if _copy(source, None) != fact["sha256"]:
                break
    else:
        print(f"COCO captioning is already in {folder}, and right.")
        return
    raise DownloadError(
        f"{path} is missing or not the official file. Move the folder {folder.name} away and "
        "run the same command again."
    )


def _download(url: str, part: Path, unpacked: int) -> None:
    """Bring `part` to the whole archive; what it already has is not sent again."""
    have = part.stat().st_size if part.exists() else 0
    try:
        request = Request(url)
        version = _known_version(part, url)
        if have and version:
            request.add_header("Range", f"bytes={have}-")
            request.add_header("If-Range", version)
        with urlopen(request, timeout=TIMEOUT) as response:
            _save(response, url, part, unpacked)
    except HTTPError as error:
        if error.code != 416:  # 416: nothing is left to send; the sums will judge
            raise DownloadError(
                f"{url} answers {error.code} {error.reason}. Set {URL_VARIABLE} to another "
                "address of coco_captioning.zip, or try later."
            ) from error
    except (OSError, HTTPException, ValueError) as error:
        raise DownloadError(
            f"{url} could not be reached, or the connection broke ({error}). Run the same "
            f"command again: it goes on from there. {URL_VARIABLE} sets another address."
        ) from error


def _save(response: HTTPResponse, url: str, part: Path, unpacked: int) -> None:
    """Write what is sent, after what is there if the server agreed to that."""
    have = part.stat().st_size if response.status == 206 else 0
    if have and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        _forget(part)
        raise DownloadError(f"{url} sent another part than asked. Run the same command again.")
    length = int(response.headers.get("Content-Length") or 0)
    _need_space(part.parent, length + unpacked)
    with part.open("ab" if have else "wb") as target:
        if not have:
            _keep_version(part, url, response)
        with _bar("coco_captioning.zip", have + length, have) as bar:
            _copy(response, target, bar)
    if length and part.stat().st_size != have + length:
        raise HTTPException(f"{part.stat().st_size:,} of {have + length:,} bytes have come")


def _need_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DownloadError(
            f"{folder} has {free / 1e9:.1f} GB free; COCO captioning needs {needed / 1e9:.1f} GB. "
            "Make room, or set CS231N_RNN_DATASETS to a folder on another disk."
        )


def _version_file(part: Path) -> Path:
    return part.with_name(part.name + ".version")


def _keep_version(part: Path, url: str, response: HTTPResponse) -> None:
    """Note which version of the archive `part` is a piece of, for If-Range."""
    etag = response.headers.get("ETag", "")
    weak = not etag or etag.startswith("W/")  # a weak one does not promise the same bytes
    version = response.headers.get("Last-Modified", "") if weak else etag
    _version_file(part).write_text(f"{url}\n{version}\n", encoding="utf-8")


def _known_version(part: Path, url: str) -> str:
    """The version that `part` began as, or "" if it cannot be gone on with."""
    path = _version_file(part)
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return lines[1] if len(lines) == 2 and lines[0] == url else ""


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    _version_file(part).unlink(missing_ok=True)


def _unpack(part: Path, target: Path, files: dict[str, Any]) -> None:
    """Unpack the known files, and no others, beside `target`; rename at the end."""
    work = target.with_name(target.name + ".unpacking")
    shutil.rmtree(work, ignore_errors=True)  # of a run that was killed
    work.mkdir()
    try:
        with zipfile.ZipFile(part) as archive:
            for name, fact in files.items():
                _unpack_file(archive, f"{target.name}/{name}", work / name, fact)
        os.replace(work, target)
    except (*DAMAGE, OSError) as error:
        # A damaged table makes zipfile seek to nowhere; any other OSError is the disk's.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        _forget(part)
        raise DownloadError(
            f"The downloaded archive is damaged or not the official one ({error}) and was "
            "removed. Run the same command again: it starts from the beginning."
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _unpack_file(archive: zipfile.ZipFile, member: str, path: Path, fact: dict[str, Any]) -> None:
    if archive.getinfo(member).file_size != fact["size"]:
        raise zipfile.BadZipFile(f"{member} has another size")
    bar = _bar(path.name, fact["size"])
    with bar, archive.open(member) as source, path.open("wb") as target:
        digest = _copy(source, target, bar)
    if digest != fact["sha256"]:
        raise zipfile.BadZipFile(f"{member} has another SHA-256 sum")


def _copy(source: Any, target: BinaryIO | None, bar: tqdm | None = None) -> str:
    """Copy block by block; the SHA-256 sum of what was read."""
    digest = hashlib.sha256()
    while block := source.read(BLOCK):
        digest.update(block)
        if target is not None:
            target.write(block)
        if bar is not None:
            bar.update(len(block))
    return digest.hexdigest()


def _bar(name: str, total: int, initial: int = 0) -> tqdm:
    return tqdm(
        desc=name, total=total or None, initial=initial, unit="B", unit_scale=True, leave=False
    )


if __name__ == "__main__":
    sys.exit(main())
