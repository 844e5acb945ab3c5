"""Making submissions, and opening them, for the tests of submission."""

import io
import zipfile

import pytest

from cs231n_rnn.checking.manifest import read_manifest
from instructor.grading.find import find_submissions
from instructor.grading.open import open_submission
from instructor.grading.submission import Source, SubmissionError
from instructor.grading.wording import say

MANIFEST = read_manifest()
KIT = list(MANIFEST.points)
RNN, LSTM = "cs231n_rnn/layers/rnn.py", "cs231n_rnn/layers/lstm.py"
LAYERS, MODEL = "cs231n/rnn_layers.py", "cs231n/classifiers/rnn.py"
SOURCE = b"def rnn_forward(x):\n    return x\n"
CLASS = b"class CaptioningRNN:\n    def loss(self): pass\n    def sample(self): pass\n"


def make_zip(path, files, method=zipfile.ZIP_DEFLATED):
    """A zip of names and contents; a ZipInfo may stand for a name."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items() if isinstance(files, dict) else files:
            archive.writestr(name, content)
    return path


def make_folder(path, files):
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def opened(path, inner=""):
    return open_submission(Source("ann", path, inner), MANIFEST)


def refusal(path, inner=""):
    """Why a submission is refused."""
    with pytest.raises(SubmissionError) as error:
        opened(path, inner)
    return str(error.value)


def said(submission):
    """The notes on a submission, in words."""
    return [say(note) for note in submission.notes]


def zipped(files):
    file = io.BytesIO()
    make_zip(file, files)
    return file.getvalue()


def find(*paths):
    """Students with where their submissions are."""
    return [(s.student, s.path.name, s.inner) for s in find_submissions(list(paths), MANIFEST)]
