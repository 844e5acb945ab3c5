"""What ``make lab`` opens: a real JupyterLab, and notebook 1 in a real browser."""

import json
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

from cs231n_rnn.files import ROOT

NOTEBOOK = "1_RNN_Captioning.ipynb"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Address of a JupyterLab on the notebooks, as ``make lab`` starts it, without its browser."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyter", "lab", "notebooks", "--no-browser", "--allow-root"]
    command += [f"--ServerApp.port={port}", "--IdentityProvider.token="]
    log = tmp_path_factory.mktemp("lab") / "log.txt"
    with (
        open(log, "wb") as output,
        subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT) as server,
    ):
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def get(address, patience=60):
    """What an address answers, once the server is up."""
    deadline = time.monotonic() + patience
    while True:
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                return answer.read()
        except urllib.error.URLError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


def test_the_lab_serves_the_notebooks(lab):
    found = json.loads(get(f"{lab}/api/contents/{NOTEBOOK}"))
    assert found["content"]["cells"][0]["source"].startswith("# Captioning pictures")
    assert b"JupyterLab" in get(f"{lab}/lab")


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium, which .ci/run installs")
def test_a_browser_shows_the_first_notebook(lab, tmp_path):
    get(f"{lab}/lab")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"]
    command += ["--no-first-run", "--disable-background-networking", "--disable-sync"]
    command += ["--disable-component-update", f"--user-data-dir={tmp_path}", "--timeout=20000"]
    command += ["--virtual-time-budget=20000", "--dump-dom", f"{lab}/lab/tree/{NOTEBOOK}"]
    page = subprocess.run(command, capture_output=True, timeout=120, check=True).stdout.decode()
    assert "How can a network that reads one vector at a time write one?" in page
