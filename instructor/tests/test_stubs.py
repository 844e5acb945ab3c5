"""What does nothing is "to do" in any layout; what does something never is."""

import pytest

from cs231n_rnn.checking.manifest import read_manifest
from instructor.exercises import read_solutions, reference_files, simple_files
from instructor.grading.stubs import hollow_functions, with_stubs
from instructor.misconceptions import edited_simple, read_alternatives, read_misconceptions

MANIFEST = read_manifest()
# CS231n's stubs as they are shipped, but for their comments.
LAYERS = '''import numpy as np


def rnn_step_forward(x, prev_h, Wx, Wh, b):
    """Run the forward pass for a single timestep."""
    next_h, cache = None, None
    ##########
    # TODO
    pass
    return next_h, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    dx, dh, dc, dWx, dWh, db = None, None, None, None, None, None
    pass
    return dx, dprev_h, dprev_c, dWx, dWh, db


def word_embedding_backward(dout, cache): dW = None; return dW


def rnn_forward(x, h0, Wx, Wh, b): ...
'''
MODEL = """import numpy as np


class CaptioningRNN(object):
    def loss(self, features, captions):
        captions_in = captions[:, :-1]
        captions_out = captions[:, 1:]
        mask = (captions_out != self._null)
        W_proj, b_proj = self.params['W_proj'], self.params['b_proj']
        Wx, Wh, b = self.params['Wx'], self.params['Wh'], self.params['b']
        loss, grads = 0.0, {}
        pass
        return loss, grads

    def sample(self, features, max_length=30):
        N = features.shape[0]
        captions = self._null * np.ones((N, max_length), dtype=np.int32)
        W_embed = self.params['W_embed']
        pass
        return captions
"""


def hollow(text, functions=MANIFEST.functions):
    return list(hollow_functions(text, functions))


def test_stubs_of_cs231n_are_known():
    names = ["word_embedding_backward", "rnn_step_forward", "rnn_forward", "lstm_step_backward"]
    assert sorted(hollow(LAYERS)) == sorted(names)
    assert hollow(MODEL) == ["CaptioningRNN.loss", "CaptioningRNN.sample"]


@pytest.mark.parametrize(
    "body",
    [
        "return W[x], (x, W)",
        "out = W[x]\n    return out, None",
        "for t in range(3): pass\n    return None",
        "h = np.zeros((3, 4))\n    return h, None",
        "if x is None: pass",
        "return x @ W",
        "return np.tanh(x)",
        "out = x.dot(W)\n    return out",
        "x += 1",
        "return helper(x)",
        "return x, (x, W)",
        "out = x\n    return out",
        "yield",
        "import os",
        "out = x.T\n    return out",
    ],
)
def test_code_is_no_stub(body):
    assert not hollow(f"def word_embedding_forward(x, W):\n    {body}\n")


@pytest.mark.parametrize(
    "body",
    [
        "captions[:, 0] = self._start\n        return captions",
        "h = affine_forward(features, *self.p)\n        return h",
        "return features @ self.params['W']",
        "h = np.tanh(features)",
        "while False: pass",
    ],
)
def test_a_method_with_code_is_no_stub(body):
    text = f"class CaptioningRNN:\n    def sample(self, features):\n        {body}\n"
    assert not hollow(text)


def test_of_several_definitions_the_last_counts():
    stub = "def rnn_forward(x): return None\n"
    assert hollow(stub + stub) == ["rnn_forward"]
    assert not hollow(stub + "def rnn_forward(x): return x + 1\n")
    assert not hollow("if True:\n    def rnn_forward(x): return x + 1\nelse:\n    " + stub)
    assert hollow("def rnn_forward(x): return x + 1\n" + stub) == ["rnn_forward"]
    assert not hollow(f"@decorated\n{stub}")


def test_what_cannot_be_read_is_left_as_it_is():
    assert (
        with_stubs("rnn.py", b"def rnn_forward(:\n", MANIFEST.functions) == b"def rnn_forward(:\n"
    )


def test_a_stub_raises_what_the_kits_do_and_every_line_keeps_its_number():
    made = with_stubs("cs231n/rnn_layers.py", LAYERS.encode(), MANIFEST.functions).decode()
    assert made.count("\n") == LAYERS.count("\n")
    names = {}
    exec(made, names)
    for name, count in (("rnn_step_forward", 5), ("rnn_forward", 5), ("lstm_step_backward", 3)):
        with pytest.raises(NotImplementedError) as error:
            names[name](*[None] * count)
        assert str(error.value) == f"TODO: implement {name} in cs231n/rnn_layers.py"


def every_written_source():
    """References, simple implementations, alternatives and misconceptions."""
    for files in (reference_files(), simple_files()):
        yield from ((name, content.decode()) for name, content in files.items())
    solutions = {solution.file: solution for solution in read_solutions()}
    for solution in solutions.values():
        yield from ((str(p), p.read_text(encoding="utf-8")) for p in solution.alternatives)
    for entry in (*read_misconceptions(), *read_alternatives()):
        yield entry.name, edited_simple(entry, solutions[entry.file])


def test_whatever_was_written_is_never_a_stub():
    functions = [*MANIFEST.functions, *(n.split(".")[-1] for n in MANIFEST.functions)]
    sources = list(every_written_source())
    assert len(sources) > 500
    assert [(name, found) for name, text in sources if (found := hollow(text, functions))] == []


def test_a_stub_after_a_failed_import_may_be_another_definition():
    text = "try:\n    def rnn_forward(x): return x + 1\nexcept Exception:\n    "
    assert not hollow(f"{text}def rnn_forward(x): return None\n")
