# %% [markdown]
# # Captioning pictures with an LSTM
#
# The vanilla RNN of notebook 1 overwrites its whole state at every step. What it read ten words ago must survive ten products with $W_h$ and ten squashings by $\tanh$, and so must the gradient on its way back. Why does it forget, and what changes if the state may also be carried on *by addition*?
#
# In this notebook you build a **long short-term memory** (LSTM, Hochreiter and Schmidhuber 1997) in NumPy, forward and backward, and train it:
#
# 1. one time step, then a whole sequence;
# 2. the captioning model of notebook 1 with `cell_type="lstm"`;
# 3. **beam search**, which looks further ahead than greedy decoding;
# 4. the gates, at work on a sentence.
#
# You fill in functions in `cs231n_rnn/layers/lstm.py`, and finish `cs231n_rnn/models/captioning.py`. After each one, `check("name")` says whether it is right.
#
# In Colab: upload the assignment's folder, run `%cd` into its `notebooks` folder, and `!pip install -r ../requirements.txt`.

# %%
# %load_ext autoreload
# %autoreload 2
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path.cwd().parent))  # the package beside this notebook

from cs231n_rnn import plots
from cs231n_rnn.checking import check
from cs231n_rnn.training import compare_gradients, rel_error

# %% [markdown]
# How long to train. With these values and the drawn scenes the notebook runs in a few minutes. COCO has 16 times as many captions: take `max_train = 50000` for a first look.

# %% tags=["parameters"] quick="small_epochs = 5\nnum_epochs = 1\nmax_train = 300\nnum_scored = 20"
small_epochs = 50  # over 50 captions
num_epochs = 8  # over all training captions
max_train = None  # None: all captions
num_scored = 500  # validation pictures that are scored after each epoch

# %% [markdown]
# ## The data
#
# The same as in notebook 1: a picture is a vector of 512 numbers, a caption is a row of word indices between `<START>` and `<END>`, padded with `<NULL>`.

# %%
from cs231n_rnn.data.coco import decode_captions, load_coco_data, load_image, minibatch_indices

data = load_coco_data()
for name in ("train_captions", "train_features", "val_captions", "val_features"):
    print(f"{name:<14} {data[name].dtype} {data[name].shape}")
print(len(data["idx_to_word"]), "words")

# %% [markdown]
# ## One step of an LSTM
#
# An LSTM has two states. The **cell state** $c_t$ is its memory, the **hidden state** $h_t$ is what it shows of it. From the input and the last hidden state it computes one long vector $a = x_t W_x + h_{t-1} W_h + b$ of $4H$ numbers, and cuts it into four blocks $a_i, a_f, a_o, a_g$, **always in this order**:
#
# $$i = \sigma(a_i) \qquad f = \sigma(a_f) \qquad o = \sigma(a_o) \qquad g = \tanh(a_g)$$
#
# $$c_t = f \odot c_{t-1} + i \odot g \qquad\qquad h_t = o \odot \tanh(c_t)$$
#
# Here $\sigma$ is the logistic function, and $\odot$ multiplies element by element. The **forget gate** $f$ says what stays in memory, the **input gate** $i$ what of the new candidate $g$ is written into it, and the **output gate** $o$ what is shown.

# %%
plots.show(plots.lstm_cell())

# %% [markdown]
# **Question 1.** Why are $i$, $f$ and $o$ made with $\sigma$, but $g$ with $\tanh$? What could the cell state no longer do if $g$ were made with $\sigma$ too?
#
# # BEGIN SOLUTION
# A gate is a share, so it lies between 0 (shut) and 1 (open). The candidate is a content, so it needs both signs. With $g = \sigma(a_g)$ only positive numbers would ever be added: an element of the cell state could shrink by forgetting, but never be pushed down or below zero.
# # END SOLUTION
#
# **To do:** `lstm_step_forward` in `cs231n_rnn/layers/lstm.py`. `sigmoid` is imported there; it does not overflow. One product each with `Wx` and `Wh` is enough for all four blocks.

# %%
from cs231n_rnn.layers import lstm


def ramp(first, last, *shape):
    """Numbers from first to last at equal distances, in some shape."""
    return np.linspace(first, last, num=int(np.prod(shape))).reshape(shape)


N, D, H = 3, 4, 5
x, prev_h, prev_c = ramp(-0.4, 1.2, N, D), ramp(-0.3, 0.7, N, H), ramp(-0.4, 0.9, N, H)
Wx, Wh, b = ramp(-2.1, 1.3, D, 4 * H), ramp(-0.7, 2.2, H, 4 * H), ramp(0.3, 0.7, 4 * H)
next_h, next_c, _ = lstm.lstm_step_forward(x, prev_h, prev_c, Wx, Wh, b)
expected_h = np.array(
    [
        [0.24635157, 0.28610883, 0.32240467, 0.35525807, 0.38474904],
        [0.49223563, 0.55611431, 0.61507696, 0.66844003, 0.7159181],
        [0.56735664, 0.66310127, 0.74419266, 0.80889665, 0.858299],
    ]
)
expected_c = np.array(
    [
        [0.32986176, 0.39145139, 0.451556, 0.51014116, 0.56717407],
        [0.66382255, 0.76674007, 0.87195994, 0.97902709, 1.08751345],
        [0.74192008, 0.90592151, 1.07717006, 1.25120233, 1.42395676],
    ]
)
print(f"next_h error: {rel_error(expected_h, next_h):.1e} (1e-8 or less is right)")
print(f"next_c error: {rel_error(expected_c, next_c):.1e} (1e-8 or less is right)")

# %%
check("lstm_step_forward")

# %% [markdown]
# *If it goes wrong:* is `next_c` right and only `next_h` wrong, or both? In which order are the four blocks, and along which dimension do you cut? Which of the four does not go through $\sigma$?
#
# ### The step backward
#
# There are two upstream gradients now: `dnext_h` and `dnext_c`. Find the $+$ in the picture, whose result is $c_t$, and count the arrows that leave it. The gradient of a node is the sum over all arrows that leave it.
#
# **To do:** `lstm_step_backward`. Go through the picture from right to left. Below, each input is nudged and both outputs are watched.

# %%
rng = np.random.default_rng(231)
N, D, H = 4, 5, 6
shapes = {"x": (N, D), "prev_h": (N, H), "prev_c": (N, H), "Wx": (D, 4 * H), "Wh": (H, 4 * H)}
shapes["b"] = (4 * H,)
inputs = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
dstates = rng.standard_normal((2, N, H))  # dnext_h and dnext_c

_, _, cache = lstm.lstm_step_forward(*inputs.values())
gradients = lstm.lstm_step_backward(*dstates, cache)
compare_gradients(
    lambda: lstm.lstm_step_forward(*inputs.values()), inputs, gradients, *dstates, right=1e-7
)

# %%
check("lstm_step_backward")

# %% [markdown]
# *If it goes wrong:* does `dprev_c` fail as well, or only the gradients that go through the gates? Is the gradient of $c_t$ complete *before* you go on to the gates? Which quantity does each derivative need, the gate or what went into it? Do the four blocks come back in the order in which they were cut?
#
# **Question 2.** Keep the gates fixed. What is $\partial c_t / \partial c_{t-1}$? What is it over $k$ steps, and what is the matching product for $h$ in the vanilla RNN?
#
# # BEGIN SOLUTION
# One step: $\partial c_t / \partial c_{t-1} = \mathrm{diag}(f_t)$. Over $k$ steps it is the product of the forget gates, element by element; where they stay near 1, the gradient comes through nearly whole. In the vanilla RNN each step contributes $W_h$ (transposed on the way back) and the derivative of $\tanh$, which is at most 1: a product of $k$ matrices, which vanishes or explodes unless their singular values are near 1. (With the gates not fixed, there is a second way, through $h_{t-1}$ and the gates, which behaves like the vanilla RNN's.)
# # END SOLUTION

# %% [markdown]
# ## Why the vanilla RNN forgets
#
# Your two step functions can show it. Run both cells over 60 random inputs, put a gradient on the last state, go back step by step, and look at how much of it arrives. For the LSTM we watch the cell state and the hidden state together. The weights are drawn as in `CaptioningRNN`; the *bias of the forget gate* is first 0, then 3.

# %%
from cs231n_rnn.layers.cells import CELLS
from cs231n_rnn.plots import language

N, T, D, H = 16, 60, 32, 64
x = rng.standard_normal((T, N, D))
dlast = rng.standard_normal((N, H))


def reach(cell, forget_bias=0.0):
    """Norm of the gradient of a cell's states from the last step to the first, over the last."""
    Wx, Wh = (rng.standard_normal((n, cell.width(H))) / np.sqrt(n) for n in (D, H))
    b, zeros = cell.first_bias(H, forget_bias), np.zeros((N, H))
    state, caches, norms = (zeros, zeros), [], []
    for x_t in x:
        state, cache = cell.step_forward(x_t, state, Wx, Wh, b)
        caches.append(cache)
    dstate = dlast, zeros
    for cache in reversed(caches):
        norms.append(np.linalg.norm(dstate))
        _, dstate, *_ = cell.step_backward(dstate, cache)
    return np.array(norms) / norms[0]


# %%
shares = {
    "vanilla RNN": reach(CELLS["rnn"]),
    "LSTM, forget bias 0": reach(CELLS["lstm"], 0.0),
    "LSTM, forget bias 3": reach(CELLS["lstm"], 3.0),
}
title, panels = (
    "How much of the last state's gradient arrives",
    {"norm, as a share of the last": shares},
)
plots.show(language.lines(range(T), panels, title, "steps back in time", log="y"))
print(", ".join(f"{name}: {share[-1]:.1e}" for name, share in shares.items()))

# %% [markdown]
# **Question 3.** An LSTM alone does not help: with a forget bias of 0 the gradient vanishes too. What is $f$, roughly, at a bias of 0, and what at 3? Which bias would you start training from if the sentences were 200 words long?
#
# # BEGIN SOLUTION
# The gates are $\sigma$ of numbers around the bias: about 0.5 at a bias of 0, so that the gradient along the cell state about halves at each step, and about 0.95 at a bias of 3. The curves fall more slowly than $0.5^k$ and $0.95^k$: the gates scatter around these values, the norm is led by the units with the largest ones, and a second way leads through the gates. For 200 steps $f^{200}$ should not be tiny: a bias of 5 gives $f \approx 0.993$ and $f^{200} \approx 0.26$. The network may still learn to forget. Our captions have some ten words, so 0 is good enough here. Notebook 4 follows this up.
# # END SOLUTION

# %% [markdown]
# ## A whole sequence
#
# `lstm_forward` runs the step over T inputs from `h0` and a cell state of zeros, and returns the hidden states; the cell states stay inside. `lstm_backward` goes back in time with *two* gradients.
#
# **To do:** `lstm_forward` and `lstm_backward`.

# %%
N, T, D, H = 2, 3, 5, 4
x, h0 = ramp(-0.4, 0.6, N, T, D), ramp(-0.4, 0.8, N, H)
Wx, Wh, b = ramp(-0.2, 0.9, D, 4 * H), ramp(-0.3, 0.6, H, 4 * H), ramp(0.2, 0.7, 4 * H)
h, _ = lstm.lstm_forward(x, h0, Wx, Wh, b)
expected = np.array(
    [
        [
            [0.01764008, 0.01823233, 0.01882671, 0.0194232],
            [0.11287491, 0.12146228, 0.13018446, 0.13902939],
            [0.31358768, 0.33338627, 0.35304453, 0.37250975],
        ],
        [
            [0.45767879, 0.4761092, 0.4936887, 0.51041945],
            [0.6704845, 0.69350089, 0.71486014, 0.7346449],
            [0.81733511, 0.83677871, 0.85403753, 0.86935314],
        ],
    ]
)
print(f"h error: {rel_error(expected, h):.1e} (1e-7 or less is right)")

# %%
check("lstm_forward")

# %%
rng = np.random.default_rng(231)
N, D, T, H = 2, 3, 10, 6
shapes = {"x": (N, T, D), "h0": (N, H), "Wx": (D, 4 * H), "Wh": (H, 4 * H), "b": (4 * H,)}
inputs = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
dh = rng.standard_normal((N, T, H))

_, cache = lstm.lstm_forward(*inputs.values())
gradients = lstm.lstm_backward(dh, cache)
compare_gradients(lambda: lstm.lstm_forward(*inputs.values()), inputs, gradients, dh)

# %%
check("lstm_backward")

# %% [markdown]
# *If it goes wrong:* is it right for T = 1? If so, what do you carry from step to step, and do you carry both? To which of the two is `dh[:, t]` added? Is `dWx` summed over the steps? What does the very first step back get for `dnext_c`, when nobody has used the last cell state?
#
# ## The captioning model with an LSTM
#
# **To do:** let `CaptioningRNN.loss` and `CaptioningRNN.step` use the LSTM where `cell_type` is `"lstm"`. Where you called `rnn_forward` by its name, `self.cell.forward` calls the one that `cell_type` asks for. Nothing else of the model changes.

# %%
from cs231n_rnn.models.captioning import CaptioningRNN

N, D, W, H = 10, 20, 30, 40
word_to_idx = {"<NULL>": 0, "cat": 2, "dog": 3}
V, T = len(word_to_idx), 13
model = CaptioningRNN(word_to_idx, D, W, H, cell_type="lstm", dtype=np.float64)
for name, value in model.params.items():
    model.params[name] = ramp(-1.4, 1.3, *value.shape)
features, captions = ramp(-0.5, 1.7, N, D), (np.arange(N * T) % V).reshape(N, T)
loss, _ = model.loss(features, captions)
print(f"loss: {loss:.11f}, expected: 9.82445935443, difference: {abs(loss - 9.82445935443):.1e}")

# %% [markdown]
# The gradients of all parameters:

# %%
N, T, D, W, H = 2, 3, 4, 5, 6
model = CaptioningRNN(word_to_idx, D, W, H, cell_type="lstm", dtype=np.float64)
captions, features = rng.integers(V, size=(N, T)), rng.standard_normal((N, D))
_, grads = model.loss(features, captions)
compare_gradients(lambda: model.loss(features, captions), model.params, grads)

# %%
check("CaptioningRNN.loss", "CaptioningRNN.step", "CaptioningRNN.sample")

# %% [markdown]
# *If it goes wrong:* do the cases of the vanilla RNN still pass? Which of the two states is the projected picture, and what is the other one at the start? Does `step` pass *both* states on?
#
# ## Overfit a small set
#
# As in notebook 1: 50 captions, to be memorised. The loss should end below 0.5.

# %%
from cs231n_rnn.training import CaptioningSolver

small_data = load_coco_data(max_train=50)
small_model = CaptioningRNN(
    data["word_to_idx"],
    input_dim=data["train_features"].shape[1],
    hidden_dim=512,
    wordvec_dim=256,
    cell_type="lstm",
)
small_solver = CaptioningSolver(
    small_model,
    small_data,
    update_rule="adam",
    num_epochs=small_epochs,
    batch_size=25,
    optim_config={"learning_rate": 5e-3},
    lr_decay=0.995,
    print_every=25,
)
small_solver.train()
print(f"final loss: {small_solver.loss_history[-1]:.4f} (below 0.5 is right)")

# %%
plots.show(plots.training_curves({"50 captions": small_solver.loss_history}, log=True))

small_features = data["train_features"][small_data["train_image_idxs"]]
recited = decode_captions(small_model.sample(small_features), data["idx_to_word"])
learnt = decode_captions(small_data["train_captions"], data["idx_to_word"])
same = sum(a == b for a, b in zip(recited, learnt, strict=True))
print(f"{same} of {len(learnt)} captions are recited word for word (40 or more is right)")

# %% [markdown]
# *If it goes wrong:* if the loss falls but nothing is recited, `step` or `sample` does something different from `loss`. If the loss does not fall, go back to the gradient check of the model. If it is not finite, look at the learning rate.
#
# **Question 4.** With H hidden units and word vectors of W numbers, how many numbers do `Wx`, `Wh` and `b` hold together in a vanilla RNN, and how many in an LSTM? Is it fair to compare the two at the same H?
#
# # BEGIN SOLUTION
# $H(W + H + 1)$ in the vanilla RNN and four times as many in the LSTM. At the same H both carry a hidden state of the same size to the words, but the LSTM has more weights and costs about four times the arithmetic. A fair comparison would give both the same number of weights, a vanilla RNN with about 2H units, or the same training time, and tune the learning rate of each.
# # END SOLUTION

# %% [markdown]
# ## Train on everything
#
# After each epoch the model writes greedy captions for validation pictures, and these are scored against people's captions: **BLEU-4** counts matching runs of up to four words, **CIDEr** weighs rare runs of words higher. The parameters of the best epoch are kept. Ctrl-C (or the stop button) saves a checkpoint, and `solver.train()` continues from there.

# %%
from cs231n_rnn.metrics import score_captions


def validation_scores(model):
    """BLEU-4 and CIDEr of greedy captions for the first validation pictures."""
    scores = score_captions(model, data, num_images=num_scored)
    return {name: scores[name] for name in ("BLEU-4", "CIDEr")}


model = CaptioningRNN(
    data["word_to_idx"],
    input_dim=data["train_features"].shape[1],
    hidden_dim=256,
    wordvec_dim=128,
    cell_type="lstm",
)
solver = CaptioningSolver(
    model,
    load_coco_data(max_train=max_train),
    num_epochs=num_epochs,
    batch_size=100,
    optim_config={"learning_rate": 2e-3},
    lr_decay=0.8,
    score=validation_scores,
    best="CIDEr",
    callbacks=[plots.LiveCurve("LSTM")],
    print_every=500,
)
solver.train()
print(f"best epoch: {solver.best_epoch}, CIDEr {solver.best_score:.3f}")

# %% [markdown]
# What it writes, for pictures it was trained on and for new ones:


# %%
def show_written(rows, split, written, title):
    """Pictures of some rows of a split, each with a given caption and those of models."""
    images = data[f"{split}_image_idxs"][rows]
    given = decode_captions(data[f"{split}_captions"][rows], data["idx_to_word"])
    texts = {name: decode_captions(c, data["idx_to_word"]) for name, c in written.items()}
    pictures = [load_image(data, split, i) for i in images]
    figure = plots.picture_grid(pictures, {"given": given, **texts}, title)
    plots.show(figure)
    return figure


for split in ("train", "val"):
    rows = minibatch_indices(data, 4, split, rng=np.random.default_rng(5))
    features = data[f"{split}_features"][data[f"{split}_image_idxs"][rows]]
    title = {"train": "Training pictures", "val": "Validation pictures"}[split]
    _ = show_written(rows, split, {"model": model.sample(features)}, f"{title}, greedy decoding")

# %% [markdown]
# ## Greedy decoding against beam search
#
# Greedy decoding takes the best word at each step and cannot go back. But a caption's probability is a product over all its words, and a good beginning may lead to a poor end. **Beam search** (provided in `cs231n_rnn/models/beam_search.py`, and short enough to read) keeps the K best beginnings, extends each of them by one word, and keeps the K best again. It needs only your `initial_state` and `step`. K is the **beam width**; K = 1 is greedy decoding.
#
# Below, captions for the same validation pictures with several widths. "log probability" is the mean of a whole caption's. We need no new code for that: it is minus the loss of the model on its own captions.

# %%
from cs231n_rnn.metrics import reference_captions, score_texts
from cs231n_rnn.models.beam_search import beam_search

null, start, end = (data["word_to_idx"][word] for word in ("<NULL>", "<START>", "<END>"))
references = reference_captions(data, num_images=1000)
images = np.array(list(references))
features = data["val_features"][images]
written = {"greedy": model.sample(features)}
for K in (2, 3, 5):
    written[f"beam of {K}"] = beam_search(model, features, start, end, null, beam_width=K)

table = {}
for name, captions in written.items():
    # What comes after <END> is free; for the loss it must be <NULL>.
    after_end = np.cumsum(captions == end, axis=1) - (captions == end) > 0
    captions = written[name] = np.where(after_end, null, captions)
    texts = decode_captions(captions, data["idx_to_word"])
    scores = score_texts(dict(zip(images.tolist(), texts, strict=True)), references)
    read = np.insert(captions, 0, start, axis=1)
    table[name] = {
        "log probability": -model.loss(features, read)[0],
        "words": np.mean([len(text.split()) for text in texts]),
        "BLEU-4": scores["BLEU-4"],
        "CIDEr": scores["CIDEr"],
    }
plots.ScoreTable(table)

# %% [markdown]
# Pictures for which greedy decoding and the beam of 3 differ:

# %%
greedy, beam = written["greedy"], written["beam of 3"]
different = np.flatnonzero((greedy != beam).any(axis=1))
print(f"{len(different)} of {len(images)} captions differ")
if len(different):
    some = np.random.default_rng(1).permutation(different)[:8]
    rows = [int(np.flatnonzero(data["val_image_idxs"] == image)[0]) for image in images[some]]
    both = {"greedy": greedy[some], "beam": beam[some]}
    _ = show_written(rows, "val", both, "Greedy decoding and beam search")

# %% [markdown]
# **Question 5.** In the table the log probability rises with the beam width. Do the scores? Do the captions get longer or shorter? Explain, and say what the `length_penalty` of `beam_search` does about it.
#
# # BEGIN SOLUTION
# A wider beam finds captions that are more probable *under the model*. The scores rise from greedy decoding to a small beam and then stay or fall a little: the most probable caption is not the best one. Every further word costs probability, so in general a wide beam prefers short, vague sentences; on the drawn scenes, whose captions differ little in length, this hardly shows. A length penalty of 1 ranks captions by log probability *per word*, which takes the advantage of short ones away; what is best between 0 and 1 is found on validation data.
# # END SOLUTION

# %% [markdown]
# ## Does it see the right thing?
#
# BLEU and CIDEr compare words. For the drawn scenes we know what is in each picture, so we can ask directly: does the caption name the **colour** and the **shape** of the main object? Where the data are not the scenes, this cell says so.

# %%
from cs231n_rnn.data.scenes import load_scenes, names_main_object

try:
    scenes = load_scenes(data["base_dir"], "val")
except FileNotFoundError:
    scenes = []
    print("These pictures are not the scenes: nobody has written down what is in them.")

named = {}
for name, captions in written.items() if scenes else ():
    texts = decode_captions(captions, data["idx_to_word"])
    right = np.array([names_main_object(t, scenes[i]) for t, i in zip(texts, images, strict=True)])
    named[name] = {"colour": right[:, 0].mean(), "shape": right[:, 1].mean()}
    named[name]["both"] = right.all(axis=1).mean()
    wrong = np.flatnonzero(~right.all(axis=1))
plots.ScoreTable(named) if named else None

# %% [markdown]
# Some captions of the widest beam that do not name it:

# %%
if scenes and len(wrong):
    some = np.random.default_rng(3).permutation(wrong)[:8]
    rows = [int(np.flatnonzero(data["val_image_idxs"] == image)[0]) for image in images[some]]
    _ = show_written(rows, "val", {"beam": written["beam of 5"][some]}, "Wrong colour or shape")

# %% [markdown]
# **Question 6.** Look at the mistakes. Which are of colour, which of shape, and which name a right object that is not the main one? What could you try against each kind?
#
# # BEGIN SOLUTION
# Most mistakes are of shape, between shapes that look alike when they are small; fewer are of colour, between neighbours such as purple and blue. Those are mistakes of seeing: the picture's 512 numbers come from a fixed convolutional network, and only better features help. Where a caption names another object first, or gives one object's colour to the other, the network saw both and mixed them up: it has one vector for the whole picture and cannot look at a place again. That is what attention is for (notebook 6). More training data and dropout help against memorising, if the training pictures do much better.
# # END SOLUTION

# %% [markdown]
# ## Gates at work
#
# What do the gates do while the network reads a sentence? Your `lstm_step_forward` does not return them, but they can be found from outside. In $c_t = f \odot c_{t-1} + i \odot g$ and $h_t = o \odot \tanh(c_t)$ choose $c_{t-1}$ freely and look at the results:
#
# - $c_{t-1} = 0$ leaves only what is **written**, $i \odot g$;
# - from there to $c_{t-1} = 1$, $c_t$ grows by the **forget gate** $f$;
# - a huge $c_{t-1}$ makes $\tanh(c_t)$ equal to 1, so $h_t$ is the **output gate** $o$.


# %%
def read_gates(model, features, caption):
    """What happens at each word of a caption, arrays (T, H) by name."""
    h, c = (part.astype(np.float64) for part in model.initial_state(features[np.newaxis]))
    weights = [model.params[name].astype(np.float64) for name in ("Wx", "Wh", "b")]
    seen = {"forget gate f": [], "output gate o": [], "written i g": [], "cell state c": []}
    for word in caption:
        x = model.params["W_embed"][[word]]
        _, at_zero, _ = lstm.lstm_step_forward(x, h, np.zeros_like(c), *weights)
        _, at_one, _ = lstm.lstm_step_forward(x, h, np.ones_like(c), *weights)
        at_huge, _, _ = lstm.lstm_step_forward(x, h, np.full_like(c, 1e9), *weights)
        h, c, _ = lstm.lstm_step_forward(x, h, c, *weights)
        forget = np.clip(at_one - at_zero, 0, 1)  # rounding may step over the ends
        for values, value in zip(seen.values(), (forget, at_huge, at_zero, c), strict=True):
            values.append(value[0])
    return {name: np.array(values) for name, values in seen.items()}


# %%
row = minibatch_indices(data, 1, "val", rng=np.random.default_rng(8))[0]
caption = data["val_captions"][row]
caption = caption[: np.flatnonzero(caption == end)[0]]
words = [data["idx_to_word"][word] for word in caption]
gates = read_gates(model, data["val_features"][data["val_image_idxs"][row]], caption)

# Units that remember longest at the top; one in eight is drawn.
order = np.argsort(-gates["forget gate f"].mean(axis=0))[::8]
plots.show(
    plots.gate_maps(
        words, {name: value[:, order] for name, value in gates.items()}, "The gates at work"
    )
)

# %% [markdown]
# **Question 7.** Which units are never cleared, and which at almost every word? At which words is much written? What would a unit have to do that counts the words, and what one that remembers the colour until it has been said?
#
# # BEGIN SOLUTION
# Units at the top have a forget gate near 1 throughout: they carry something through the whole sentence, as a memory of the picture has to be carried. Units at the bottom are near 0 and start again with every word, for example to hold the last word. Much is written at `<START>`, when the picture comes in from the hidden state, and at content words. A counter keeps f near 1 and adds about the same $i \odot g$ at each word, so its c rises steadily. A memory of the colour has f near 1 and i near 0 until the colour word comes, and then a low f, which clears it.
# # END SOLUTION
#
# ## Keep the results
#
# Last, captions for eight validation pictures and the scores on all of them, beside those of the vanilla RNN if notebook 1 has left them.

# %%
import json

results = Path("results")
results.mkdir(exist_ok=True)
rows = minibatch_indices(data, 8, "val", rng=np.random.default_rng(6))
features = data["val_features"][data["val_image_idxs"][rows]]


def beam_of_3(features):
    """Captions by beam search."""
    return beam_search(model, features, start, end, null, beam_width=3)


both = {"greedy": model.sample(features), "beam": beam_of_3(features)}
figure = show_written(rows, "val", both, "LSTM, validation")
figure.savefig(results / "2_LSTM_Captioning_captions.png", dpi=120)

# %%
final_scores = {
    "LSTM, greedy": score_captions(model, data),
    "LSTM, beam of 3": score_captions(model, data, sample=beam_of_3),
}
plots.ScoreTable(final_scores).save(results / "2_LSTM_Captioning_scores.json")
first = results / "1_RNN_Captioning_scores.json"
if first.exists():
    final_scores = {**json.loads(first.read_text()), **final_scores}
plots.ScoreTable(final_scores)
