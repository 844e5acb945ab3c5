"""Submissions for the tests of the grader, and kits that are quick."""

import dataclasses

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT
from instructor.exercises import reference_files, simple_files
from instructor.grading.submission import Submission

MANIFEST = read_manifest()
SECRET = b"a secret of the tests' own"
TOTAL = sum(map(MANIFEST.points_of, MANIFEST.functions.keys() - MANIFEST.optional))
FILES = {
    "stubs": {file: (ROOT / file).read_bytes() for file in MANIFEST.points},
    "reference": reference_files(),
    "simple": simple_files(),
}


def sources(name):
    """The student's files of the stubs, the reference or the simple implementation."""
    return dict(FILES[name])


def submission(name="simple", student=None, **changes):
    """A submission with some files changed; None takes a file away. Names are ``lstm``."""
    files = sources(name)
    for file in list(files):
        stem = file.rsplit("/", 1)[1].removesuffix(".py")
        if stem in changes:
            files[file] = changes[stem]
    kept = {file: content for file, content in files.items() if content is not None}
    return Submission(student or name, kept, {}, "kit", ())


def only(kit, *functions):
    """The same kit with the cases of some functions alone."""
    return dataclasses.replace(kit, cases=[c for c in kit.cases if c.function in functions])


def write_submission(folder, files):
    """A submission as a folder on the disk."""
    for file, content in files.items():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(content)
    return folder


def points(grade, function=None):
    """Points of a function, or of all."""
    found = [r for r in grade.results if function in (None, r.function)]
    return round(sum(r.earned for r in found), 6)
