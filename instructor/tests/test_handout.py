import json
import os
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT
from instructor import handout, leak
from instructor.handout import HandoutError

RNN = "cs231n_rnn/layers/rnn.py"
LINE = "dnext_h = dh[:n, t] + dprev_h[:n]"
TOP = "recurrent_networks_by_hand"
COMMANDS = {"get_datasets.sh", ".binder/postBuild"}  # what can be run as it is
on_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes or links")
with_git = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")


def files_below(folder):
    """What a folder holds, as bytes by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def append(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8", newline="\n") as file:
        file.write(text)


def allow(kit, entry):
    """Put an entry on the allow-list."""
    path = kit / "assignment.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("handout = [", f"handout = [\n    {json.dumps(entry)},"), "utf-8")


def refusal(kit, out):
    """Why a kit is not handed out; nothing is written."""
    with pytest.raises(HandoutError) as refused:
        handout.hand_out(kit, out, out.suffix != ".zip")
    assert not out.exists()
    return str(refused.value)


def git(folder, *arguments):
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def run_in(folder, *arguments):
    """Run a student's command; what it says, and its exit status."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8")
    return done.stdout + done.stderr, done.returncode


@pytest.fixture(scope="module")
def zipped(shared_kit, tmp_path_factory):
    """The zip of a kit without git."""
    out = tmp_path_factory.mktemp("out") / "to be made" / "students.zip"
    handout.hand_out(shared_kit, out, as_folder=False)
    return out


@pytest.fixture(scope="module")
def unpacked(zipped, tmp_path_factory):
    """The zip in a student's folder, which has a space in its name."""
    folder = tmp_path_factory.mktemp("student") / "My Übungen"
    with zipfile.ZipFile(zipped) as archive:
        archive.extractall(folder)
    (top,) = folder.iterdir()
    assert top.name == TOP
    return top


def test_the_zip_holds_the_allow_list_as_it_is_in_the_kit(shared_kit, unpacked):
    found = files_below(unpacked)
    allowed = read_manifest(shared_kit).handout
    assert {name.split("/")[0] for name in found} == set(allowed)
    assert all((shared_kit / name).read_bytes() == data for name, data in found.items())
    assert {*read_manifest().points, "tests/answers/rnn.json"} <= set(found)


def test_no_line_of_a_solution_and_no_private_path_is_in_any_file(shared_kit, unpacked):
    lines = {
        line.strip()
        for path in (shared_kit / "solutions").rglob("*.py")
        for block in re.findall(
            "BEGIN SOLUTION(.*?)# END SOLUTION", path.read_text(encoding="utf-8"), re.DOTALL
        )
        for line in block.splitlines()
        if len(line.strip()) > 40 and not line.startswith(") ->")  # what a helper returns
    }
    assert len(lines) > 20
    for name, data in files_below(unpacked).items():
        text = data.decode("utf-8").replace(r"\"", '"')
        assert not [line for line in lines if line in text], name
        assert not {"solutions", "instructor", "benchmarks"} & set(name.split("/")), name
        assert str(shared_kit) not in text, name


def test_the_stubs_import_and_raise_their_todo(unpacked):
    for file in read_manifest().points:
        module = file.removesuffix(".py").replace("/", ".")
        said, status = run_in(unpacked, "-c", f"import {module} as m; print(m.__file__)")
        assert (status, said.strip()) == (0, str(unpacked / file))
    code = "import cs231n_rnn.layers.rnn as m; m.rnn_forward(0, 0, 0, 0, 0)"
    said, status = run_in(unpacked, "-c", code)
    assert status == 1
    assert f"NotImplementedError: TODO: implement rnn_forward in {RNN}" in said


def test_the_checks_run_and_find_every_function_to_do(unpacked):
    said, status = run_in(unpacked, "-m", "cs231n_rnn", "check")
    assert status == 0, said
    for function in read_manifest().functions:
        assert re.search(rf"^{re.escape(function)} +to do ", said, re.MULTILINE), said


def test_the_submission_can_be_made(unpacked):
    said, status = run_in(unpacked, "-m", "cs231n_rnn", "submit", "--out", "../mine.zip")
    assert status == 0, said
    manifest = read_manifest()
    with zipfile.ZipFile(unpacked.parent / "mine.zip") as archive:
        names = [*manifest.points, *(f"notebooks/{name}.ipynb" for name in manifest.notebooks)]
        assert archive.namelist() == names


def test_what_runs_and_editors_leave_is_not_handed_out(kit, tmp_path):
    left = [
        "tests/__pycache__/test_rnn.cpython-311.pyc",
        "notebooks/.ipynb_checkpoints/1_RNN_Captioning-checkpoint.ipynb",
        "notebooks/results/captions.png",
        "notebooks/checkpoints/epoch_1.npz",
        "datasets/coco_captioning/coco2014_vocab.json",
        "datasets/scenes/README.png",
        "cs231n_rnn/.DS_Store",
    ]
    before = handout.collect(kit)
    for name in left:
        append(kit / name, "left\n")
    assert handout.collect(kit) == before


def test_the_same_kit_gives_the_same_zip_at_any_time(kit, tmp_path):
    first, second = tmp_path / "a.zip", tmp_path / "b.zip"
    handout.hand_out(kit, first, as_folder=False)
    for path in kit.rglob("*"):
        os.utime(path, (1e9, 1e9))
    handout.hand_out(kit, second, as_folder=False)
    assert first.read_bytes() == second.read_bytes()


@on_posix
def test_a_command_stays_one_and_other_files_do_not_become_one(kit, tmp_path):
    (kit / "get_datasets.sh").chmod(0o755)
    handout.hand_out(kit, tmp_path / "a.zip", as_folder=False)
    handout.hand_out(kit, tmp_path / "folder", as_folder=True)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        modes = {i.filename: stat.S_IMODE(i.external_attr >> 16) for i in archive.infolist()}
    for name in files_below(tmp_path / "folder"):
        mode = 0o755 if name in COMMANDS else 0o644
        assert stat.S_IMODE((tmp_path / "folder" / name).stat().st_mode) == mode, name
        assert modes.get(f"{TOP}/{name}", mode) == mode, name


@pytest.mark.parametrize("entry", ["..", "../other", "/etc", "C:/other", ".", "tests/..", "NO.md"])
def test_an_entry_that_leaves_the_kit_or_gives_no_file_is_refused(kit, tmp_path, entry):
    allow(kit, entry)
    assert entry in re.split(r"[ ,'\[\]]+", refusal(kit, tmp_path / "out.zip"))


@pytest.mark.parametrize("entry", ["solutions", "instructor", "solutions/notebooks", "benchmarks"])
def test_a_private_folder_on_the_allow_list_is_refused(kit, tmp_path, entry):
    append(kit / "benchmarks" / "simple.py", "x = 1\n")
    allow(kit, entry)
    reasons = refusal(kit, tmp_path / "out.zip").splitlines()
    assert reasons
    assert all(reason.startswith(f"{entry}/") and "is private" in reason for reason in reasons)


def test_a_solutions_line_is_refused(kit, tmp_path):
    append(kit / "README.md", f"\n```\n{LINE}\n```\n")
    reason = refusal(kit, tmp_path / "out.zip")
    assert reason.startswith("README.md:")
    assert LINE in reason


def test_a_solutions_line_in_what_is_not_handed_out_is_none_of_its_business(kit, tmp_path):
    append(kit / "notebooks" / "results" / "notes.txt", f"{LINE}\n")
    assert list(leak.find_leaks(kit)) != []
    assert handout.collect(kit)


@pytest.mark.parametrize("name", [RNN, "notebooks/1_RNN_Captioning.ipynb"])
def test_a_generated_file_out_of_step_is_refused(kit, tmp_path, name):
    append(kit / name, "\n")
    assert f"{name} differs from solutions/" in refusal(kit, tmp_path / "out.zip")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("tests/hidden.py", "seed = 7\n", "copy of solutions/rnn/hidden.py"),
        ("tests/course_secret.txt", "4711\n", "looks like a secret"),
        ("tests/id_rsa", "x\n", "looks like a secret"),
        ("tests/key.txt", "-----BEGIN RSA PRIVATE KEY-----\n", "holds a private key"),
        ("tests/paths.txt", f"from {Path.home() / 'notes'}\n", "a path of this machine"),
        ("tests/big.bin", "x" * 2_000_001, "has 2.0 MB"),
    ],
    ids=["hidden_probe", "secret", "key_file", "key", "home", "large"],
)
def test_what_must_not_get_out_is_refused_by_name(kit, tmp_path, name, text, words):
    append(kit / "solutions" / "rnn" / "hidden.py", "seed = 7\n")
    append(kit / name, text)
    reason = refusal(kit, tmp_path / "out.zip")
    assert reason.startswith(name)
    assert words in reason
    assert "\n" not in reason


def test_a_path_of_the_kit_as_json_writes_it_is_refused(kit, tmp_path):
    append(kit / "tests" / "log.json", json.dumps({"file": str(kit / "tests" / "test_rnn.py")}))
    assert "a path of this machine" in refusal(kit, tmp_path / "out.zip")


@on_posix
@pytest.mark.parametrize(
    "target", ["outside.txt", "kit:solutions/rnn/reference.py", "kit:instructor"]
)
def test_a_link_to_what_is_not_handed_out_is_refused(kit, tmp_path, target):
    append(tmp_path / "outside.txt", "somebody else's\n")
    base, _, name = target.rpartition(":")
    (kit / "tests" / "link").symlink_to((kit if base else tmp_path) / name)
    reason = refusal(kit, tmp_path / "out.zip")
    assert reason.startswith("tests/link is a link to ")
    assert name in reason


@on_posix
def test_a_link_to_what_is_handed_out_becomes_a_file(kit, tmp_path):
    (kit / "tests" / "link.md").symlink_to(kit / "README.md")
    files = handout.collect(kit)
    assert files["tests/link.md"].data == files["README.md"].data


def test_what_speaks_to_the_staff_is_cut_out_of_the_readme(kit, tmp_path):
    part = "<!-- staff -->\n## Grade\n\nx\n<!-- /staff -->\n"
    text = f"# A\n\n{part}\n## B\n{part}"
    (kit / "README.md").write_text(text, encoding="utf-8", newline="\n")
    assert handout.collect(kit)["README.md"].data == b"# A\n\n## B\n"
    (kit / "README.md").write_text("# A\n<!-- staff -->\n## Grade\n", encoding="utf-8")
    assert "<!-- staff -->" in refusal(kit, tmp_path / "out.zip")


def test_the_folder_holds_what_the_zip_holds_and_the_list_of_it(shared_kit, unpacked, tmp_path):
    out = tmp_path / "public"
    handout.hand_out(shared_kit, out, as_folder=True)
    found = files_below(out)
    names = found.pop(handout.MARK).decode("utf-8").splitlines()
    assert found.keys() == set(names)
    assert all(files_below(unpacked)[name] == data for name, data in found.items())


def test_an_update_removes_what_is_gone_and_keeps_what_is_not_ours(kit, tmp_path):
    out = tmp_path / "public"
    theirs = {".git/HEAD": "ref\n", ".github/workflows/ci.yml": "on: push\n", "tests/mine.py": "\n"}
    append(out / ".git" / "HEAD", theirs[".git/HEAD"])
    append(kit / "tests" / "extra" / "old.txt", "old\n")
    handout.hand_out(kit, out, as_folder=True)
    assert (out / "tests" / "extra" / "old.txt").exists()
    for name in list(theirs)[1:]:
        append(out / name, theirs[name])
    shutil.rmtree(kit / "tests" / "extra")
    append(kit / "README.md", "More.\n")
    handout.hand_out(kit, out, as_folder=True)
    assert not (out / "tests" / "extra").exists()
    handed = {name: file.data for name, file in handout.collect(kit).items()}
    found = files_below(out)
    assert found.keys() == {handout.MARK, *handed, *theirs}
    assert all(found[name] == data for name, data in handed.items())
    assert all((out / name).read_text(encoding="utf-8") == text for name, text in theirs.items())


def test_an_update_that_was_broken_off_can_be_repeated(kit, tmp_path, monkeypatch):
    out, old, new = tmp_path / "public", kit / "tests" / "old.txt", kit / "tests" / "new.txt"
    write = handout._write

    def break_off(path, file):
        if path.name == "test_vqa.py":
            raise OSError("no space left")
        write(path, file)

    append(old, "old\n")
    with monkeypatch.context() as patch:
        patch.setattr(handout, "_write", break_off)
        for _ in range(2):
            with pytest.raises(OSError, match="no space"):
                handout.hand_out(kit, out, as_folder=True)
            old.rename(new)
            old, new = new, old
    assert {"tests/old.txt", "tests/new.txt"} & set(files_below(out)) == {"tests/new.txt"}
    old.unlink()
    handout.hand_out(kit, out, as_folder=True)
    assert files_below(out).keys() == {handout.MARK, *handout.collect(kit)}


@pytest.mark.parametrize("name", ["README.md", "sub/file.txt"])
def test_a_folder_with_something_else_is_refused_and_stays(shared_kit, tmp_path, name):
    (tmp_path / ".git").mkdir()
    append(tmp_path / name, "mine\n")
    before = files_below(tmp_path)
    with pytest.raises(HandoutError, match="something else"):
        handout.hand_out(shared_kit, tmp_path, as_folder=True)
    assert files_below(tmp_path) == before


def test_a_list_of_files_that_leaves_the_folder_is_refused(shared_kit, tmp_path):
    append(tmp_path / "mine.txt", "mine\n")
    append(tmp_path / "public" / handout.MARK, "README.md\n../mine.txt\n")
    with pytest.raises(HandoutError, match="outside"):
        handout.hand_out(shared_kit, tmp_path / "public", as_folder=True)
    assert (tmp_path / "mine.txt").exists()


@pytest.fixture
def tracked(kit):
    """A kit that git tracks."""
    git(kit, "init", "--quiet")
    append(kit / ".gitignore", "__pycache__/\n*.log\ndatasets/*\n!datasets/README.md\n")
    git(kit, "add", "--all")
    return kit


@with_git
def test_git_takes_what_it_tracks_and_names_what_it_does_not(tracked, tmp_path, capsys):
    before = set(handout.collect(tracked))
    append(tracked / "tests" / "run.log", "ignored\n")
    append(tracked / "notebooks" / "Untitled.ipynb", "{}\n")
    handout.hand_out(tracked, tmp_path / "a.zip", as_folder=False)
    assert set(handout.collect(tracked)) == before
    err = capsys.readouterr().err.splitlines()
    assert err == ["left out, as git does not track it: notebooks/Untitled.ipynb"]


@with_git
def test_code_that_git_does_not_track_is_refused(tracked, tmp_path):
    append(tracked / "cs231n_rnn" / "layers" / "new.py", "x = 1\n")
    assert "cs231n_rnn/layers/new.py" in refusal(tracked, tmp_path / "a.zip")
    git(tracked, "add", "--all")
    assert "cs231n_rnn/layers/new.py" in handout.collect(tracked)


@with_git
def test_a_tracked_file_that_is_gone_is_refused(tracked, tmp_path):
    (tracked / "LICENSE").unlink()
    assert refusal(tracked, tmp_path / "a.zip").startswith("LICENSE is tracked by git")


@with_git
def test_a_mode_is_what_git_says(tracked):
    git(tracked, "update-index", "--chmod=+x", "get_datasets.sh")
    commands = [name for name, file in handout.collect(tracked).items() if file.executable]
    assert set(commands) == COMMANDS


@with_git
def test_a_kit_inside_a_repository_that_does_not_track_it_is_taken_whole(kit, tmp_path, capsys):
    expected = handout.collect(kit)
    git(kit.parent, "init", "--quiet")
    git(kit.parent, "add", str(kit / "README.md"))
    handout.hand_out(kit, tmp_path / "a.zip", as_folder=False)
    assert handout.collect(kit) == expected
    assert capsys.readouterr().err == ""


def test_this_repository_can_be_handed_out():
    files = handout.collect(ROOT)
    assert {*read_manifest().points, "assignment.toml", "get_datasets.sh"} <= set(files)
    assert {name.split("/")[0] for name in files} == set(read_manifest().handout)
    assert not [name for name in files if re.search(r"\.pyc$|\.h5$|results/|checkpoints/", name)]


def test_the_command_writes_or_says_why_not(kit, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(handout, "ROOT", kit)
    assert handout.main([str(tmp_path / "a.zip")]) == 0
    assert "a.zip: " in capsys.readouterr().out
    assert handout.main([str(tmp_path / "public"), "--folder"]) == 0
    append(kit / RNN, "\n")
    assert handout.main([str(tmp_path / "b.zip")]) == 1
    assert f"{RNN} differs" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        handout.main([str(tmp_path / "folder")])
    assert stopped.value.code == 2
