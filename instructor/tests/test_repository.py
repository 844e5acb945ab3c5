"""What GitHub, Binder and Codespaces read, and the version, which is in one place."""

import json
import re
import shutil
import subprocess
import sysconfig

import check_jsonschema
import pytest
import yaml

from cs231n_rnn.__main__ import COMMANDS
from cs231n_rnn.files import ROOT, read_toml

FORMS = ["bug", "idea", "wrong_mark"]
SCHEMAS = {
    ".github/workflows/ci.yml": "github-workflows",
    ".github/workflows/release.yml": "github-workflows",
    ".github/ISSUE_TEMPLATE/config.yml": "github-issue-config",
    **{f".github/ISSUE_TEMPLATE/{form}.yml": "github-issue-forms" for form in FORMS},
    "CITATION.cff": "citation-file-format",
}


def fits_schema(path, schema):
    """Whether ``check-jsonschema`` ends well; in this process, since it takes long to load."""
    with pytest.raises(SystemExit) as ended:
        check_jsonschema.main(
            ["--default-filetype=yaml", f"--builtin-schema=vendor.{schema}", str(path)]
        )
    return ended.value.code == 0


def workflow_findings(folder):
    """What the linter says against the workflows below a folder, as names of its rules."""
    linter = shutil.which("zizmor", path=sysconfig.get_path("scripts"))
    command = [linter, "--offline", "--no-progress", "--persona", "pedantic", "--format", "json"]
    # Without an exit code for findings, what is left is a failure of the linter itself.
    done = subprocess.run([*command, "--no-exit-codes", folder], capture_output=True, check=True)
    return {finding["ident"] for finding in json.loads(done.stdout)}


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_file_has_the_form_that_its_reader_expects(name):
    assert fits_schema(ROOT / name, SCHEMAS[name])


def test_every_form_and_workflow_is_checked():
    found = [*ROOT.glob(".github/ISSUE_TEMPLATE/*"), *ROOT.glob(".github/workflows/*")]
    assert {path.relative_to(ROOT).as_posix() for path in found} < set(SCHEMAS)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_key_that_its_reader_does_not_know_is_found(name, tmp_path):
    broken = tmp_path / "broken.yml"
    text = (ROOT / name).read_text(encoding="utf-8")
    broken.write_text(f"{text}\nunknown_key: 1\n", encoding="utf-8")
    assert not fits_schema(broken, SCHEMAS[name])


def test_the_linter_has_nothing_against_the_workflows():
    assert workflow_findings(ROOT / ".github") == set()


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (r"@[0-9a-f]{40} #", "@main #", "unpinned-uses"),
        (r"contents: read", "contents: write", "excessive-permissions"),
        (r"persist-credentials: false", "clean: true", "artipacked"),
        (r"make test\n$", "echo ${{ github.head_ref }}\n", "template-injection"),
    ],
)
def test_the_linter_finds_what_is_careless(old, new, rule, tmp_path):
    text = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(re.sub(old, new, text), encoding="utf-8")
    assert rule in workflow_findings(tmp_path / ".github")


def test_the_workflow_takes_the_oldest_python_that_the_kit_takes():
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    pythons = workflow["jobs"]["student"]["strategy"]["matrix"]["python"]
    project = read_toml(ROOT / "pyproject.toml")["project"]
    assert project["requires-python"] == f">={pythons[0]}"


def test_the_commands_that_are_run_there_are_those_of_the_door():
    files = [".github/workflows/ci.yml", ".binder/postBuild"]
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in files)
    commands = set(re.findall(r"^(?:.*run: )?python -m cs231n_rnn (\w+)", text, re.MULTILINE))
    assert commands == {"check", "data", "submit"} <= set(COMMANDS)


def test_codespaces_and_binder_are_set_up_by_the_same_two_files():
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    install, _, after = container["postCreateCommand"].partition(" && ")
    assert install == "pip install -r .binder/requirements.txt"
    assert after == ".binder/postBuild"
    lines = (ROOT / ".binder/requirements.txt").read_text(encoding="utf-8").splitlines()
    assert lines[-1] == "-r ../requirements.txt"


def test_the_newest_entry_of_the_changelog_is_the_version():
    entries = re.findall(
        r"^## (\d+\.\d+\.\d+) \((?:unreleased|\d{4}-\d\d-\d\d)\)$",
        (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert entries[0] == read_toml(ROOT / "pyproject.toml")["project"]["version"]
