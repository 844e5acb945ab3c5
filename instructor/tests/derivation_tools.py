"""Backward passes that derive nothing: what each is on, and what gives it away."""

from pathlib import Path

from cs231n_rnn.checking.manifest import read_manifest
from instructor.exercises import simple_files
from instructor.grading.submission import Submission

FOLDER = Path(__file__).parent / "derivation"
MANIFEST = read_manifest()
SIMPLE = simple_files()
STEP = "rnn_step_backward"
# A program to the function that it is on, and the kind of evidence in its source.
IN_SOURCE = {
    "complex_rnn_step": (STEP, "complex"),
    "complex_by_dtype": (STEP, "complex"),
    "complex_lstm_step": ("lstm_step_backward", "complex"),
    "complex_gru_step": ("gru_step_backward", "complex"),
    "complex_window": ("window_backward", "complex"),
    "complex_filterbank": ("filterbank_backward", "complex"),
    "complex_latent": ("latent_backward", "complex"),
    "differences_at_once": (STEP, "difference"),
    "dual_numbers": (STEP, "arithmetic"),
    "tape": (STEP, "arithmetic"),
    "tape_from_text": (STEP, "from_data"),
    "tape_zipped": (STEP, "from_data"),
    "library_of_scipy": (STEP, "library"),
}
# What no word of the source tells, and running does.
IN_ACTION = {
    "complex_root": (STEP, "complex"),
    "differences_in_a_loop": (STEP, "beside"),
    "forward_in_backward": (STEP, "again"),
    "differences_on_few": (STEP, "again"),
    "word_differences_on_few": ("word_embedding_backward", "again"),
}
# Each operation goes back right, so that nothing is evaluated twice.
WITHOUT_A_TRACE = {"dual_numbers", "tape", "tape_from_text", "tape_zipped"}
PROGRAMS = IN_SOURCE | IN_ACTION


def appended(file, source):
    """The simple implementation with other code after it in a file."""
    files = SIMPLE | {file: SIMPLE[file] + b"\n\n" + source.encode()}
    return Submission("ann", files, {}, "kit", ())


def submission_of(name, function):
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    return appended(MANIFEST.functions[function], source)
