"""Bring a data set whose files are in an archive on the web: CS231n's COCO, film reviews.

A broken download goes on where it stopped, every file is compared with the size and the SHA-256
sum in a table in ``datasets``, and a folder appears only when it is complete.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, BinaryIO
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tqdm import tqdm

from cs231n_rnn.files import ROOT, file_digest, read_toml

BLOCK = 1 << 16  # bytes; what a broken connection may lose
TIMEOUT = 30.0  # seconds without a byte
# What zipfile and tarfile raise on bytes that are not an archive, or one with wrong bytes in it.
DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error),
    *(EOFError, LookupError, RuntimeError, ValueError),
)


class DownloadError(Exception):
    """A data set could not be had; the message says what to do."""


@dataclass(frozen=True)
class DataSet:
    """A data set that can be fetched.

    Attributes
    ----------
    name : str
        What messages call it.
    folder : str
        The folder in ``datasets`` that it fills.
    facts : Path
        The TOML file with the archive's ``url`` and a table ``files``: the ``size`` and ``sha256``
        of each, and where in the archive it is (``member``), perhaps in a ``tar`` file inside.
    url_variable : str
        The environment variable that sets another address.
    without : str
        What is to say where it cannot be had.
    """

    name: str
    folder: str
    facts: Path
    url_variable: str
    without: str


COCO = DataSet(
    "COCO captioning",
    "coco_captioning",
    ROOT / "datasets" / "coco_captioning.toml",
    "COCO_CAPTIONING_URL",
    "The notebooks run without it, on the scenes.",
)
REVIEWS = DataSet(
    "the film-review sentences",
    "reviews",
    ROOT / "datasets" / "reviews.toml",
    "FILM_REVIEWS_URL",
    "Notebook 8 runs without them.",
)


def fetch(dataset: DataSet, datasets: Path, url: str | None = None) -> None:
    """Download, check and unpack a data set, unless it is there and right.

    Parameters
    ----------
    dataset : DataSet
    datasets : Path
        Where its folder goes.
    url : str, optional
        Another place than the table names; ``file:///...`` works too.

    Raises
    ------
    DownloadError
        If the archive cannot be reached, breaks off, is damaged, or finds no space; or if there
        is a folder of that name with other files.
    """
    known = read_toml(dataset.facts)
    target = datasets / dataset.folder
    if target.exists():
        return _check_folder(dataset, target, known["files"])
    part = datasets / f"{dataset.folder}.zip.part"
    try:
        datasets.mkdir(parents=True, exist_ok=True)
        unpacked = sum(fact["size"] for fact in known["files"].values())
        _download(dataset, url or known["url"], part, unpacked)
        _unpack(part, target, known)
    except OSError as error:
        raise DownloadError(f"{datasets} could not be written: {error}.") from error
    _forget(part)
    print(f"{target} now holds {dataset.name}.")
    return None


def _check_folder(dataset: DataSet, folder: Path, files: dict[str, Any]) -> None:
    """Say that the folder is right, or raise: it may be somebody's own work, so it stays."""
    for name, fact in files.items():
        path = folder / name
        right_size = path.is_file() and path.stat().st_size == fact["size"]
        if not right_size or file_digest(path) != fact["sha256"]:
            raise DownloadError(
                f"{path} is missing or not the official file. Move the folder {folder.name} away "
                "and run the same command again."
            )
    print(f"{folder} already holds {dataset.name}, and every file is right.")


def _download(dataset: DataSet, url: str, part: Path, unpacked: int) -> None:
    """Bring `part` to the whole archive; what it already has is not sent again."""
    have = part.stat().st_size if part.exists() else 0
    try:
        request = Request(url)
        version = _known_version(part, url)
        if have and version:
            request.add_header("Range", f"bytes={have}-")
            request.add_header("If-Range", version)
        with urlopen(request, timeout=TIMEOUT) as response:
            _save(dataset, response, url, part, unpacked)
    except HTTPError as error:
        if error.code != 416:  # 416: nothing is left to send; the sums will judge
            raise DownloadError(
                f"{url} answers {error.code} {error.reason}. Set "
                f"{dataset.url_variable} to another address of the archive, or try later."
            ) from error
    except (OSError, HTTPException, ValueError) as error:
        raise DownloadError(
            f"{url} could not be reached, or the connection broke ({error}). Run the same "
            f"command again: it goes on from there. {dataset.url_variable} sets another address."
        ) from error


def _save(dataset: DataSet, response: HTTPResponse, url: str, part: Path, unpacked: int) -> None:
    """Write what is sent, after what is there if the server agreed to that."""
    have = part.stat().st_size if response.status == 206 else 0
    if have and not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
        _forget(part)
        raise DownloadError(f"{url} sent another part than asked. Run the same command again.")
    length = int(response.headers.get("Content-Length") or 0)
    _require_space(dataset, part.parent, length + unpacked)
    with part.open("ab" if have else "wb") as target:
        if not have:
            _keep_version(part, url, response)
        with _bar(part.stem, have + length, have) as bar:
            _copy(response, target, bar)
    if length and part.stat().st_size != have + length:
        raise HTTPException(f"{part.stat().st_size:,} of {have + length:,} bytes have come")


def _require_space(dataset: DataSet, folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise DownloadError(
            f"{folder} has {free / 1e9:.1f} GB free; {needed / 1e9:.1f} GB are "
            f"needed for {dataset.name}. "
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


def _unpack(part: Path, target: Path, known: dict[str, Any]) -> None:
    """Unpack the known files, and no others, beside `target`; rename at the end."""
    work = target.with_name(target.name + ".unpacking")
    shutil.rmtree(work, ignore_errors=True)  # of a run that was killed
    work.mkdir()
    try:
        if "sha256" in known and file_digest(part) != known["sha256"]:
            raise zipfile.BadZipFile("it has another SHA-256 sum")
        with zipfile.ZipFile(part) as archive:
            for name, fact in known["files"].items():
                _unpack_file(archive, work / name, {"member": f"{target.name}/{name}", **fact})
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


def _unpack_file(archive: zipfile.ZipFile, path: Path, fact: dict[str, Any]) -> None:
    bar = _bar(path.name, fact["size"])
    with bar, _open_member(archive, fact) as source, path.open("wb") as target:
        digest = _copy(source, target, bar)
    if digest != fact["sha256"]:
        raise zipfile.BadZipFile(f"{fact['member']} has another SHA-256 sum")


@contextmanager
def _open_member(archive: zipfile.ZipFile, fact: dict[str, Any]) -> Iterator[Any]:
    """A file of the size that it must have, in the archive or in a tar file inside of it."""
    member, outer = fact["member"], fact.get("tar", fact["member"])
    with archive.open(outer) as file, ExitStack() as stack:
        source: Any = file
        size = archive.getinfo(outer).file_size
        if "tar" in fact:
            tar = stack.enter_context(tarfile.open(fileobj=file))
            source, size = tar.extractfile(member), tar.getmember(member).size
        if size != fact["size"]:
            raise zipfile.BadZipFile(f"{member} has another size")
        yield source


def _copy(source: Any, target: BinaryIO, bar: tqdm) -> str:
    """Copy block by block; the SHA-256 sum of what was read."""
    digest = hashlib.sha256()
    while block := source.read(BLOCK):
        digest.update(block)
        target.write(block)
        bar.update(len(block))
    return digest.hexdigest()


def _bar(name: str, total: int, initial: int = 0) -> tqdm:
    return tqdm(
        desc=name, total=total or None, initial=initial, unit="B", unit_scale=True, leave=False
    )
