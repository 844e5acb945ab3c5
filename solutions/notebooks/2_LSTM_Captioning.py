# %% [markdown]
# # Captioning pictures with an LSTM
#
# The vanilla RNN of notebook 1 writes whole sentences, yet its state is renewed from the ground up at every word: $h_t = \tanh(\dots)$. What it knew ten words ago has gone through ten matrix products and ten squashings. It **forgets**, and in training the gradient dies away in the same manner on its way back. What changes if a state is not overwritten, but *added to*?
#
# In this notebook you answer that with a **long short-term memory** (LSTM):
#
# 1. one time step of an LSTM, forward and backward, then a whole sequence;
# 2. the captioning model of notebook 1 with this cell in it;
# 3. two ways to write a caption, **greedy decoding** and **beam search**, and a look at the gates at work.
#
# You fill in functions in `cs231n_rnn/layers/lstm.py`, and add the LSTM to `cs231n_rnn/models/captioning.py`. You need your functions of notebook 1. `check("name")` says whether a function is right.
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
from cs231n_rnn.training import eval_numerical_gradient_array, rel_error

# %% [markdown]
# How long to train. The notebook runs in a few minutes with these values.

# %% tags=["parameters"] quick="num_epochs = 1\nmax_train = 1000\nnum_scored = 50"
num_epochs = 10  # over all training captions, in the last part
max_train = None  # None: all captions
num_scored = 1000  # validation pictures that are scored after each epoch

# %% [markdown]
# ## How far back does the gradient reach?
#
# First the problem itself, with your `rnn_step_forward` and `rnn_step_backward`. A gradient of norm 1 enters at the last of 25 steps. How much of it is left, step by step, on the way back?

# %%
from cs231n_rnn.layers import rnn

N, T, D, H = 8, 25, 10, 40
rng = np.random.default_rng(231)
x = rng.standard_normal((N, T, D))
last_gradient = rng.standard_normal((N, H))
last_gradient /= np.linalg.norm(last_gradient)
Wx, Wh = rng.standard_normal((D, H)) / np.sqrt(D), rng.standard_normal((H, H)) / np.sqrt(H)

h, caches = np.zeros((N, H)), []
for t in range(T):
    h, step_cache = rnn.rnn_step_forward(x[:, t], h, Wx, Wh, np.zeros(H))
    caches.append(step_cache)

dh, rnn_norms = last_gradient, [1.0]
for step_cache in reversed(caches):
    _, dh, *_ = rnn.rnn_step_backward(dh, step_cache)
    rnn_norms.append(float(np.linalg.norm(dh)))
for back in (0, 5, 10, 25):
    print(f"{back:2} steps back: {rnn_norms[back]:.1e}")

# %% [markdown]
# At every step the gradient is multiplied by $W_h^\top$ and by the derivative of $\tanh$, which is at most 1. A product of many such factors vanishes (or, with a large $W_h$, explodes). A word at the end of the sentence can then teach nothing about a word at its beginning.
#
# ## The LSTM
#
# The LSTM (Hochreiter and Schmidhuber, 1997) carries a second state from step to step, the **cell state** $c_t$, and never pushes it through a matrix. Three **gates**, numbers between 0 and 1, decide what happens to it. All four quantities come from one product, $a = x_t W_x + h_{t-1} W_h + b$ of shape (N, 4H), cut into four blocks of H columns in the order **i, f, o, g**:
#
# | | | |
# |---|---|---|
# | input gate | $i = \sigma(a_i)$ | how much to write |
# | forget gate | $f = \sigma(a_f)$ | how much to keep |
# | output gate | $o = \sigma(a_o)$ | how much to show |
# | candidate | $g = \tanh(a_g)$ | what to write |
#
# $$c_t = f \odot c_{t-1} + i \odot g \qquad\qquad h_t = o \odot \tanh(c_t)$$
#
# $\sigma$ is the logistic function, $\odot$ the product element by element. The next cell draws it.


# %%
from matplotlib.figure import Figure


def draw_cell():
    """The LSTM's computational graph: the cell state runs along the top."""
    figure = Figure(figsize=(8, 3.4), layout="constrained")
    ax = figure.add_subplot(xlim=(-0.8, 8.8), ylim=(-0.5, 3.5), title="One step of an LSTM")
    ax.set_axis_off()
    nodes = {"$c_{t-1}$": (0, 3), "×": (2, 3), "+": (4, 3), "$c_t$": (8, 3), "× ": (4, 2)}
    nodes |= {"$h_{t-1}$": (0, 1), "$x_t$": (0, 0), "a": (1, 0.5), "$f$": (2, 1), "$i$": (3.5, 1)}
    nodes |= {"$g$": (4.5, 1), "$o$": (6, 1), "tanh": (7, 2), " ×": (7, 1), "$h_t$": (8, 1)}
    edges = ["$c_{t-1}$>×", "×>+", "+>$c_t$", "$f$>×", "$i$>× ", "$g$>× ", "× >+"]
    edges += ["$h_{t-1}$>a", "$x_t$>a", "tanh> ×", "$o$> ×", " ×>$h_t$"]
    arrows = [[nodes[name] for name in edge.split(">")] for edge in edges]
    arrows += [[(nodes[gate][0], 0.5), nodes[gate]] for gate in ("$f$", "$i$", "$g$", "$o$")]
    arrows += [[(7, 3), nodes["tanh"]]]  # the second arrow that leaves the cell state
    for start, end in arrows:
        ax.annotate("", end, start, arrowprops={"arrowstyle": "->", "shrinkA": 0, "shrinkB": 11})
    ax.plot([1, 6], [0.5, 0.5], color="black", linewidth=1)  # from a to its four blocks
    for name, place in nodes.items():
        box = {"boxstyle": "round", "facecolor": "0.92" if "$" in name else "white"}
        ax.text(*place, name.strip(), ha="center", va="center", bbox=box)
    return figure


alt = "c at t-1 times f, plus i times g, is c at t; o times tanh of c at t is h at t."
plots.show(draw_cell(), f"Graph of an LSTM step: {alt} The gates come from x at t and h at t-1.")

# %% [markdown]
# **Question 1.** Follow the line along the top, from $c_{t-1}$ to $c_t$. What is $\partial c_t / \partial c_{t-1}$ on this path, with the gates held fixed? What must the forget gate be so that half of a gradient still arrives after 15 steps?
#
# # BEGIN SOLUTION
# On this path the derivative is $f$, element by element: no matrix and no tanh. After 15 steps the gradient has been multiplied by $f^{15}$ (for an $f$ that stays the same), so $f = 0.5^{1/15} \approx 0.955$. The network can choose $f$ for each unit and each word, so that some units keep what they know for a long time and others only for a word.
# # END SOLUTION
#
# ## One step forward
#
# **To do:** `lstm_step_forward` in `cs231n_rnn/layers/lstm.py`. A `sigmoid` that does not overflow is provided there.

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
print("next_h error:", rel_error(expected_h, next_h), "(1e-8 or less is right)")
print("next_c error:", rel_error(expected_c, next_c), "(1e-8 or less is right)")

# %%
check("lstm_step_forward")

# %% [markdown]
# *If it goes wrong:* which H columns belong to which gate? Which three are squashed to between 0 and 1, and which one to between -1 and 1? If `next_c` is right and `next_h` is not: what does the output gate multiply?
#
# ## One step backward
#
# Two gradients come in: `dnext_h` from the hidden state and `dnext_c` from the cell state of the next step. Look at the picture again: $c_t$ has **two** arrows that leave it.
#
# **To do:** `lstm_step_backward`. Both outputs are nudged, so the numerical gradient adds what comes through $h_t$ and what comes through $c_t$.

# %%
rng = np.random.default_rng(231)
N, D, H = 4, 5, 6
inputs = {"x": (N, D), "prev_h": (N, H), "prev_c": (N, H)}
inputs |= {"Wx": (D, 4 * H), "Wh": (H, 4 * H), "b": (4 * H,)}
inputs = {name: rng.standard_normal(shape) for name, shape in inputs.items()}
dnext_h, dnext_c = rng.standard_normal((N, H)), rng.standard_normal((N, H))

*_, cache = lstm.lstm_step_forward(*inputs.values())
analytic = dict(zip(inputs, lstm.lstm_step_backward(dnext_h, dnext_c, cache), strict=True))

for name, value in inputs.items():
    through_h = eval_numerical_gradient_array(
        lambda _: lstm.lstm_step_forward(*inputs.values())[0], value, dnext_h
    )
    through_c = eval_numerical_gradient_array(
        lambda _: lstm.lstm_step_forward(*inputs.values())[1], value, dnext_c
    )
    error = rel_error(through_h + through_c, analytic[name])
    print(f"d{name:<7} error: {error:.1e} (1e-7 or less is right)")

# %%
check("lstm_step_backward")

# %% [markdown]
# *If it goes wrong:* set `dnext_h` to zero and look again. If the error is gone, the path through $h_t$ is at fault, if not, the one through $c_t$. Is the gradient of $c_t$ complete before it goes on to $f$, $i$ and $g$? In which order do the four blocks stand in the gradient of $a$? The derivative of $\sigma$ is $\sigma(1-\sigma)$: of which value?
#
# **Question 2.** Why is the gradient of $c_t$ a sum of two terms, although `dnext_c` is given already?
#
# # BEGIN SOLUTION
# $c_t$ is used twice: by the next step (whose gradient is `dnext_c`) and by this step's own $h_t = o \odot \tanh(c_t)$ (which gives $dh_t \odot o \odot (1 - \tanh^2 c_t)$). The gradient of a node is the sum over its users. Leaving the second out is right only where `dnext_h` is zero.
# # END SOLUTION
#
# ### What the additive path does to the gradient
#
# The experiment from the beginning, now with your LSTM. The gradient enters in the last cell state. Its first forget gates are near $\sigma(0) = 0.5$. In the second run a bias of 4 opens them: $\sigma(4) \approx 0.98$.


# %%
def lstm_gradient_norms(forget_bias, T=25):
    """Norm of the gradient in the cell state, from the last step back to the first."""
    rng = np.random.default_rng(231)
    N, H = last_gradient.shape
    x = rng.standard_normal((T, N, 10))
    Wx, Wh = rng.standard_normal((10, 4 * H)) / 10, rng.standard_normal((H, 4 * H)) / H
    b = np.repeat([0.0, forget_bias, 0.0, 0.0], H)
    h, c, caches = np.zeros((N, H)), np.zeros((N, H)), []
    for x_t in x:
        h, c, step_cache = lstm.lstm_step_forward(x_t, h, c, Wx, Wh, b)
        caches.append(step_cache)
    dh, dc, norms = np.zeros((N, H)), last_gradient, [1.0]
    for step_cache in reversed(caches):
        _, dh, dc, *_ = lstm.lstm_step_backward(dh, dc, step_cache)
        norms.append(float(np.linalg.norm(dc)))
    return norms


figure = Figure(figsize=(7, 3.3), layout="constrained")
ax = figure.add_subplot(xlabel="steps back", ylabel="norm of the gradient", yscale="log")
ax.set_title("What is left of the gradient")
reach = {"vanilla RNN": rnn_norms, "LSTM, forget bias 0": lstm_gradient_norms(0.0)}
reach["LSTM, forget bias 4"] = lstm_gradient_norms(4.0)
for style, (name, norms) in zip(("k-", "k--", "k:"), reach.items(), strict=True):
    ax.plot(norms, style, label=name)
ax.legend()
left = ", ".join(f"{name} {norms[-1]:.1e}" for name, norms in reach.items())
plots.show(figure, f"Norm of the gradient over 25 steps back; at the end: {left}.")

# %% [markdown]
# **Question 3.** The LSTM with forget bias 0 forgets no less than the vanilla RNN. So what exactly is better about it?
#
# # BEGIN SOLUTION
# Nothing is better by itself: with $f \approx 0.5$ the gradient halves at every step. But $f$ is learnt, a number for each unit and each step, and it needs only a large bias to be near 1. The path is then open, whatever $W_h$ is. In the vanilla RNN the same factor is $W_h^\top$ times the derivative of tanh: one matrix for everything, which must also do the computing, and which can hardly have all its singular values near 1 and tanh unsaturated. This is also why many implementations start with a forget bias of 1 or more.
# # END SOLUTION
#
# ## A whole sequence
#
# **To do:** `lstm_forward` and `lstm_backward`. The first cell state is zero, and only the hidden states go out to the layer above.

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
print("h error:", rel_error(expected, h), "(1e-7 or less is right)")

# %%
check("lstm_forward")

# %% [markdown]
# Backward, two gradients travel from step to step. `dh[:, t]` from the layer above joins one of them.

# %%
rng = np.random.default_rng(231)
N, D, T, H = 2, 3, 10, 6
inputs = {"x": (N, T, D), "h0": (N, H), "Wx": (D, 4 * H), "Wh": (H, 4 * H), "b": (4 * H,)}
inputs = {name: rng.standard_normal(shape) for name, shape in inputs.items()}
dh = rng.standard_normal((N, T, H))

_, cache = lstm.lstm_forward(*inputs.values())
analytic = dict(zip(inputs, lstm.lstm_backward(dh, cache), strict=True))

for name, value in inputs.items():
    numerical = eval_numerical_gradient_array(
        lambda _: lstm.lstm_forward(*inputs.values())[0], value, dh
    )
    print(f"d{name:<3} error: {rel_error(numerical, analytic[name]):.1e} (1e-6 or less is right)")

# %%
check("lstm_backward")

# %% [markdown]
# *If it goes wrong:* try T = 1, then T = 2. If only T = 1 is right, what does the earlier step receive from the later one, and is it both gradients? Do the weights' gradients add up over time? Which cell state does step t read on its way back, its own or that of the step before?
#
# ## The captioning model, with an LSTM
#
# **To do:** make `CaptioningRNN.loss` and `CaptioningRNN.step` work for `cell_type="lstm"`. Nothing else in the model changes: the same features, the same word vectors, the same loss.

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
# The gradients of all parameters. Some of their elements are so small that nudging cannot measure them, so the error here is relative to the *largest* element of each gradient.

# %%
from cs231n_rnn.training import eval_numerical_gradient

N, T, D, W, H = 2, 3, 4, 5, 6
model = CaptioningRNN(word_to_idx, D, W, H, cell_type="lstm", dtype=np.float64)
captions, features = rng.integers(V, size=(N, T)), rng.standard_normal((N, D))
_, grads = model.loss(features, captions)
for name, value in sorted(model.params.items()):
    numerical = eval_numerical_gradient(lambda _: model.loss(features, captions)[0], value)
    error = abs(numerical - grads[name]).max() / abs(numerical).max()
    print(f"{name:<8} error: {error:.1e} (1e-6 or less is right)")

# %%
check("CaptioningRNN.loss", "CaptioningRNN.step", "CaptioningRNN.sample")

# %% [markdown]
# *If it goes wrong:* if the loss is right and a gradient is not, which of its two users did that parameter lose? If `loss` is right and `step` is not, is the cell state that `step` returns the new one?
#
# ## Overfit a small set
#
# `load_coco_data` takes the COCO features if they are there, else the drawn scenes. As in notebook 1, a model that cannot learn 50 captions by heart has a mistake somewhere. The final loss should be below 0.5.

# %%
from cs231n_rnn.data.coco import decode_captions, load_coco_data, load_image
from cs231n_rnn.training import CaptioningSolver

data = load_coco_data()
small_model = CaptioningRNN(
    data["word_to_idx"],
    input_dim=data["train_features"].shape[1],
    hidden_dim=512,
    wordvec_dim=256,
    cell_type="lstm",
)
small_solver = CaptioningSolver(
    small_model,
    load_coco_data(max_train=50),
    update_rule="adam",
    num_epochs=50,
    batch_size=25,
    optim_config={"learning_rate": 5e-3},
    lr_decay=0.995,
    print_every=25,
)
small_solver.train()
print(f"final loss: {small_solver.loss_history[-1]:.4f} (below 0.5 is right)")

# %%
plots.show(plots.training_curves({"50 captions": small_solver.loss_history}, log=True))

# %% [markdown]
# ## Train on everything
#
# All captions, with scores on validation pictures after each epoch. **BLEU-4** counts matching runs of up to four words, **CIDEr** weighs rare runs higher. **Dropout** on the hidden states keeps the model from learning captions by heart. The solver keeps the parameters of the best epoch. The stop button saves a checkpoint, and `solver.train()` goes on from there.

# %%
from cs231n_rnn.metrics import reference_captions, score_captions


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
    dropout=0.3,
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
# *If it goes wrong:* if the loss is "not finite", the message names a lower learning rate to try. If the training loss falls and the scores do not rise, is the picture used at all: does the gradient of `W_proj` arrive?
#
# What it writes, for pictures it was trained on and for new ones:


# %%
def show_written(images, split, written, title):
    """Pictures, one of the reference captions under each, and what was written, by name."""
    pictures = [load_image(data, split, i) for i in images]
    references = reference_captions(data, split)
    below = {"reference": [references[i][0] for i in images.tolist()], **written}
    figure = plots.picture_grid(pictures, below, title)
    plots.show(figure)
    return figure


def write(images, split):
    """Greedy captions of the trained model."""
    return decode_captions(model.sample(data[f"{split}_features"][images]), data["idx_to_word"])


def draw_images(count, split, seed):
    """Some images of a split that have captions."""
    known = np.unique(data[f"{split}_image_idxs"])
    return np.random.default_rng(seed).choice(known, count, replace=False)


images = draw_images(4, "train", seed=5)
_ = show_written(images, "train", {"LSTM": write(images, "train")}, "LSTM, training pictures")
images = draw_images(8, "val", seed=6)
figure = show_written(images, "val", {"LSTM": write(images, "val")}, "LSTM, validation pictures")

# %% [markdown]
# ## Gates at work
#
# What do the gates do while a caption is read? We need not open the cell: it can be asked. Give `lstm_step_forward` an enormous old cell state, say $10^6$ in every unit. Then $c_t \approx 10^6 f$, and $\tanh(c_t) = 1$, so that $h_t = o$. One more call for each word shows two of the gates.


# %%
def read_gates(features, words):
    """Gates and states (T, H) while the trained model reads a caption's words."""
    p = model.params
    h, c = model.initial_state(features)
    found = {"forget gate f": [], "output gate o": [], "cell state c": []}
    for vector in p["W_embed"][words]:
        weights = p["Wx"], p["Wh"], p["b"]
        probe_h, probe_c, _ = lstm.lstm_step_forward(vector[None], h, c + 1e6, *weights)
        h, c, _ = lstm.lstm_step_forward(vector[None], h, c, *weights)
        for row, value in zip(found.values(), (probe_c / 1e6, probe_h, c), strict=True):
            row.append(value[0])
    return {name: np.array(rows) for name, rows in found.items()}


written = model.sample(data["val_features"][images])
longest = (written != data["word_to_idx"]["<NULL>"]).sum(axis=1).argmax()
caption = written[longest][written[longest] > 3]  # without <NULL>, <START>, <END> and <UNK>
words_read = [data["word_to_idx"]["<START>"], *caption.tolist()]
gates = read_gates(data["val_features"][images[[longest]]], words_read)
order = np.argsort(gates["forget gate f"].mean(axis=0))  # units that keep most come last
some_units = {name: values[:, order[5::10]] for name, values in gates.items()}
words_shown = [data["idx_to_word"][index] for index in words_read]
title = "Gates along a caption: every tenth unit, ordered by its mean forget gate"
plots.show(plots.gate_maps(words_shown, some_units, title))

# %%
f = gates["forget gate f"].mean(axis=0)
print(f"mean forget gate of a unit: {f.min():.2f} to {f.max():.2f}, median {np.median(f):.2f}")
lasting = 1 / (1 - f)
print(f"so a unit keeps what it knows for {lasting.min():.1f} to {lasting.max():.0f} words, about")

# %% [markdown]
# **Question 4.** In the picture of the forget gate, look for a word at which many units turn dark, and for units that stay bright throughout. What does each mean, in the words of this caption?
#
# # BEGIN SOLUTION
# At a dark word many units drop what they held, for example at a noun that closes a phrase: the colour and shape just said need not be said again. Units that stay bright have f near 1 for the whole caption: they hold what is needed later, such as the part of the picture that has still to be described. Dark ones are units that look at the last word or two, as grammar needs.
# # END SOLUTION
#
# ## Greedy decoding against beam search
#
# Greedy decoding takes the best next word, for better or worse. **Beam search** keeps the K best *beginnings* of a caption at every step, lets each go on with every word, and keeps the K best of these again. Written captions are compared by their log probability, the sum over their words. Each word makes that sum smaller, so short captions have an advantage; dividing by the number of words (`length_penalty=1`) takes it away. `beam_search` is provided, and it uses only your `step`.

# %%
from cs231n_rnn.models.beam_search import beam_search


def beam(width, length_penalty=0.0):
    """A sampler: features to captions, by beam search."""
    start, end = data["word_to_idx"]["<START>"], data["word_to_idx"]["<END>"]
    return lambda features: beam_search(
        model, features, start, end, beam_width=width, length_penalty=length_penalty
    )


final_scores = {
    "LSTM, greedy": score_captions(model, data),
    "LSTM, beam 3": score_captions(model, data, sample=beam(3)),
    "LSTM, beam 3, by length": score_captions(model, data, sample=beam(3, length_penalty=1.0)),
    "LSTM, beam 10": score_captions(model, data, sample=beam(10)),
}
plots.ScoreTable(final_scores)

# %% [markdown]
# A beam of width 1 is greedy decoding, so the two must agree to the word. Where do greedy decoding and a beam of 3 differ?

# %%
some = draw_images(200, "val", seed=8)
features = data["val_features"][some]
greedy_texts = decode_captions(model.sample(features), data["idx_to_word"])
beam_texts = decode_captions(beam(3)(features), data["idx_to_word"])
width_one = decode_captions(beam(1)(features), data["idx_to_word"])
print("width 1 is greedy decoding:", width_one == greedy_texts)

differ = [k for k in range(len(some)) if greedy_texts[k] != beam_texts[k]]
print(f"beam 3 writes another caption for {len(differ)} of {len(some)} pictures")
first = differ[:4] or [0]
written = {"greedy": [greedy_texts[k] for k in first], "beam 3": [beam_texts[k] for k in first]}
_ = show_written(some[first], "val", written, "Where greedy decoding and beam search differ")

# %% [markdown]
# **Question 5.** A beam of 10 always finds captions that are at least about as probable as those of a beam of 3. Do its scores rise as well? Why can a more probable caption be the worse one?
#
# # BEGIN SOLUTION
# They hardly change, and may fall. The beam maximises the model's probability; BLEU and CIDEr ask how close a caption is to people's. The two agree only as far as the model is right. The most probable caption is often short and general, since every further word costs probability and a rare, telling word costs most. CIDEr weighs just these words highest. (A wider beam is no guarantee of a higher probability for every single picture either, since a beginning that is needed later may drop out.)
# # END SOLUTION
#
# ## Does it see what is there?
#
# BLEU and CIDEr compare words. For the drawn scenes we know what is in each picture, so we can ask the caption directly: does it give the main object its right colour, and its right shape? At least 90 of 100 pictures should have both.

# %%
from cs231n_rnn.data.scenes import load_scenes, names_main_object

if (Path(data["base_dir"]) / "val2014_scenes.json").is_file():
    for name, sampler in {"greedy": model.sample, "beam 3": beam(3)}.items():
        texts = decode_captions(sampler(data["val_features"]), data["idx_to_word"])
        scenes = load_scenes(data["base_dir"], "val")
        right = np.array([names_main_object(t, s) for t, s in zip(texts, scenes, strict=True)])
        (colour, shape), both = right.mean(axis=0), right.all(axis=1).mean()
        print(f"{name}: colour {colour:.1%}, shape {shape:.1%}, both {both:.1%}")
else:
    print("These data are not the drawn scenes: nobody noted what is in a picture. Go on.")

# %% [markdown]
# Last, keep the pictures and the scores.

# %%
import json

results = Path("results")
results.mkdir(exist_ok=True)
figure.savefig(results / "2_LSTM_Captioning_captions.png", dpi=120)
kept = {name: final_scores[name] for name in ("LSTM, greedy", "LSTM, beam 3")}
(results / "2_LSTM_Captioning_scores.json").write_text(json.dumps(kept, indent=1))
print("\n".join(path.as_posix() for path in sorted(results.glob("2_*"))))
