"""What real submissions in CS231n's layout hold, each on a right one that is edited so."""

import pytest

from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.report import make_report
from cs231n_rnn.files import ROOT
from instructor.grading.encoding import to_python3
from instructor.grading.kit import Kit
from instructor.grading.run import grade_submission
from instructor.grading.sandbox import find_sandbox
from instructor.grading.submission import Submission
from instructor.tests.grading_tools import MANIFEST, SECRET, only

LAYERS, MODEL = "cs231n/rnn_layers.py", "cs231n/classifiers/rnn.py"
LSTM = list(MANIFEST.points["cs231n_rnn/layers/lstm.py"])
RNN = list(MANIFEST.points["cs231n_rnn/layers/rnn.py"])
RIGHT_LAYERS = "import numpy as np\n" + "\n".join(
    (ROOT / "solutions" / name / "simple.py").read_text(encoding="utf-8")
    for name in ("embedding", "rnn", "lstm")
)
RIGHT_MODEL = """import numpy as np

from cs231n.layers import *
from cs231n.rnn_layers import *


class CaptioningRNN(object):
    def __init__(self, word_to_idx, input_dim=512, wordvec_dim=128,
                 hidden_dim=128, cell_type='rnn', dtype=np.float32):
        self.cell_type = cell_type
        self.word_to_idx = word_to_idx
        self._null = word_to_idx['<NULL>']
        self._start = word_to_idx.get('<START>', None)
        self._end = word_to_idx.get('<END>', None)
        D, W, H, V = input_dim, wordvec_dim, hidden_dim, len(word_to_idx)
        k = {'lstm': 4, 'rnn': 1}[cell_type]
        shapes = {'W_embed': (V, W), 'W_proj': (D, H), 'b_proj': (H,), 'Wx': (W, k * H),
                  'Wh': (H, k * H), 'b': (k * H,), 'W_vocab': (H, V), 'b_vocab': (V,)}
        self.params = {k: np.random.randn(*s).astype(dtype) for k, s in shapes.items()}

    def loss(self, features, captions):
        captions_in = captions[:, :-1]
        captions_out = captions[:, 1:]
        mask = (captions_out != self._null)
        W_proj, b_proj = self.params['W_proj'], self.params['b_proj']
        W_embed = self.params['W_embed']
        Wx, Wh, b = self.params['Wx'], self.params['Wh'], self.params['b']
        W_vocab, b_vocab = self.params['W_vocab'], self.params['b_vocab']
        loss, grads = 0.0, {}
        # BEGIN
        h0, affine_cache = affine_forward(features, W_proj, b_proj)
        x, embed_cache = word_embedding_forward(captions_in, W_embed)
        if self.cell_type == 'rnn':
            h, rnn_cache = rnn_forward(x, h0, Wx, Wh, b)
        else:
            h, rnn_cache = lstm_forward(x, h0, Wx, Wh, b)
        out, out_cache = temporal_affine_forward(h, W_vocab, b_vocab)
        loss, dout = temporal_softmax_loss(out, captions_out, mask, verbose=False)
        dh, grads['W_vocab'], grads['b_vocab'] = temporal_affine_backward(dout, out_cache)
        if self.cell_type == 'rnn':
            dx, dh0, grads['Wx'], grads['Wh'], grads['b'] = rnn_backward(dh, rnn_cache)
        else:
            dx, dh0, grads['Wx'], grads['Wh'], grads['b'] = lstm_backward(dh, rnn_cache)
        grads['W_embed'] = word_embedding_backward(dx, embed_cache)
        _, grads['W_proj'], grads['b_proj'] = affine_backward(dh0, affine_cache)
        # END
        return loss, grads

    def sample(self, features, max_length=30):
        N = features.shape[0]
        captions = self._null * np.ones((N, max_length), dtype=np.int32)
        W_proj, b_proj = self.params['W_proj'], self.params['b_proj']
        W_embed = self.params['W_embed']
        Wx, Wh, b = self.params['Wx'], self.params['Wh'], self.params['b']
        W_vocab, b_vocab = self.params['W_vocab'], self.params['b_vocab']
        # BEGIN
        h = features.dot(W_proj) + b_proj
        c = np.zeros_like(h)
        word = self._start * np.ones(N, dtype=np.int32)
        for t in range(max_length):
            x, _ = word_embedding_forward(word, W_embed)
            if self.cell_type == 'rnn':
                h, _ = rnn_step_forward(x, h, Wx, Wh, b)
            else:
                h, c, _ = lstm_step_forward(x, h, c, Wx, Wh, b)
            word = np.argmax(h.dot(W_vocab) + b_vocab, axis=1)
            captions[:, t] = word
        # END
        return captions
"""
# CS231n's four stubs of the LSTM, as they are shipped.
LSTM_STUBS = """

def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
    next_h, next_c, cache = None, None, None
    pass
    return next_h, next_c, cache


def lstm_step_backward(dnext_h, dnext_c, cache):
    dx, dh, dc, dWx, dWh, db = None, None, None, None, None, None
    pass
    return dx, dprev_h, dprev_c, dWx, dWh, db


def lstm_forward(x, h0, Wx, Wh, b):
    h, cache = None, None
    pass
    return h, cache


def lstm_backward(dh, cache):
    dx, dh0, dWx, dWh, db = None, None, None, None, None
    pass
    return dx, dh0, dWx, dWh, db
"""


@pytest.fixture(scope="module")
def kit():
    kit = Kit.open(ROOT)
    yield kit
    kit.close()


def without_body(model, method):
    """The model with a method as CS231n ships it."""
    start = model.index("# BEGIN", model.index(f"def {method}("))
    return model[:start] + "pass" + model[model.index("# END", start) + len("# END") :]


def grade(kit, *functions, layers=RIGHT_LAYERS, model=RIGHT_MODEL):
    """The grade on some functions, and their reports by name."""
    files, notes = {}, []
    for name, text in ((LAYERS, layers), (MODEL, model)):
        files[name], more = to_python3(name, text.encode())
        notes += more
    submission = Submission("ann", files, {}, "cs231n", tuple(notes))
    found = grade_submission(submission, only(kit, *functions), find_sandbox(), SECRET)
    report = make_report([r for r in found.results if r.function in functions], MANIFEST)
    return found, {f.function: f for f in report.functions}


def test_a_right_submission_passes(kit):
    names = [*RNN, *LSTM, "CaptioningRNN.loss", "CaptioningRNN.sample"]
    found, _ = grade(kit, *names)
    assert {r.status for r in found.results} == {"passed"}


def test_stubs_of_the_lstm_are_to_do_and_nobodys_cause(kit):
    _, reports = grade(kit, *LSTM, "CaptioningRNN.sample", layers=RIGHT_LAYERS + LSTM_STUBS)
    for name in LSTM:
        assert reports[name].state == "to do"
        told = f"TODO: implement {'lstm_forward' if name == 'lstm_backward' else name}"
        told = told.replace("lstm_step_backward", "lstm_step_forward")
        assert list(reports[name].notes()) == [("", f"{told} in {LAYERS}")]
    sample = reports["CaptioningRNN.sample"]
    assert {r.status for r in sample.results if "rnn" in r.variant} == {"passed"}
    assert {r.status for r in sample.results if "lstm" in r.variant} == {"not implemented"}
    assert not any(r.causes or r.hint for f in reports.values() for r in f.results)


@pytest.mark.parametrize("method", ["loss", "sample"])
def test_a_method_that_unpacks_its_parameters_alone_is_to_do(kit, method):
    name = f"CaptioningRNN.{method}"
    _, reports = grade(kit, name, model=without_body(RIGHT_MODEL, method))
    assert reports[name].state == "to do"
    assert list(reports[name].notes()) == [("", f"TODO: implement {name} in {MODEL}")]
    assert {(r.hint, r.causes) for r in reports[name].results} == {(None, ())}


def test_squeezed_inputs_fail_where_an_axis_is_one(kit):
    layers = RIGHT_LAYERS.replace("(x[:, t]", "(np.squeeze(x[:, t, :])").replace(
        " @ Wx", ".dot(Wx)"
    )
    _, reports = grade(kit, "rnn_forward", "lstm_forward", layers=layers)
    for name in ("rnn_forward", "lstm_forward"):
        failed = {r.variant: r for r in reports[name].results if r.status == "crashed"}
        assert "one_input" in failed
        hint = failed["one_input"].hint
        assert hint == message("misconception", name=f"{name.split('_')[0]}_input_squeezed")
