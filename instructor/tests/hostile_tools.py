"""Attacks on the grader: what each is on, what it deserves, how it is reported, how it is run."""

import contextlib
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil

from cs231n_rnn.checking.answers import read_answers
from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.files import ROOT
from instructor.exercises import simple_files
from instructor.grading.run import grade_submission
from instructor.grading.sandbox import TOKEN, Sandbox, find_sandbox
from instructor.grading.student_grade import Grade
from instructor.grading.submission import Submission
from instructor.tests.grading_tools import only

FOLDER = Path(__file__).parent / "hostile"
SIMPLE = {file: content.decode() for file, content in simple_files().items()}
MANIFEST = read_manifest()
SECRET = b"secret of this course, which no submission may see"
MARK = "hostile_was_here"
# Where anybody may write, and where a grader is started from.
OPEN_TO_ALL = [Path(p) for p in ("/tmp", "/var/tmp", "/dev/shm", "/", ROOT, Path.cwd())]
LIMITS = {
    "seconds": 10,  # a loaded machine is no attack
    "slowdown": 2000,
    "import_seconds": 10,
    "total_seconds": 60,
    "memory_mb": 600,
    "total_memory_mb": 700,
    "processes": 6,
    "file_mb": 8,
    "reply_mb": 32,
    "forbidden": ["autograd", "torch"],
}

STEP = ("rnn_step_forward",)
STEPS = ("rnn_step_forward", "rnn_step_backward")
BACKWARD = ("rnn_step_backward",)
FILE = ("rnn_step_forward", "rnn_step_backward", "rnn_forward", "rnn_backward")
LSTM = ("lstm_step_forward", "lstm_step_backward", "lstm_forward", "lstm_backward")
NEIGHBOURS = ("word_embedding_forward", "lstm_step_forward")


@dataclass(frozen=True)
class Attack:
    """What an attack is on, what it deserves and how it is reported.

    Attributes
    ----------
    on : tuple of str
        The functions that it is on: all of their cases are graded.
    says : str
        A pattern that the messages of all its lost cases match.
    status : str
        Statuses of its lost cases, as a pattern.
    right : str
        A pattern of the cases that deserve their points all the same.
    perhaps : str
        A pattern of those that deserve them where they came before the time was over.
    keep : tuple of str
        Functions that are right, and that the attack must not spoil.
    limits : dict
        Other limits than the usual ones.
    """

    on: tuple[str, ...]
    says: str
    status: str = "crashed"
    right: str = "none"
    perhaps: str = "none"
    keep: tuple[str, ...] = NEIGHBOURS
    limits: dict = field(default_factory=dict)


PIPE = "wrote into the grader's pipe"
WRONG = "largest relative error|is right|is needed|earns nothing"
CANNOT = r"^cs231n_rnn/layers/rnn\.py cannot be imported: "
ATTACKS = {
    "loop_in_function": Attack(STEP, "^it did not end within 1 s of its own time$", "timed out"),
    "loop_at_import": Attack(FILE, CANNOT + "it did not end within 1 s of its own time$"),
    "loop_in_one_case": Attack(
        STEP, "^it did not end within 1 s of its own time$", "timed out", right="(?!.*one_example)"
    ),
    "sleep_through_all_cases": Attack(
        ("rnn_step_forward", "rnn_forward"),
        "all cases together took more than 3 s of their own time$",
        "timed out",
        perhaps="rnn_step_forward",
        keep=(),  # all public cases run before the first hidden one
        limits={"seconds": 10, "total_seconds": 3},
    ),
    "memory_hog": Attack(STEP, "MemoryError|did not end", "crashed|timed out"),
    "memory_hog_in_children": Attack(
        STEP, "^it did not end within 1 s of its own time$", "timed out"
    ),
    "fork_bomb": Attack(STEP, "^it did not end within 1 s of its own time$", "timed out"),
    "thread_bomb": Attack(STEP, "can't start new thread|ended the process"),
    "threads_left_running": Attack(STEP, "", right=""),
    "flood_of_output": Attack(STEP, "", right=""),
    "flood_of_replies": Attack(STEP, PIPE),
    "endless_header": Attack(STEP, f"did not end|{PIPE}", "timed out|crashed"),
    "forged_replies": Attack(STEP, f"{WRONG}|{PIPE}", "failed|crashed"),
    "forged_status": Attack(STEP, f"{PIPE}|{WRONG}", "failed|crashed", keep=()),
    # It writes and ends at once; a loaded machine may show the grader the end alone.
    "impossible_arrays": Attack(
        STEP,
        f"{PIPE}|an array of no shape|more than a case|ended the process|is needed",
        "crashed|failed",
    ),
    "stolen_requests": Attack(STEP, "ended the process|closed the grader's pipe"),
    "exit_in_function": Attack(STEP, r"^it ended the process \(exit status 0\)$"),
    "exit_at_import": Attack(FILE, CANNOT + r"it ended the process \(exit status 0\)$"),
    "sys_exit_at_import": Attack(FILE, CANNOT + r"SystemExit: 0 \(.*rnn\.py, line \d+: sys\.exit"),
    "sys_exit_in_function": Attack(STEP, r"^SystemExit: 0 \(.*sys\.exit\(0\)\)$"),
    "interrupt": Attack(STEP, r"^KeyboardInterrupt:.*raise KeyboardInterrupt\)$"),
    "stopped_process": Attack(STEP, "^it did not end within 1 s of its own time$", "timed out"),
    "patched_numpy": Attack(STEP, WRONG, "failed"),
    "search_of_the_disk": Attack(
        FILE, CANNOT + r"RuntimeError: found \[\]", limits={"import_seconds": 25}
    ),
    # Process 1 is bubblewrap itself: it holds nothing, and takes no signal from inside.
    "search_of_proc": Attack(
        FILE, CANNOT + r"RuntimeError: processes \['1'\]; secret in \[\]; memory of \[('1')?\]"
    ),
    "results_written_beforehand": Attack(
        FILE, CANNOT + r"RuntimeError: wrote into \[('/tmp')?\]", limits={"import_seconds": 25}
    ),
    "changed_files": Attack(FILE, CANNOT + r"RuntimeError: changed \[\]"),
    "network": Attack(FILE, CANNOT + r"RuntimeError: devices \['lo'\]; connected \[\]"),
    "unix_socket": Attack(FILE, CANNOT + "ConnectionRefusedError"),
    "pickle_with_code": Attack(STEP, f"{WRONG}|numbers are needed", "failed"),
    "unreadable_exception": Attack(STEP, r"^Unreadable: \(its message cannot be read\)"),
    "unreadable_name": Attack(STEP, "SystemExit|ended the process"),
    "endless_exception": Attack(STEP, "^it did not end within 1 s of its own time$", "timed out"),
    "half_a_letter": Attack(STEP, "^ValueError: "),
    "long_exception": Attack(STEP, "xxx"),
    "equal_to_everything": Attack(STEP, WRONG, "failed"),
    "numerical_gradient": Attack(
        BACKWARD, "eval_numerical_gradient_array is for checking a backward pass, not for writing"
    ),
    "own_differences": Attack(BACKWARD, f"did not end|times as long|{WRONG}", "timed out|failed"),
    "complex_step": Attack(BACKWARD, f"did not end|times as long|{WRONG}", "timed out|failed"),
    "complex_step_when_small": Attack(BACKWARD, WRONG, "failed|timed out"),
    "complex_step_with_a_slip": Attack(BACKWARD, WRONG, "failed|timed out"),
    "imitated_results": Attack(STEP, WRONG, "failed"),
    "ignored_signals": Attack(STEP, "^it did not end within 1 s of its own time$", "timed out"),
    "child_of_its_own_session": Attack(STEP, f"{WRONG}|{PIPE}", "failed|crashed"),
    "child_without_a_token": Attack(STEP, WRONG, "failed"),
    "long_file_name": Attack(STEP, "OSError: .*File name too long"),
    "zeros": Attack(FILE, WRONG, "failed"),
    "zeros_from_lstm": Attack(LSTM, WRONG, "failed", keep=("word_embedding_forward",)),
    "sums_over_time": Attack(("rnn_forward",), WRONG, "failed"),
    "its_inputs": Attack(STEPS, WRONG, "failed"),
    "not_a_number": Attack(STEPS, "is nan at|is inf at", "failed"),
    "largest_numbers": Attack(STEPS, WRONG, "failed"),
    "no_numbers": Attack(STEP, f"{WRONG}|numbers?[ :]|inhomogeneous", "failed|crashed"),
    "huge_array": Attack(STEP, "^it returned more than a case may$"),
    "huge_shape": Attack(STEP, "Unable to allocate|MemoryError"),
    "endless_generator": Attack(STEPS, "."),
    "deep_recursion": Attack(STEP, "RecursionError|MemoryError|ended the process", "crashed"),
    "segmentation_fault": Attack(STEP, r"^it ended the process \(killed by signal 11\)$"),
    "patched_checks": Attack(STEP, ".", "failed|crashed", keep=()),
    "autograd_import": Attack(FILE, CANNOT + "ImportError: autograd.* is not allowed here"),
    "autograd_behind_the_guard": Attack(FILE, CANNOT + "ModuleNotFoundError|ImportError"),
    "solutions_import": Attack(FILE, CANNOT + r"RuntimeError: imported \[\]"),
    "replayed_answers": Attack(STEP, WRONG, "failed"),
    "other_modules": Attack(STEP, WRONG, "failed"),
    "work_at_the_end": Attack(STEP, f"{WRONG}|did not end", "failed|timed out"),
    # What is open stays open: later cases of the same worker may fail for it.
    "many_open_files": Attack(STEP, "Too many open files", keep=("word_embedding_forward",)),
    "memory_in_files": Attack(
        STEP, "Too many open files|not permitted", keep=("word_embedding_forward",)
    ),
    "full_scratch": Attack(FILE, CANNOT + r"RuntimeError: wrote [0-8] MB"),
    "rights_and_signals": Attack(
        FILE, CANNOT + r"RuntimeError: was able to \[('kill the parent')?\]"
    ),
    "other_program": Attack(STEP, f"{PIPE}|ended the process"),
    "loss_by_differences": Attack(("CaptioningRNN.loss",), ".", "timed out|failed"),
    "full_request_pipe": Attack(
        STEP, f"did not end|{WRONG}|{PIPE}", "timed out|failed|crashed", keep=()
    ),
    # In bubblewrap the child ends with its parent.
    "holder_of_pipes": Attack(
        STEP, "^it did not end within 1 s|^it ended the process", "timed out|crashed"
    ),
    "dripping_reply": Attack(STEP, "^it did not end within 1 s", "timed out"),
    "search_of_hidden_cases": Attack(STEP, r"^RuntimeError: found \[\] "),
    "memory_of_many": Attack(
        STEP, "^it and what it started took more than 700 MB|MemoryError", "crashed"
    ),
    "memory_of_systems": Attack(FILE, CANNOT + r"RuntimeError: took \[\]"),
    "namespaces": Attack(FILE, CANNOT + r"RuntimeError: made \[\]"),
    "odd_sockets": Attack(FILE, CANNOT + r"RuntimeError: opened \[\]"),
    "guessed_captions": Attack(("CaptioningRNN.sample",), WRONG, "failed"),
}
# These need no walls, so that they run where there are none, too.
MILD = (
    "loop_in_function",
    "exit_in_function",
    "patched_numpy",
    "threads_left_running",
    "ignored_signals",
    "child_of_its_own_session",
    "child_without_a_token",
    "numerical_gradient",
    "half_a_letter",
    "holder_of_pipes",
    "dripping_reply",
)


@dataclass(frozen=True)
class Recorder(Sandbox):
    """A sandbox that remembers the tokens and the trees of its workers."""

    tokens: list = field(default_factory=list)
    trees: list = field(default_factory=list)

    def start(self, tree, *arguments):
        process = super().start(tree, *arguments)
        self.tokens.append(process.token)
        self.trees.append(tree)
        return process


@dataclass(frozen=True)
class Outcome:
    """What grading one attack gave, and what it left behind."""

    grade: Grade
    processes: list
    files: list


@dataclass(frozen=True)
class Server:
    """What reaches this machine's loopback at a port."""

    port: int
    arrived: list = field(default_factory=list)

    def listen(self, one, kind):
        """Note every call, until the socket is closed."""
        with contextlib.suppress(OSError):
            while True:
                if kind == "udp":
                    one.recv(100)
                else:
                    one.accept()[0].close()
                self.arrived.append(kind)


def submission_of(name, attack, port):
    files = dict(SIMPLE)
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    source = source.replace("PORT = 0", f"PORT = {port}")
    source = source.replace("ANSWERS = {}", f"ANSWERS = {public_answers()}")
    (file,) = {MANIFEST.functions[function] for function in attack.on}
    files[file] += f"\n\n{source}"
    return Submission(name, {file: text.encode() for file, text in files.items()}, {}, "kit", ())


def public_answers():
    """The public answers of rnn_step_forward, by their shapes."""
    answers = read_answers(ROOT / "tests" / "answers")
    found = [a["next_h"] for k, a in answers.items() if k.startswith("rnn_step_forward-")]
    return {repr(array.shape): array.tolist() for array in found}


def small_kit(kit, functions, limits):
    """A kit with the cases of few functions, and on small limits."""
    few = only(kit, *functions)
    return replace(few, manifest=replace(kit.manifest, limits=LIMITS | limits))


def run(name, kit, sandbox, port=0):
    """Grade one attack, and look for what it leaves."""
    attack = ATTACKS[name]
    recorder = Recorder(sandbox.bubblewrap, sandbox.uid)
    endless = "timed out" in attack.status or "did not end" in attack.says
    limits = ({"seconds": 1, "import_seconds": 1} if endless else {}) | attack.limits
    small = small_kit(kit, (*attack.on, *attack.keep), limits)
    grade = grade_submission(submission_of(name, attack, port), small, recorder, SECRET)
    files = [path for path in recorder.trees if path.exists()]
    files += [folder / MARK for folder in OPEN_TO_ALL if (folder / MARK).exists()]
    return Outcome(grade, left_over(recorder.tokens), files)


def left_over(tokens):
    """Processes that a worker started and that are still there after some time; ended now."""
    end = time.monotonic() + 5
    while (found := [p for p in psutil.process_iter() if is_left(p, tokens)]) and (
        time.monotonic() < end
    ):
        time.sleep(0.05)
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.kill()
    return found


def is_left(process, tokens):
    with contextlib.suppress(psutil.Error, OSError):
        if process.status() != psutil.STATUS_ZOMBIE:
            token = process.environ().get(TOKEN)
            return token in tokens or process.cmdline() == ["sleep", "987.654321"]
    return False


REPLAY = """
ANSWERS = {answers}


def rnn_forward(x, h0, Wx, Wh, b):
    shape = (*x.shape[:2], h0.shape[1])
    return np.full(shape, ANSWERS.get(shape, 0.0)), None
"""


def grade_source(kit, source):
    """Grade the simple rnn.py with other code after it."""
    file = "cs231n_rnn/layers/rnn.py"
    text = SIMPLE[file] + source
    return grade_submission(
        Submission("replay", {file: text.encode()}, {}, "kit", ()), kit, find_sandbox(), SECRET
    )


def told(result):
    """Shape and right number of an array of a single number, as a fault names them."""
    values = result.fault.values if result.fault else {}
    return ((1, 1, 1), values["expected"]) if values.get("shape") == [1, 1, 1] else None
