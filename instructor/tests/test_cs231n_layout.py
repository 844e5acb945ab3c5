import subprocess
import sys

import pytest

from cs231n_rnn.checking.manifest import read_manifest
from instructor.grading.cs231n_layout import functions_of, gradable, lay_out
from instructor.grading.encoding import to_python3
from instructor.grading.submission import Submission
from instructor.overlay import overlay

LAYERS, MODEL = "cs231n/rnn_layers.py", "cs231n/classifiers/rnn.py"

# A small submission in the manner of 2016; later ones differ in their imports and words.
OLD_LAYERS = '''import numpy as np

"""
This file defines layer types that are commonly used for recurrent networks.
"""


def rnn_step_forward(x, prev_h, Wx, Wh, b):
  next_h = np.tanh(x.dot(Wx) + prev_h.dot(Wh) + b)
  return next_h, (x, prev_h, Wx, Wh, next_h)


def rnn_step_backward(dnext_h, cache):
  x, prev_h, Wx, Wh, next_h = cache
  da = dnext_h * (1 - next_h ** 2)
  return da.dot(Wx.T), da.dot(Wh.T), x.T.dot(da), prev_h.T.dot(da), da.sum(axis=0)


def rnn_forward(x, h0, Wx, Wh, b):
  N, T, D = x.shape
  h, caches = np.zeros((N, T, h0.shape[1])), []
  for t in xrange(T):
    h0, cache = rnn_step_forward(x[:, t], h0, Wx, Wh, b)
    h[:, t] = h0
    caches.append(cache)
  return h, caches


def rnn_backward(dh, cache):
  N, T, H = dh.shape
  x, _, Wx, Wh, _ = cache[0]
  dx, dprev = np.zeros((N, T, x.shape[1])), 0
  dWx, dWh, db = np.zeros_like(Wx), np.zeros_like(Wh), np.zeros(H)
  for t in reversed(xrange(T)):
    dx[:, t], dprev, dwx, dwh, d = rnn_step_backward(dh[:, t] + dprev, cache[t])
    dWx += dwx; dWh += dwh; db += d
  return dx, dprev, dWx, dWh, db


def word_embedding_forward(x, W):
  return W[x], (x, W.shape)


def word_embedding_backward(dout, cache):
  x, shape = cache
  dW = np.zeros(shape)
  np.add.at(dW, x, dout)
  return dW


def lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b):
  a = x.dot(Wx) + prev_h.dot(Wh) + b
  H = a.shape[1] / 4
  i, f, o = [sigmoid(a[:, k * H:k * H + H]) for k in xrange(3)]
  next_c = f * prev_c + i * np.tanh(a[:, 3 * H:])
  print 'next_c', next_c.shape
  return o * np.tanh(next_c), next_c, None
'''
OLD_MODEL = """import numpy as np

from cs231n.layers import *
from cs231n.rnn_layers import *


class CaptioningRNN(object):
  def __init__(self, word_to_idx, input_dim=512, wordvec_dim=128,
               hidden_dim=128, cell_type='rnn', dtype=np.float32):
    if cell_type not in {'rnn', 'lstm'}:
      raise ValueError, 'Invalid cell_type "%s"' % cell_type
    self.cell_type = cell_type
    self.word_to_idx = word_to_idx
    self.idx_to_word = {i: w for w, i in word_to_idx.iteritems()}
    self._null = word_to_idx['<NULL>']
    D, W, H, V = input_dim, wordvec_dim, hidden_dim, len(word_to_idx)
    shapes = {'W_embed': (V, W), 'W_proj': (D, H), 'b_proj': (H,), 'Wx': (W, H),
              'Wh': (H, H), 'b': (H,), 'W_vocab': (H, V), 'b_vocab': (V,)}
    self.params = {k: np.random.randn(*s).astype(dtype) for k, s in shapes.iteritems()}

  def loss(self, features, captions):
    p, grads = self.params, {}
    mask = (captions[:, 1:] != self._null)
    h0, cache0 = affine_forward(features, p['W_proj'], p['b_proj'])
    x, cache1 = word_embedding_forward(captions[:, :-1], p['W_embed'])
    if self.cell_type is 'rnn':
      h, cache2 = rnn_forward(x, h0, p['Wx'], p['Wh'], p['b'])
    scores, cache3 = temporal_affine_forward(h, p['W_vocab'], p['b_vocab'])
    loss, dscores = temporal_softmax_loss(scores, captions[:, 1:], mask, verbose=False)
    dh, grads['W_vocab'], grads['b_vocab'] = temporal_affine_backward(dscores, cache3)
    dx, dh0, grads['Wx'], grads['Wh'], grads['b'] = rnn_backward(dh, cache2)
    grads['W_embed'] = word_embedding_backward(dx, cache1)
    _, grads['W_proj'], grads['b_proj'] = affine_backward(dh0, cache0)
    return loss, grads
"""


def later(source):
    """The same source for Python 3."""
    for old, new in (
        ("xrange", "range"),
        ("iteritems", "items"),
        ("raise ValueError, 'Invalid cell_type \"%s\"' % cell_type", "raise ValueError(cell_type)"),
        ("  print 'next_c', next_c.shape\n", ""),
        ("shape[1] / 4", "shape[1] // 4"),
        ("cell_type is 'rnn'", "cell_type == 'rnn'"),
    ):
        source = source.replace(old, new)
    return source


FUTURE = "from __future__ import print_function, division\nfrom builtins import range\n"
YEARS = {
    2016: (OLD_LAYERS, OLD_MODEL),
    2017: (
        FUTURE + "from past.builtins import xrange\n" + later(OLD_LAYERS),
        "from builtins import range\nfrom builtins import object\n" + later(OLD_MODEL),
    ),
    2020: (
        later(OLD_LAYERS),
        later(OLD_MODEL).replace("from cs231n.", "from .."),
    ),
    "flat": (
        later(OLD_LAYERS),
        later(OLD_MODEL).replace("from cs231n.", "from "),
    ),
}


def submission(layers=None, model=None):
    """As open_submission gives it."""
    files = {name: text for name, text in ((LAYERS, layers), (MODEL, model)) if text is not None}
    files = {name: to_python3(name, text.encode())[0] for name, text in files.items()}
    return Submission("ann", files, {}, "cs231n", ())


@pytest.fixture
def laid_out(shared_kit, tmp_path):
    """Make a tree of the clean kit and a submission."""

    def make(submission):
        files = lay_out(submission, read_manifest(shared_kit), shared_kit)
        return overlay(files, tmp_path / "tree", shared_kit)

    return make


def run(tree, code):
    """What code prints in a process of its own, inside the tree."""
    code = f"import warnings\nimport numpy as np\n{code}"
    command = [sys.executable, "-B", "-c", code]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


# CS231n's published check of the loss: every weight and feature on a line.
PUBLISHED_LOSS = """
from cs231n_rnn.models.captioning import CaptioningRNN
model = CaptioningRNN({"<NULL>": 0, "cat": 2, "dog": 3}, 20, 30, 40, "rnn", dtype=np.float64)
for name, value in model.params.items():
    model.params[name] = np.linspace(-1.4, 1.3, num=value.size).reshape(value.shape)
features = np.linspace(-1.5, 0.3, num=200).reshape(10, 20)
captions = (np.arange(130) % 3).reshape(10, 13)
loss, grads = model.loss(features, captions)
print(abs(loss - 9.83235591003) < 1e-10)
w = model.params["Wh"]
w[1, 2] += 1e-5
up = model.loss(features, captions)[0]
w[1, 2] -= 2e-5
down = model.loss(features, captions)[0]
print(abs((up - down) / 2e-5 - grads["Wh"][1, 2]) < 1e-6)
"""
# One step by hand: with all weights 0 only the bias counts.
CLOSED_FORM = """
from cs231n_rnn.layers import embedding, lstm, rnn
N, D, H = 2, 3, 4
b = np.arange(4.0)
h, _ = rnn.rnn_step_forward(np.ones((N, D)), np.ones((N, H)), np.zeros((D, H)), np.zeros((H, H)), b)
print(np.allclose(h, np.tanh(b)))
zeros = np.zeros((D, 4 * H)), np.zeros((H, 4 * H)), np.zeros(4 * H)
h, c, _ = lstm.lstm_step_forward(np.ones((N, D)), np.ones((N, H)), np.ones((N, H)), *zeros)
print(np.allclose(c, 0.5), np.allclose(h, 0.5 * np.tanh(0.5)))
print(embedding.word_embedding_forward(np.array([[1]]), np.array([[3.0], [4.0]]))[0].item())
"""
STUBS = """
from cs231n_rnn.layers import embedding, lstm, rnn
from cs231n_rnn.models.captioning import CaptioningRNN
for function in (rnn.rnn_forward, lstm.lstm_forward, embedding.word_embedding_forward):
    try:
        function(*[None] * function.__code__.co_argcount)
    except NotImplementedError as error:
        print(error)
    except Exception:
        print("is there")
print(CaptioningRNN.__module__)
"""


@pytest.mark.parametrize("year", YEARS)
def test_the_layers_of_every_year_agree_with_a_closed_form(laid_out, year):
    tree = laid_out(submission(*YEARS[year]))
    printed = [line for line in run(tree, CLOSED_FORM) if not line.startswith("next_c")]
    assert printed == ["True", "True True", "4.0"]


@pytest.mark.parametrize("year", YEARS)
def test_the_model_of_every_year_gives_the_published_loss(laid_out, year):
    tree = laid_out(submission(*YEARS[year]))
    assert run(tree, PUBLISHED_LOSS) == ["True", "True"]


def test_a_classifier_can_be_imported_first(laid_out):
    tree = laid_out(submission(*YEARS[2020]))
    code = "from cs231n.classifiers.rnn import CaptioningRNN as theirs, rnn_forward as f\n"
    code += "from cs231n_rnn.models.captioning import CaptioningRNN\n"
    code += "from cs231n_rnn.layers.rnn import rnn_forward\n"
    assert run(tree, f"{code}print(CaptioningRNN is theirs, rnn_forward is f)") == ["True True"]


def test_what_a_submission_does_not_define_stays_a_stub(laid_out):
    layers = later(OLD_LAYERS)
    tree = laid_out(submission(layers[: layers.index("def word_embedding_forward")], None))
    assert run(tree, STUBS) == [
        "is there",
        "TODO: implement lstm_forward in cs231n/rnn_layers.py",
        "TODO: implement word_embedding_forward in cs231n/rnn_layers.py",
        "cs231n_rnn.models.captioning",
    ]


def test_a_classifier_without_layers_stands_on_the_stubs(laid_out):
    tree = laid_out(submission(None, later(OLD_MODEL)))
    printed = run(tree, STUBS)
    assert [line.split(" in ")[0] for line in printed[:3]] == [
        "TODO: implement rnn_forward",
        "TODO: implement lstm_forward",
        "TODO: implement word_embedding_forward",
    ]
    assert printed[3] == "cs231n.classifiers.rnn"
    with pytest.raises(AssertionError, match="NotImplementedError: TODO: implement word_embedding"):
        run(tree, PUBLISHED_LOSS)


def test_a_method_that_the_class_lacks_is_the_stub(laid_out):
    tree = laid_out(submission(*YEARS[2020]))
    code = """
from cs231n_rnn.models.captioning import CaptioningRNN
model = CaptioningRNN({"<NULL>": 0, "<START>": 1, "<END>": 2}, 4, 3, 5)
for name in "sample", "step":
    try:
        getattr(model, name)(np.ones((2, 4)), 3)
    except NotImplementedError as error:
        print(error)
"""
    assert [line.split(" in ")[0] for line in run(tree, code)] == [
        "TODO: implement CaptioningRNN.sample",
        "TODO: implement CaptioningRNN.step",
    ]


def test_functions_may_be_assigned_or_defined_under_a_condition(laid_out):
    layers = "def f(x, W): return 'mine', None\nif True:\n    word_embedding_forward = f\n"
    tree = laid_out(submission(layers + "if False:\n    def rnn_forward(): pass\n"))
    code = "from cs231n_rnn.layers import embedding, rnn\n"
    code += "print(embedding.word_embedding_forward(1, 2)[0], rnn.rnn_forward.__module__)"
    assert run(tree, code) == ["mine cs231n_rnn.layers.rnn"]


def test_other_modules_of_cs231n_can_be_imported_and_raise_when_called(laid_out):
    head = """from cs231n.fast_layers import *
from cs231n.layer_utils import *
from cs231n.coco_utils import load_coco_data, decode_captions
from cs231n import optim
import cs231n.gradient_check as checks
from cs231n.classifiers.cnn import ThreeLayerConvNet
from builtins import range, object
"""
    tree = laid_out(submission(head + later(OLD_LAYERS)))
    code = """
import cs231n.rnn_layers as theirs
for call in theirs.load_coco_data, theirs.optim.adam, theirs.checks.eval_numerical_gradient:
    try:
        call(1)
    except RuntimeError as error:
        print(str(error).split(" ")[0])
print(theirs.affine_relu_forward(np.ones((1, 1)), np.ones((1, 1)), np.array([-3.0]))[0].item())
try:
    import cs231m
except ImportError:
    print("no more than those")
"""
    assert run(tree, code) == [
        "cs231n.coco_utils.load_coco_data",
        "cs231n.optim.adam",
        "cs231n.gradient_check.eval_numerical_gradient",
        "0.0",
        "no more than those",
    ]


def test_the_provided_layers_have_right_gradients(laid_out):
    tree = laid_out(submission(later(OLD_LAYERS)))
    code = """
from cs231n.layer_utils import *
rng = np.random.default_rng(0)
x, w, b, d = (rng.standard_normal(s) for s in ((3, 4), (4, 5), (5,), (3, 5)))
_, cache = affine_relu_forward(x, w, b)
for value, gradient in zip((x, w, b), affine_relu_backward(d, cache)):
    value.flat[1] += 1e-6
    up = (affine_relu_forward(x, w, b)[0] * d).sum()
    value.flat[1] -= 2e-6
    down = (affine_relu_forward(x, w, b)[0] * d).sum()
    value.flat[1] += 1e-6
    print(abs((up - down) / 2e-6 - gradient.flat[1]) < 1e-8)
out, cache = dropout_forward(np.ones(1000), {"mode": "train", "p": 0.25, "seed": 1})
print(np.unique(out).tolist(), 150 < (out > 0).sum() < 350)
print((dropout_backward(np.ones(1000), cache) == out).all())
print((dropout_forward(x, {"mode": "test", "p": 0.25})[0] == x).all())
"""
    expected = ["True", "True", "True", "[0.0, 4.0] True", "True", "True"]
    assert run(tree, code) == expected


@pytest.mark.parametrize("broken", ["def rnn_forward(:\n", "1 / 0\n", "x = '''\n"])
def test_a_file_that_cannot_be_imported_says_so_and_stays_one_files_matter(laid_out, broken):
    tree = laid_out(submission(broken, later(OLD_MODEL)))
    with pytest.raises(AssertionError, match=r"rnn_layers.py\", line 1"):
        run(tree, "import cs231n_rnn.layers.rnn")


def test_a_line_keeps_its_number(laid_out):
    layers = later(OLD_LAYERS).replace("  return W[x], (x, W.shape)", "  return missing")
    number = layers.split("\n").index("  return missing") + 1
    tree = laid_out(submission(layers))
    with pytest.raises(AssertionError, match=f'rnn_layers.py", line {number}, in word_embedding'):
        run(tree, "from cs231n_rnn.layers.embedding import *\nword_embedding_forward(1, 2)")


def test_a_submission_is_graded_on_what_cs231n_asks_of_its_files():
    manifest = read_manifest()
    stems = "word_embedding", "rnn", "lstm"  # CS231n has no other layers
    layers = {name for name in manifest.functions if name.startswith(stems)}
    assert gradable(submission("", None), manifest) == layers
    model = {"CaptioningRNN.loss", "CaptioningRNN.sample"}
    assert gradable(submission(None, ""), manifest) == model
    assert gradable(submission("", ""), manifest) == layers | model
    kit = Submission("ann", {"cs231n_rnn/layers/rnn.py": b""}, {}, "kit", ())
    assert gradable(kit, manifest) == set(manifest.functions)


def test_every_alias_stands_for_files_with_points():
    manifest = read_manifest()
    assert set(manifest.aliases) == {LAYERS, MODEL}
    files = [file for several in manifest.aliases.values() for file in several]
    assert set(files) <= set(manifest.points)
    assert len(files) == len(set(files)) == 4
    assert len(functions_of(LAYERS, manifest)) == 10
