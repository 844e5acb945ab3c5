"""Downloads from a web server on loopback, whole and with every fault that a network has."""

import dataclasses
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

import cs231n_rnn
from cs231n_rnn.data import command, download
from cs231n_rnn.files import read_toml

ROOT = Path(cs231n_rnn.__file__).resolve().parents[1]
RANDOM = np.random.default_rng(5)
FILES = {
    "coco2014_captions.h5": RANDOM.bytes(300_001),
    "coco2014_vocab.json": b'{"a": 1}',
    "val2014_urls.txt": b"http://one\n" * 999,
}


def zipped(files):
    """The bytes of an archive, stored without compression, so that its length is known."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


WHOLE = {f"coco_captioning/{name}": data for name, data in FILES.items()}
ARCHIVE = zipped(WHOLE)


@pytest.fixture
def site(site):
    """The server, with the small archive on it."""
    site.content = ARCHIVE
    return site


@pytest.fixture
def facts(tmp_path):
    """A table like the tracked one, for the small files."""
    lines = ['url = "http://127.0.0.1:1/default.zip"', "[files]"]
    for name, data in FILES.items():
        digest = hashlib.sha256(data).hexdigest()
        lines.append(f'"{name}" = {{ size = {len(data)}, sha256 = "{digest}" }}')
    path = tmp_path / "facts.toml"
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def run(facts, datasets, capfd, monkeypatch):
    """Run the command with the small table; its status and all that it said."""
    coco = dataclasses.replace(download.COCO, facts=facts)
    monkeypatch.setitem(command.FETCHED, "coco", coco)

    def run(*args):
        return command.main(args), "".join(capfd.readouterr())

    return run


@pytest.fixture
def coco(run, site):
    return lambda: run("coco", "--url", site.url)


def tree(folder):
    """Every file under a folder, with what is in it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_whole_archive_is_unpacked_and_nothing_else_stays(coco, datasets):
    status, said = coco()
    assert status == 0, said
    assert tree(datasets) == WHOLE


def test_a_broken_download_goes_on_where_it_stopped(coco, site, datasets):
    site.stop_after = 123_456
    status, said = coco()
    assert status == 1
    assert f"123,456 of {len(ARCHIVE):,} bytes" in said
    assert "Run the same command again" in said
    assert (datasets / "coco_captioning.zip.part").read_bytes() == ARCHIVE[:123_456]
    assert not (datasets / "coco_captioning").exists()
    site.stop_after = None
    assert coco()[0] == 0
    assert site.asked == [(None, None, 123_456), ("bytes=123456-", '"1"', len(ARCHIVE) - 123_456)]
    assert tree(datasets) == WHOLE


def test_a_download_may_break_many_times(coco, site, datasets):
    site.stop_after = 100_000
    statuses = [coco()[0] for _ in range(4)]
    assert statuses == [1, 1, 1, 0]
    assert sum(sent for _, _, sent in site.asked) == len(ARCHIVE)
    assert tree(datasets) == WHOLE


NEW = {"headers": {"ETag": '"2"'}, "content": zipped({"other.txt": b"more", **WHOLE})}


@pytest.mark.parametrize("change", [{"ranges": False}, NEW, {"path": "/mirror.zip"}])
def test_what_cannot_be_resumed_starts_from_the_beginning(change, coco, site, datasets):
    site.stop_after = 200_000
    coco()
    vars(site).update(change, stop_after=None)
    assert coco()[0] == 0
    assert site.asked[1][2] == len(site.content)
    assert tree(datasets) == WHOLE


DATE = "Tue, 03 Mar 2020 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "range_", "version"),
    [
        ({"Last-Modified": DATE}, "bytes=99-", DATE),
        ({"ETag": 'W/"1"', "Last-Modified": DATE}, "bytes=99-", DATE),
        ({"ETag": 'W/"1"'}, None, None),
        ({}, None, None),
    ],
)
def test_only_a_sure_version_is_resumed(headers, range_, version, coco, site):
    site.headers, site.stop_after = headers, 99
    coco()
    coco()
    assert site.asked[1][:2] == (range_, version)


def test_a_run_killed_before_unpacking_fetches_nothing_again(coco, site, datasets, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(download.zipfile, "ZipFile", Mock(side_effect=KeyboardInterrupt))
        status, said = coco()
    assert status == 130
    assert set(tree(datasets)) == {f"coco_captioning.zip.part{end}" for end in ("", ".version")}
    assert "Run the same command again" in said
    (datasets / "coco_captioning.unpacking").mkdir()
    (datasets / "coco_captioning.unpacking" / "half").write_text("half")
    assert coco()[0] == 0
    assert [sent for _, _, sent in site.asked] == [len(ARCHIVE), 0]
    assert tree(datasets) == WHOLE


def flipped(place):
    return ARCHIVE[:place] + bytes([ARCHIVE[place] ^ 1]) + ARCHIVE[place + 1 :]


VOCABULARY = "coco_captioning/coco2014_vocab.json"
BAD = {
    "a wrong byte": ("another SHA-256 sum|Bad CRC-32", flipped(5000)),
    "a wrong byte in the table": ("", flipped(len(ARCHIVE) - 200)),
    "a web page": ("not a zip file", b"<html>Log in to the network first</html>"),
    "another file": ("another SHA-256", zipped({**WHOLE, VOCABULARY: b'{"a": 2}'})),
    "a longer file": ("another size", zipped({**WHOLE, VOCABULARY: b'{"a": 12}'})),
    "a file less": ("no item named", zipped(dict(list(WHOLE.items())[:2]))),
}


@pytest.mark.parametrize(("reason", "content"), BAD.values(), ids=BAD.keys())
def test_a_damaged_archive_is_removed_and_fetched_again(reason, content, coco, site, datasets):
    site.content = content
    status, said = coco()
    assert status == 1
    assert re.search(f"damaged or not the official one .*({reason}).* Run the same", said)
    assert tree(datasets) == {}
    site.content = ARCHIVE
    assert coco()[0] == 0
    assert site.asked[1][0] is None
    assert tree(datasets) == WHOLE


def test_members_that_point_elsewhere_are_not_unpacked(coco, site, datasets, tmp_path):
    evil = ["../evil", "coco_captioning/../../evil", str(tmp_path / "evil"), "coco_captioning/x"]
    site.content = zipped({**WHOLE, **dict.fromkeys(evil, b"evil")})
    assert coco()[0] == 0
    assert tree(datasets) == WHOLE
    assert [path.name for path in tmp_path.rglob("*evil*")] == []


def test_what_is_there_and_right_is_left_alone(coco, site, datasets):
    coco()
    assert "already" in coco()[1]
    assert len(site.asked) == 1


@pytest.mark.parametrize("content", [b'{"b": 1}', b"longer than the official one", None])
def test_a_folder_with_other_files_is_refused_and_stays(content, coco, site, datasets):
    coco()
    path = datasets / "coco_captioning" / "coco2014_vocab.json"
    path.unlink() if content is None else path.write_bytes(content)
    before = tree(datasets)
    status, said = coco()
    assert status == 1
    assert "coco2014_vocab.json is missing or not the official file" in said
    assert tree(datasets) == before
    assert len(site.asked) == 1


def test_a_missing_page_is_said_plainly(coco, site):
    site.answer = lambda handler: handler.send_error(404)
    assert "answers 404 Not Found" in coco()[1]


def test_an_answer_with_another_part_is_not_appended(coco, site, datasets):
    site.stop_after = 50
    coco()

    def answer(handler):
        handler.send_response(206)
        handler.send_header("Content-Range", "bytes 0-9/10")
        handler.end_headers()

    site.answer = answer
    assert "another part than asked" in coco()[1]
    assert tree(datasets) == {}


def test_too_little_room_is_said_before_anything_is_written(coco, datasets, monkeypatch):
    usage = shutil.disk_usage(datasets.parent)._replace(free=400_000)
    monkeypatch.setattr(download.shutil, "disk_usage", Mock(return_value=usage))
    status, said = coco()
    assert status == 1
    assert "0.0 GB free; 0.0 GB are needed for COCO captioning" in said
    assert tree(datasets) == {}


def test_the_address_comes_from_argument_then_environment(run, site, monkeypatch, datasets):
    monkeypatch.setenv(download.COCO.url_variable, "http://127.0.0.1:1/environment.zip")
    assert "environment.zip could not be reached" in run("coco")[1]
    assert run("coco", "--url", site.url)[0] == 0


def test_an_archive_on_disk_serves_as_well(run, tmp_path, datasets):
    mine = tmp_path / "mine.zip"
    mine.write_bytes(ARCHIVE)
    assert run("coco", "--url", mine.as_uri())[0] == 0
    assert tree(datasets) == WHOLE


CLOSED = "http://127.0.0.1:1/closed.zip"


@pytest.mark.parametrize("address", [CLOSED, "coco_captioning.zip", "http://127.0.0.1:port/x"])
def test_an_address_without_an_answer_is_said_plainly(run, datasets, address):
    status, said = run("coco", "--url", address)
    assert status == 1
    assert f"{address} could not be reached" in said
    assert tree(datasets) == {}


def test_of_all_the_scenes_are_enough(run, datasets, monkeypatch):
    made = []
    monkeypatch.setattr(command, "build_scenes", made.append)
    status, said = run("all")
    assert status == 0
    assert made == [datasets / "scenes"]
    assert "default.zip could not be reached" in said
    assert "The notebooks run without it" in said


def test_scenes_that_cannot_be_made_are_an_error(run, datasets):
    scenes = datasets / "scenes"
    scenes.mkdir(parents=True)
    (scenes / "mine.txt").write_text("mine")
    status, said = run("scenes")
    assert status == 1
    assert f"{scenes} is not a folder of scenes" in said
    assert tree(datasets) == {"scenes/mine.txt": b"mine"}


def test_without_a_name_the_data_sets_are_listed(run, datasets):
    (datasets / "coco_captioning").mkdir(parents=True)
    status, said = run()
    assert status == 0
    assert str(datasets) in said
    for name, state in (("scenes", "not there"), ("coco", "there"), ("reviews", "not there")):
        assert re.search(rf"^  {name} +{state} +[^ ].*\(.*[MG]B", said, re.MULTILINE)


def test_an_unknown_name_gives_the_usage(run, capfd):
    with pytest.raises(SystemExit, match=r"^2$"):
        run("cats")
    assert "usage: python -m cs231n_rnn data" in capfd.readouterr().err


def test_the_tracked_sizes_follow_from_the_published_shapes():
    files = read_toml(download.COCO.facts)["files"]
    sizes = {"coco2014_captions.h5": (400_135 + 195_954) * (17 + 1) * 4}
    for split, n in {"train": 82_783, "val": 40_504}.items():
        for suffix, width in (("", 4096), ("_pca", 512)):
            sizes[f"{split}2014_vgg16_fc7{suffix}.h5"] = n * width * 4
    for name, size in sizes.items():
        assert 0 < files[name]["size"] - size < 8192  # what HDF5 needs around the arrays
    assert all(len(bytes.fromhex(fact["sha256"])) == 32 for fact in files.values())


STAND_IN = """
def build_scenes(folder, *args):
    folder.mkdir(parents=True)
"""


@pytest.fixture
def copy(tmp_path):
    """The script and what it runs in another place; a stand-in makes the scenes at once."""
    root = tmp_path / "a copy é"
    modules = ("__init__", "__main__", "files")
    modules += tuple(f"data/{name}" for name in ("__init__", "command", "download", "folders"))
    names = ["get_datasets.sh", "datasets/coco_captioning.toml"]
    for name in (*names, *(f"cs231n_rnn/{module}.py" for module in modules)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    (root / "cs231n_rnn/data/scenes.py").write_text(STAND_IN)
    return root


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
@pytest.mark.parametrize(
    ("name", "status", "says"),
    [
        ([], 0, "The notebooks run without it"),
        (["coco"], 1, "could not be reached"),
        (["--url", CLOSED], 0, "The notebooks run without it"),
        (["scenes"], 0, ""),
        (["cats"], 2, "usage"),
    ],
)
def test_the_script_runs_from_any_folder(name, status, says, copy, tmp_path):
    environment = {
        **{key: value for key, value in os.environ.items() if "PYTHON" not in key},
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "no_proxy": "127.0.0.1",
        "CDPATH": str(tmp_path),
        download.COCO.url_variable: CLOSED,
    }
    environment.pop("CS231N_RNN_DATASETS", None)
    script = os.path.relpath(copy / "get_datasets.sh", tmp_path)
    done = subprocess.run(
        ["bash", script, *name], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == status, done.stderr
    assert says in done.stderr
    assert done.stdout == ""
    assert (copy / "datasets" / "scenes").is_dir() == (name not in (["coco"], ["cats"]))
