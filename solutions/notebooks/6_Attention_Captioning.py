# %% [markdown]
# # Captioning pictures with attention
#
# The models of notebooks 1 and 2 see a picture once, as a single vector, before the first word. All that the caption will say must pass through the hidden state, colours and shapes and places of every object. Where they fail, they often give one object the colour of another.
#
# Whoever describes a picture looks again before each word. In this notebook the network does the same (Xu et al. 2015, *Show, Attend and Tell*): the picture is a **grid** of vectors, one for each place, and before each word the hidden state decides how much of each place to look at. That decision is a softmax, so it has a gradient, and nobody needs to tell the network where to look.
#
# 1. scaled dot-product **attention**, forward and backward;
# 2. a time step of an LSTM that looks, then a whole sequence;
# 3. the captioning model, against notebook 2's on the same data;
# 4. pictures of where it looks, and a test of whether it looks at what it names.
#
# You fill in functions in `cs231n_rnn/layers/attention.py` and `cs231n_rnn/models/attention_captioning.py`. They use your LSTM of notebook 2.
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
from cs231n_rnn.plots.attention import attention_figure
from cs231n_rnn.training import compare_gradients, rel_error

# %% [markdown]
# How long to train, and on what. The drawn scenes have a grid of features; CS231n's download of COCO has none. A folder that you made from your own photographs has one too (`datasets/README.md`).

# %% tags=["parameters"] quick="num_epochs = 1\nmax_train = 300\nnum_scored = 20"
base_dir = None  # None: the drawn scenes; or a folder in COCO's layout with a grid
num_epochs = 4  # over all training captions, for each of two models
max_train = None  # None: all captions
num_scored = 500  # validation pictures that are scored after each epoch

# %% [markdown]
# ## A picture as a grid
#
# The convolutional network that made the 512 numbers of a picture has, a few layers before its end, a map of 7 x 7 places with 128 numbers each. We take this map: L = 49 locations, row by row, of C = 128 numbers.
#
# A network's features can have any size, and how sharply a softmax decides depends on the size of its scores. So the grid is divided by its root mean square: the numbers are then about 1 in size, whichever network they come from.

# %%
from cs231n_rnn.data.coco import decode_captions, load_coco_data, load_grid, load_image
from cs231n_rnn.data.folders import datasets_dir

data = load_coco_data(base_dir or datasets_dir() / "scenes", max_train=max_train)
grid = {split: load_grid(data, split) for split in ("train", "val")}
size = np.sqrt(np.mean(grid["train"].astype(np.float32) ** 2))
for split, features in grid.items():
    grid[split] = (features / size).astype(features.dtype)
    print(
        f"{split:<6} grid {features.dtype} {features.shape}, captions {data[f'{split}_captions'].shape}"
    )
print(f"root mean square {size:.2f} before (about 1.4 for the drawn scenes), now 1")

# %% [markdown]
# How different are the places? Below, the length of each location's vector of one picture, and how similar all locations are to the one in the middle of the brightest cell (the cosine of the angle between them).

# %%
from matplotlib.figure import Figure

image, places = load_image(data, "val", 3), grid["val"][3].astype(float)
R = round(len(places) ** 0.5)
norms = np.linalg.norm(places, axis=1)
brightest = norms.argmax()
cosines = places @ places[brightest] / (norms * norms[brightest])
figure = Figure(figsize=(9.6, 2.9), dpi=144, layout="constrained")
figure.suptitle("A picture and its grid")
for k, (name, shown) in enumerate({"length": norms, "similarity": cosines}.items()):
    ax = figure.add_subplot(1, 3, k + 2, title=name, xlabel="column", ylabel="row")
    figure.colorbar(ax.imshow(shown.reshape(R, R), "cividis"), ax=ax)
if image is not None:
    ax = figure.add_subplot(1, 3, 1, title="picture", xticks=[], yticks=[])
    ax.imshow(image)
    ax.hlines(np.arange(1, R) * len(image) / R - 0.5, -0.5, len(image) - 0.5, "white", lw=0.5)
    ax.vlines(np.arange(1, R) * len(image) / R - 0.5, -0.5, len(image) - 0.5, "white", lw=0.5)
plots.show(
    figure,
    f"A picture under a grid of {R} x {R} cells. The vectors of the cells have lengths from "
    f"{norms.min():.1f} to {norms.max():.1f}; their similarity to the longest goes from "
    f"{cosines.min():.2f} to 1.",
)

# %% [markdown]
# ## Attention
#
# An affine layer turns each location into a vector $A_l$ of $H$ numbers, as many as the hidden state has. Then, with the hidden state $h = h_{t-1}$ of the step before,
#
# $$e_l = \frac{h \cdot A_l}{\sqrt H} \qquad\qquad w_l = \frac{\exp e_l}{\sum_k \exp e_k} \qquad\qquad \text{attn} = \sum_l w_l A_l$$
#
# The **scores** $e_l$ say how well each place fits what is looked for. The **attention weights** $w_l$ are positive and sum to 1. What the network sees is the weighted mean of all places: a *soft* look, at many places at once.
#
# **To do:** `attention_forward` in `cs231n_rnn/layers/attention.py`. A score can be large, and `exp` overflows beyond 700 (in float32 beyond 88). A `mask` says which locations count; the score of the others is $-\infty$, so that their weight is exactly 0. All places of a picture count; notebook 9 needs the mask.

# %%
from cs231n_rnn.layers import attention

prev_h = np.array([[1.0, 0.0, 1.0, 0.0], [3.0, 1.0, 0.0, 0.0]])
A = np.array(
    [[[2, 0, 0, 0], [0, 2, 0, 0], [1, 0, 1, 0]], [[1, 0, 0, 0], [0, 3, 0, 0], [0, 0, 0, 9]]]
)
attn, weights, _ = attention.attention_forward(prev_h, A.astype(float))
scores = np.array([[1, 0, 1], [1.5, 1.5, 0]])  # by hand: the square root of H is 2
expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
print(weights.round(3), "weights, a row for each example")
print(f"weights error: {rel_error(expected, weights):.1e} (1e-8 or less is right)")
print(f"attn error:    {rel_error(expected[0] @ A[0], attn[0]):.1e} (1e-8 or less is right)")

# %%
check("attention_forward")

# %% [markdown]
# *If it goes wrong:* does each row of the weights sum to 1, or each column? Is the first example right and the second not, or do examples mix? Did you subtract the largest score of *each example* before `exp`?
#
# Why the square root? Draw h and $A_l$ at random, with elements of mean 0 and variance 1, and look at the largest weight of 49.

# %%
rng = np.random.default_rng(231)
for H in (4, 64, 1024):
    h, A = rng.standard_normal((200, H)), rng.standard_normal((200, 49, H))
    scaled = attention.attention_forward(h, A)[1].max(axis=1).mean()
    unscaled = attention.attention_forward(h * H**0.5, A)[1].max(axis=1).mean()
    print(f"H = {H:>4}: largest weight {scaled:.2f}, without the square root {unscaled:.2f}")
print("(about 0.12 with it; 0.3, 0.8 and 0.93 without)")

# %% [markdown]
# **Question 1.** Explain these numbers. What would weights of nearly 0 and 1 at the start of training do to the gradient?
#
# # BEGIN SOLUTION
# A dot product of two random vectors of H numbers is a sum of H terms of variance 1, so it has variance H and grows as the square root of H. Divided by it, the scores have variance 1 at any H. Without it the softmax is nearly one-hot for large H: its derivative $w_l(1 - w_l)$ and $w_k w_l$ are nearly 0 then, so no gradient reaches the scores, and a network that looks at a wrong place at random never learns to look elsewhere.
# # END SOLUTION
#
# ### Backward
#
# From $\text{attn} = \sum_l w_l A_l$ two gradients leave, to the weights and to $A$. Through the softmax, with $dw_l = d\text{attn} \cdot A_l$,
#
# $$de_l = w_l \Big(dw_l - \sum_k w_k \, dw_k\Big)$$
#
# and from the scores they go on to $h$ and, a second time, to $A$.
#
# **To do:** `attention_backward`.

# %%
rng = np.random.default_rng(231)
N, L, H = 2, 3, 4
inputs = {"prev_h": rng.standard_normal((N, H)), "A": rng.standard_normal((N, L, H))}
dattn = rng.standard_normal((N, H))
_, _, cache = attention.attention_forward(*inputs.values())
gradients = attention.attention_backward(dattn, cache)
compare_gradients(
    lambda: attention.attention_forward(*inputs.values()), inputs, gradients, dattn, right=1e-7
)

# %%
check("attention_backward")

# %% [markdown]
# *If it goes wrong:* is only `dA` wrong? Then one of its two parts is missing. Are both wrong? Look at the softmax: for one location its derivative is 0, whatever the upstream gradient is; is yours?
#
# **Question 2.** Swap two locations of A. What happens to the weights, to attn, and to the gradients? What does the network therefore not know about a location, unless the features themselves tell it?
#
# # BEGIN SOLUTION
# The two weights change places, and so do the two rows of dA; attn and dprev_h stay as they are, since a sum does not depend on the order of its terms. So attention does not know *where* a location is. Here the features tell: the convolutions pad the picture with zeros at its edges, so that a cell near an edge looks different from one in the middle. Transformers add the position to the features for this reason.
# # END SOLUTION
#
# ## A step that looks
#
# The LSTM's input is now the word vector and what it sees, side by side: $[x_t, \text{attn}]$ of $D + H$ numbers. All else is your LSTM's step. It looks with $h_{t-1}$, before it reads $x_t$: a word moves the look of the next step only.
#
# **To do:** `attention_lstm_step_forward` and `attention_lstm_step_backward`. Each is a few lines around functions that you have.

# %%
N, L, D, H = 2, 3, 5, 4
shapes = {"x": (N, D), "prev_h": (N, H), "prev_c": (N, H), "A": (N, L, H)}
shapes |= {"Wx": (D + H, 4 * H), "Wh": (H, 4 * H), "b": (4 * H,)}
inputs = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
dstates = rng.standard_normal((2, N, H))  # dnext_h and dnext_c

*_, cache = attention.attention_lstm_step_forward(*inputs.values())
gradients = attention.attention_lstm_step_backward(*dstates, cache)
compare_gradients(
    lambda: attention.attention_lstm_step_forward(*inputs.values()), inputs, gradients, *dstates
)

# %%
check("attention_lstm_step_forward", "attention_lstm_step_backward")

# %% [markdown]
# *If it goes wrong:* with which hidden state do you look, the one before the step or the one after? If only `dprev_h` is wrong: for how many purposes is it used? If `dWx` has its rows in another order, compare the order of x and attn with the docstring.
#
# ## A whole sequence
#
# **To do:** `attention_lstm_forward` and `attention_lstm_backward`, as `lstm_forward` and `lstm_backward`: from a cell state of zeros, with a loop over time. A is the same at every step.

# %%
N, T, L, D, H = 2, 4, 3, 5, 4
shapes = {"x": (N, T, D), "h0": (N, H), "A": (N, L, H)}
shapes |= {"Wx": (D + H, 4 * H), "Wh": (H, 4 * H), "b": (4 * H,)}
inputs = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
dh = rng.standard_normal((N, T, H))

*_, cache = attention.attention_lstm_forward(*inputs.values())
gradients = attention.attention_lstm_backward(dh, cache)
compare_gradients(lambda: attention.attention_lstm_forward(*inputs.values()), inputs, gradients, dh)

# %%
check("attention_lstm_forward", "attention_lstm_backward")

# %% [markdown]
# *If it goes wrong:* is it right for T = 1? Then look at what is summed over time: `dWx`, `dWh`, `db`, and what else is used at every step?
#
# **Question 3.** How many multiplications does a step of attention cost for one example, and how many do the products with `Wx` and `Wh` cost? Take H = D = 256 and L = 49. Why may attention take more of the *time* than this says?
#
# # BEGIN SOLUTION
# Attention: L H for the scores and L H for the sum, 25,088 together. The LSTM: (D + H) 4H + H 4H = 786,432, thirty times as many. But the weights of the LSTM are shared by all examples of a minibatch: read once, used a hundred times. Each example has an A of its own, which is read for two multiplications per number and then not needed until the next step. So attention waits for the memory.
# # END SOLUTION
#
# ## The model
#
# $A$ is an affine function of the grid, and the initial hidden state is the mean of $A$ over the locations: a first glance at the whole picture. Then everything is as in `CaptioningRNN`.
#
# **To do:** `loss` and `step` in `cs231n_rnn/models/attention_captioning.py`. Greedy decoding is provided there, as a beam of width 1.

# %%
from cs231n_rnn.models.attention_captioning import AttentionCaptioningLSTM

word_to_idx = {"<NULL>": 0, "<START>": 1, "<END>": 2, "cat": 3, "dog": 4}
N, L, C, W, H = 2, 3, 4, 5, 6
small = AttentionCaptioningLSTM(word_to_idx, C, W, H, dtype=np.float64)
features, captions = rng.standard_normal((N, L, C)), np.array([[1, 3, 4, 2], [1, 4, 2, 0]])
loss, grads = small.loss(features, captions)
print(f"loss: {loss:.2f}, guessing among 5 words: {2.5 * np.log(5):.2f} (they should be near)")
compare_gradients(lambda: small.loss(features, captions), small.params, grads)

# %%
check("AttentionCaptioningLSTM.loss", "AttentionCaptioningLSTM.step")

# %% [markdown]
# *If it goes wrong:* if only `W_proj` and `b_proj` are wrong, count the users of A. Each of the L locations gets its share of the gradient of the mean.
#
# ## Train it, and the LSTM of notebook 2
#
# Two models of the same H and W, on the same captions, with the same solver. One sees the picture's 512 numbers, the other its grid.

# %%
from cs231n_rnn.metrics import score_captions
from cs231n_rnn.models.captioning import CaptioningRNN
from cs231n_rnn.training import CaptioningSolver

sizes = {"wordvec_dim": 128, "hidden_dim": 256}
grid_data = {**data, "train_features": grid["train"], "val_features": grid["val"]}
lstm_model = CaptioningRNN(
    data["word_to_idx"], data["train_features"].shape[1], cell_type="lstm", **sizes
)
attention_model = AttentionCaptioningLSTM(data["word_to_idx"], grid["train"].shape[2], **sizes)
models = {"LSTM": (lstm_model, data), "attention": (attention_model, grid_data)}
solvers = {}
for name, (model, its_data) in models.items():

    def validation_scores(model, its_data=its_data):
        """BLEU-4 and CIDEr of greedy captions for the first validation pictures."""
        scores = score_captions(model, its_data, num_images=num_scored)
        return {score: scores[score] for score in ("BLEU-4", "CIDEr")}

    solvers[name] = CaptioningSolver(
        model,
        its_data,
        num_epochs=num_epochs,
        batch_size=100,
        optim_config={"learning_rate": 2e-3},
        lr_decay=0.8,
        score=validation_scores,
        best="CIDEr",
        callbacks=[plots.LiveCurve(name)],
        print_every=500,
    )
    solvers[name].train()

# %%
plots.show(plots.training_curves({name: solver.loss_history for name, solver in solvers.items()}))
for name, solver in solvers.items():
    print(f"{name:<9} CIDEr {solver.best_score:.3f} after epoch {solver.best_epoch}")
print("(about 1.9 and 2.2 to 2.3 for the scenes)")

# %% [markdown]
# All validation pictures, greedily and with the beam of notebook 2, which needs nothing but `initial_state` and `step`:

# %%
from cs231n_rnn.models.beam_search import beam_search

null, start, end = (data["word_to_idx"][word] for word in ("<NULL>", "<START>", "<END>"))
table = {}
for name, (model, its_data) in models.items():

    def beam_of_3(features, model=model):
        """Captions by beam search."""
        return beam_search(model, features, start, end, null, beam_width=3)

    table[f"{name}, greedy"] = score_captions(model, its_data)
    table[f"{name}, beam of 3"] = score_captions(model, its_data, sample=beam_of_3)
plots.ScoreTable(table)

# %% [markdown]
# For the drawn scenes we know what is in each picture. Does the caption name the colour and the shape of the main object?

# %%
from cs231n_rnn.data.scenes import load_scenes, names_main_object, object_cells
from cs231n_rnn.data.scenes.world import COLOURS, SHAPES

try:
    scenes = load_scenes(data["base_dir"], "val")
except FileNotFoundError:
    scenes = []
    print("These pictures are not the scenes: nobody has written down what is in them.")

captions = attention_model.sample(grid["val"])
written = {
    "LSTM": decode_captions(lstm_model.sample(data["val_features"]), data["idx_to_word"]),
    "attention": decode_captions(captions, data["idx_to_word"]),
}
named = {}
for name, texts in written.items() if scenes else ():
    right = np.array([names_main_object(*pair) for pair in zip(texts, scenes, strict=True)])
    named[name] = {"colour": right[:, 0].mean(), "shape": right[:, 1].mean()}
    named[name]["both"] = right.all(axis=1).mean()
plots.ScoreTable(named) if named else None

# %% [markdown]
# ## Where it looks
#
# A picture for each word, lit where the model looked *before* that word: the weights that your `attention_lstm_forward` returns when the model reads what it wrote (`look`, provided). First some right captions, then some that name another main object, or a colour or a shape that no object in the picture has.


# %%
weights = attention_model.look(grid["val"], captions)  # (n, T, L)


def show_looks(index, title):
    """Where the attention model looked for each word of a validation picture's caption."""
    words = written["attention"][index].split()
    image = load_image(data, "val", index)
    plots.show(attention_figure(image, words, weights[index, : len(words)], title))


def false_words(text, scene):
    """Words of colour or shape in a caption that fit no object of the scene."""
    kinds = {"colour": COLOURS, "shape": SHAPES}
    found = {(kind, word) for word in text.split() for kind in kinds if word in kinds[kind]}
    return {word for kind, word in found if all(o[kind] != word for o in scene["objects"])}


rng = np.random.default_rng(4)
is_right = np.ones(len(captions), dtype=bool)
for k, scene in enumerate(scenes):
    is_right[k] = right[k].all() and not false_words(written["attention"][k], scene)
print(f"{is_right.mean():.2f} of the captions are right in this sense (about 0.98 for the scenes)")
for index in rng.permutation(np.flatnonzero(is_right))[:3]:
    show_looks(index, f"{'Right' if scenes else 'Written'}: {written['attention'][index]}")

# %%
for index in rng.permutation(np.flatnonzero(~is_right))[:3]:
    given = decode_captions(
        data["val_captions"][data["val_image_idxs"] == index], data["idx_to_word"]
    )
    show_looks(index, f"Wrong. Given: {given[0]}")

# %% [markdown]
# **Question 4.** Before which words does it look at the object, and before which anywhere? For a wrong caption: did it look at the wrong place, or at the right place and saw the wrong thing? What should be fixed in each case?
#
# # BEGIN SOLUTION
# Before words of colour, shape and pattern it looks at the object in question, often at its middle; before words such as "a" or "is" it need not look, and the weights are spread, or rest on what comes next. Words of the background draw the look to the ground. Most wrong captions look at the right object and take its shape for a similar one: the features do not show the difference, and a better convolutional network or a finer grid would help. Where a word belongs to another object than the one described, it looked at the wrong place; there more training, or a hidden state that keeps track of what has been said, would help.
# # END SOLUTION
#
# ## Does it look at what it names?
#
# Pictures can deceive: we remember those that fit. So we count. Take each word of colour or shape that fits an object in the picture, and sum up the weights on the cells that this object touches. By chance the sum would be the share of cells.

# %%
on_object = {"colour": [], "shape": []}
by_chance = {"colour": [], "shape": []}
for index, scene in enumerate(scenes):
    for t, word in enumerate(written["attention"][index].split()):
        for what in on_object:
            cells = [object_cells(o, R) for o in scene["objects"] if o[what] == word]
            if cells:  # where two objects fit, the one that is looked at more
                best = max(cells, key=lambda c: weights[index, t] @ c)
                on_object[what].append(weights[index, t] @ best)
                by_chance[what].append(best.mean())
looks = {
    what: {
        "words": len(shares),
        "mean share on the object": np.mean(shares),
        "its share of the cells": np.mean(by_chance[what]),
        "at least half": np.mean(np.array(shares) >= 0.5),
    }
    for what, shares in on_object.items()
    if shares
}
plots.ScoreTable(looks) if looks else None

# %% [markdown]
# To expect, for the scenes: 0.7 of the look lies on the object, which takes up 0.28 of the cells; in about 0.9 of the cases it is at least half.
#
# **Question 5.** Nobody told the network where to look. Where did it learn it from? And is a high weight a *proof* that the word was chosen because of that place?
#
# # BEGIN SOLUTION
# From the captions alone: looking at the object makes its colour and shape easier to say, so the loss falls, and the gradient of the weights points that way. It is not a proof. The vector of a cell has been through convolutions that see the cells around it, so a place may be known from its neighbours; and what was seen at an earlier step is kept in the hidden state. A test is to change the picture at the place in question, or to force the weights to another place, and to see whether the word changes.
# # END SOLUTION
#
# ## Keep the results
#
# The scores beside those of the other notebooks, and the model's parameters.

# %%
plots.ScoreTable(table).save("results/6_Attention_Captioning_scores.json")
solvers["attention"].save("results/6_Attention_Captioning.npz")
print("python -m cs231n_rnn caption says what such a checkpoint sees in a photograph of yours.")
